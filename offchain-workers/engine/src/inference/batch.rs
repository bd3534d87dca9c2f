//! Requests of a batch, and what became of them.

use super::{InferInput, Keep, Made};
use crate::{evaluation::read, Control, EngineError, Input};
use quorate_exact::root;
use quorate_inference::{is_fit, salt, Answer, Answered, Asked, Trace, MAX_REQUEST};
use quorate_primitives::{
    job::infer::{AnswerRow, Request},
    views::BlobRef,
};
use quorate_program::Program;

/// A batch while it is answered.
pub(super) struct Batch<'a, 'k> {
    input: &'a InferInput,
    keep: &'a mut Keep<'k>,
    pub control: &'a Control<'a>,
    rows: Vec<Option<AnswerRow>>,
    done: u64,
}

impl<'a, 'k> Batch<'a, 'k> {
    pub fn new(input: &'a InferInput, keep: &'a mut Keep<'k>, control: &'a Control<'a>) -> Self {
        Self {
            rows: vec![None; input.requests.len()],
            input,
            keep,
            control,
            done: 0,
        }
    }

    pub fn seed(&self) -> &'a [u8; 32] {
        &self.input.seed
    }

    pub fn len(&self) -> usize {
        self.input.requests.len()
    }

    pub fn request(&self, number: usize) -> Option<&'a Request> {
        self.input.requests.get(number).map(|(request, _)| request)
    }

    /// A request's blob, verified; of one that is too long its beginning.
    pub fn blob(&self, number: usize) -> Result<Vec<u8>, EngineError> {
        let Some((_, blob)) = self.input.requests.get(number) else {
            return Ok(Vec::new());
        };
        let len = blob.len().min(MAX_REQUEST.saturating_add(1));
        read(blob, Input::Request(number), 0, len, self.control)
    }

    /// What a request asks for. None where it is malformed.
    pub fn asked(&self, program: &Program, number: usize) -> Result<Option<Asked>, EngineError> {
        let blob = self.blob(number)?;
        let read = |request: &Request| Asked::read(program, &request.task, &blob).ok();
        Ok(self.request(number).and_then(read))
    }

    /// Whether a request of the batch named as much as it takes of this program.
    pub fn has_fit(&self, program: &Program) -> Result<bool, EngineError> {
        for number in 0..self.len() {
            self.control.check()?;
            let asked = self.asked(program, number)?;
            let fit = |request| asked.as_ref().is_some_and(|asked| is_fit(program, request, asked));
            if self.request(number).is_some_and(fit) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A request has another token.
    pub fn token(&mut self, number: usize, token: u32) -> Result<(), EngineError> {
        let made = Made::Token { request: number, token };
        (self.keep)(made).map_err(EngineError::io("a token"))
    }

    /// A request is answered.
    pub fn answered(
        &mut self,
        program: &Program,
        (number, asked): (usize, &Asked),
        answer: Answer,
        trace: &Trace,
    ) -> Result<(), EngineError> {
        let Some(request) = self.request(number) else {
            return Ok(());
        };
        let answered = Answered::new(program, request, asked, answer, trace);
        self.put(number, &asked.salt, &answered)
    }

    /// The rows of all. What nothing was run of is unfit.
    pub fn finish(mut self) -> Result<Vec<AnswerRow>, EngineError> {
        for number in 0..self.len() {
            if self.rows.get(number).is_some_and(Option::is_none) {
                let salt = salt(&self.blob(number)?);
                self.put(number, &salt, &Answered::UNFIT)?;
            }
        }
        Ok(self.rows.into_iter().flatten().collect())
    }

    fn put(&mut self, number: usize, salt: &[u8; 32], answered: &Answered) -> Result<(), EngineError> {
        let bytes = answered.answer.write(salt);
        let blob = BlobRef {
            root: root(&bytes).into(),
            len: bytes.len() as u64,
        };
        let row = self.request(number).map(|request| answered.row(request.id, blob));
        let before = self.rows.get(number).cloned().flatten();
        // The same once more.
        if before.is_some() && before == row {
            return self.control.check();
        }
        let made = Made::Answer { request: number, bytes };
        (self.keep)(made).map_err(EngineError::io("an answer"))?;
        if let Some(place) = self.rows.get_mut(number) {
            *place = row;
        }
        if before.is_none() {
            self.done += 1;
            (self.control.progress)(self.done, self.len() as u64);
        }
        self.control.check()
    }
}

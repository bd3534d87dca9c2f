//! An answer checked from its bytes: of generated tokens by one run over all of them.

use alloc::vec::Vec;
use core::{convert::Infallible, fmt};

use quorate_exact::{hash::root, infer::Fault};
use quorate_primitives::{
    job::infer::{AnswerRow, Generation, Request, Task},
    views::BlobRef,
};
use quorate_program::{Program, Value};

use crate::{
    answer::{Answer, Answered, FaultKind, Unreadable},
    fit::is_fit,
    request::{salt, seed, Asked, Malformed},
    run::{choose, logits, run},
    trace::Trace,
};

/// Why an answer is not the one to its request.
#[derive(Clone, PartialEq, Debug)]
pub enum Wrong {
    /// The request's blob asks nothing of this program; the answer says that something was run.
    Request(Malformed),
    /// The answer's bytes.
    Answer(Unreadable),
    /// The run gives something else than the outputs, or the fault.
    Outputs,
    /// This token of the answer is another one.
    Token(usize),
    /// The answer goes on behind its end, or ends before it.
    End,
    /// The answer is right; its row says something else.
    Row,
}

/// Runs of a program with a version's tensors: by the reference, or by an engine.
pub trait Runs {
    /// Why there was no run: memory, for instance.
    type Failure;

    /// The outputs for these inputs, or the fault.
    ///
    /// # Errors
    /// `Failure`.
    fn outputs(&mut self, inputs: &[Value]) -> Result<Result<Vec<Value>, Fault>, Self::Failure>;

    /// A run over these tokens: `each` is told the rows of the first output from the `from`-th on. Only where the whole run has no fault
    /// do they count.
    ///
    /// # Errors
    /// `Failure`.
    fn logits(
        &mut self,
        tokens: &[i64],
        from: usize,
        each: &mut dyn FnMut(&[f32]),
    ) -> Result<Result<(), Fault>, Self::Failure>;
}

/// Runs by the reference.
struct Reference<'a>(&'a Program, &'a [Value]);

impl Runs for Reference<'_> {
    type Failure = Infallible;

    fn outputs(&mut self, inputs: &[Value]) -> Result<Result<Vec<Value>, Fault>, Infallible> {
        Ok(self.0.run(inputs.to_vec(), self.1))
    }

    fn logits(
        &mut self,
        tokens: &[i64],
        from: usize,
        each: &mut dyn FnMut(&[f32]),
    ) -> Result<Result<(), Fault>, Infallible> {
        let rows = logits(self.0, self.1, tokens);
        Ok(rows.map(|rows| rows.iter().skip(from).for_each(|row| each(row))))
    }
}

/// What is checked: a request, its blob, its batch's seed; and its answer's row and bytes.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    /// As it is in the batch.
    pub request: &'a Request,
    /// Its blob.
    pub input: &'a [u8],
    /// Of its batch.
    pub seed: &'a [u8; 32],
    /// What the record says.
    pub row: &'a AnswerRow,
    /// The answer's blob.
    pub answer: &'a [u8],
}

impl Checked<'_> {
    /// Whether the answer's bytes, and its row, are those of the request, by the reference. `tensors` are the version's, if it has those
    /// of the program.
    ///
    /// # Errors
    /// As [`Wrong`] says.
    pub fn verify(&self, program: &Program, tensors: Option<&[Value]>) -> Result<(), Wrong> {
        let mut reference = tensors.map(|tensors| Reference(program, tensors));
        match self.verify_by(program, reference.as_mut()) {
            Ok(found) => found,
            Err(never) => match never {},
        }
    }

    /// The same by other runs; none where the version has not the tensors of the program.
    ///
    /// # Errors
    /// Where a run fails.
    pub fn verify_by<R: Runs>(&self, program: &Program, runs: Option<&mut R>) -> Result<Result<(), Wrong>, R::Failure> {
        let task = &self.request.task;
        let salt = salt(self.input);
        let claimed = match Answer::read(&salt, task, self.answer) {
            Ok(claimed) => claimed,
            Err(unreadable) => return Ok(Err(Wrong::Answer(unreadable))),
        };
        let asked = Asked::read(program, task, self.input);
        let fits = asked.as_ref().is_ok_and(|asked| is_fit(program, self.request, asked));
        let (asked, runs) = match (asked, runs) {
            (Ok(asked), Some(runs)) if fits => (asked, runs),
            (asked, _) => {
                return Ok(match (claimed, asked) {
                    (Answer::Unfit, _) => self.compare(&Answered::UNFIT),
                    (_, Err(malformed)) => Err(Wrong::Request(malformed)),
                    _ => Err(Wrong::Outputs),
                })
            }
        };
        let mut trace = Trace::new(&asked.salt);
        let found = match task {
            // As bytes: of two zeros one is another.
            Task::Run => match run(runs.outputs(&asked.inputs)?).is_ok_and(|own| own.write(&salt) == self.answer) {
                true => Ok(()),
                false => Err(Wrong::Outputs),
            },
            Task::Generate(generation) => {
                let transcript = Transcript {
                    generation,
                    seed: seed(self.request.id, self.seed),
                    prompt: asked.prompt(),
                    claimed: &claimed,
                };
                transcript.check(runs, &mut trace)?
            }
        };
        Ok(found.and_then(|()| self.compare(&Answered::new(program, self.request, &asked, claimed, &trace))))
    }

    /// The same where there is no program, which answers nothing.
    ///
    /// # Errors
    /// As [`Wrong`] says.
    pub fn verify_unfit(&self) -> Result<(), Wrong> {
        match Answer::read(&salt(self.input), &self.request.task, self.answer) {
            Ok(Answer::Unfit) => self.compare(&Answered::UNFIT),
            Ok(_) => Err(Wrong::Outputs),
            Err(unreadable) => Err(Wrong::Answer(unreadable)),
        }
    }

    fn compare(&self, answered: &Answered) -> Result<(), Wrong> {
        let blob = BlobRef {
            root: root(self.answer).into(),
            len: self.answer.len() as u64,
        };
        match answered.row(self.request.id, blob) == *self.row {
            true => Ok(()),
            false => Err(Wrong::Row),
        }
    }
}

struct Transcript<'a> {
    generation: &'a Generation,
    seed: [u8; 32],
    prompt: &'a [i64],
    claimed: &'a Answer,
}

impl Transcript<'_> {
    fn check<R: Runs>(&self, runs: &mut R, trace: &mut Trace) -> Result<Result<(), Wrong>, R::Failure> {
        let tokens = self.claimed.tokens();
        let fault = match self.claimed {
            Answer::Tokens(_) if self.ended(tokens) => None,
            Answer::Fault(kind, _) if self.goes_on(tokens) => Some(*kind),
            Answer::Tokens(_) | Answer::Fault(..) => return Ok(Err(Wrong::End)),
            Answer::Outputs(_) | Answer::Unfit => return Ok(Err(Wrong::Outputs)),
        };
        if let Some((_, known)) = tokens.split_last() {
            let found = self.tokens(runs, known.len(), trace)?;
            if found.is_err() {
                return Ok(found);
            }
        }
        let Some(kind) = fault else { return Ok(Ok(())) };
        let (all, mut last) = (self.first(tokens.len()), Vec::new());
        let behind = all.len().saturating_sub(1);
        let run = runs.logits(&all, behind, &mut |row| last = row.to_vec())?;
        let next = run.and_then(|()| choose(self.generation, &self.seed, &last, all.len()));
        Ok(match next.map_err(FaultKind::try_from) {
            Err(Ok(found)) if found == kind => Ok(()),
            _ => Err(Wrong::Outputs),
        })
    }

    /// The prompt and the first tokens of the answer.
    fn first(&self, tokens: usize) -> Vec<i64> {
        let tokens = self.claimed.tokens().iter().take(tokens);
        self.prompt
            .iter()
            .copied()
            .chain(tokens.map(|&token| token.into()))
            .collect()
    }

    /// The tokens against the rows of one run over all but the last one, of which there are `known`.
    fn tokens<R: Runs>(&self, runs: &mut R, known: usize, trace: &mut Trace) -> Result<Result<(), Wrong>, R::Failure> {
        let tokens = self.claimed.tokens();
        let (mut number, mut wrong) = (0usize, None);
        let behind = self.prompt.len().saturating_sub(1);
        let run = runs.logits(&self.first(known), behind, &mut |row| {
            let found = choose(
                self.generation,
                &self.seed,
                row,
                self.prompt.len().saturating_add(number),
            );
            if wrong.is_none() && found.ok().as_ref() != tokens.get(number) {
                wrong = Some(number);
            }
            trace.push(row);
            number = number.saturating_add(1);
        })?;
        Ok(match (run, wrong) {
            (Err(_), _) => Err(Wrong::Outputs),
            (Ok(()), Some(wrong)) => Err(Wrong::Token(wrong)),
            (Ok(()), None) if number != tokens.len() => Err(Wrong::Outputs),
            (Ok(()), None) => Ok(()),
        })
    }

    /// Whether nothing follows these tokens, and something followed all shorter ones.
    fn ended(&self, tokens: &[u32]) -> bool {
        let Some((last, before)) = tokens.split_last() else {
            return false;
        };
        let stopped = self.generation.stop == Some(*last);
        let full = tokens.len() == self.generation.max_tokens as usize;
        (stopped || full) && self.goes_on(before)
    }

    fn goes_on(&self, tokens: &[u32]) -> bool {
        let stopped = self.generation.stop.is_some_and(|stop| tokens.contains(&stop));
        !stopped && tokens.len() < self.generation.max_tokens as usize
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(malformed) => malformed.fmt(f),
            Self::Answer(unreadable) => unreadable.fmt(f),
            Self::Outputs => f.write_str("the program answers something else"),
            Self::Token(number) => write!(f, "token {number} of the answer is another one"),
            Self::End => f.write_str("the answer does not end where it has to"),
            Self::Row => f.write_str("the record says something else of this answer"),
        }
    }
}

impl core::error::Error for Wrong {}

//! An answer checked by one run over it.

use super::{batch::Batch, failed, generate::all_rows, model, needs::CHUNK, InferInput};
use crate::{
    evaluation::{read, Bounds, Stop},
    Control, EngineError, Input,
};
use quorate_exact::infer::{Fault, Tensor};
use quorate_infer::{Level, Model, Runner, Session, Stop as RunStop};
use quorate_inference::{Checked, Runs, Wrong};
use quorate_primitives::job::infer::AnswerRow;
use quorate_program::{Program, Value};
use std::sync::Arc;

/// Whether an answer's row and bytes are those of the only request of `input`: by one run, however many tokens were generated one after
/// the other. Uses so many threads and bytes of memory, and no
/// instructions beyond these; the result depends on none of them.
///
/// # Errors
/// [`EngineError`] where it could not be found out.
pub fn verify(
    input: &InferInput,
    (row, answer): (&AnswerRow, &[u8]),
    (threads, memory, instructions): (usize, Option<u64>, Level),
    control: &Control<'_>,
) -> Result<Result<(), Wrong>, EngineError> {
    let nowhere = &mut |_| Ok(());
    let batch = Batch::new(input, nowhere, control);
    let Some(request) = batch.request(0) else {
        return Ok(Err(Wrong::Row));
    };
    let blob = batch.blob(0)?;
    let checked = Checked {
        request,
        input: &blob,
        seed: &input.seed,
        row,
        answer,
    };
    let bounds = Bounds {
        threads,
        memory,
        instructions,
        device: None,
    };
    match model(input, &batch, bounds, control) {
        Ok((model, kept)) => {
            let model = Arc::new(model);
            let mut engine = ByEngine {
                kept: kept.saturating_add(model.bytes()),
                runner: Runner::new(model.clone()),
                model,
                control,
            };
            let model = engine.model.clone();
            checked.verify_by(model.program(), Some(&mut engine))
        }
        Err(Stop::Unfit(_)) => {
            let program = read(&input.program, Input::Program, 0, input.program.len(), control)?;
            match Program::decode(&program) {
                Ok(program) => checked.verify_by(&program, None::<&mut ByEngine>),
                Err(_) => Ok(checked.verify_unfit()),
            }
        }
        Err(Stop::Failed(error)) => Err(error),
    }
}

struct ByEngine<'a> {
    model: Arc<Model>,
    runner: Runner,
    kept: u64,
    control: &'a Control<'a>,
}

impl Runs for ByEngine<'_> {
    type Failure = EngineError;

    fn outputs(&mut self, inputs: &[Value]) -> Result<Result<Vec<Value>, Fault>, EngineError> {
        let cancel = &self.control.cancel;
        let answers = self.runner.run_batch(&[inputs], &|_, _| !cancel.is_cancelled());
        let mut answers = answers.map_err(|stop| failed(stop, self.kept))?;
        Ok(answers.pop().unwrap_or(Err(Fault::Parameter("inputs"))))
    }

    fn logits(
        &mut self,
        tokens: &[i64],
        from: usize,
        each: &mut dyn FnMut(&[f32]),
    ) -> Result<Result<(), Fault>, EngineError> {
        let needed = Session::memory(&self.model, tokens.len());
        let limit = self.model.options().memory.saturating_sub(self.model.bytes());
        if needed > limit {
            return Err(failed(RunStop::Memory { needed, limit }, self.kept));
        }
        let session = Session::new(self.model.clone(), tokens.len());
        let mut session =
            session.map_err(|error| EngineError::io("the program")(std::io::Error::other(error.to_string())))?;
        let input = match Tensor::new(vec![tokens.len()], tokens.to_vec()) {
            Ok(tensor) => Value::I64(tensor),
            Err(fault) => return Ok(Err(fault)),
        };
        let (mut position, cancel) = (0, &self.control.cancel);
        let go_on = |_, _| !cancel.is_cancelled();
        let run = self.runner.extend(&mut session, &[input], CHUNK, &go_on, &mut |rows| {
            for row in all_rows(&rows) {
                if position >= from {
                    each(row);
                }
                position += 1;
            }
            (self.control.progress)(position as u64, tokens.len() as u64);
            !cancel.is_cancelled()
        });
        match run {
            Ok(()) => Ok(Ok(())),
            Err(RunStop::Fault(fault)) => Ok(Err(fault)),
            Err(stop) => Err(failed(stop, self.kept)),
        }
    }
}

//! Requests that are run once, several at a time.

use super::{batch::Batch, failed, needs::Needs};
use crate::EngineError;
use quorate_exact::infer::Fault;
use quorate_infer::{Model, Runner};
use quorate_inference::{run, Asked, Trace};
use quorate_program::Value;
use std::sync::Arc;

/// Most requests of one run.
const TOGETHER: usize = 64;
/// Most bytes of their inputs and outputs; one alone may have more.
const BYTES: u64 = 8 << 20;

/// Answers them all.
pub(super) fn all(batch: &mut Batch<'_, '_>, model: &Arc<Model>, needs: &Needs) -> Result<(), EngineError> {
    let mut runner = Runner::new(model.clone());
    let mut left = needs.runs.as_slice();
    while !left.is_empty() {
        let (now, later) = left.split_at(together(left));
        left = later;
        let mut asked = Vec::with_capacity(now.len());
        for &(number, _) in now {
            if let Some(own) = batch.asked(model.program(), number)? {
                asked.push((number, own));
            }
        }
        group(batch, &mut runner, model, &asked, needs.kept)?;
    }
    Ok(())
}

fn group(
    batch: &mut Batch<'_, '_>,
    runner: &mut Runner,
    model: &Model,
    asked: &[(usize, Asked)],
    kept: u64,
) -> Result<(), EngineError> {
    batch.control.check()?;
    let inputs: Vec<&[Value]> = asked.iter().map(|(_, asked)| asked.inputs.as_slice()).collect();
    let cancel = &batch.control.cancel;
    let answers = runner.run_batch(&inputs, &|_, _| !cancel.is_cancelled());
    let answers = answers.map_err(|stop| failed(stop, kept))?;
    for ((number, asked), outputs) in asked.iter().zip(answers) {
        let answer = run(outputs).map_err(impossible)?;
        batch.answered(model.program(), (*number, asked), answer, &Trace::new(&asked.salt))?;
    }
    Ok(())
}

/// A request was taken whose sizes the program does not take.
pub(super) fn impossible(fault: Fault) -> EngineError {
    failed(fault.into(), 0)
}

/// How many are run next.
fn together(left: &[(usize, u64)]) -> usize {
    let mut bytes = 0u64;
    let more = |(_, own): &&(usize, u64)| {
        bytes = bytes.saturating_add(*own);
        bytes <= BYTES
    };
    left.iter().take(TOGETHER).take_while(more).count().max(1)
}

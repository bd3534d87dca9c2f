//! Requests that are answered token after token: several sequences go on at once, so that weights are read once for all of them.

use super::{
    batch::Batch,
    failed,
    needs::{Needs, CHUNK},
    run::impossible,
};
use crate::EngineError;
use quorate_exact::infer::{Fault, Tensor};
use quorate_infer::{Model, Runner, Session, Stop as RunStop};
use quorate_inference::{asked_for, choose, seed, Answer, Asked, FaultKind, Trace};
use quorate_primitives::job::infer::{Generation, Task};
use quorate_program::Value;
use std::sync::Arc;

/// A sequence that goes on.
struct Sequence {
    number: usize,
    asked: Asked,
    generation: Generation,
    seed: [u8; 32],
    session: Session,
    trace: Trace,
    chosen: Vec<u32>,
}

/// Answers them all.
pub(super) fn all(batch: &mut Batch<'_, '_>, model: &Arc<Model>, needs: &Needs) -> Result<(), EngineError> {
    let mut runner = Runner::new(model.clone());
    let mut waiting = needs.generations.iter();
    let mut active: Vec<Sequence> = Vec::new();
    loop {
        while active.len() < needs.together {
            let Some(&number) = waiting.next() else { break };
            if let Some(mut sequence) = begin(batch, model, number)? {
                let logits = prompt(batch, &mut runner, &sequence.asked, &mut sequence.session, needs.kept)?;
                if let Some(going) = next(batch, model, sequence, logits)? {
                    active.push(going);
                }
            }
        }
        if active.is_empty() {
            return Ok(());
        }
        batch.control.check()?;
        let rows = step(batch, &mut runner, &mut active, needs.kept)?;
        let mut going = Vec::with_capacity(active.len());
        for (sequence, logits) in active.into_iter().zip(rows) {
            going.extend(next(batch, model, sequence, logits)?);
        }
        active = going;
    }
}

fn begin(batch: &Batch<'_, '_>, model: &Arc<Model>, number: usize) -> Result<Option<Sequence>, EngineError> {
    let (Some(request), Some(asked)) = (batch.request(number), batch.asked(model.program(), number)?) else {
        return Ok(None);
    };
    let Task::Generate(generation) = request.task else {
        return Ok(None);
    };
    let context = asked.prompt().len().saturating_add(asked_for(&request.task) as usize);
    let session = Session::new(model.clone(), context);
    let session = session.map_err(|error| EngineError::io("the program")(std::io::Error::other(error.to_string())))?;
    Ok(Some(Sequence {
        number,
        generation,
        seed: seed(request.id, batch.seed()),
        session,
        trace: Trace::new(&asked.salt),
        chosen: Vec::new(),
        asked,
    }))
}

/// Runs the tokens of the input: the logits of the last one.
fn prompt(
    batch: &Batch<'_, '_>,
    runner: &mut Runner,
    asked: &Asked,
    session: &mut Session,
    kept: u64,
) -> Result<Result<Vec<f32>, Fault>, EngineError> {
    let mut logits = Vec::new();
    let cancel = &batch.control.cancel;
    let run = runner.extend(
        session,
        &asked.inputs,
        CHUNK,
        &|_, _| !cancel.is_cancelled(),
        &mut |rows| {
            logits = last_row(&rows).to_vec();
            true
        },
    );
    match run {
        Ok(()) => Ok(Ok(logits)),
        Err(RunStop::Fault(fault)) => Ok(Err(fault)),
        Err(stop) => Err(failed(stop, kept)),
    }
}

/// Runs the last token of each sequence: its logits.
fn step(
    batch: &Batch<'_, '_>,
    runner: &mut Runner,
    active: &mut [Sequence],
    kept: u64,
) -> Result<Vec<Result<Vec<f32>, Fault>>, EngineError> {
    let mut inputs = Vec::with_capacity(active.len());
    for sequence in active.iter() {
        let token = sequence.chosen.last().copied().unwrap_or(0);
        let tensor = Tensor::new(vec![1], vec![i64::from(token)]).map_err(impossible)?;
        inputs.push([Value::I64(tensor)]);
    }
    let inputs: Vec<&[Value]> = inputs.iter().map(<[Value; 1]>::as_slice).collect();
    let mut sessions: Vec<&mut Session> = active.iter_mut().map(|sequence| &mut sequence.session).collect();
    let cancel = &batch.control.cancel;
    let rows = runner.step(&mut sessions, &inputs, &|_, _| !cancel.is_cancelled());
    let rows = rows.map_err(|stop| failed(stop, kept))?;
    Ok(rows
        .into_iter()
        .map(|rows| rows.map(|rows| last_row(&rows).to_vec()))
        .collect())
}

/// Chooses the next token of a sequence. What goes on is given back; what ends is answered.
fn next(
    batch: &mut Batch<'_, '_>,
    model: &Model,
    mut sequence: Sequence,
    logits: Result<Vec<f32>, Fault>,
) -> Result<Option<Sequence>, EngineError> {
    let position = sequence.asked.prompt().len().saturating_add(sequence.chosen.len());
    let token = logits.and_then(|logits| {
        let token = choose(&sequence.generation, &sequence.seed, &logits, position);
        token.inspect(|_| sequence.trace.push(&logits))
    });
    let answer = match token {
        Ok(token) => {
            batch.token(sequence.number, token)?;
            sequence.chosen.push(token);
            let ended = sequence.generation.stop == Some(token)
                || sequence.chosen.len() >= sequence.generation.max_tokens as usize;
            if !ended {
                return Ok(Some(sequence));
            }
            Answer::Tokens(sequence.chosen)
        }
        Err(fault) => Answer::Fault(FaultKind::try_from(fault).map_err(impossible)?, sequence.chosen),
    };
    let own = (sequence.number, &sequence.asked);
    batch.answered(model.program(), own, answer, &sequence.trace)?;
    Ok(None)
}

/// The last row of the first output.
pub(super) fn last_row(rows: &[Value]) -> &[f32] {
    all_rows(rows).last().unwrap_or(&[])
}

/// The rows of the first output.
pub(super) fn all_rows(rows: &[Value]) -> impl Iterator<Item = &[f32]> {
    let logits = match rows.first() {
        Some(Value::F32(logits)) => Some(logits),
        _ => None,
    };
    logits
        .into_iter()
        .flat_map(|logits| logits.data().chunks(logits.shape().last().copied().unwrap_or(1).max(1)))
}

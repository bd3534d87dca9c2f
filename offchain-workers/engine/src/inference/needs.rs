//! What each request needs, before anything is run.

use super::{batch::Batch, failed};
use crate::EngineError;
use quorate_infer::{Model, Plan, Session, Stop as RunStop};
use quorate_inference::{asked_for, is_fit, outputs_len, PIECE};
use quorate_primitives::job::infer::Task;
use quorate_program::Sizes;
use std::collections::HashMap;

/// Tokens of an input that are run at once: operations are counted for so many.
pub(super) const CHUNK: usize = PIECE;

/// Bytes of a sampler for each logit: two copies, their order by words and by indices, the probabilities and what they are made of.
const SAMPLER: u64 = 36;
/// Bytes for each logit of a sequence beside its session.
const LOGITS: u64 = 8;

/// Sequences that go on at the same time, at most.
const TOGETHER: usize = 16;

/// Of a batch.
pub(super) struct Needs {
    /// Requests to run once, each with the bytes of its inputs and outputs.
    pub runs: Vec<(usize, u64)>,
    /// Requests to generate tokens for.
    pub generations: Vec<usize>,
    /// How many of these at the same time.
    pub together: usize,
    /// Bytes that are used beside the runs.
    pub kept: u64,
}

/// Requests that are fit, and whether there is the memory for each of them.
///
/// # Errors
/// `Memory`: nothing was run.
pub(super) fn all(batch: &mut Batch<'_, '_>, model: &Model, limit: u64, kept: u64) -> Result<Needs, EngineError> {
    let program = model.program();
    let mut needs = Needs {
        runs: Vec::new(),
        generations: Vec::new(),
        together: 0,
        kept,
    };
    let mut plans = Plans::default();
    let (mut most, mut longest, mut sessions) = (0, 0, 0);
    for number in 0..batch.len() {
        batch.control.check()?;
        let (Some(request), Some(asked)) = (batch.request(number), batch.asked(program, number)?) else {
            continue;
        };
        let tokens = asked_for(&request.task);
        if !is_fit(program, request, &asked) {
            continue;
        }
        match &request.task {
            Task::Run => {
                most = most.max(plans.memory(model, std::slice::from_ref(&asked.sizes), 0)?);
                let shapes = program.at(&asked.sizes).ok();
                let outputs = shapes.and_then(|shapes| outputs_len(program, &shapes));
                needs
                    .runs
                    .push((number, outputs.unwrap_or(0).saturating_add(asked.len)));
            }
            Task::Generate(_) => {
                let context = asked.prompt().len().saturating_add(tokens as usize);
                let first = asked.with_tokens(asked.prompt().len().min(CHUNK) as u64);
                // The outputs' rows are copied.
                let shapes = program.at(&first).ok();
                let rows = shapes.and_then(|shapes| outputs_len(program, &shapes)).unwrap_or(0);
                most = most.max(plans.memory(model, &[first], context)?.saturating_add(rows));
                longest = longest.max(context);
                sessions = sessions.max(Session::memory(model, context));
                needs.generations.push(number);
            }
        }
    }
    let first = program.graph().outputs.first();
    let shape = first.and_then(|output| program.types().get(output.value as usize)?.shape.get(1)?.constant());
    let logits = shape.and_then(|logits| u64::try_from(logits).ok()).unwrap_or(0);
    let of = |together: usize, plans: &mut Plans| {
        let one = || {
            program
                .graph()
                .dimensions
                .iter()
                .map(|d| (d.name.clone(), 1))
                .collect::<Sizes>()
        };
        let step = plans.memory(model, &vec![one(); together], longest)?;
        let sequence = sessions.saturating_add(LOGITS.saturating_mul(logits));
        let sequences = sequence.saturating_mul(together as u64);
        let sampler = SAMPLER.saturating_mul(logits);
        Ok::<u64, EngineError>(most.max(step).saturating_add(sequences).saturating_add(sampler))
    };
    let mut needed = most;
    if !needs.generations.is_empty() {
        needs.together = TOGETHER.min(needs.generations.len());
        needed = of(needs.together, &mut plans)?;
        while needed > limit && needs.together > 1 {
            needs.together /= 2;
            needed = of(needs.together, &mut plans)?;
        }
    }
    match needed > limit {
        true => Err(failed(RunStop::Memory { needed, limit }, kept)),
        false => Ok(needs),
    }
}

/// What runs of these sizes need: sizes come back.
#[derive(Default)]
struct Plans(HashMap<(Vec<Sizes>, usize), u64>);

impl Plans {
    fn memory(&mut self, model: &Model, sizes: &[Sizes], past: usize) -> Result<u64, EngineError> {
        if let Some(known) = self.0.get(&(sizes.to_vec(), past)) {
            return Ok(*known);
        }
        let plan = Plan::new(model, sizes, past).map_err(|fault| failed(fault.into(), 0))?;
        self.0.insert((sizes.to_vec(), past), plan.memory());
        Ok(plan.memory())
    }
}

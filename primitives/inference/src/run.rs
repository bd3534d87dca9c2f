//! An answer by the reference.

use alloc::{vec, vec::Vec};

use quorate_exact::infer::{sample::sample, Fault, Tensor};
use quorate_primitives::job::infer::{Generation, Request, Task};
use quorate_program::{Program, Value};

use crate::{
    answer::{Answer, Answered, FaultKind},
    operations::operations,
    request::{sampler, seed, Asked},
    trace::Trace,
};

/// The answer to a request with this blob, in a batch with this seed. `tensors` are the version's, if it has those of the program.
pub fn answer(
    program: &Program,
    tensors: Option<&[Value]>,
    request: &Request,
    input: &[u8],
    batch_seed: &[u8; 32],
) -> Answered {
    let asked = Asked::read(program, &request.task, input);
    let (Ok(asked), Some(tensors)) = (asked, tensors) else {
        return Answered::UNFIT;
    };
    let most = match &request.task {
        Task::Run => 0,
        Task::Generate(generation) => generation.max_tokens,
    };
    let paid = |needed: u64| needed <= request.operations;
    if !operations(program, &request.task, &asked, most).is_some_and(paid) {
        return Answered::UNFIT;
    }
    let mut trace = Trace::new(&asked.salt);
    let answer = match &request.task {
        Task::Run => run(program, tensors, &asked),
        Task::Generate(generation) => {
            let seed = seed(request.id, batch_seed);
            generate(program, tensors, &asked, generation, &seed, &mut trace)
        }
    };
    finish(program, request, &asked, answer, &trace)
}

/// What else its row has.
pub(crate) fn finish(
    program: &Program,
    request: &Request,
    asked: &Asked,
    answer: Result<Answer, Fault>,
    trace: &Trace,
) -> Answered {
    // Faults of shapes and parameters were found before.
    let Ok(answer) = answer else { return Answered::UNFIT };
    let tokens = u32::try_from(answer.tokens().len()).unwrap_or(u32::MAX);
    let used = operations(program, &request.task, asked, tokens);
    Answered {
        answer,
        trace: trace.root(),
        // Never more than what was paid for.
        operations: used.unwrap_or(request.operations).min(request.operations),
    }
}

pub(crate) fn run(program: &Program, tensors: &[Value], asked: &Asked) -> Result<Answer, Fault> {
    match program.run(asked.inputs.clone(), tensors) {
        Ok(outputs) => Ok(Answer::Outputs(outputs)),
        Err(fault) => FaultKind::try_from(fault).map(|kind| Answer::Fault(kind, Vec::new())),
    }
}

fn generate(
    program: &Program,
    tensors: &[Value],
    asked: &Asked,
    generation: &Generation,
    seed: &[u8; 32],
    trace: &mut Trace,
) -> Result<Answer, Fault> {
    let mut all = asked.prompt().to_vec();
    let mut chosen = Vec::new();
    loop {
        let next = logits(program, tensors, &all).and_then(|logits| {
            let last = logits.last().map_or(&[][..], Vec::as_slice);
            choose(generation, seed, last, all.len()).inspect(|_| trace.push(last))
        });
        let token = match next {
            Ok(token) => token,
            Err(fault) => return FaultKind::try_from(fault).map(|kind| Answer::Fault(kind, chosen)),
        };
        chosen.push(token);
        all.push(token.into());
        if generation.stop == Some(token) || chosen.len() >= generation.max_tokens as usize {
            return Ok(Answer::Tokens(chosen));
        }
    }
}

/// The rows of the first output of a run over these tokens.
pub(crate) fn logits(program: &Program, tensors: &[Value], tokens: &[i64]) -> Result<Vec<Vec<f32>>, Fault> {
    let input = Value::I64(Tensor::new(vec![tokens.len()], tokens.to_vec())?);
    match program.run(vec![input], tensors)?.first() {
        Some(Value::F32(logits)) => {
            let row = logits.shape().last().copied().unwrap_or(1).max(1);
            Ok(logits.data().chunks(row).map(<[f32]>::to_vec).collect())
        }
        _ => Err(Fault::Parameter("outputs")),
    }
}

/// The token that stands at a position, from the logits of the one before.
pub(crate) fn choose(generation: &Generation, seed: &[u8; 32], logits: &[f32], position: usize) -> Result<u32, Fault> {
    let sampler = sampler(generation.choice).map_err(|_| Fault::Parameter("choice"))?;
    let logits = Tensor::new(vec![logits.len()], logits.to_vec())?;
    let token = sample(&logits, sampler, seed, position as u64)?;
    u32::try_from(token).map_err(|_| Fault::Size)
}

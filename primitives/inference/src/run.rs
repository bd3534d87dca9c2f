//! An answer by the reference.

use alloc::{vec, vec::Vec};

use quorate_exact::infer::{sample::sample, Fault, Tensor};
use quorate_primitives::job::infer::{Generation, Request, Task};
use quorate_program::{Program, Value};

use crate::{
    answer::{Answer, Answered, FaultKind},
    fit::is_fit,
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
    if !is_fit(program, request, &asked) {
        return Answered::UNFIT;
    }
    let mut trace = Trace::new(&asked.salt);
    let answer = match &request.task {
        Task::Run => run(program.run(asked.inputs.clone(), tensors)),
        Task::Generate(generation) => {
            let seed = seed(request.id, batch_seed);
            generate(program, tensors, &asked, generation, &seed, &mut trace)
        }
    };
    // Faults of shapes and parameters were found before.
    answer.map_or(Answered::UNFIT, |answer| {
        Answered::new(program, request, &asked, answer, &trace)
    })
}

/// What a run's end answers.
///
/// # Errors
/// Faults of shapes and parameters, which no run has that [`Asked::read`] takes.
pub fn run(outputs: Result<Vec<Value>, Fault>) -> Result<Answer, Fault> {
    match outputs {
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

/// The token that stands at a position, from the logits of the one before; the seed is the request's.
///
/// # Errors
/// As the sampler.
pub fn choose(generation: &Generation, seed: &[u8; 32], logits: &[f32], position: usize) -> Result<u32, Fault> {
    let sampler = sampler(generation.choice).map_err(|_| Fault::Parameter("choice"))?;
    let logits = Tensor::new(vec![logits.len()], logits.to_vec())?;
    let token = sample(&logits, sampler, seed, position as u64)?;
    u32::try_from(token).map_err(|_| Fault::Size)
}

//! How much a request takes.

use quorate_primitives::job::infer::{Choice, Generation, Task};
use quorate_program::{Program, Sizes};

use crate::{
    outputs::{logits, outputs_len},
    request::{Asked, HEAD},
};

/// Operations are counted in millions.
const UNIT: u128 = 1_000_000;
/// What a node of a run takes, whatever it computes.
const NODE: u64 = 25_000;
/// What a request takes, whatever the program is.
const REQUEST: u64 = 100_000;
/// What a byte of a request's blob or of its answer's takes.
const BYTE: u64 = 100;
/// What a sampler and the trace take for each logit.
const LOGIT: u64 = 256;
/// What a sampler takes for each token that it may choose, which are brought into order.
const SORTED: u64 = 2_048;
/// Tokens of an input that are run at once.
pub const PIECE: usize = 64;

/// Millions of operations, rounded up, of a request of whose answer `tokens` are generated: at most so many as it asks for. None where
/// that is beyond 64 bits: nobody pays for so many.
pub fn operations(program: &Program, task: &Task, asked: &Asked, tokens: u32) -> Option<u64> {
    let nodes = u64::try_from(program.graph().nodes.len()).ok()?;
    let (runs, flops, answer) = match task {
        Task::Run => {
            let outputs = outputs_len(program, &program.at(&asked.sizes).ok()?)?;
            (1, flops(program, &asked.sizes)?, outputs)
        }
        Task::Generate(generation) => {
            let tokens = u64::from(tokens);
            let prompt = asked.prompt().len() as u64;
            let runs = prompt.div_ceil(PIECE as u64).checked_add(tokens)?;
            let all = flops(program, &asked.with_tokens(prompt.checked_add(tokens)?))?;
            // What does not depend on the tokens, the bytes of weights with it, is read or computed in each run.
            let fixed = flops(program, &asked.with_tokens(0))?.checked_mul(runs.saturating_sub(1))?;
            let chosen = sampler(program, generation)?.checked_mul(tokens)?;
            let flops = all.checked_add(fixed)?.checked_add(chosen)?;
            (runs, flops, tokens.checked_mul(4)?)
        }
    };
    let bytes = asked.len.checked_add(answer)?.checked_add(HEAD as u64)?;
    let all = REQUEST
        .checked_add(NODE.checked_mul(nodes)?.checked_mul(runs)?)?
        .checked_add(flops)?
        .checked_add(bytes.checked_mul(BYTE)?)?;
    u64::try_from(u128::from(all).div_ceil(UNIT)).ok()
}

/// Most tokens that a request can be answered with.
pub fn asked_for(task: &Task) -> u32 {
    match task {
        Task::Run => 0,
        Task::Generate(generation) => generation.max_tokens,
    }
}

/// What the choice of a token takes.
fn sampler(program: &Program, generation: &Generation) -> Option<u64> {
    let logits = logits(program)?;
    let may_be_chosen = match generation.choice {
        Choice::Largest => 1,
        Choice::Drawn { top, .. } => logits.min(top.into()),
    };
    let sorted = may_be_chosen.checked_mul(SORTED)?;
    logits.checked_mul(LOGIT)?.checked_add(sorted)
}

fn flops(program: &Program, sizes: &Sizes) -> Option<u64> {
    u64::try_from(program.flops().value(sizes)?).ok()
}

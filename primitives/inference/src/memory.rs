//! How much memory a request takes.

use alloc::vec;

use quorate_primitives::job::infer::Task;
use quorate_program::{Op, Program, Shapes};

use crate::{outputs::logits, request::Asked};

/// Memory is counted in mebibytes.
const UNIT: u64 = 1 << 20;
/// Bytes of a sampler for each logit.
const LOGIT: u64 = 16;

/// Mebibytes, rounded up, of a run of a request: at its inputs' sizes, or with all tokens that it asks for. None where that is beyond 32
/// bits, or the program does not take so many: nobody has so much.
pub fn memory(program: &Program, task: &Task, asked: &Asked) -> Option<u32> {
    let bytes = match task {
        Task::Run => bytes(program, &program.at(&asked.sizes).ok()?)?,
        Task::Generate(generation) => {
            let prompt = asked.prompt().len() as u64;
            let most = asked.with_tokens(prompt.checked_add(generation.max_tokens.into())?);
            let shapes = program.at(&most).ok()?;
            bytes(program, &shapes)?.checked_add(kept(program, &shapes)?)?
        }
    };
    u32::try_from(bytes.div_ceil(UNIT)).ok()
}

/// Bytes that are kept from token to token: keys and values of each attention over rows, and what a sampler has of the logits.
fn kept(program: &Program, shapes: &Shapes) -> Option<u64> {
    let mut kept = logits(program)?.checked_mul(LOGIT)?;
    for node in &program.graph().nodes {
        let (Op::Attention { .. }, &[_, keys, values]) = (&node.op, node.operands.as_slice()) else {
            continue;
        };
        let rows = program.types().get(keys as usize)?.shape.first()?;
        if rows.constant().is_none() {
            for value in [keys, values] {
                kept = kept.checked_add(value_bytes(program, shapes, value as usize)?)?;
            }
        }
    }
    Some(kept)
}

/// Bytes of the program's sources, and of the results that are alive at the node where these are most.
fn bytes(program: &Program, shapes: &Shapes) -> Option<u64> {
    let sources = program.first_constant().checked_add(program.graph().constants.len())?;
    let sum = |values: core::ops::Range<usize>| {
        let mut own = values.map(|value| value_bytes(program, shapes, value));
        own.try_fold(0u64, |sum, bytes| sum.checked_add(bytes?))
    };
    sum(0..sources)?.checked_add(results(program, shapes, sum)?)
}

/// The most bytes of results that are alive at one node: its own, and those of earlier ones that it or a later one reads or that are
/// outputs.
fn results(program: &Program, shapes: &Shapes, sum: impl Fn(core::ops::Range<usize>) -> Option<u64>) -> Option<u64> {
    let graph = program.graph();
    let nodes = graph.nodes.len();
    // The last node at which a result is alive.
    let mut last = vec![0; program.types().len()];
    for node in 0..nodes {
        last.get_mut(program.results(node))?.fill(node);
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        for &operand in &node.operands {
            *last.get_mut(operand as usize)? = index;
        }
    }
    for output in &graph.outputs {
        *last.get_mut(output.value as usize)? = nodes;
    }
    // What ends at each node.
    let first_result = program.results(0).start;
    let mut ending = vec![0u64; nodes.checked_add(1)?];
    for (value, &node) in last.iter().enumerate().skip(first_result) {
        let own = ending.get_mut(node)?;
        *own = own.checked_add(value_bytes(program, shapes, value)?)?;
    }
    let (mut alive, mut most) = (0u64, 0);
    for (node, ended) in ending.iter().take(nodes).enumerate() {
        alive = alive.checked_add(sum(program.results(node))?)?;
        most = most.max(alive);
        alive = alive.checked_sub(*ended)?;
    }
    Some(most)
}

/// Bytes of one value.
fn value_bytes(program: &Program, shapes: &Shapes, value: usize) -> Option<u64> {
    let element = program.types().get(value)?.element.bytes() as u64;
    let shape = shapes.of(u32::try_from(value).ok()?);
    shape
        .iter()
        .try_fold(element, |bytes, &size| bytes.checked_mul(size as u64))
}

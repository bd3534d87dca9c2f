//! What is kept beside tensors and constants, within the memory that is given: what is computed of them once, and copies of weights in the
//! order in which kernels read them. What does not fit is done in each run; no result depends on it.

use std::collections::BTreeMap;

use quorate_program::{Expression, Node, Op, Program};

/// A product or window of more operations is left to the runs: these have fast kernels and can be ended.
const HEAVY: i64 = 1 << 24;
/// At most so many times the bytes of tensors and constants, and a few more: weights of 8 bits become numbers of 32, are scaled and turned.
const TIMES: u64 = 16;
const SPARE: u64 = 1 << 20;
/// Bytes of a group of a convolution beside its weights.
const GROUP: u64 = 512;

/// What is kept.
pub(crate) struct Kept {
    /// Values that depend on tensors and constants alone and are computed once.
    pub fixed: Vec<bool>,
    /// Nodes whose weights are put in order once.
    pub ordered: Vec<bool>,
}

impl Kept {
    /// What fits into half of the memory that tensors and constants leave: the other half is for the runs.
    pub fn new(program: &Program, memory: u64) -> Self {
        let sources = program.first_tensor()..program.results(0).start;
        let sizes = || sources.clone().filter_map(|value| bytes(program, value));
        let all = sizes().fold(0, u64::saturating_add);
        // The largest one is there twice while it is put in order.
        let taken = all.saturating_add(sizes().max().unwrap_or(0));
        let half = memory.saturating_sub(taken) / 2;
        let mut left = half.min(SPARE.saturating_add(TIMES.saturating_mul(all)));
        let mut fixed = vec![false; program.types().len()];
        fixed[sources].fill(true);
        fold(program, &mut fixed, &mut left);
        let ordered = order(program, &fixed, &mut left);
        Self { fixed, ordered }
    }
}

/// Bytes of a value whose shape has no dimension.
fn bytes(program: &Program, value: usize) -> Option<u64> {
    let own = &program.types()[value];
    let size = |d: &Expression| d.size().and_then(|size| u64::try_from(size).ok());
    let elements = own
        .shape
        .iter()
        .try_fold(1u64, |product, d| product.checked_mul(size(d)?))?;
    elements.checked_mul(own.element.bytes() as u64)
}

fn take(left: &mut u64, bytes: Option<u64>) -> bool {
    let rest = bytes.and_then(|bytes| left.checked_sub(bytes));
    *left = rest.unwrap_or(*left);
    rest.is_some()
}

fn fold(program: &Program, fixed: &mut [bool], left: &mut u64) {
    for (index, node) in program.graph().nodes.iter().enumerate() {
        // A shape with a dimension is another one for each request.
        let all = node.operands.iter().all(|&operand| fixed[operand as usize])
            && node.op.expressions().iter().all(|e| e.constant().is_some());
        if !all || heavy(program, index, node) {
            continue;
        }
        let mut results = program.results(index);
        let needed = results.try_fold(0u64, |sum, value| sum.checked_add(bytes(program, value)?));
        if take(left, needed) {
            fixed[program.results(index)].fill(true);
        }
    }
}

fn heavy(program: &Program, index: usize, node: &Node) -> bool {
    let slow = matches!(
        node.op,
        Op::MatMul
            | Op::Linear
            | Op::MatMulInteger
            | Op::Conv { .. }
            | Op::ConvTranspose { .. }
            | Op::Attention { .. }
            | Op::Lstm
            | Op::Gru { .. }
            | Op::MaxPool { .. }
            | Op::AveragePool { .. }
    );
    let operations = || program.flops_of(index).and_then(|flops| flops.constant());
    slow && operations().is_none_or(|operations| operations > HEAVY)
}

/// Which nodes have their weights put in order. Of each value all of them or none: it is there as it is, or in the copies that are counted.
fn order(program: &Program, fixed: &[bool], left: &mut u64) -> Vec<bool> {
    let graph = program.graph();
    let mut raw = vec![false; fixed.len()];
    for output in &graph.outputs {
        raw[output.value as usize] = true;
    }
    let mut readers: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        if fixed[program.results(index).start] {
            continue;
        }
        let weights = weights(node, fixed);
        for (operand, &value) in node.operands.iter().enumerate() {
            match weights == Some(operand) {
                true => readers.entry(value).or_default().push(index),
                false => raw[value as usize] = true,
            }
        }
    }
    let mut ordered = vec![false; graph.nodes.len()];
    for (value, nodes) in readers {
        let of = |index: &usize| groups(&graph.nodes[*index]);
        let convolutions = nodes.iter().filter_map(of);
        let linear = nodes.iter().any(|index| of(index).is_none());
        let copies = convolutions.clone().count() as u64 + u64::from(linear) + u64::from(raw[value as usize]);
        let own = bytes(program, value as usize).and_then(|own| own.checked_mul(copies.saturating_sub(1)));
        let beside = convolutions.fold(0u64, |sum, groups| {
            sum.saturating_add(u64::from(groups).saturating_sub(1).saturating_mul(GROUP))
        });
        if take(left, own.and_then(|own| own.checked_add(beside))) {
            nodes.into_iter().for_each(|index| ordered[index] = true);
        }
    }
    ordered
}

/// The operand that is weights which are the same for all requests: of a product of rows with them, and perhaps a bias that is too, or of
/// a convolution.
fn weights(node: &Node, fixed: &[bool]) -> Option<usize> {
    let is_fixed = |operand: usize| fixed[node.operands[operand] as usize];
    let found = match node.op {
        Op::Linear => (0..node.operands.len()).all(|operand| is_fixed(operand) == (operand > 0)),
        Op::Conv { .. } | Op::ConvTranspose { .. } => is_fixed(1),
        _ => false,
    };
    found.then_some(1)
}

fn groups(node: &Node) -> Option<u32> {
    match node.op {
        Op::Conv { groups, .. } | Op::ConvTranspose { groups, .. } => Some(groups),
        _ => None,
    }
}

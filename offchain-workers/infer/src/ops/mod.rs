//! Steps by the kernels. What has none is done by the reference.

pub(crate) mod attention;
pub(crate) mod chain;
pub(crate) mod conv;
pub(crate) mod gather;
pub(crate) mod integer;
pub(crate) mod linear;
pub(crate) mod matmul;
pub(crate) mod moves;
pub(crate) mod plain;
pub(crate) mod pool;
pub(crate) mod quantise;
pub(crate) mod recurrent;
pub(crate) mod reference;
pub(crate) mod rope;
pub(crate) mod rows;

use quorate_program::Op;

use crate::{steps::Step, work::Work};

/// A step of one node. Answers whether some result may be NaN; other faults are written down.
pub(crate) fn node(work: &mut Work<'_, '_>, step: &Step) -> bool {
    let done = match &work.model.node(step).op {
        Op::LayerNorm { .. } | Op::RmsNorm { .. } | Op::BatchNorm { .. } | Op::Softmax { .. } | Op::Reduce { .. } => {
            rows::run(work, step)
        }
        Op::MatMul => matmul::run(work, step),
        Op::Linear => linear::of_request(work, step),
        Op::QuantizeLinear | Op::DequantizeLinear | Op::DynamicQuantizeLinear => quantise::run(work, step),
        Op::MatMulInteger => integer::run(work, step),
        Op::Conv { .. } | Op::ConvTranspose { .. } => conv::of_request(work, step),
        Op::Attention { causal, scale } => attention::run(work, step, *causal, scale.get()),
        Op::Rope { .. } => rope::run(work, step),
        Op::MaxPool { .. } | Op::AveragePool { .. } => pool::run(work, step),
        Op::ArgMax { axis, .. } => rows::arg_max(work, step, *axis as usize),
        Op::TopK { axis, largest, .. } => rows::top_k(work, step, *axis as usize, *largest),
        Op::Lstm | Op::Gru { .. } => recurrent::run(work, step),
        Op::Gather { axis } => gather::run(work, step, *axis as usize),
        Op::Concat { .. }
        | Op::Slice { .. }
        | Op::Split { .. }
        | Op::Transpose { .. }
        | Op::Expand { .. }
        | Op::Resize { .. } => moves::run(work, step),
        Op::Pad { fill, .. } => moves::pad(work, step, *fill),
        Op::Cast { .. } | Op::Not | Op::Where | Op::Compare(_) | Op::Logic(_) | Op::Binary(_) => plain::run(work, step),
        _ => None,
    };
    done.unwrap_or_else(|| reference::run(work, step))
}

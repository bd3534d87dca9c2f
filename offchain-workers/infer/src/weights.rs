//! Weights in the order in which kernels read them.

use quorate_infer_kernels::{
    conv::{Conv, Shape},
    Isa,
};
use quorate_program::{Node, Op, Shapes};

/// A node's convolution with its weights in order, for images of any size that there is.
pub(crate) fn convolution(isa: Isa, node: &Node, shapes: &Shapes, weights: &[f32]) -> Option<Conv> {
    let (groups, strides, transposed) = match &node.op {
        Op::Conv { groups, strides } => (groups, strides, None),
        Op::ConvTranspose { extra, groups, strides } => (groups, strides, Some(extra.map(|extra| extra as usize))),
        _ => return None,
    };
    let (x, w) = (shapes.of(node.operands[0]), shapes.of(node.operands[1]));
    let shape = Shape {
        image: [x[1], x[2]],
        channels: x[3],
        kernel: [w[1], w[2]],
        outputs: w[0],
        groups: *groups as usize,
        strides: strides.map(Into::into),
        transposed,
    };
    Conv::new(isa, shape, weights)
}

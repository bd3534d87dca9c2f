//! Moves, elements, rows, choices, products and pools.

use quorate_program::{
    op::{Binary, Comparison, Fill, Logic, Reduction, Unary},
    Op, Real, Type,
};

use crate::given::{ascending, bools, bytes, floats, integers, strides, Case};

pub fn all() -> Vec<Case> {
    let n = 4_096;
    let order = |order: &[u32]| Op::Transpose { order: order.to_vec() };
    let argmax = |axis| Op::ArgMax { axis, keep: false };
    vec![
        ("transpose f32".into(), order(&[1, 0]), vec![floats(&[n, n])]),
        ("transpose u8".into(), order(&[1, 0]), vec![bytes(&[n, n])]),
        ("transpose i64".into(), order(&[1, 0]), vec![integers(&[n, n], 9)]),
        (
            "transpose f32 of three axes".into(),
            order(&[2, 1, 0]),
            vec![floats(&[256, 256, 256])],
        ),
        (
            "transpose u8 of four axes".into(),
            order(&[3, 1, 0, 2]),
            vec![bytes(&[64, 64, 64, 64])],
        ),
        (
            "gather of elements".into(),
            Op::Gather { axis: 0 },
            vec![floats(&[1 << 24]), integers(&[1 << 22], 1 << 24)],
        ),
        (
            "gather of bytes along the last axis".into(),
            Op::Gather { axis: 1 },
            vec![bytes(&[n, n]), integers(&[n], n as i64)],
        ),
        (
            "gather of rows".into(),
            Op::Gather { axis: 0 },
            vec![floats(&[n, n]), integers(&[n], n as i64)],
        ),
        (
            "concat of columns".into(),
            Op::Concat { axis: 1 },
            (0..64).map(|_| floats(&[1 << 16, 1])).collect(),
        ),
        (
            "concat of byte columns".into(),
            Op::Concat { axis: 1 },
            (0..1_000).map(|_| bytes(&[n, 1])).collect(),
        ),
        ("split to columns".into(), split(1, 64), vec![floats(&[1 << 16, 64])]),
        ("split to byte columns".into(), split(1, n), vec![bytes(&[n, n])]),
        (
            "slice backwards".into(),
            slice(0, (1 << 24) - 1, -1, 1 << 24),
            vec![floats(&[1 << 24])],
        ),
        (
            "slice of a column".into(),
            slice(1, 7, 1, 1),
            vec![floats(&[1 << 18, 64])],
        ),
        (
            "expand of a column".into(),
            expand(&[n as i64, n as i64]),
            vec![floats(&[n, 1])],
        ),
        (
            "expand of bytes".into(),
            expand(&[n as i64, n as i64]),
            vec![bytes(&[n, 1])],
        ),
        (
            "expand of a row of two".into(),
            expand(&[1 << 22, 2]),
            vec![floats(&[1, 2])],
        ),
        (
            "pad of bytes".into(),
            Op::Pad {
                after: 1,
                axis: 1,
                before: 1,
                fill: Fill::Integer(0),
            },
            vec![bytes(&[1 << 22, 1])],
        ),
        (
            "pad by the edge".into(),
            Op::Pad {
                after: 1,
                axis: 1,
                before: 1,
                fill: Fill::Edge,
            },
            vec![floats(&[1 << 22, 1])],
        ),
        (
            "pad by reflection".into(),
            Op::Pad {
                after: 1,
                axis: 0,
                before: 1,
                fill: Fill::Reflect,
            },
            vec![floats(&[n, n])],
        ),
        (
            "resize of bytes".into(),
            Op::Resize { axis: 1, scale: 2 },
            vec![bytes(&[n, n])],
        ),
        (
            "resize of few".into(),
            Op::Resize { axis: 1, scale: 2 },
            vec![floats(&[1 << 22, 1])],
        ),
        (
            "reshape".into(),
            Op::Reshape {
                shape: vec![(1 << 24).into()],
            },
            vec![floats(&[n, n])],
        ),
        ("cast to i64".into(), Op::Cast { to: Type::I64 }, vec![floats(&[n, n])]),
        ("cast of u8".into(), Op::Cast { to: Type::F32 }, vec![bytes(&[n, n])]),
        ("cast to i8".into(), Op::Cast { to: Type::I8 }, vec![floats(&[n, n])]),
        (
            "add".into(),
            Op::Binary(Binary::Add),
            vec![floats(&[n, n]), floats(&[n, n])],
        ),
        (
            "divide".into(),
            Op::Binary(Binary::Div),
            vec![floats(&[n, n]), floats(&[n, n])],
        ),
        (
            "add of a column".into(),
            Op::Binary(Binary::Add),
            vec![floats(&[n, n]), floats(&[n, 1])],
        ),
        (
            "add of column and row".into(),
            Op::Binary(Binary::Add),
            vec![floats(&[1, n]), floats(&[n, 1])],
        ),
        (
            "add of three axes".into(),
            Op::Binary(Binary::Add),
            vec![floats(&[256, 1, 256]), floats(&[1, 256, 1])],
        ),
        (
            "add of pairs".into(),
            Op::Binary(Binary::Add),
            vec![floats(&[1 << 22, 1]), floats(&[1, 2])],
        ),
        (
            "add of i64".into(),
            Op::Binary(Binary::Add),
            vec![integers(&[n, n], 99), integers(&[n, n], 99)],
        ),
        (
            "multiply i64, broadcast".into(),
            Op::Binary(Binary::Mul),
            vec![integers(&[n, 1], 99), integers(&[1, n], 99)],
        ),
        (
            "compare".into(),
            Op::Compare(Comparison::Less),
            vec![floats(&[n, n]), floats(&[n, 1])],
        ),
        (
            "compare i64".into(),
            Op::Compare(Comparison::Equal),
            vec![integers(&[n, n], 9), integers(&[n, 1], 9)],
        ),
        (
            "compare of column and row".into(),
            Op::Compare(Comparison::Equal),
            vec![bytes(&[1, n]), bytes(&[n, 1])],
        ),
        (
            "and".into(),
            Op::Logic(Logic::And),
            vec![bools(&[n, n]), bools(&[n, 1])],
        ),
        ("not".into(), Op::Not, vec![bools(&[n, n])]),
        (
            "where".into(),
            Op::Where,
            vec![bools(&[n, n]), floats(&[n, n]), floats(&[n, n])],
        ),
        (
            "where, broadcast".into(),
            Op::Where,
            vec![bools(&[n, 1]), floats(&[1, n]), floats(&[1, 1])],
        ),
        (
            "where of u8, broadcast".into(),
            Op::Where,
            vec![bools(&[n, 1]), bytes(&[1, n]), bytes(&[1, 1])],
        ),
        ("absolute".into(), Op::Unary(Unary::Abs), vec![floats(&[n, n])]),
        ("square root".into(), Op::Unary(Unary::Sqrt), vec![floats(&[1 << 20])]),
        ("exponential".into(), Op::Unary(Unary::Exp), vec![floats(&[n, n])]),
        ("sine".into(), Op::Unary(Unary::Sin), vec![floats(&[n, n])]),
        ("gelu".into(), Op::Unary(Unary::Gelu), vec![floats(&[n, n])]),
        ("softmax".into(), Op::Softmax { axis: 1 }, vec![floats(&[n, n])]),
        (
            "softmax of columns".into(),
            Op::Softmax { axis: 0 },
            vec![floats(&[n, n])],
        ),
        (
            "softmax of pairs".into(),
            Op::Softmax { axis: 1 },
            vec![floats(&[1 << 22, 2])],
        ),
        (
            "softmax in the middle".into(),
            Op::Softmax { axis: 1 },
            vec![floats(&[1 << 12, n / 2, 2])],
        ),
        (
            "layer norm of pairs".into(),
            Op::LayerNorm {
                epsilon: Real::new(1e-5).expect("real"),
            },
            vec![floats(&[1 << 22, 2]), floats(&[2]), floats(&[2])],
        ),
        (
            "layer norm".into(),
            Op::LayerNorm {
                epsilon: Real::new(1e-5).expect("real"),
            },
            vec![floats(&[n, n]), floats(&[n]), floats(&[n])],
        ),
        (
            "sum of rows".into(),
            reduce(Reduction::Sum, &[1]),
            vec![floats(&[n, n])],
        ),
        (
            "sum of columns".into(),
            reduce(Reduction::Sum, &[0]),
            vec![floats(&[n, n])],
        ),
        (
            "sum of pairs".into(),
            reduce(Reduction::Sum, &[1]),
            vec![floats(&[1 << 22, 2])],
        ),
        (
            "sum of ones".into(),
            reduce(Reduction::Sum, &[1]),
            vec![floats(&[1 << 22, 1])],
        ),
        (
            "sum of two axes apart".into(),
            reduce(Reduction::Sum, &[0, 2]),
            vec![floats(&[256, 256, 256])],
        ),
        (
            "largest of two axes apart".into(),
            reduce(Reduction::Max, &[0, 2]),
            vec![floats(&[256, 256, 256])],
        ),
        ("argmax of rows".into(), argmax(1), vec![floats(&[n, n])]),
        ("argmax of pairs".into(), argmax(1), vec![floats(&[1 << 22, 2])]),
        ("argmax of columns".into(), argmax(0), vec![floats(&[n, n])]),
        ("argmax of i64".into(), argmax(1), vec![integers(&[n, n], 1 << 40)]),
        ("top 1".into(), top(1, 1), vec![ascending(&[n, n])]),
        ("top 8".into(), top(1, 8), vec![ascending(&[n, n])]),
        ("top 64".into(), top(1, 64), vec![ascending(&[n, n])]),
        ("top 64, random".into(), top(1, 64), vec![floats(&[n, n])]),
        ("top 65".into(), top(1, 65), vec![floats(&[n, n])]),
        ("top of columns".into(), top(0, 3), vec![floats(&[n, n])]),
        ("all in order".into(), top(0, 1 << 22), vec![floats(&[1 << 22])]),
        (
            "all in order, i64".into(),
            top(0, 1 << 22),
            vec![integers(&[1 << 22], 1 << 40)],
        ),
        (
            "matmul of one row".into(),
            Op::MatMul,
            vec![floats(&[1, n]), floats(&[n, n])],
        ),
        (
            "linear of one row".into(),
            Op::Linear,
            vec![floats(&[1, n]), floats(&[2 * n, n])],
        ),
        (
            "linear of two wide".into(),
            Op::Linear,
            vec![floats(&[1 << 22, 2]), floats(&[2, 2])],
        ),
        (
            "linear of one wide".into(),
            Op::Linear,
            vec![floats(&[1 << 22, 1]), floats(&[1, 1])],
        ),
        (
            "matmul of many small".into(),
            Op::MatMul,
            vec![floats(&[1 << 18, 2, 2]), floats(&[1 << 18, 2, 2])],
        ),
        ("linear".into(), Op::Linear, vec![floats(&[256, n]), floats(&[n, n])]),
        (
            "max pool".into(),
            Op::MaxPool {
                ceil: false,
                kernel: [2, 2],
                strides: strides(2),
            },
            vec![floats(&[1, 16, 1024, 1024])],
        ),
        (
            "average pool of one".into(),
            Op::AveragePool {
                ceil: false,
                include_padding: true,
                kernel: [1, 1],
                strides: strides(1),
            },
            vec![floats(&[1, 16, 1024, 1024])],
        ),
    ]
}

fn expand(shape: &[i64]) -> Op {
    Op::Expand {
        shape: shape.iter().map(|&size| size.into()).collect(),
    }
}

fn reduce(how: Reduction, axes: &[u32]) -> Op {
    Op::Reduce {
        axes: axes.to_vec(),
        how,
        keep: false,
    }
}

fn top(axis: u32, k: i64) -> Op {
    Op::TopK {
        axis,
        k: k.into(),
        largest: true,
    }
}

fn slice(axis: u32, start: i64, step: i64, count: i64) -> Op {
    Op::Slice {
        axis,
        count: count.into(),
        start: start.into(),
        step,
    }
}

fn split(axis: u32, parts: usize) -> Op {
    Op::Split {
        axis,
        sizes: vec![1.into(); parts],
    }
}

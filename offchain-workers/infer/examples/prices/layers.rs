//! Convolutions, recurrent networks, attention, and numbers of 8 bits.

use quorate_program::{op::Stride, Op, Real};

use crate::given::{bytes, floats, signed, strides, Case};

pub fn all() -> Vec<Case> {
    [convolutions(), recurrences(), attentions(), quantised()].concat()
}

fn convolutions() -> Vec<Case> {
    let n = 4_096;
    let conv = |groups, strides| Op::Conv { groups, strides };
    let transposed = |groups, strides| Op::ConvTranspose {
        extra: [0, 0],
        groups,
        strides,
    };
    // Around the image as many as keep its size, for a kernel of so many.
    let same = |kernel: u32| padded(kernel / 2, 1, 1);
    vec![
        (
            "convolution of one".into(),
            Op::Conv {
                groups: 1,
                strides: strides(1),
            },
            vec![floats(&[1, n, n, 1]), floats(&[1, 1, 1, 1])],
        ),
        (
            "convolution of depth".into(),
            Op::Conv {
                groups: 64,
                strides: strides(1),
            },
            vec![floats(&[1, 512, 512, 64]), floats(&[64, 3, 3, 1])],
        ),
        (
            "convolution, 3 x 3".into(),
            conv(1, same(3)),
            vec![floats(&[1, 56, 56, 64]), floats(&[64, 3, 3, 64])],
        ),
        (
            "convolution of points".into(),
            conv(1, strides(1)),
            vec![floats(&[1, 56, 56, 256]), floats(&[256, 1, 1, 256])],
        ),
        (
            "convolution of points, few channels".into(),
            conv(1, strides(1)),
            vec![floats(&[1, 2_048, 2_048, 2]), floats(&[2, 1, 1, 2])],
        ),
        (
            "convolution, 3 x 3, one channel".into(),
            conv(1, same(3)),
            vec![floats(&[1, 2_048, 2_048, 1]), floats(&[1, 3, 3, 1])],
        ),
        (
            "convolution, 7 x 7, step 2, of colours".into(),
            conv(1, padded(3, 2, 1)),
            vec![floats(&[1, 448, 448, 3]), floats(&[64, 7, 7, 3])],
        ),
        (
            "convolution, 3 x 3, dilated".into(),
            conv(1, padded(64, 1, 64)),
            vec![floats(&[1, 256, 256, 32]), floats(&[32, 3, 3, 32])],
        ),
        (
            "convolution in groups of two".into(),
            conv(64, same(3)),
            vec![floats(&[1, 128, 128, 128]), floats(&[128, 3, 3, 2])],
        ),
        (
            "convolution of depth, one place wide".into(),
            conv(256, strides(1)),
            vec![floats(&[1, 1 << 14, 1, 256]), floats(&[256, 5, 1, 1])],
        ),
        (
            "convolution of many small images".into(),
            conv(1, same(3)),
            vec![floats(&[1 << 14, 1, 1, 16]), floats(&[16, 3, 3, 16])],
        ),
        (
            "convolution along a row".into(),
            conv(1, strides(1)),
            vec![floats(&[1, 1, 1 << 18, 8]), floats(&[8, 1, 9, 8])],
        ),
        (
            "convolution with weights larger than the image".into(),
            conv(1, strides(1)),
            vec![floats(&[1, 3, 3, 512]), floats(&[1_024, 3, 3, 512])],
        ),
        (
            "transposed convolution, 2 x 2, step 2".into(),
            transposed(1, strides(2)),
            vec![floats(&[1, 128, 128, 64]), floats(&[32, 2, 2, 64])],
        ),
        (
            "transposed convolution to one channel".into(),
            transposed(1, strides(2)),
            vec![floats(&[1, 160, 160, 24]), floats(&[1, 2, 2, 24])],
        ),
        (
            "transposed convolution, 3 x 3, one channel".into(),
            transposed(1, strides(1)),
            vec![floats(&[1, 1_024, 1_024, 1]), floats(&[1, 3, 3, 1])],
        ),
        (
            "transposed convolution, few of its taps".into(),
            transposed(1, strides(16)),
            vec![floats(&[1, 64, 64, 8]), floats(&[8, 2, 2, 8])],
        ),
        (
            "transposed convolution of depth".into(),
            transposed(64, strides(2)),
            vec![floats(&[1, 128, 128, 64]), floats(&[64, 3, 3, 1])],
        ),
    ]
}

/// Down and across alike: so many places around the image, and steps.
fn padded(around: u32, step: u32, dilation: u32) -> [Stride; 2] {
    [Stride {
        after: around,
        before: around,
        dilation,
        step,
    }; 2]
}

/// Steps, sequences, width of an input, units.
fn recurrences() -> Vec<Case> {
    let sizes = [
        ("one unit, many steps", [1 << 14, 1, 1, 1]),
        ("64 units", [512, 1, 64, 64]),
        ("512 units", [64, 1, 512, 512]),
        ("1,024 units, one step", [1, 1, 1, 1_024]),
        ("wide inputs, one unit", [64, 1, 1 << 14, 1]),
        ("many sequences", [16, 256, 64, 64]),
        ("many sequences of one unit", [16, 1 << 14, 1, 1]),
    ];
    let inputs = |[steps, sequences, input, units]: [usize; 4], gates: usize, states: usize| {
        let weights = [input, units].map(|width| floats(&[gates * units, width]));
        let states = (0..states).map(|_| floats(&[sequences, units]));
        let x = [floats(&[steps, sequences, input])];
        x.into_iter().chain(weights).chain(states).collect()
    };
    let gru = |linear_before_reset| Op::Gru { linear_before_reset };
    let kinds = [
        ("LSTM", Op::Lstm, 4, 2),
        ("GRU", gru(false), 3, 1),
        ("GRU, linear before reset", gru(true), 3, 1),
    ];
    let of = |(kind, op, gates, states): &(&str, Op, usize, usize)| {
        let case = |(name, sizes)| (format!("{kind} of {name}"), op.clone(), inputs(sizes, *gates, *states));
        sizes.map(case)
    };
    kinds.iter().flat_map(of).collect()
}

/// Queries, keys, heads, heads of keys, widths of a key and of a value.
fn attentions() -> Vec<Case> {
    let sizes = [
        ("128 of 32 wide", [128, 128, 12, 12, 32, 32]),
        ("long", [2_048, 2_048, 4, 4, 64, 64]),
        ("one query", [1, 1 << 16, 9, 3, 64, 64]),
        ("one query, keys of one head", [1, 1 << 14, 32, 1, 128, 128]),
        ("one wide", [2_048, 2_048, 1, 1, 1, 1]),
        ("many heads, two keys", [1 << 14, 2, 16, 16, 8, 8]),
        ("many heads of one query and key", [1, 1, 1 << 14, 1 << 14, 4, 4]),
        ("one key, many queries", [1 << 18, 1, 1, 1, 4, 4]),
        ("narrow keys, wide values", [512, 512, 4, 4, 1, 256]),
    ];
    let scale = Real::new(0.125).expect("real");
    let attention = |causal| Op::Attention { causal, scale };
    let inputs = |[queries, keys, heads, groups, key, value]: [usize; 6]| {
        vec![
            floats(&[queries, heads, key]),
            floats(&[keys, groups, key]),
            floats(&[keys, groups, value]),
        ]
    };
    let plain = sizes.map(|(name, sizes)| (format!("attention of {name}"), attention(false), inputs(sizes)));
    let causal = sizes.into_iter().filter(|(_, sizes)| sizes[0] == sizes[1]);
    let causal = causal.map(|(name, sizes)| (format!("causal attention of {name}"), attention(true), inputs(sizes)));
    let masked = sizes.map(|(name, sizes)| {
        let mut all = inputs(sizes);
        all.push(floats(&sizes[..2]));
        (format!("attention with a mask of {name}"), attention(false), all)
    });
    plain.into_iter().chain(causal).chain(masked).collect()
}

fn quantised() -> Vec<Case> {
    let n = 4_096;
    vec![
        (
            "quantize".into(),
            Op::QuantizeLinear,
            vec![floats(&[n, n]), floats(&[]), bytes(&[])],
        ),
        (
            "dequantize".into(),
            Op::DequantizeLinear,
            vec![bytes(&[n, n]), floats(&[]), bytes(&[])],
        ),
        (
            "quantize dynamically".into(),
            Op::DynamicQuantizeLinear,
            vec![floats(&[n, n])],
        ),
        (
            "integer matmul".into(),
            Op::MatMulInteger,
            vec![bytes(&[256, n]), bytes(&[]), bytes(&[n, n]), bytes(&[])],
        ),
        (
            "integer matmul of one row".into(),
            Op::MatMulInteger,
            vec![bytes(&[1, n]), bytes(&[]), bytes(&[n, n]), bytes(&[])],
        ),
        (
            "integer matmul of signed numbers, a zero for each row of the weights".into(),
            Op::MatMulInteger,
            vec![bytes(&[256, n]), bytes(&[]), signed(&[n, n]), signed(&[n])],
        ),
        (
            "integer matmul of two wide".into(),
            Op::MatMulInteger,
            vec![bytes(&[1 << 20, 2]), bytes(&[]), bytes(&[2, 2]), bytes(&[])],
        ),
        (
            "integer matmul of one wide".into(),
            Op::MatMulInteger,
            vec![bytes(&[1 << 22, 1]), bytes(&[]), bytes(&[1, 1]), bytes(&[])],
        ),
        (
            "quantize, a scale for each column".into(),
            Op::QuantizeLinear,
            vec![floats(&[n, n]), floats(&[n]), bytes(&[n])],
        ),
        (
            "dequantize, a scale for each column".into(),
            Op::DequantizeLinear,
            vec![bytes(&[n, n]), floats(&[n]), bytes(&[n])],
        ),
        (
            "dequantize, a scale for each row".into(),
            Op::DequantizeLinear,
            vec![bytes(&[n, n]), floats(&[n, 1]), bytes(&[n, 1])],
        ),
    ]
}

//! Images: convolutions of all kinds, pools, what follows them.

use quorate_program::{
    op::{Binary, Clip, Fill, HardSigmoid, Reduction, Stride, Unary},
    Op, Type,
};

use crate::{
    build::{floats, Builder},
    models::real,
};

fn stride(step: u32, pad: u32, dilation: u32) -> Stride {
    Stride {
        after: pad,
        before: pad,
        dilation,
        step,
    }
}

fn conv(groups: u32, step: u32, pad: u32, dilation: u32) -> Op {
    let strides = [stride(step, pad, dilation), stride(step, pad, dilation)];
    Op::Conv { groups, strides }
}

#[test]
fn a_network_of_images_should_have_the_references_bits() {
    let mut b = Builder::default();
    b.dimension("h", 1, 4);
    b.dimension("w", 1, 4);
    let x = {
        let four = |name: &str| crate::build::d(name).times(&8.into()).unwrap();
        b.graph.inputs.push(quorate_program::Input {
            name: "image".into(),
            shape: vec![1.into(), four("h"), four("w"), 3.into()],
            element: Type::F32,
        });
        b.given_number()
    };
    let first = (b.tensor(&[16, 3, 3, 3], 0.4), b.tensor(&[16], 1.0));
    let deep = b.tensor(&[16, 3, 3, 1], 0.6);
    let point = (b.tensor(&[24, 1, 1, 16], 0.4), b.tensor(&[24], 1.0));
    let grouped = b.tensor(&[24, 3, 3, 6], 0.4);
    let down = b.tensor(&[8, 24], 0.4);
    let up = b.tensor(&[24, 8], 0.4);
    let back = b.tensor(&[4, 2, 2, 24], 0.3);
    let batch: Vec<u32> = (0..3).map(|_| b.tensor(&[24], 1.0)).collect();
    let spread = b.given({
        let quorate_program::Value::F32(tensor) = floats(9, &[24], 1.0) else {
            unreachable!()
        };
        quorate_program::Value::F32(tensor.map(|x| x * x + 0.1).unwrap())
    });
    let x = b.node(conv(1, 2, 1, 1), &[x, first.0, first.1]);
    let line = Unary::HardSigmoid(HardSigmoid {
        alpha: real(0.166_666_67),
        beta: real(0.5),
    });
    let gate = b.node(Op::Unary(line), &[x]);
    let x = b.node(Op::Binary(Binary::Mul), &[x, gate]);
    let y = b.node(conv(16, 1, 1, 1), &[x, deep]);
    let y = b.node(Op::Unary(Unary::Relu), &[y]);
    let y = b.node(Op::Binary(Binary::Add), &[y, x]);
    let y = b.node(conv(1, 1, 0, 1), &[y, point.0, point.1]);
    let six = Unary::Clip(Clip {
        high: real(6.0),
        low: real(0.0),
    });
    let y = b.node(Op::Unary(six), &[y]);
    let mean = Op::Reduce {
        axes: vec![1, 2],
        how: Reduction::Mean,
        keep: true,
    };
    let squeezed = b.node(mean, &[y]);
    let squeezed = b.node(Op::Linear, &[squeezed, down]);
    let squeezed = b.node(Op::Unary(Unary::Relu), &[squeezed]);
    let squeezed = b.node(Op::Linear, &[squeezed, up]);
    let squeezed = b.node(Op::Unary(Unary::Sigmoid), &[squeezed]);
    let y = b.node(Op::Binary(Binary::Mul), &[y, squeezed]);
    let z = b.node(conv(4, 1, 2, 2), &[y, grouped]);
    let z = b.node(Op::Binary(Binary::Sub), &[y, z]);
    let z = b.node(
        Op::BatchNorm { epsilon: real(1e-5) },
        &[z, batch[0], batch[1], batch[2], spread],
    );
    let window = [stride(2, 1, 1), stride(2, 1, 1)];
    let pooled = b.node(
        Op::MaxPool {
            ceil: false,
            kernel: [3, 3],
            strides: window,
        },
        &[z],
    );
    let even = b.node(
        Op::AveragePool {
            ceil: false,
            include_padding: true,
            kernel: [3, 3],
            strides: window,
        },
        &[z],
    );
    let both = b.node(Op::Concat { axis: 3 }, &[pooled, even]);
    let wide = b.node(Op::Resize { axis: 1, scale: 2 }, &[both]);
    let wide = b.node(Op::Resize { axis: 2, scale: 2 }, &[wide]);
    let pad = Op::Pad {
        after: 1,
        axis: 1,
        before: 2,
        fill: Fill::Constant(real(0.25)),
    };
    let wide = b.node(pad, &[wide]);
    let strides = [stride(2, 0, 1), stride(2, 0, 1)];
    let image = b.node(
        Op::ConvTranspose {
            extra: [0, 0],
            groups: 1,
            strides,
        },
        &[z, back],
    );
    let image = b.node(Op::Unary(Unary::Sigmoid), &[image]);
    let image = b.node(
        Op::Transpose {
            order: vec![0, 3, 1, 2],
        },
        &[image],
    );
    b.output(wide);
    b.output(image);
    let request = |seed, h: usize, w: usize| vec![floats(seed, &[1, 8 * h, 8 * w, 3], 1.0)];
    b.check(&[request(1, 2, 3), request(2, 1, 1), request(3, 4, 1), request(4, 2, 3)]);
}

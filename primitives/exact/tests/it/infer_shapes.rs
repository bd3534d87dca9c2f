//! Whatever the shapes and parameters: an answer or a fault, never a panic, and no memory beyond inputs and outputs.

use quorate_exact::infer::{
    attention::{attention, Seen},
    cast::cast,
    conv::{conv, conv_transpose, Filters},
    elementwise::{binary, select},
    matmul::{linear, matmul},
    moves::{concat, expand, gather, pad, reshape, resize_nearest, slice, split, transpose, Fill},
    normalise::{batch_norm, layer_norm, rms_norm, softmax},
    pool::{pool, Pool},
    quantised::{dequantize, dynamic_quantize, matmul_integer, quantize},
    recurrent::{gru, lstm, Gates},
    reduce::{arg_max, reduce, top_k, Reduce},
    rope::rope,
    sample::{sample, Sampler},
    Element, Fault, Stride, Tensor,
};

use crate::{
    common::seed,
    infer_numbers::Numbers,
    infer_tensors::{any, filled, tensor},
};

/// Random arguments: mostly small, sometimes absurd.
struct Arguments(Numbers);

impl Arguments {
    fn size(&mut self) -> usize {
        match self.0.below(24) {
            0 => [0, 1 << 31, usize::MAX / 2, usize::MAX][self.0.below(4) as usize],
            _ => self.0.below(4) as usize,
        }
    }

    fn sizes(&mut self) -> Vec<usize> {
        (0..self.0.below(5)).map(|_| self.size()).collect()
    }

    /// Dimensions 1 to 3; mostly of the rank that is asked for, and often all equal, so that much fits.
    fn shape(&mut self, rank: usize) -> Vec<usize> {
        let rank = if self.0.below(8) == 0 {
            self.0.below(5) as usize
        } else {
            rank
        };
        let all = 1 + self.0.below(3) as usize;
        (0..rank)
            .map(|_| {
                if self.0.below(6) == 0 {
                    1 + self.0.below(3) as usize
                } else {
                    all
                }
            })
            .collect()
    }

    fn x(&mut self, rank: usize) -> Tensor {
        let shape = self.shape(rank);
        match self.0.below(4) {
            0 => filled(&shape, || any(&mut self.0, true)),
            _ => tensor(&mut self.0, &shape),
        }
    }

    fn of<T: Element>(&mut self, rank: usize, value: fn(u32) -> T) -> Tensor<T> {
        let shape = self.shape(rank);
        filled(&shape, || value(self.0.below(1 << 31)))
    }

    fn strides(&mut self) -> [Stride; 2] {
        [(); 2].map(|()| Stride {
            step: self.size(),
            dilation: self.size(),
            before: self.size(),
            after: self.size(),
        })
    }

    fn flag(&mut self) -> bool {
        self.0.below(2) == 1
    }
}

/// Tries random arguments: some must do, some not.
fn tried<T>(name: &str, mut answer: impl FnMut(&mut Arguments) -> Result<T, Fault>) {
    let mut arguments = Arguments(Numbers::new(seed()));
    let answers = (0..3_000).filter(|_| answer(&mut arguments).is_ok()).count();
    assert!((1..3_000).contains(&answers), "{name}: {answers} answers");
}

#[test]
fn products_and_elementwise_operations_should_answer_or_refuse() {
    tried("linear", |a| {
        let (x, w, bias, with) = (a.x(2), a.x(2), a.x(1), a.flag());
        linear(&x, &w, with.then_some(&bias))
    });
    tried("matmul", |a| {
        let rank = 2 + a.0.below(3) as usize;
        matmul(&a.x(rank), &a.x(rank))
    });
    tried("binary", |a| binary(&a.x(3), &a.x(2), |a, b| a / b));
    tried("select", |a| select(&a.of(3, |n| n % 2 == 0), &a.x(3), &a.x(2)));
    tried("cast", |a| cast::<f32, i8>(&a.x(1)));
}

#[test]
fn row_operations_should_answer_or_refuse() {
    tried("softmax", |a| softmax(&a.x(3), a.0.below(4) as usize));
    tried("layer_norm", |a| {
        let (x, g, b, with) = (a.x(2), a.x(1), a.x(1), a.flag());
        layer_norm(&x, &g, with.then_some(&b), 1e-5)
    });
    tried("rms_norm", |a| rms_norm(&a.x(3), &a.x(1), 0.0));
    tried("batch_norm", |a| {
        batch_norm(&a.x(4), [&a.x(1), &a.x(1), &a.x(1), &a.x(1)], 1.0)
    });
    tried("rope", |a| {
        let inverse: Vec<f32> = (0..a.0.below(3)).map(|_| any(&mut a.0, true)).collect();
        let small = [1.0, 0.5, 0.25];
        let inverse = if a.flag() {
            &inverse[..]
        } else {
            &small[..inverse.len()]
        };
        rope(&a.x(3), a.size(), inverse, a.size())
    });
    tried("attention", |a| {
        let (mask, with) = (a.x(2), a.flag());
        let seen = if a.flag() {
            Seen::All
        } else {
            Seen::Causal { first: a.size() }
        };
        attention([&a.x(3), &a.x(3), &a.x(3)], 0.5, with.then_some(&mask), seen)
    });
}

#[test]
fn image_operations_should_answer_or_refuse() {
    tried("conv", |a| {
        let (x, weights, bias, with) = (a.x(4), a.x(4), a.x(1), a.flag());
        let (bias, groups) = (with.then_some(&bias), a.size());
        conv(
            &x,
            Filters {
                weights: &weights,
                bias,
                groups,
            },
            a.strides(),
        )
    });
    tried("conv_transpose", |a| {
        let (x, weights, groups) = (a.x(4), a.x(4), a.size());
        let filters = Filters {
            weights: &weights,
            bias: None,
            groups,
        };
        conv_transpose(&x, filters, a.strides(), [a.size(), a.size()])
    });
    tried("pool", |a| {
        let kind = if a.flag() {
            Pool::Max
        } else {
            Pool::Average {
                include_padding: a.flag(),
            }
        };
        pool(&a.x(4), kind, [a.size(), a.size()], a.strides(), a.flag())
    });
}

#[test]
fn reductions_and_moves_should_answer_or_refuse() {
    let how = [
        Reduce::Sum,
        Reduce::Mean,
        Reduce::SumSquare,
        Reduce::L1,
        Reduce::L2,
        Reduce::Max,
        Reduce::Min,
    ];
    tried("reduce", |a| {
        reduce(&a.x(3), how[a.0.below(7) as usize], &a.sizes(), a.flag())
    });
    tried("arg_max", |a| arg_max(&a.x(3), a.size(), a.flag()));
    tried("top_k", |a| top_k(&a.x(3), a.size(), a.size(), a.flag()));
    tried("gather", |a| {
        gather(&a.x(2), &a.of(1, |n| i64::from(n % 5) - 2), a.size())
    });
    tried("concat", |a| concat(&[&a.x(2), &a.x(2)], a.size()));
    tried("slice", |a| {
        slice(&a.x(2), a.size(), a.size(), i64::from(a.0.below(5)) - 2, a.size())
    });
    tried("split", |a| split(&a.x(2), a.size(), &a.sizes()));
    tried("reshape", |a| reshape(&a.x(2), &a.sizes()));
    tried("transpose", |a| transpose(&a.x(2), &a.sizes()));
    tried("expand", |a| expand(&a.x(1), &a.sizes()));
    tried("pad", |a| {
        let fill = [Fill::Constant(1.0), Fill::Edge, Fill::Reflect, Fill::Constant(f32::NAN)];
        pad(&a.x(2), a.size(), a.size(), a.size(), fill[a.0.below(4) as usize])
    });
    tried("resize_nearest", |a| resize_nearest(&a.x(2), a.size(), a.size()));
}

#[test]
fn recurrent_and_quantised_operations_should_answer_or_refuse() {
    tried("lstm", |a| {
        let (units, inputs) = (1 + a.0.below(2) as usize, 1 + a.0.below(2) as usize);
        let rows = 4 * units + a.0.below(8) as usize / 7;
        let (input, hidden) = (tensor(&mut a.0, &[rows, inputs]), tensor(&mut a.0, &[rows, units]));
        lstm(
            &a.x(3),
            Gates {
                input: &input,
                hidden: &hidden,
                bias: None,
            },
            [&a.x(2), &a.x(2)],
        )
    });
    tried("gru", |a| {
        let (units, inputs) = (1 + a.0.below(2) as usize, 1 + a.0.below(2) as usize);
        let rows = 3 * units + a.0.below(8) as usize / 7;
        let (input, hidden) = (tensor(&mut a.0, &[rows, inputs]), tensor(&mut a.0, &[rows, units]));
        let bias = tensor(&mut a.0, &[rows]);
        let gates = Gates {
            input: &input,
            hidden: &hidden,
            bias: Some([&bias, &bias]),
        };
        gru(&a.x(3), gates, &a.x(2), a.flag())
    });
    tried("quantize", |a| quantize(&a.x(2), &a.x(1), &a.of(1, |n| n as u8)));
    tried("dequantize", |a| {
        dequantize(&a.of(2, |n| n as i8), &a.x(1), Some(&a.of(1, |n| n as i8)))
    });
    tried("dynamic_quantize", |a| dynamic_quantize(&a.x(2)));
    tried("matmul_integer", |a| {
        let zero = if a.0.below(4) > 0 {
            filled(&[], || 1u8)
        } else {
            a.of(0, |n| n as u8)
        };
        matmul_integer(
            &a.of(2, |n| n as u8),
            &zero,
            &a.of(2, |n| n as i8),
            &a.of(1, |n| n as i8),
        )
    });
    tried("sample", |a| {
        let draw = Sampler::Draw {
            temperature: any(&mut a.0, true),
            top_k: a.0.below(4),
        };
        let sampler = if a.flag() { Sampler::Argmax } else { draw };
        sample(&a.x(1), sampler, &[1; 32], 5)
    });
}

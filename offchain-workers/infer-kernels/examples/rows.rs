//! How fast row kernels are, on one thread: a line of JSON for each shape and level. `scripts/bench-infer-kernels.sh` runs it beside others.

use std::{hint::black_box, time::Instant};

use quorate_exact::infer::{pool::Pool, reduce::Reduce, Stride};
use quorate_infer_kernels::{
    elementwise::{apply, compute, Binary, Operand, Step},
    functions::{map, Function},
    holds_nan,
    moves::transpose,
    normalise::{batch_norm, layer_norm, rms_norm},
    pool::{pool, Pooling},
    rank::{arg_max, top_k},
    reduce::{reduce_columns, reduce_rows},
    rope::{rope, rope_table},
    softmax::{softmax_columns, softmax_rows, softmax_scores},
    Aligned, Isa, Level, View, ViewMut,
};

/// Rows and columns: of MiniLM with 128 tokens, of attention, of an image's channels, of a long row, of a vocabulary.
const SHAPES: [[usize; 2]; 6] = [
    [128, 384],
    [128, 1536],
    [1536, 128],
    [12544, 24],
    [1, 16384],
    [8, 49152],
];

const FUNCTIONS: [(&str, Function); 12] = [
    ("exp", Function::Exp),
    ("tanh", Function::Tanh),
    ("erf", Function::Erf),
    ("log", Function::Log),
    ("sin", Function::Sin),
    ("cos", Function::Cos),
    ("sigmoid", Function::Sigmoid),
    ("silu", Function::Silu),
    ("gelu", Function::Gelu),
    ("gelu_tanh", Function::GeluTanh),
    ("sqrt", Function::Sqrt),
    ("relu", Function::Relu),
];

/// Seconds of one call: the best of several runs, each long enough to measure, since others may use the core too.
fn seconds(mut f: impl FnMut() -> bool) -> f64 {
    let start = Instant::now();
    black_box(f());
    let once = start.elapsed().as_secs_f64();
    let calls = ((0.002 / once.max(1e-8)) as usize).max(1);
    (0..12)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..calls {
                black_box(f());
            }
            start.elapsed().as_secs_f64() / calls as f64
        })
        .fold(f64::INFINITY, f64::min)
}

/// Numbers between −4 and 4, or above 0.
fn numbers(n: usize, positive: bool) -> Aligned {
    let mut numbers = Aligned::zeros(n);
    let mut state = 1u32;
    for number in numbers.as_mut_slice() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let x = (state >> 8) as f32 / (1 << 21) as f32 - 4.0;
        *number = if positive { x.abs() + 0.01 } else { x };
    }
    numbers
}

/// What is measured, on one level.
struct Bench {
    isa: Isa,
    wanted: String,
}

impl Bench {
    fn run(&self, what: &str, shape: &[usize], f: impl FnMut() -> bool) {
        if !self.wanted.is_empty() && !self.wanted.split(',').any(|name| name == what) {
            return;
        }
        let elements: usize = shape.iter().product();
        let seconds = seconds(f);
        println!(
            "{{\"what\":\"{what}\",\"shape\":{shape:?},\"isa\":\"{}\",\"ns\":{:.4},\"gbs\":{:.2},\"seconds\":{seconds:e}}}",
            self.isa.level(),
            seconds * 1e9 / elements as f64,
            elements as f64 * 4.0 / seconds / 1e9
        );
    }

    fn rows(&self, [rows, columns]: [usize; 2]) {
        let (isa, n) = (self.isa, rows * columns);
        let (x, z, positive) = (numbers(n, false), numbers(n, false), numbers(n, true));
        let (x, z) = (x.as_slice(), z.as_slice());
        let mut buffer = Aligned::zeros(n);
        let y = buffer.as_mut_slice();
        let shape = [rows, columns];
        let view = View::new(x, rows, columns);
        for (name, function) in FUNCTIONS {
            let x = match name {
                "log" | "sqrt" => positive.as_slice(),
                _ => x,
            };
            self.run(name, &shape, || map(isa, function, x, y));
        }
        let (g, b) = (numbers(columns, false), numbers(columns, false));
        let (g, b) = (g.as_slice(), b.as_slice());
        let all = Operand::All(view);
        let other = Operand::All(View::new(z, rows, columns));
        let mut step = |what: &str, start: Operand<'_>, steps: &[Step<'_>]| {
            self.run(what, &shape, || {
                compute(isa, start, steps, ViewMut::new(y, rows, columns), [0, 0])
            });
        };
        step("add", all, &[Step::Then(Binary::Add, other)]);
        step("mul", all, &[Step::Then(Binary::Mul, other)]);
        step("max", all, &[Step::Then(Binary::Max, other)]);
        step("div", all, &[Step::Then(Binary::Div, other)]);
        step("add_row", all, &[Step::Then(Binary::Add, Operand::Row(b))]);
        step("mul_one", all, &[Step::Then(Binary::Mul, Operand::One(0.5))]);
        step(
            "silu_mul",
            all,
            &[Step::Map(Function::Silu), Step::Then(Binary::Mul, other)],
        );
        step(
            "bias_gelu",
            all,
            &[Step::Then(Binary::Add, Operand::Row(b)), Step::Map(Function::Gelu)],
        );
        self.run("apply_relu", &shape, || {
            apply(
                isa,
                &[Step::Map(Function::Relu)],
                ViewMut::new(y, rows, columns),
                [0, 0],
            )
        });
        self.run("layer_norm", &shape, || {
            layer_norm(isa, view, g, Some(b), 1e-12, ViewMut::new(y, rows, columns))
        });
        self.run("rms_norm", &shape, || {
            rms_norm(isa, view, g, 1e-5, ViewMut::new(y, rows, columns))
        });
        self.run("batch_norm", &shape, || {
            batch_norm(isa, view, b, g, b, ViewMut::new(y, rows, columns))
        });
        self.run("softmax", &shape, || {
            softmax_rows(isa, view, ViewMut::new(y, rows, columns))
        });
        self.run("softmax_columns", &shape, || {
            softmax_columns(isa, view, ViewMut::new(y, rows, columns))
        });
        self.run("softmax_masked", &shape, || {
            y.copy_from_slice(x);
            softmax_scores(
                isa,
                0.125,
                Some(View::new(z, rows, columns)),
                ViewMut::new(y, rows, columns),
            )
        });
        self.run("transpose", &shape, || {
            transpose(isa, view, y, rows);
            y[0] == 0.0
        });
        self.run("holds_nan", &shape, || holds_nan(isa, x));
        for (name, how) in [
            ("sum", Reduce::Sum),
            ("sum_square", Reduce::SumSquare),
            ("max_of", Reduce::Max),
        ] {
            self.run(&format!("{name}_rows"), &shape, || {
                reduce_rows(isa, how, view, &mut y[..rows])
            });
            self.run(&format!("{name}_columns"), &shape, || {
                reduce_columns(isa, how, view, &mut y[..columns])
            });
        }
        self.run("arg_max", &shape, || {
            (0..rows).fold(false, |odd, row| odd ^ (arg_max(isa, view.row(row)) & 1 == 1))
        });
        let k = columns.min(40);
        let (mut values, mut indices, mut scratch) = (vec![0.0; k], vec![0; k], vec![0; columns]);
        self.run("top_40", &shape, || {
            (0..rows).for_each(|row| top_k(isa, view.row(row), true, &mut values, &mut indices, &mut scratch));
            indices[0] == 0
        });
    }

    fn rope(&self, [positions, heads, d]: [usize; 3]) {
        let (isa, columns) = (self.isa, heads * d);
        let x = numbers(positions * columns, false);
        let inverse: Vec<f32> = (0..d / 2).map(|i| 1e4f32.powf(-2.0 * i as f32 / d as f32)).collect();
        let (mut cos, mut sin) = (Aligned::zeros(positions * d / 2), Aligned::zeros(positions * d / 2));
        let mut y = Aligned::zeros(positions * columns);
        self.run("rope_table", &[positions, d / 2], || {
            rope_table(
                isa,
                100,
                &inverse,
                ViewMut::new(cos.as_mut_slice(), positions, d / 2),
                ViewMut::new(sin.as_mut_slice(), positions, d / 2),
            )
        });
        self.run("rope", &[positions, heads, d], || {
            rope(
                isa,
                View::new(x.as_slice(), positions, columns),
                View::new(cos.as_slice(), positions, d / 2),
                View::new(sin.as_slice(), positions, d / 2),
                ViewMut::new(y.as_mut_slice(), positions, columns),
            )
        });
    }

    fn pools(&self, size: usize, channels: usize, taps: usize, step: usize) {
        let stride = Stride {
            step,
            ..Stride::default()
        };
        let places = [(size - taps) / step + 1; 2];
        let pooling = Pooling {
            size: [size; 2],
            channels,
            kernel: [taps; 2],
            strides: [stride; 2],
            places,
        };
        let x = numbers(size * size * channels, false);
        let mut y = Aligned::zeros(places[0] * places[1] * channels);
        for (name, how) in [
            ("max_pool", Pool::Max),
            ("average_pool", Pool::Average { include_padding: false }),
        ] {
            self.run(name, &[size, size, channels, taps, step], || {
                pool(self.isa, how, &pooling, x.as_slice(), 0..places[0], y.as_mut_slice())
            });
        }
    }
}

fn main() {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    for isa in Isa::available() {
        if isa.level() == Level::Scalar {
            continue;
        }
        let bench = Bench {
            isa,
            wanted: wanted.clone(),
        };
        SHAPES.into_iter().for_each(|shape| bench.rows(shape));
        bench.rope([128, 9, 64]);
        bench.pools(112, 64, 3, 2);
        bench.pools(56, 64, 2, 2);
    }
}

//! How fast products are, on one thread: a line of JSON for each shape and level. `scripts/bench-infer-kernels.sh` runs it beside others.

use std::{hint::black_box, time::Instant};

use quorate_exact::infer::{attention::Seen, Stride};
use quorate_infer_kernels::{
    attention::{Attention, Sequence},
    conv::{Conv, Shape},
    products::{linear, matmul, matmul_scratch, Packed},
    Aligned, Isa, Level, View, ViewMut,
};

/// m, k, n.
const LINEAR: [[usize; 3]; 17] = [
    [128, 384, 384],
    [128, 384, 1536],
    [128, 1536, 384],
    [16, 384, 1536],
    [16, 1536, 384],
    [32, 256, 256],
    [256, 256, 256],
    [512, 384, 384],
    [1024, 1024, 1024],
    [2048, 2048, 2048],
    [1, 384, 384],
    [1, 384, 1536],
    [1, 2048, 2048],
    [1, 4096, 11008],
    [2, 1024, 1024],
    [4, 1024, 1024],
    [8, 1024, 1024],
];

/// m, k, n of two activations.
const MATMUL: [[usize; 3]; 4] = [[128, 32, 128], [128, 128, 32], [256, 64, 256], [256, 256, 256]];

/// Heads, groups, size, queries, keys; whether causal.
const ATTENTION: [[usize; 6]; 6] = [
    [12, 12, 32, 128, 128, 0],
    [12, 12, 32, 32, 32, 0],
    [12, 12, 64, 256, 256, 0],
    [9, 3, 64, 256, 256, 1],
    [9, 3, 64, 1, 512, 1],
    [9, 3, 64, 1, 4096, 1],
];

/// Height and width, channels, kernel, outputs, groups, step, padding.
const CONV: [[usize; 8]; 14] = [
    [56, 56, 64, 3, 64, 1, 1, 1],
    [28, 28, 128, 3, 128, 1, 1, 1],
    [14, 14, 256, 3, 256, 1, 1, 1],
    [7, 7, 512, 3, 512, 1, 1, 1],
    [56, 56, 64, 3, 128, 1, 2, 1],
    [224, 224, 3, 7, 64, 1, 2, 3],
    [112, 112, 32, 3, 16, 1, 1, 1],
    [56, 56, 64, 1, 256, 1, 1, 0],
    [14, 14, 256, 1, 1024, 1, 1, 0],
    [28, 28, 96, 1, 24, 1, 1, 0],
    [112, 112, 32, 3, 32, 32, 1, 1],
    [56, 56, 96, 3, 96, 96, 2, 1],
    [14, 14, 384, 3, 384, 384, 1, 1],
    [28, 28, 120, 5, 120, 120, 1, 2],
];

/// Seconds of one call: the best of several runs, each long enough to measure, since others may use the core too.
fn seconds(mut f: impl FnMut()) -> f64 {
    let mut time = |calls: usize| {
        let start = Instant::now();
        (0..calls).for_each(|_| f());
        start.elapsed().as_secs_f64() / calls as f64
    };
    let calls = ((0.002 / time(1).max(1e-8)) as usize).max(1);
    (0..12).map(|_| time(calls)).fold(f64::INFINITY, f64::min)
}

/// Numbers between −1 and 1.
fn numbers(n: usize) -> Aligned {
    let mut all = Aligned::zeros(n);
    let mut state = 1u32;
    for number in all.as_mut_slice() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *number = (state >> 8) as f32 / (1 << 23) as f32 - 1.0;
    }
    all
}

fn print(what: &str, shape: &[usize], isa: Isa, flops: usize, seconds: f64) {
    println!(
        "{{\"what\":\"{what}\",\"shape\":{shape:?},\"isa\":\"{}\",\"seconds\":{seconds:e},\"gflops\":{:.2}}}",
        isa.level(),
        flops as f64 / seconds / 1e9
    );
}

fn linears(isa: Isa) {
    for [m, k, n] in LINEAR {
        let (x, w) = (numbers(m * k), numbers(n * k));
        let packed = Packed::new(isa, View::new(w.as_slice(), n, k));
        let mut y = Aligned::zeros(m * n);
        let seconds = seconds(|| {
            let y = ViewMut::new(y.as_mut_slice(), m, n);
            black_box(linear(
                View::new(x.as_slice(), m, k),
                &packed,
                0..packed.panels(),
                None,
                y,
                None,
            ));
        });
        print("linear", &[m, k, n], isa, 2 * m * k * n, seconds);
    }
}

fn matmuls(isa: Isa) {
    for [m, k, n] in MATMUL {
        let (a, b) = (numbers(m * k), numbers(k * n));
        let mut scratch = Aligned::zeros(matmul_scratch(isa, k));
        let mut y = Aligned::zeros(m * n);
        let seconds = seconds(|| {
            let y = ViewMut::new(y.as_mut_slice(), m, n);
            black_box(matmul(
                isa,
                View::new(a.as_slice(), m, k),
                View::new(b.as_slice(), k, n),
                y,
                scratch.as_mut_slice(),
            ));
        });
        print("matmul", &[m, k, n], isa, 2 * m * k * n, seconds);
    }
}

fn attentions(isa: Isa) {
    for shape in ATTENTION {
        let [heads, groups, size, queries, keys, causal] = shape;
        let of = Attention {
            heads,
            groups,
            size,
            value_size: size,
            scale: 0.125,
            seen: match causal {
                0 => Seen::All,
                _ => Seen::Causal { first: keys - queries },
            },
        };
        let (q, k, v) = (
            numbers(queries * heads * size),
            numbers(keys * groups * size),
            numbers(keys * groups * size),
        );
        let sequence = Sequence {
            q: View::new(q.as_slice(), queries, heads * size),
            k: View::new(k.as_slice(), keys, groups * size),
            v: View::new(v.as_slice(), keys, groups * size),
            mask: None,
        };
        let mut scratch = Aligned::zeros(of.scratch(isa, queries, keys));
        let mut y = Aligned::zeros(queries * heads * size);
        let seconds = seconds(|| {
            let y = ViewMut::new(y.as_mut_slice(), queries, heads * size);
            black_box(of.run(isa, sequence, 0..heads, y, scratch.as_mut_slice()));
        });
        // As if all keys were seen.
        print("attention", &shape, isa, 4 * queries * keys * heads * size, seconds);
    }
}

fn convs(isa: Isa) {
    for numbers_of in CONV {
        let [height, width, channels, kernel, outputs, groups, step, padding] = numbers_of;
        let stride = Stride {
            step,
            dilation: 1,
            before: padding,
            after: padding,
        };
        let shape = Shape {
            image: [height, width],
            channels,
            kernel: [kernel; 2],
            outputs,
            groups,
            strides: [stride; 2],
            transposed: None,
        };
        let pairs = kernel * kernel * channels / groups;
        let (x, w, bias) = (
            numbers(height * width * channels),
            numbers(outputs * pairs),
            numbers(outputs),
        );
        let Some(conv) = Conv::new(isa, shape, w.as_slice()) else {
            panic!("a shape that fits");
        };
        let [down, across] = conv.places();
        let mut y = Aligned::zeros(down * across * outputs);
        let seconds = seconds(|| {
            black_box(conv.run(x.as_slice(), 0..down, Some(bias.as_slice()), y.as_mut_slice(), None));
        });
        print("conv", &numbers_of, isa, 2 * down * across * outputs * pairs, seconds);
    }
}

fn main() {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let has = |what: &str| wanted.is_empty() || wanted.split(',').any(|name| name == what);
    for isa in Isa::available().into_iter().filter(|isa| isa.level() > Level::Scalar) {
        for (name, run) in [
            ("linear", linears as fn(Isa)),
            ("matmul", matmuls),
            ("attention", attentions),
            ("conv", convs),
        ] {
            if has(name) {
                run(isa);
            }
        }
    }
}

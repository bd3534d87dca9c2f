//! How fast products are, on one thread: a line of JSON for each shape and level. `scripts/bench-infer-kernels.sh` runs it beside others.

use std::{hint::black_box, time::Instant};

use quorate_infer_kernels::{
    products::{linear, Packed},
    Isa, Level, View, ViewMut,
};

/// m, k, n.
const LINEAR: [[usize; 3]; 22] = [
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
    [2048, 2064, 2064],
    [2048, 2064, 2048],
    [2048, 2048, 2064],
    [512, 2048, 2048],
    [1, 384, 384],
    [1, 384, 1536],
    [1, 2048, 2048],
    [1, 4096, 11008],
    [2, 1024, 1024],
    [4, 1024, 1024],
    [8, 1024, 1024],
    [128, 32, 128],
];

/// Seconds of one call: the median of several runs, each long enough to measure.
fn seconds(mut f: impl FnMut()) -> f64 {
    let start = Instant::now();
    f();
    let once = start.elapsed().as_secs_f64();
    let calls = ((0.004 / once.max(1e-8)) as usize).max(1);
    let mut runs: Vec<f64> = (0..7)
        .map(|_| {
            let start = Instant::now();
            (0..calls).for_each(|_| f());
            start.elapsed().as_secs_f64() / calls as f64
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2]
}

/// Numbers between −1 and 1.
fn numbers(n: usize) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

fn print(what: &str, shape: &[usize], isa: Isa, flops: usize, seconds: f64) {
    println!(
        "{{\"what\":\"{what}\",\"shape\":{shape:?},\"isa\":\"{}\",\"gflops\":{:.2}}}",
        isa.level(),
        flops as f64 / seconds / 1e9
    );
}

fn main() {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let has = |what: &str| wanted.is_empty() || wanted.split(',').any(|name| name == what);
    for isa in Isa::available() {
        if isa.level() == Level::Scalar {
            continue;
        }
        for [m, k, n] in LINEAR.into_iter().filter(|_| has("linear")) {
            let (x, w) = (numbers(m * k), numbers(n * k));
            let packed = Packed::new(isa, View::new(&w, n, k));
            let mut y = vec![0.0; m * n];
            let seconds = seconds(|| {
                let y = ViewMut::new(&mut y, m, n);
                black_box(linear(View::new(&x, m, k), &packed, 0..packed.panels(), None, y, None));
            });
            print("linear", &[m, k, n], isa, 2 * m * k * n, seconds);
        }
    }
}

//! The functions of one number, each beside its f64 counterpart, and digests of their results. Shared with
//! `examples/function_sweep.rs`.

use quorate_exact::infer::{
    arithmetic::Fma,
    functions::{erf, exp, gelu, log, sigmoid, tanh, turn},
};

/// The processor's fused multiply-add.
pub struct Native;

impl Fma for Native {
    fn fma(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
}

/// A function and what it approximates.
pub struct Function {
    pub name: &'static str,
    pub exact: fn(f32) -> f32,
    pub real: fn(f64) -> f64,
    /// Inputs whose error is measured, from … to.
    pub domain: [f32; 2],
    /// Largest error there in ulp.
    pub bound: f64,
}

/// All of them, with this fused multiply-add.
pub fn functions<A: Fma>() -> Vec<Function> {
    let function = |name, exact, real, domain, bound| Function {
        name,
        exact,
        real,
        domain,
        bound,
    };
    let all = [f32::MIN, f32::MAX];
    vec![
        function("exp", exp::with::<A>, f64::exp, all, 1.1),
        function("tanh", tanh::with::<A>, f64::tanh, all, 1.4),
        function("erf", erf::with::<A>, real_erf, all, 1.1),
        function("log", log::with::<A>, f64::ln, [f32::from_bits(1), f32::MAX], 0.9),
        function("sin", turn::sin_with::<A>, f64::sin, [-8192.0, 8192.0], 1.6),
        function("cos", turn::cos_with::<A>, f64::cos, [-8192.0, 8192.0], 1.6),
        // Below, e^−x is infinite and the result +0.
        function(
            "sigmoid",
            sigmoid::with::<A>,
            |x| 1.0 / (1.0 + (-x).exp()),
            [-88.72, f32::MAX],
            2.6,
        ),
        function(
            "silu",
            sigmoid::silu_with::<A>,
            |x| x / (1.0 + (-x).exp()),
            [-87.0, f32::MAX],
            3.2,
        ),
        // Below 0, 1 + erf cancels.
        function("gelu", gelu::with::<A>, real_gelu, [0.0, f32::MAX], 2.2),
        function("gelu_tanh", gelu::tanh_with::<A>, real_gelu_tanh, [0.0, f32::MAX], 2.6),
    ]
}

/// Abramowitz and Stegun, 7.1.6: all terms have one sign.
fn real_erf(x: f64) -> f64 {
    let a = x.abs();
    if a > 6.0 {
        return x.signum();
    }
    let mut term = a * (-a * a).exp() * core::f64::consts::FRAC_2_SQRT_PI;
    let (mut sum, mut odd) = (term, 1.0);
    while term > sum * 1e-18 {
        odd += 2.0;
        term *= 2.0 * a * a / odd;
        sum += term;
    }
    sum.copysign(x)
}

fn real_gelu(x: f64) -> f64 {
    0.5 * x * (1.0 + real_erf(x * core::f64::consts::FRAC_1_SQRT_2))
}

fn real_gelu_tanh(x: f64) -> f64 {
    let inner = (2.0 / core::f64::consts::PI).sqrt() * (x + 0.044715 * (x * x * x));
    0.5 * x * (1.0 + inner.tanh())
}

/// How far `ours` is from `real`, in distances of neighbouring f32 where `real` lies; none where that is beyond the largest.
pub fn ulps(ours: f32, real: f64) -> Option<f64> {
    // Half a distance beyond the largest f32: from there on infinity is right.
    const END: f64 = 3.402_823_567_797_336_6e38;
    let exponent = ((real.to_bits() >> 52 & 0x7ff) as i64 - 1023).max(-126);
    let distance = f64::from_bits(((exponent - 23 + 1023) as u64) << 52);
    (real.abs() < END).then(|| (f64::from(ours) - real).abs() / distance)
}

/// The first 16 bytes of BLAKE3 of the results, little-endian, of each `stride`-th of the 2^24 inputs whose bits begin with
/// `top`.
pub fn digest(top: u8, stride: usize, mut result: impl FnMut(u32) -> f32) -> String {
    let mut hasher = blake3::Hasher::new();
    let first = u32::from(top) << 24;
    let inputs: Vec<u32> = (first..=first | 0x00ff_ffff).step_by(stride).collect();
    for part in inputs.chunks(4096) {
        let bytes: Vec<u8> = part.iter().flat_map(|&bits| result(bits).to_le_bytes()).collect();
        hasher.update(&bytes);
    }
    hex::encode(&hasher.finalize().as_bytes()[..16])
}

/// Of these inputs `golden/functions-sampled.json` has the results themselves.
pub fn inputs() -> Vec<u32> {
    let magnitudes = [
        0x0000_0000,
        0x0000_0001,
        0x0000_0003,
        0x007f_ffff,
        0x0080_0000,
        0x2edb_e6ff,
        0x3300_0000,
        0x3400_0000,
        0x3a83_126f,
        0x3d4c_cccd,
        0x3dcc_cccd,
        0x3e80_0000,
        0x3eaa_aaab,
        0x3f00_0000,
        0x3f30_a3d6,
        0x3f30_a3d7,
        0x3f31_7218,
        0x3f3f_ffff,
        0x3f40_0000,
        0x3f49_0fdb,
        0x3f7f_ffff,
        0x3f80_0000,
        0x3f80_0001,
        0x3fb0_a3d7,
        0x3fc9_0fdb,
        0x4000_0000,
        0x402d_f854,
        0x4049_0fdb,
        0x407f_ffff,
        0x4080_0000,
        0x4080_0001,
        0x4110_2cb4,
        0x4120_0000,
        0x4120_0001,
        0x42ae_ac50,
        0x42b1_7217,
        0x42b1_7218,
        0x42c8_0000,
        0x42cf_f1b4,
        0x42cf_f1b5,
        0x42cf_f1b6,
        0x42cf_f1b7,
        0x4531_b042,
        0x45ff_ffff,
        0x4600_0000,
        0x4600_0001,
        0x4b80_0000,
        0x6000_0000,
        0x7f7f_ffff,
        0x7f80_0000,
        0x7fc0_0000,
    ];
    magnitudes.iter().flat_map(|&bits| [bits, bits | 1 << 31]).collect()
}

//! One round's step of a server optimiser, in f32: every operation rounds once, half to even, in the order written here.
//! Rust neither contracts nor reorders float operations.

use core::fmt;

use super::ServerOptimiser;
use crate::{
    grid::{apply, dequantize, ApplyError, Scale},
    rule::PPM,
    wide::sqrt,
};

const SIGN: u32 = 1 << 31;
const PPB: f32 = 1e9;

/// The moments of one coordinate, as bits of f32.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moments {
    /// The first moment.
    pub m: u32,
    /// The second moment; unused by [`ServerOptimiser::Momentum`].
    pub v: u32,
}

/// Why there is no new value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepError {
    /// The state, the step or the new value is infinite or not a number.
    NonFinite,
    /// [`ServerOptimiser::Plain`]: the aggregate cannot be added.
    Apply(ApplyError),
}

/// An optimiser in one round.
#[derive(Clone, Copy, Debug)]
pub struct Optimiser {
    server: ServerOptimiser,
    /// η, or η' with bias correction.
    rate: f32,
    powers: Option<[f32; 2]>,
}

impl Optimiser {
    /// `server` in a round whose state has these `powers`; none where it has none, or where the optimiser starts anew.
    ///
    /// # Errors
    /// `NonFinite`.
    pub fn new(server: &ServerOptimiser, powers: Option<[u32; 2]>) -> Result<Self, StepError> {
        let mut optimiser = Self {
            server: *server,
            rate: ppm(server.eta()),
            powers: None,
        };
        if let ServerOptimiser::Adam {
            eta,
            beta1,
            beta2,
            bias_correction: true,
            ..
        } = *server
        {
            let [p1, p2] = powers.map_or([1.0; 2], |powers| powers.map(f32::from_bits));
            let (p1, p2) = (finite(ppm(beta1) * p1)?, finite(ppm(beta2) * p2)?);
            optimiser.rate = (ppm(eta) * sqrt(1.0 - p2)) / (1.0 - p1);
            optimiser.powers = Some([p1, p2]);
        }
        Ok(optimiser)
    }

    /// The powers of the state after this round; none where it keeps none.
    pub fn powers(&self) -> Option<[u32; 2]> {
        self.powers.map(|powers| powers.map(f32::to_bits))
    }

    /// The new value and moments of a `train` coordinate: base value `b` (bits), aggregate `a` on the grid of `scale`.
    ///
    /// # Errors
    /// As [`StepError`] says.
    pub fn step(&self, b: u32, a: i64, scale: Scale, moments: Moments) -> Result<(u32, Moments), StepError> {
        if self.server == ServerOptimiser::Plain {
            return Ok((apply(b, a, scale).map_err(StepError::Apply)?, moments));
        }
        let d = f32::from_bits(dequantize(a, scale));
        let (step, moments) = self.update(d, moments)?;
        let step = finite(step)?;
        if step.to_bits() & !SIGN == 0 {
            finite(f32::from_bits(b))?;
            return Ok((b, moments));
        }
        Ok((finite(f32::from_bits(b) + step)?.to_bits(), moments))
    }

    /// The step and the new moments from the aggregate `d`.
    fn update(&self, d: f32, moments: Moments) -> Result<(f32, Moments), StepError> {
        let (m, v) = (f32::from_bits(moments.m), f32::from_bits(moments.v));
        let mix = |beta, old: f32, new: f32| (ppm(beta) * old) + (rest(beta) * new);
        let (m, v, tau) = match self.server {
            ServerOptimiser::Plain => return Ok((d, moments)),
            ServerOptimiser::Momentum { beta, .. } => {
                let m = finite((ppm(beta) * m) + d)?;
                let moments = Moments {
                    m: m.to_bits(),
                    v: moments.v,
                };
                return Ok((self.rate * m, moments));
            }
            ServerOptimiser::Adagrad { beta1, tau, .. } => (mix(beta1, m, d), v + (d * d), tau),
            ServerOptimiser::Adam { beta1, beta2, tau, .. } => (mix(beta1, m, d), mix(beta2, v, d * d), tau),
            ServerOptimiser::Yogi { beta1, beta2, tau, .. } => (mix(beta1, m, d), yogi(beta2, v, d * d), tau),
        };
        let moments = Moments {
            m: finite(m)?.to_bits(),
            v: finite(v)?.to_bits(),
        };
        Ok(((self.rate * m) / (sqrt(v) + ppb(tau)), moments))
    }
}

impl ServerOptimiser {
    /// The moments before the first step: m = +0, v = τ ⊗ τ (+0 where there is no τ).
    pub fn start(&self) -> Moments {
        let v = match *self {
            Self::Plain | Self::Momentum { .. } => 0.0,
            Self::Adagrad { tau, .. } | Self::Adam { tau, .. } | Self::Yogi { tau, .. } => ppb(tau) * ppb(tau),
        };
        Moments { m: 0, v: v.to_bits() }
    }

    fn eta(&self) -> u32 {
        match *self {
            Self::Plain => PPM,
            Self::Momentum { eta, .. }
            | Self::Adagrad { eta, .. }
            | Self::Adam { eta, .. }
            | Self::Yogi { eta, .. } => eta,
        }
    }
}

/// The second moment moves towards `e` by a part of `e`.
fn yogi(beta2: u32, v: f32, e: f32) -> f32 {
    let t = rest(beta2) * e;
    if v > e {
        v - t
    } else if v < e {
        v + t
    } else {
        v
    }
}

/// Integers up to 2^24 are exact in f32.
fn ppm(x: u32) -> f32 {
    x as f32 / PPM as f32
}

fn ppb(x: u32) -> f32 {
    x as f32 / PPB
}

/// `ppm(10^6 − beta)`.
fn rest(beta: u32) -> f32 {
    ppm(PPM.saturating_sub(beta))
}

fn finite(x: f32) -> Result<f32, StepError> {
    match x.is_finite() {
        true => Ok(x),
        false => Err(StepError::NonFinite),
    }
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NonFinite => f.write_str(
                "the server optimiser's state, step or new value is infinite or not a number: lower eta, or raise tau",
            ),
            Self::Apply(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for StepError {}

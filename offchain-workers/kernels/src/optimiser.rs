//! ServerOptimiser optimisers: the f32 operations of docs/exactness.md, section 6, in their written order.
//!
//! Rust neither contracts nor reorders float operations, and each of these rounds once on every CPU: what the compiler makes
//! vectors of has the bits of the scalar text.

use quorate_exact::{
    grid::{Scale, SCALE_MAX, SCALE_MIN},
    rule::PPM,
    Moments, Optimiser, ServerOptimiser, StepError,
};

use crate::{
    cpu::{dispatch, Cpu},
    simd::Vector,
};

const MAGNITUDE: u32 = 0x7fff_ffff;
const INFINITY: u32 = 0x7f80_0000;

const MOMENTUM: u8 = 0;
const ADAGRAD: u8 = 1;
const ADAM: u8 = 2;
const YOGI: u8 = 3;

/// An optimiser with a state, in one round.
#[derive(Clone, Copy, Debug)]
pub struct ServerStep {
    reference: Optimiser,
    kind: u8,
    constants: Constants,
}

/// A coordinate that has no new value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StepFault {
    /// Its index.
    pub index: usize,
    /// Why not.
    pub error: StepError,
}

#[derive(Clone, Copy, Debug)]
struct Constants {
    rate: f32,
    beta1: f32,
    rest1: f32,
    beta2: f32,
    rest2: f32,
    tau: f32,
}

/// What a step reads and writes: little-endian f32, as many of each.
#[derive(Debug)]
pub struct StepValues<'a> {
    /// Values of the base version.
    pub base: &'a [u8],
    /// Grid integers of the aggregate.
    pub sums: &'a [i32],
    /// First moments, replaced by the new ones.
    pub m: &'a mut [u8],
    /// Second moments, replaced by the new ones; not touched by [`ServerOptimiser::Momentum`], and may then be empty.
    pub v: &'a mut [u8],
    /// New values.
    pub out: &'a mut [u8],
}

impl ServerStep {
    /// `server` in a round whose state has these `powers`, as [`Optimiser::new`]; none for [`ServerOptimiser::Plain`].
    ///
    /// # Errors
    /// `NonFinite`.
    pub fn new(server: &ServerOptimiser, powers: Option<[u32; 2]>) -> Result<Option<Self>, StepError> {
        let reference = Optimiser::new(server, powers)?;
        let (kind, eta, beta1, beta2, tau) = match *server {
            ServerOptimiser::Plain => return Ok(None),
            ServerOptimiser::Momentum { eta, beta } => (MOMENTUM, eta, beta, 0, 0),
            ServerOptimiser::Adagrad { eta, beta1, tau } => (ADAGRAD, eta, beta1, 0, tau),
            ServerOptimiser::Adam {
                eta, beta1, beta2, tau, ..
            } => (ADAM, eta, beta1, beta2, tau),
            ServerOptimiser::Yogi { eta, beta1, beta2, tau } => (YOGI, eta, beta1, beta2, tau),
        };
        let rate = match reference.powers() {
            Some(powers) => {
                let [p1, p2] = powers.map(f32::from_bits);
                (ppm(eta) * (1.0 - p2).sqrt()) / (1.0 - p1)
            }
            None => ppm(eta),
        };
        let constants = Constants {
            rate,
            beta1: ppm(beta1),
            rest1: ppm(PPM - beta1.min(PPM)),
            beta2: ppm(beta2),
            rest2: ppm(PPM - beta2.min(PPM)),
            tau: tau as f32 / 1e9,
        };
        Ok(Some(Self {
            reference,
            kind,
            constants,
        }))
    }

    /// The powers of the state after this round; none where it keeps none.
    pub fn powers(&self) -> Option<[u32; 2]> {
        self.reference.powers()
    }

    /// [`Optimiser::step`] of every coordinate.
    ///
    /// # Errors
    /// The first [`StepFault`]; outputs and moments are then unspecified.
    ///
    /// # Panics
    /// If the lengths differ, or the scale is none.
    pub fn run(&self, cpu: Cpu, scale: Scale, values: StepValues<'_>) -> Result<(), StepFault> {
        let StepValues { base, sums, m, v, out } = values;
        assert!((SCALE_MIN..=SCALE_MAX).contains(&scale), "a scale");
        assert!(
            base.len() == 4 * sums.len() && out.len() == base.len() && m.len() == base.len(),
            "values of one length"
        );
        assert!(
            v.len() == base.len() || self.kind == MOMENTUM,
            "a second moment for each value"
        );
        let before = (m.to_vec(), v.to_vec());
        let c = self.constants;
        let unit = f32::from_bits(((127 - i32::from(scale)) as u32) << 23);
        let largest = match self.kind {
            MOMENTUM => {
                dispatch!(cpu, momentum(base: &[u8], sums: &[i32], unit: f32, c: Constants, m: &mut [u8], out: &mut [u8]) -> u32)
            }
            ADAGRAD => {
                dispatch!(cpu, adagrad(base: &[u8], sums: &[i32], unit: f32, c: Constants, m: &mut [u8], v: &mut [u8], out: &mut [u8]) -> u32)
            }
            ADAM => {
                dispatch!(cpu, adam(base: &[u8], sums: &[i32], unit: f32, c: Constants, m: &mut [u8], v: &mut [u8], out: &mut [u8]) -> u32)
            }
            _ => {
                dispatch!(cpu, yogi(base: &[u8], sums: &[i32], unit: f32, c: Constants, m: &mut [u8], v: &mut [u8], out: &mut [u8]) -> u32)
            }
        };
        match largest < INFINITY {
            true => Ok(()),
            false => Err(self.first_fault(base, sums, scale, &before)),
        }
    }

    #[cold]
    fn first_fault(&self, base: &[u8], sums: &[i32], scale: Scale, before: &(Vec<u8>, Vec<u8>)) -> StepFault {
        let word = |bytes: &[u8], k: usize| bytes.as_chunks().0.get(k).map_or(0, |&word| u32::from_le_bytes(word));
        let fault = (0..sums.len()).find_map(|index| {
            let moments = Moments {
                m: word(&before.0, index),
                v: word(&before.1, index),
            };
            let error = self
                .reference
                .step(word(base, index), i64::from(sums[index]), scale, moments)
                .err()?;
            Some(StepFault { index, error })
        });
        fault.unwrap_or(StepFault {
            index: sums.len(),
            error: StepError::NonFinite,
        })
    }
}

/// Integers up to 2^24 are exact in f32.
fn ppm(x: u32) -> f32 {
    x as f32 / PPM as f32
}

#[inline(always)]
fn float(word: &[u8; 4]) -> f32 {
    f32::from_bits(u32::from_le_bytes(*word))
}

#[inline(always)]
fn bits(x: f32) -> u32 {
    x.to_bits() & MAGNITUDE
}

/// The new value: the base's bits where the step is a zero.
#[inline(always)]
fn moved(base: &[u8; 4], step: f32) -> f32 {
    let b = float(base);
    if bits(step) == 0 {
        b
    } else {
        b + step
    }
}

/// The magnitude of the largest of all that has to be finite.
#[inline(always)]
fn momentum<V: Vector>(base: &[u8], sums: &[i32], unit: f32, c: Constants, m: &mut [u8], out: &mut [u8]) -> u32 {
    let (base, out) = (base.as_chunks::<4>().0, out.as_chunks_mut::<4>().0);
    let mut largest = 0;
    for (((base, &a), m), out) in base.iter().zip(sums).zip(m.as_chunks_mut::<4>().0).zip(out) {
        let d = a as f32 * unit;
        let first = (c.beta1 * float(m)) + d;
        let step = c.rate * first;
        let new = moved(base, step);
        largest = largest.max(bits(first)).max(bits(step)).max(bits(new));
        (*m, *out) = (first.to_le_bytes(), new.to_le_bytes());
    }
    largest
}

macro_rules! adaptive {
    ($name:ident, |$c:ident, $v:ident, $e:ident| $second:expr) => {
        /// The magnitude of the largest of all that has to be finite.
        #[inline(always)]
        fn $name<V: Vector>(
            base: &[u8],
            sums: &[i32],
            unit: f32,
            $c: Constants,
            m: &mut [u8],
            v: &mut [u8],
            out: &mut [u8],
        ) -> u32 {
            let (base, out) = (base.as_chunks::<4>().0, out.as_chunks_mut::<4>().0);
            let (m, v) = (m.as_chunks_mut::<4>().0, v.as_chunks_mut::<4>().0);
            let mut largest = 0;
            for ((((base, &a), m), v), out) in base.iter().zip(sums).zip(m).zip(v).zip(out) {
                let d = a as f32 * unit;
                let first = ($c.beta1 * float(m)) + ($c.rest1 * d);
                let ($v, $e) = (float(v), d * d);
                let second = $second;
                let step = ($c.rate * first) / (second.sqrt() + $c.tau);
                let new = moved(base, step);
                largest = largest
                    .max(bits(first))
                    .max(bits(second))
                    .max(bits(step))
                    .max(bits(new));
                (*m, *v, *out) = (first.to_le_bytes(), second.to_le_bytes(), new.to_le_bytes());
            }
            largest
        }
    };
}

adaptive!(adagrad, |c, v, e| v + e);
adaptive!(adam, |c, v, e| (c.beta2 * v) + (c.rest2 * e));
adaptive!(yogi, |c, v, e| {
    let t = c.rest2 * e;
    if v > e {
        v - t
    } else if v < e {
        v + t
    } else {
        v
    }
});

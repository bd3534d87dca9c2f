//! ServerOptimiser optimisers: what becomes of a version's value and the aggregate.

mod state;
mod step;

pub use state::{state_header, FIRST, POWERS, SECOND};
pub use step::{Moments, Optimiser, StepError};

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

use crate::rule::{parameter, RuleError, PPM};

/// Largest `eta` (in parts per million) and `tau` (in parts per billion): integers up to it are exact in f32.
pub const MAX_PARAMETER: u32 = 1 << 24;

/// How the aggregate is applied to the `train` tensors of the base version. Rates and decays are parts per million, `tau`
/// parts per billion. (Reddi et al., "Adaptive Federated Optimization", ICLR 2021; Hsu, Qi, Brown, 2019.)
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub enum ServerOptimiser {
    /// It is added.
    #[codec(index = 0)]
    Plain,
    /// FedAvgM.
    #[codec(index = 1)]
    Momentum {
        /// Step size, 1 to 2^24 ppm.
        eta: u32,
        /// Decay of the momentum, below 10^6 ppm.
        beta: u32,
    },
    /// FedAdagrad.
    #[codec(index = 2)]
    Adagrad {
        /// Step size, 1 to 2^24 ppm.
        eta: u32,
        /// Decay of the first moment, below 10^6 ppm.
        beta1: u32,
        /// Adaptivity, 1 to 2^24 ppb.
        tau: u32,
    },
    /// FedAdam.
    #[codec(index = 3)]
    Adam {
        /// Step size, 1 to 2^24 ppm.
        eta: u32,
        /// Decay of the first moment, below 10^6 ppm.
        beta1: u32,
        /// Decay of the second moment, below 10^6 ppm.
        beta2: u32,
        /// Adaptivity, 1 to 2^24 ppb.
        tau: u32,
        /// Whether the moments are corrected for their start (Kingma and Ba, 2015).
        bias_correction: bool,
    },
    /// FedYogi.
    #[codec(index = 4)]
    Yogi {
        /// Step size, 1 to 2^24 ppm.
        eta: u32,
        /// Decay of the first moment, below 10^6 ppm.
        beta1: u32,
        /// Decay of the second moment, below 10^6 ppm.
        beta2: u32,
        /// Adaptivity, 1 to 2^24 ppb.
        tau: u32,
    },
}

impl ServerOptimiser {
    /// Whether the parameters are in their ranges.
    ///
    /// # Errors
    /// `Parameter`.
    pub fn check(&self) -> Result<(), RuleError> {
        let eta = |value| parameter("eta", value, 1, MAX_PARAMETER);
        let tau = |value| parameter("tau", value, 1, MAX_PARAMETER);
        let decay = |name, value| parameter(name, value, 0, PPM - 1);
        match *self {
            Self::Plain => Ok(()),
            Self::Momentum { eta: rate, beta } => eta(rate).and(decay("beta", beta)),
            Self::Adagrad {
                eta: rate,
                beta1,
                tau: floor,
            } => eta(rate).and(decay("beta1", beta1)).and(tau(floor)),
            Self::Adam {
                eta: rate,
                beta1,
                beta2,
                tau: floor,
                ..
            }
            | Self::Yogi {
                eta: rate,
                beta1,
                beta2,
                tau: floor,
            } => eta(rate)
                .and(decay("beta1", beta1))
                .and(decay("beta2", beta2))
                .and(tau(floor)),
        }
    }
}

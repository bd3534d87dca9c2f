//! The file that keeps an optimiser's state beside a version.

use alloc::{format, vec, vec::Vec};

use super::ServerOptimiser;
use crate::file::header::{Dtype, HeaderError, Kind, ModelHeader, Role, Tensor, TensorSpec};

/// Name of the tensor that keeps the powers of both decays.
pub const POWERS: &str = "powers";
/// What precedes a tensor's name for its first moment.
pub const FIRST: &str = "m.";
/// What precedes a tensor's name for its second moment.
pub const SECOND: &str = "v.";

impl ServerOptimiser {
    /// Whether versions have a state beside them.
    pub fn has_state(&self) -> bool {
        *self != Self::Plain
    }

    /// Whether the state has second moments.
    pub fn has_second_moment(&self) -> bool {
        matches!(self, Self::Adagrad { .. } | Self::Adam { .. } | Self::Yogi { .. })
    }

    /// Whether the state has the powers of both decays.
    pub fn has_powers(&self) -> bool {
        matches!(
            self,
            Self::Adam {
                bias_correction: true,
                ..
            }
        )
    }
}

/// The header of the state that `server` keeps beside versions of `model`: for every `train` tensor its moments, with bias
/// correction the powers of both decays. None where the optimiser keeps no state.
///
/// # Errors
/// `Tensor { Name }` for a name above 1,022 bytes, `TooLong`, `FileTooLong`.
pub fn state_header(model: &ModelHeader, server: &ServerOptimiser) -> Result<Option<ModelHeader>, HeaderError> {
    if !server.has_state() {
        return Ok(None);
    }
    let moment = |prefix: &str, tensor: &Tensor| TensorSpec {
        name: format!("{prefix}{}", tensor.name),
        dtype: Dtype::F32,
        shape: tensor.shape.clone(),
        role: Role::Train,
        scale: tensor.scale,
        original_dtype: tensor.original_dtype,
        aliases: Vec::new(),
    };
    let mut specs = Vec::new();
    for tensor in model.tensors.iter().filter(|tensor| tensor.role == Role::Train) {
        specs.push(moment(FIRST, tensor));
        if server.has_second_moment() {
            specs.push(moment(SECOND, tensor));
        }
    }
    if server.has_powers() {
        specs.push(TensorSpec {
            name: POWERS.into(),
            dtype: Dtype::F32,
            shape: vec![2],
            role: Role::Const,
            scale: 0,
            original_dtype: Dtype::F32,
            aliases: Vec::new(),
        });
    }
    ModelHeader::build(Kind::State, specs).map(Some)
}

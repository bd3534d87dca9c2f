//! Scales proposed from the magnitudes of a model's values.
//!
//! An update's values must lie within 2^(30 − scale). A weight moves by little more than its own size, so the default of ±64 is
//! left only for tensors with larger weights. Running statistics are different: those of a fresh model are 0 and 1, and the first
//! update carries all of what they become.

use quorate_exact::{
    file::header::MAX_GRAM_COORDINATES,
    grid::{Scale, SCALE_DEFAULT, SCALE_MIN},
    Role, TensorSpec,
};

/// A `train` tensor's deltas may be this many times its largest value: every weight can change its sign.
pub(crate) const TRAIN_ROOM: f64 = 2.0;
/// A `stat` tensor's deltas may be this many times its largest value, or this much where that is below 1.
pub(crate) const STAT_ROOM: f64 = 4096.0;

/// Why a tensor has its scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaleOrigin {
    /// It was asked for.
    Given,
    /// The finest with room for the tensor's deltas, at most the default.
    Magnitude,
    /// Coarser than that, as the scales of `train` tensors must not lie further apart.
    Others,
}

impl ScaleOrigin {
    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Magnitude => "magnitude",
            Self::Others => "others",
        }
    }
}

/// The finest scale, at most the default, with room for deltas of a tensor whose largest magnitude is `largest`.
pub(crate) fn propose(role: Role, largest: f64) -> Scale {
    let room = match role {
        Role::Train => TRAIN_ROOM * largest,
        Role::Stat => STAT_ROOM * largest.max(1.0),
        Role::Const => return 0,
    };
    // As a cast it would saturate; zero gives minus infinity.
    let scale = (30.0 - room.log2().ceil()).clamp(f64::from(SCALE_MIN), f64::from(SCALE_DEFAULT));
    scale as Scale
}

/// Coarsens the proposed scales of `train` tensors until the products of updates fit.
pub(crate) fn bring_closer(specs: &mut [TensorSpec], origins: &mut [ScaleOrigin]) {
    for finest in (SCALE_MIN..SCALE_DEFAULT).rev() {
        if coordinates(specs).is_some_and(|all| all <= u128::from(MAX_GRAM_COORDINATES)) {
            return;
        }
        for (spec, origin) in specs.iter_mut().zip(origins.iter_mut()) {
            if spec.role == Role::Train && *origin != ScaleOrigin::Given && spec.scale > finest {
                spec.scale = finest;
                *origin = ScaleOrigin::Others;
            }
        }
    }
}

/// [`quorate_exact::ModelHeader::gram_coordinates`] of these tensors.
fn coordinates(specs: &[TensorSpec]) -> Option<u128> {
    let train = specs.iter().filter(|spec| spec.role == Role::Train);
    let finest = train.map(|spec| spec.scale).max()?;
    let updated = specs.iter().filter(|spec| spec.role != Role::Const);
    updated
        .map(|spec| {
            let elements = spec
                .shape
                .iter()
                .try_fold(1u128, |all, &one| all.checked_mul(one.into()))?;
            let shift = match spec.role {
                Role::Train => i32::from(finest) - i32::from(spec.scale),
                Role::Stat | Role::Const => 0,
            };
            elements.checked_mul(1u128.checked_shl(2 * shift.unsigned_abs())?)
        })
        .try_fold(0u128, |all, one| all.checked_add(one?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use quorate_exact::{grid::quantize, Dtype};

    proptest! {
        #[test]
        fn the_stated_room_should_fit_and_no_finer_scale_should_have_it(exponent in -40i32..30, mantissa in 1.0f32..2.0, stat: bool) {
            let largest = mantissa * 2f32.powi(exponent);
            let (role, room) = match stat {
                true => (Role::Stat, 4096.0 * largest.max(1.0)),
                false => (Role::Train, 2.0 * largest),
            };
            let scale = propose(role, largest.into());
            prop_assert!(quantize(room.to_bits(), scale).is_ok(), "{role:?} {largest} {scale}");
            let finer = quantize(room.to_bits(), scale + 1);
            prop_assert!(scale == SCALE_DEFAULT || finer.is_err(), "{role:?} {largest} {scale}");
        }
    }

    #[test]
    fn scales_should_leave_the_stated_room_and_never_be_finer_than_the_default() {
        for (role, largest, scale) in [
            (Role::Train, 0.0, 24),
            (Role::Train, 1.0, 24),
            (Role::Train, 32.0, 24),
            (Role::Train, 32.1, 23),
            (Role::Train, 1000.0, 19),
            (Role::Train, 3e38, -16),
            (Role::Stat, 0.0, 18),
            (Role::Stat, 1.0, 18),
            (Role::Stat, 1.5, 17),
            (Role::Stat, 65000.0, 2),
        ] {
            assert_eq!(propose(role, largest), scale, "{role:?} {largest}");
        }
    }

    #[test]
    fn scales_of_large_tensors_should_be_brought_closer() {
        let spec = |name: &str, rows: u64, scale| TensorSpec {
            name: name.into(),
            dtype: Dtype::F32,
            shape: vec![rows, 1024],
            role: Role::Train,
            scale,
            original_dtype: Dtype::F32,
            aliases: Vec::new(),
        };
        let mut specs = [
            spec("outlier", 1 << 20, 18),
            spec("rest", 1 << 10, 24),
            spec("own", 1, 20),
        ];
        let mut origins = [ScaleOrigin::Magnitude, ScaleOrigin::Magnitude, ScaleOrigin::Given];
        bring_closer(&mut specs, &mut origins);
        // 2^30 · 4^(s − 18) fits in 2^35 for s = 20.
        assert_eq!(specs.each_ref().map(|spec| spec.scale), [18, 20, 20]);
        assert_eq!(
            origins,
            [ScaleOrigin::Magnitude, ScaleOrigin::Others, ScaleOrigin::Given]
        );
    }
}

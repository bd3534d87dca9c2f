//! The tree of versions: which of them descend from a revoked one, and what the next round stands on.
//!
//! A version is *clean* when neither it nor an ancestor is revoked. That is answered by walking from it towards the root, with
//! jumps over stretches in which nothing is revoked: the cost grows with the number of revocations and with the logarithm of
//! the number of versions. Nothing is recorded on a version that is not clean, so a new version always is.
//!
//! A version *stands* when its policy has no gate or it passed it. Nothing is recorded on one that does not, so that those which were
//! held are leaves: each version knows the one that stood before it, and a search never sees the others, however many there are.

use crate::{
    pallet::{Ancestries, Config, Pallet, Promoted, Revoked},
    types::{Ancestry, Model, MAX_PROMOTED, MAX_REVOKED, MAX_RUNS},
    WeightInfo,
};
use frame_support::weights::Weight;
use quorate_primitives::{ModelId, VersionIndex};

/// Places that a walk along ancestors reads on the way to one revoked version: two for each level of jumps over 2^32 versions.
const LEVELS: u32 = 64;
/// Places that a whole walk reads at most: it goes down to each revoked version beside its way, and then on to the root.
pub(crate) const LONGEST_WALK: u32 = LEVELS * (MAX_REVOKED + 1);
/// Walks of [`Pallet::refresh_heads`] at most: one for each run of versions, three when no run had a clean version, and one for
/// each promoted version.
const SEARCHES: u32 = MAX_RUNS + 3 + MAX_PROMOTED;

/// A step on the way towards the root.
pub(crate) enum Step {
    /// The version is revoked.
    Revoked {
        parent: Option<VersionIndex>,
    },
    To(VersionIndex),
}

impl<T: Config> Pallet<T> {
    /// The place of a new version; `None` when its parent does not exist.
    pub(crate) fn place(
        id: ModelId,
        version: VersionIndex,
        parent: Option<VersionIndex>,
        before: Option<VersionIndex>,
    ) -> Option<Ancestry> {
        let Some(parent) = parent else {
            return Some(Ancestry {
                parent: None,
                depth: 0,
                jump: version,
                run: version,
                before,
            });
        };
        let above = Ancestries::<T>::get(id, parent)?;
        let first = Ancestries::<T>::get(id, above.jump)?;
        let second = Ancestries::<T>::get(id, first.jump)?;
        // Two jumps of the same length become one of their sum.
        let even = above.depth.saturating_sub(first.depth) == first.depth.saturating_sub(second.depth);
        Some(Ancestry {
            parent: Some(parent),
            depth: above.depth.saturating_add(1),
            jump: if even { first.jump } else { parent },
            run: if before == Some(parent) { above.run } else { version },
            before,
        })
    }

    /// One step from `at` towards the root. `None` when no revoked version can be met any more.
    pub(crate) fn step(id: ModelId, at: VersionIndex, revoked: &[VersionIndex]) -> Option<Step> {
        // An ancestor's number is lower than its descendants', so that only these can be met.
        let ahead = revoked.partition_point(|revoked| *revoked <= at);
        let highest = *revoked.get(ahead.checked_sub(1)?)?;
        let place = Ancestries::<T>::get(id, at)?;
        if highest == at {
            return Some(Step::Revoked { parent: place.parent });
        }
        let to = if place.jump < at && place.jump >= highest {
            place.jump
        } else {
            place.parent?
        };
        Some(Step::To(to))
    }

    /// The nearest of `version` and its ancestors that is revoked, with its parent.
    fn nearest_revoked(
        id: ModelId,
        version: VersionIndex,
        revoked: &[VersionIndex],
    ) -> Option<(VersionIndex, Option<VersionIndex>)> {
        let mut at = version;
        loop {
            match Self::step(id, at, revoked)? {
                Step::Revoked { parent } => return Some((at, parent)),
                Step::To(ancestor) => at = ancestor,
            }
        }
    }

    /// The nearest of `version` and its ancestors that is clean.
    fn nearest_clean(id: ModelId, version: VersionIndex, revoked: &[VersionIndex]) -> Option<VersionIndex> {
        let mut at = version;
        while let Some((_, parent)) = Self::nearest_revoked(id, at, revoked) {
            at = parent?;
        }
        Some(at)
    }

    /// Whether neither the version nor an ancestor of it is revoked. False for a version that does not exist.
    pub(crate) fn clean(id: ModelId, version: VersionIndex) -> bool {
        Ancestries::<T>::contains_key(id, version)
            && Self::nearest_revoked(id, version, &Revoked::<T>::get(id)).is_none()
    }

    /// Whether a version is `ancestor` or descends from it.
    pub(crate) fn is_below(id: ModelId, version: VersionIndex, ancestor: VersionIndex) -> bool {
        Self::nearest_revoked(id, version, &[ancestor]).is_some()
    }

    /// The newest standing version that is clean. Of a run of versions, each made from the one before it, all that follow a revoked one
    /// are skipped at once. After [`MAX_RUNS`] runs without a clean version the search goes on along ancestors alone.
    pub(crate) fn newest_clean(id: ModelId, model: &Model, revoked: &[VersionIndex]) -> Option<VersionIndex> {
        let newest = model.standing?;
        let mut candidate = newest;
        for _ in 0..MAX_RUNS {
            let Some((nearest, _)) = Self::nearest_revoked(id, candidate, revoked) else {
                return Some(candidate);
            };
            let run = Ancestries::<T>::get(id, candidate)?.run;
            candidate = Ancestries::<T>::get(id, run.max(nearest))?.before?;
        }
        [Some(newest), Some(candidate), model.head]
            .into_iter()
            .flatten()
            .filter_map(|version| Self::nearest_clean(id, version, revoked))
            .max()
    }

    /// The most that a walk weighs.
    pub(crate) fn walk_weight() -> Weight {
        T::WeightInfo::walk(LONGEST_WALK)
    }

    /// The most that a walk past one version weighs.
    pub(crate) fn stretch_weight() -> Weight {
        T::WeightInfo::walk(LEVELS)
    }

    /// The most that the walks of [`Self::refresh_heads`] weigh.
    pub(crate) fn searches_weight() -> Weight {
        Self::walk_weight().saturating_mul(SEARCHES.into())
    }

    /// Set what rounds stand on after the revocations of a model have changed.
    pub(crate) fn refresh_heads(id: ModelId, model: &mut Model) {
        let revoked = Revoked::<T>::get(id);
        model.head = Self::newest_clean(id, model, &revoked);
        model.promoted = Promoted::<T>::get(id)
            .into_iter()
            .rev()
            .find(|version| Self::nearest_revoked(id, *version, &revoked).is_none());
    }
}

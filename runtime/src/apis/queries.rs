//! What clients ask.

use crate::{AccountId, Attestation, Consortium, Models, Rounds, Runtime};
use alloc::{collections::BTreeSet, vec::Vec};
use quorate_primitives::{
    traits::Consortium as _,
    version::Origin,
    views::{Lineage, ModelView, RoundView, StandingView},
    ModelId, RoundId, VersionIndex,
};

/// Most entries of one answer.
const MAX_LIMIT: u32 = 64;

pub fn models(from: ModelId, limit: u32) -> Vec<ModelView> {
    Models::ids(from, limit).into_iter().filter_map(model).collect()
}

pub fn model(id: ModelId) -> Option<ModelView> {
    Models::view(
        id,
        pallet_incentives::Funds::<Runtime>::get(id),
        Rounds::open_round_of(id),
    )
}

pub fn rounds(from: RoundId, limit: u32) -> Vec<RoundView> {
    Rounds::rounds(from, limit)
}

pub fn round(id: RoundId) -> Option<RoundView> {
    Rounds::round_view(id)
}

/// Where a version comes from, with its nearest 64 ancestors.
pub fn lineage(model: ModelId, version: VersionIndex) -> Option<Lineage> {
    let view = Models::version(model, version)?;
    let policy = Models::policy(view.record.policy_hash)?;
    let (updates, job) = match view.record.origin {
        Origin::Genesis => (Vec::new(), None),
        Origin::Round(origin) => {
            let updates = Rounds::round_view(origin.round)
                .map(|round| round.updates)
                .unwrap_or_default();
            (updates, Attestation::job(origin.job))
        }
    };
    Some(Lineage {
        version: view,
        parents: Models::ancestors(model, version, MAX_LIMIT),
        policy,
        updates,
        job,
    })
}

pub fn standing(who: AccountId) -> StandingView {
    let validator = pallet_consortium::Validators::<Runtime>::get(&who).map(|validator| validator.organisation);
    StandingView {
        organisation: Consortium::sponsor_of(&who)
            .or(validator)
            .or_else(|| Consortium::organisation_of(&who)),
        contributor: pallet_reputation::Contributors::<Runtime>::get(&who).map(|record| record.reputation),
        validator: pallet_reputation::Validators::<Runtime>::get(&who),
        claimable: pallet_incentives::Earnings::<Runtime>::get(&who),
        account: who,
    }
}

/// Standing of validators first, then of contributors, those included that no organisation sponsors any more.
pub fn standings(limit: u32) -> Vec<StandingView> {
    let limit = limit.min(MAX_LIMIT);
    let mut seen = BTreeSet::new();
    pallet_consortium::Validators::<Runtime>::iter_keys()
        .chain(pallet_consortium::Contributors::<Runtime>::iter_keys())
        .chain(pallet_reputation::Contributors::<Runtime>::iter_keys())
        .chain(pallet_reputation::Validators::<Runtime>::iter_keys())
        .filter(|who| seen.insert(who.clone()))
        .take(usize::try_from(limit).unwrap_or_default())
        .map(standing)
        .collect()
}

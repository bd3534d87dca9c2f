//! The mock of whoever is told verdicts.

use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{
    job::{Requester, Verdict},
    traits::VerdictSink,
    AccountId,
};
use sp_runtime::Weight;

/// What it was told, in order.
#[storage_alias(verbatim)]
pub type Judged = StorageValue<MockVerdicts, Vec<(AccountId, Verdict)>, ValueQuery>;
/// Who had asked for the jobs of these verdicts.
#[storage_alias(verbatim)]
pub type Requesters = StorageValue<MockVerdicts, Vec<Requester>, ValueQuery>;

/// What it says that it weighs.
pub const JUDGED_WEIGHT: Weight = Weight::from_parts(100_000, 0);

pub struct MockVerdicts;

impl VerdictSink for MockVerdicts {
    fn judged(validator: &AccountId, requester: Requester, verdict: Verdict) {
        Judged::mutate(|judged| judged.push((validator.clone(), verdict)));
        Requesters::mutate(|requesters| requesters.push(requester));
    }

    fn judged_weight() -> Weight {
        JUDGED_WEIGHT
    }
}

//! Who can answer what.

use crate::{types::Entry, Config, Entries, Pallet, WeightInfo};
use alloc::vec::Vec;
use frame_support::{traits::Get, weights::Weight};
use quorate_primitives::{
    capability::Need,
    committee::quorum,
    job::infer::EXACT_VERSION,
    traits::{Capabilities, Consortium},
    views::CapableCount,
    AccountId, MAX_COMMITTEE,
};

impl<T: Config> Pallet<T> {
    /// Whether a machine is asked for what needs so much.
    pub(crate) fn covers(entry: &Entry, need: Need) -> bool {
        let declared = entry.capability;
        declared.memory >= need.memory
            && declared.exact_version == need.exact_version
            && declared.speed >= T::MinSpeed::get()
            && !entry.is_barred(Self::now())
    }

    /// How many could answer what needs so much memory, under the present arithmetic.
    pub fn count(memory: u32) -> CapableCount {
        let len = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let need = Need {
            memory,
            exact_version: EXACT_VERSION,
        };
        let validators = len(T::Consortium::committee().len());
        CapableCount {
            capable: len(<Self as Capabilities>::capable(need).len()),
            needed: quorum(validators),
            validators,
        }
    }
}

impl<T: Config> Capabilities for Pallet<T> {
    fn capable(need: Need) -> Vec<(AccountId, u32)> {
        let members = T::Consortium::committee().into_iter().map(|member| member.validator);
        members
            .filter_map(|validator| {
                let entry = Entries::<T>::get(&validator).filter(|entry| Self::covers(entry, need))?;
                Some((validator, entry.capability.memory))
            })
            .collect()
    }

    fn silent(validator: &AccountId) {
        Self::note_silence(validator);
    }

    /// The part of one member of a full committee: no more are silent than a quorum leaves, and they look at the same validators. With the
    /// members of the first attempt, who are judged in the same block, that is more than if all were silent.
    fn silent_weight() -> Weight {
        T::WeightInfo::silent(MAX_COMMITTEE.saturating_sub(quorum(MAX_COMMITTEE)))
            .saturating_div(MAX_COMMITTEE.into())
            .saturating_add(Weight::from_parts(1, 1))
    }
}

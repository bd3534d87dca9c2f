//! What nodes and clients are shown.

use crate::{types::Entry, Config, Entries, Pallet};
use alloc::vec::Vec;
use frame_support::traits::Get;
use quorate_primitives::{
    capability::Need, committee::Member, crypto::AttestationId, job::infer::EXACT_VERSION, traits::Consortium,
    views::CapabilityView,
};

impl<T: Config> Pallet<T> {
    /// Of every active validator of the session.
    pub fn views() -> Vec<CapabilityView> {
        T::Consortium::committee().into_iter().map(Self::view).collect()
    }

    /// What is known of the machine of the active validator that holds `key` in this session.
    pub fn view_of(key: &AttestationId) -> Option<CapabilityView> {
        let mut members = T::Consortium::committee().into_iter();
        members.find(|member| member.key == *key).map(Self::view)
    }

    fn view(member: Member) -> CapabilityView {
        let entry = Entries::<T>::get(&member.validator);
        let from = |blocks| entry.map_or(0, |entry: Entry| entry.next_from(blocks));
        CapabilityView {
            validator: member.validator,
            organisation: member.organisation,
            capability: entry.map(|entry| entry.capability),
            declared_at: entry.map(|entry| entry.at),
            next_from: from(T::MinInterval::get()),
            again_from: from(T::Era::get()),
            barred_until: entry
                .filter(|entry| entry.is_barred(Self::now()))
                .and_then(|entry| entry.barred_until),
            asked: entry.is_some_and(|entry| {
                Self::covers(
                    &entry,
                    Need {
                        memory: 0,
                        exact_version: EXACT_VERSION,
                    },
                )
            }),
        }
    }
}

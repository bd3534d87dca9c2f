//! Version 1 to 2: a round's policy has a pipeline where it had a rule alone, a round knows the optimiser state that it goes on
//! from and counts the organisations of its sealed updates.
//!
//! All rounds and their updates are read, and all rounds written, in one block.

use crate::{
    collecting::count,
    pallet::{Config, Pallet, Rounds, Updates},
    types::Round,
};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::{
    migrations::VersionedMigration,
    traits::{Get, UncheckedOnRuntimeUpgrade},
    weights::Weight,
};
use quorate_primitives::{legacy, RoundId};

/// What was stored.
pub mod v1 {
    use super::*;
    use crate::types::Stage;
    use codec::{Decode, Encode};
    use frame_support::{storage_alias, Twox64Concat};
    use quorate_primitives::{BlockNumber, JobId, ModelId, Root, VersionIndex};

    /// See [`crate::types::Round`].
    #[derive(Clone, Encode, Decode)]
    pub struct Round {
        pub model: ModelId,
        pub base: VersionIndex,
        pub base_root: Root,
        pub previous_root: Option<Root>,
        pub policy: legacy::Policy,
        pub update_len: u64,
        pub file_len: u64,
        pub stage: Stage,
        pub opened_at: BlockNumber,
        pub sealed_at: Option<BlockNumber>,
        pub recorded_at: Option<BlockNumber>,
        pub version: Option<VersionIndex>,
        pub job: Option<JobId>,
        pub submissions: u32,
        pub committed: u32,
        pub opened: u32,
        pub available: u32,
    }

    #[storage_alias]
    pub type Rounds<T: Config> = StorageMap<Pallet<T>, Twox64Concat, RoundId, Round>;
}

/// The migration, run once.
pub type Migrate<T> = VersionedMigration<1, 2, Inner<T>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

/// What the migration does.
pub struct Inner<T>(core::marker::PhantomData<T>);

impl<T: Config> UncheckedOnRuntimeUpgrade for Inner<T> {
    fn on_runtime_upgrade() -> Weight {
        let rounds: Vec<(RoundId, v1::Round)> = v1::Rounds::<T>::iter().collect();
        let (mut reads, writes) = (0u64, u64::try_from(rounds.len()).unwrap_or(u64::MAX));
        for (id, old) in rounds {
            reads = reads.saturating_add(1).saturating_add(old.submissions.into());
            Rounds::<T>::insert(id, round::<T>(id, old));
        }
        T::DbWeight::get().reads_writes(reads, writes)
    }
}

fn round<T: Config>(id: RoundId, old: v1::Round) -> Round {
    let sealed = Updates::<T>::iter_prefix_values(id).filter(|update| update.index.is_some());
    let organisations: BTreeSet<_> = sealed.map(|update| update.organisation).collect();
    Round {
        model: old.model,
        base: old.base,
        base_root: old.base_root,
        previous_root: old.previous_root,
        optimiser: None,
        policy: old.policy.into(),
        update_len: old.update_len,
        file_len: old.file_len,
        stage: old.stage,
        opened_at: old.opened_at,
        sealed_at: old.sealed_at,
        recorded_at: old.recorded_at,
        version: old.version,
        job: old.job,
        submissions: old.submissions,
        committed: old.committed,
        opened: old.opened,
        available: old.available,
        organisations: count(organisations.len()),
    }
}

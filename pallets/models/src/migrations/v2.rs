//! Version 1 to 2: a policy has a pipeline where it had a rule alone.
//!
//! Every policy stays under the hash that records and jobs name it by, and is found under its hash of now as well. Records are
//! not touched: their hashes are those of then. All entries are read and written in one block: their number is that of the
//! models and of the policies that were ever set.

use crate::{
    pallet::{Config, Models, Pallet, Policies},
    types::Model,
};
use alloc::vec::Vec;
use frame_support::{
    migrations::VersionedMigration,
    traits::{Get, UncheckedOnRuntimeUpgrade},
    weights::Weight,
};
use quorate_primitives::{legacy, policy::Policy, Hash};

/// What was stored.
pub mod v1 {
    use super::*;
    use crate::types::{Genesis, Name};
    use codec::{Decode, Encode};
    use frame_support::{storage_alias, Twox64Concat};
    use quorate_primitives::{merkle::Mountains, views::ModelState, AccountId, ModelId, OrganisationId, VersionIndex};

    /// See [`crate::types::Model`].
    #[derive(Clone, Encode, Decode)]
    pub struct Model {
        pub owner: AccountId,
        pub organisation: OrganisationId,
        pub name: Name,
        pub state: ModelState,
        pub policy: legacy::Policy,
        pub header_hash: Hash,
        pub header_len: u32,
        pub file_len: u64,
        pub update_len: u64,
        pub parent: Option<ModelId>,
        pub latest: Option<VersionIndex>,
        pub head: Option<VersionIndex>,
        pub history: Mountains,
        pub genesis: Option<Genesis>,
    }

    #[storage_alias]
    pub type Models<T: Config> = StorageMap<Pallet<T>, Twox64Concat, ModelId, Model>;

    #[storage_alias]
    pub type Policies<T: Config> = StorageMap<Pallet<T>, Twox64Concat, Hash, legacy::Policy>;
}

/// The migration, run once.
pub type Migrate<T> = VersionedMigration<1, 2, Inner<T>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

/// What the migration does.
pub struct Inner<T>(core::marker::PhantomData<T>);

impl<T: Config> UncheckedOnRuntimeUpgrade for Inner<T> {
    fn on_runtime_upgrade() -> Weight {
        let policies: Vec<(Hash, legacy::Policy)> = v1::Policies::<T>::iter().collect();
        let mut entries = 0u64;
        for (hash, old) in policies {
            let policy = Policy::from(old);
            Policies::<T>::insert(hash, policy);
            Policies::<T>::insert(policy.hash(), policy);
            entries = entries.saturating_add(2);
        }
        Models::<T>::translate_values(|old: v1::Model| {
            entries = entries.saturating_add(1);
            Some(model(old))
        });
        T::DbWeight::get().reads_writes(entries, entries)
    }
}

fn model(old: v1::Model) -> Model {
    Model {
        owner: old.owner,
        organisation: old.organisation,
        name: old.name,
        state: old.state,
        policy: old.policy.into(),
        header_hash: old.header_hash,
        header_len: old.header_len,
        file_len: old.file_len,
        update_len: old.update_len,
        parent: old.parent,
        latest: old.latest,
        head: old.head,
        history: old.history,
        genesis: old.genesis,
    }
}

//! What must hold after every block.

use crate::{
    pallet::{
        AwaitingGenesis, Config, ModelCount, Models, NextModel, Pallet, Policies, Settlements, Statuses, Versions,
    },
    types::Model,
};
use alloc::collections::BTreeMap;
use frame_support::ensure;
use quorate_primitives::{merkle::Mountains, views::ModelState, ModelId};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Check the whole state of this pallet.
    pub(crate) fn do_try_state() -> Result<(), TryRuntimeError> {
        let mut counts = BTreeMap::new();
        let mut models = 0u32;
        for (id, model) in Models::<T>::iter() {
            models = models.saturating_add(1);
            Self::check_model(id, &model)?;
            Self::check_history(id, &model)?;
            if model.state != ModelState::Retired {
                let count = counts.entry(model.organisation).or_insert(0u32);
                *count = count.saturating_add(1);
            }
        }
        ensure!(
            models == NextModel::<T>::get(),
            "models are numbered without gaps and never removed"
        );
        for (organisation, count) in ModelCount::<T>::iter() {
            ensure!(
                count == counts.get(&organisation).copied().unwrap_or(0),
                "the count of an organisation's models"
            );
        }
        ensure!(
            counts.keys().all(ModelCount::<T>::contains_key),
            "an organisation's models are not counted"
        );
        let awaiting = AwaitingGenesis::<T>::get();
        ensure!(
            awaiting.windows(2).all(|pair| pair.first() < pair.last()),
            "models that await votes are ascending"
        );
        ensure!(
            awaiting
                .iter()
                .all(|id| Models::<T>::get(id).is_some_and(|model| model.state == ModelState::Pending)),
            "a model that is not Pending awaits votes"
        );
        ensure!(
            Statuses::<T>::iter_keys()
                .chain(Settlements::<T>::iter_keys())
                .all(|(m, v)| Versions::<T>::contains_key(m, v)),
            "a status or settlement without a version"
        );
        Ok(())
    }

    fn check_model(id: ModelId, model: &Model) -> Result<(), TryRuntimeError> {
        let pending = model.state == ModelState::Pending;
        ensure!(
            model.genesis.is_some() == pending,
            "a version 0 awaits votes exactly while its model is Pending"
        );
        ensure!(
            AwaitingGenesis::<T>::get().contains(&id) == pending,
            "a Pending model is not among those that wait"
        );
        let unborn = matches!(model.state, ModelState::Pending | ModelState::Rejected);
        ensure!(
            !unborn || model.latest.is_none(),
            "a model without version 0 has versions"
        );
        let lives = matches!(model.state, ModelState::Active | ModelState::Frozen);
        ensure!(!lives || model.latest.is_some(), "an active model has no version");
        ensure!(model.head <= model.latest, "the head is not one of the versions");
        ensure!(model.policy.check().is_ok(), "a policy that cannot be run");
        ensure!(
            Policies::<T>::contains_key(model.policy.hash()),
            "a policy is not kept under its hash"
        );
        Ok(())
    }

    /// Records are complete, and each commits to all before it.
    fn check_history(id: ModelId, model: &Model) -> Result<(), TryRuntimeError> {
        let mut history = Mountains::default();
        for version in 0..model.latest.map_or(0, |latest| latest.saturating_add(1)) {
            let record = Versions::<T>::get(id, version).ok_or("a version is missing")?;
            ensure!(
                record.model == id && record.version == version,
                "a record under another key"
            );
            ensure!(
                record.history_root == history.root(),
                "a record does not commit to the past"
            );
            ensure!(
                Policies::<T>::contains_key(record.policy_hash),
                "the policy of a version is unknown"
            );
            history.push(record.hash());
        }
        ensure!(history == model.history, "the history is not that of the records");
        Ok(())
    }
}

//! What must hold after every block.

use crate::{
    pallet::{
        Ancestries, Assessments, Awaiting, Config, LiveModels, ModelCount, Models, NextModel, Pallet, PendingCount,
        Policies, Promoted, Promotions, Provisional, Readers, Revoked, Settlements, Versions,
    },
    types::Model,
    versions::{next_version, parent_of},
};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::ensure;
use quorate_primitives::{merkle::Mountains, views::ModelState, ModelId, OrganisationId, VersionIndex};
use sp_runtime::TryRuntimeError;

fn ascending(list: &[u32]) -> bool {
    list.windows(2).all(|pair| pair.first() < pair.last())
}

impl<T: Config> Pallet<T> {
    /// Check the whole state of this pallet.
    ///
    /// # Errors
    /// What does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let mut live = BTreeMap::<OrganisationId, u32>::new();
        let mut pending = BTreeMap::<OrganisationId, u32>::new();
        let mut models = 0u32;
        let mut numbers = Vec::new();
        for (id, model) in Models::<T>::iter() {
            models = models.saturating_add(1);
            Self::check_model(id, &model)?;
            Self::check_history(id, &model)?;
            Self::check_heads(id, &model)?;
            if model.state != ModelState::Retired {
                numbers.push(id);
                let count = live.entry(model.organisation).or_default();
                *count = count.saturating_add(1);
            }
            if model.state == ModelState::Pending {
                let count = pending.entry(model.organisation).or_default();
                *count = count.saturating_add(1);
            }
        }
        numbers.sort_unstable();
        ensure!(
            models == NextModel::<T>::get(),
            "models are numbered without gaps and never removed"
        );
        ensure!(
            LiveModels::<T>::get().into_inner() == numbers,
            "the list of models that are not retired"
        );
        ensure!(
            ModelCount::<T>::iter().collect::<BTreeMap<_, _>>() == live,
            "the counts of the organisations' models"
        );
        ensure!(
            PendingCount::<T>::iter().collect::<BTreeMap<_, _>>() == pending,
            "the counts of the organisations' models that await votes"
        );
        Self::check_additions()
    }

    /// What is kept beside versions and models belongs to one that exists.
    fn check_additions() -> Result<(), TryRuntimeError> {
        let mut keys = Provisional::<T>::iter_keys()
            .chain(Settlements::<T>::iter_keys())
            .chain(Promotions::<T>::iter_keys())
            .chain(Assessments::<T>::iter_keys())
            .chain(Awaiting::<T>::iter())
            .chain(Ancestries::<T>::iter_keys());
        ensure!(
            keys.all(|(model, version)| Versions::<T>::contains_key(model, version)),
            "an addition to a version that does not exist"
        );
        ensure!(
            Awaiting::<T>::iter().all(|(model, version)| {
                !Assessments::<T>::contains_key(model, version)
                    && Models::<T>::get(model).is_some_and(|model| model.latest == Some(version))
            }),
            "a version that is assessed, or not the newest, awaits its assessment"
        );
        ensure!(
            Promotions::<T>::iter_keys().all(|(model, version)| Self::stands(model, version)),
            "a version that does not stand was promoted"
        );
        for (id, readers) in Readers::<T>::iter() {
            let live = Models::<T>::get(id).is_some_and(|model| model.state != ModelState::Retired);
            ensure!(live, "readers of a model that is retired or does not exist");
            ensure!(!readers.is_empty() && ascending(&readers), "readers are ascending");
        }
        Ok(())
    }

    fn check_model(id: ModelId, model: &Model) -> Result<(), TryRuntimeError> {
        let unborn = matches!(model.state, ModelState::Pending | ModelState::Rejected);
        let waits = model.candidate.is_some();
        match model.state {
            ModelState::Pending => ensure!(waits, "a Pending model awaits no votes"),
            ModelState::Rejected | ModelState::Retired => ensure!(!waits, "votes on an ended model"),
            ModelState::Active | ModelState::Frozen(_) => (),
        }
        ensure!(
            !unborn || model.latest.is_none(),
            "a model without version 0 has versions"
        );
        let lives = matches!(model.state, ModelState::Active | ModelState::Frozen(_));
        ensure!(!lives || model.latest.is_some(), "an active model has no version");
        ensure!(model.policy.check().is_ok(), "a policy that cannot be run");
        ensure!(
            next_version(model).is_none_or(|next| !Versions::<T>::contains_key(id, next)),
            "a version beyond the latest"
        );
        Ok(())
    }

    /// Records are complete, and each commits to all before it.
    fn check_history(id: ModelId, model: &Model) -> Result<(), TryRuntimeError> {
        let (mut history, mut standing) = (Mountains::default(), None);
        for version in 0..next_version(model).unwrap_or(VersionIndex::MAX) {
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
                Policies::<T>::get(record.policy_hash).is_some_and(|policy| policy.hash() == record.policy_hash),
                "the policy of a version is unknown"
            );
            let place = Self::place(id, version, parent_of(&record), standing);
            let parent = parent_of(&record);
            ensure!(
                parent.is_none_or(|parent| Self::stands(id, parent)),
                "a version was made from one that does not stand"
            );
            if Self::stands(id, version) {
                standing = Some(version);
            }
            ensure!(
                place.is_some() && place == Ancestries::<T>::get(id, version),
                "a version's place in the tree"
            );
            history.push(record.hash());
        }
        ensure!(history == model.history, "the history is not that of the records");
        ensure!(standing == model.standing, "the newest standing version is not known");
        Ok(())
    }

    /// What rounds stand on is clean, found by looking at every version.
    fn check_heads(id: ModelId, model: &Model) -> Result<(), TryRuntimeError> {
        let revoked = Revoked::<T>::get(id);
        let promoted = Promoted::<T>::get(id);
        ensure!(
            ascending(&revoked) && ascending(&promoted),
            "lists of versions are ascending"
        );
        let mut clean = Vec::new();
        for version in 0..next_version(model).unwrap_or(VersionIndex::MAX) {
            let record = Versions::<T>::get(id, version).ok_or("a version is missing")?;
            let on_clean = parent_of(&record).is_none_or(|parent| clean.binary_search(&parent).is_ok());
            let stands = on_clean && revoked.binary_search(&version).is_err();
            ensure!(
                stands == Self::clean(id, version),
                "a version's ancestry is not told apart"
            );
            if stands {
                clean.push(version);
            }
            ensure!(
                promoted.binary_search(&version).is_err() || Self::is_promoted(&record),
                "a version among the promoted ones without a vote"
            );
        }
        let known = |version: &VersionIndex| model.latest.is_some_and(|latest| *version <= latest);
        ensure!(
            revoked.iter().all(known) && promoted.iter().all(known),
            "a list names a version that does not exist"
        );
        let is_clean = |head: Option<VersionIndex>| head.is_none_or(|head| clean.binary_search(&head).is_ok());
        ensure!(is_clean(model.head), "the head is not clean");
        ensure!(
            model.head == Self::newest_clean(id, model, &revoked),
            "the head is not what a search finds"
        );
        ensure!(
            model.head.is_some() || clean.is_empty() || !revoked.is_empty(),
            "no head although nothing is revoked"
        );
        let stands = |head: Option<VersionIndex>| head.is_none_or(|head| Self::stands(id, head));
        ensure!(
            stands(model.head) && stands(model.promoted),
            "rounds stand on a version that does not"
        );
        let usable = promoted
            .iter()
            .rev()
            .find(|version| clean.binary_search(version).is_ok());
        ensure!(
            model.promoted == usable.copied(),
            "the promoted head is not the newest that is clean"
        );
        Ok(())
    }
}

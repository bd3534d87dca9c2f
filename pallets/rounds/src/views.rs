//! What the runtime API shows of rounds.

use crate::{
    collecting::count,
    pallet::{
        ActiveRounds, Config, GenesisBallots, NextRound, OpenRound, Pallet, Retained, Rounds, Snapshots, Tallies,
        Updates,
    },
    sealing::input,
    types::{JobContext, Round, Stage},
};
use alloc::vec::Vec;
use quorate_primitives::{
    crypto::AttestationId,
    job::{Committee, Input},
    traits::{Consortium, Escrow, Models},
    update::{Subject, Update, UpdateStatus},
    views::{Against, BlobRef, RoundView, Upload, VoteItem, VoteTask},
    ModelId, RoundId,
};

/// Most entries of one answer.
const MAX_LIMIT: u32 = 64;
/// Item number of a version 0.
const GENESIS_ITEM: u32 = 0;

impl<T: Config> Pallet<T> {
    /// What the holder of `key` may vote on now and has not spoken about.
    pub fn vote_tasks(key: &AttestationId) -> Vec<VoteTask> {
        let rounds = ActiveRounds::<T>::get()
            .into_iter()
            .filter_map(|id| Self::round_task(key, id));
        let models = T::Models::awaiting_genesis()
            .into_iter()
            .filter_map(|model| Self::genesis_task(key, model));
        models.chain(rounds).collect()
    }

    /// A round with its updates, in order of submission.
    pub fn round_view(id: RoundId) -> Option<RoundView> {
        let round = Rounds::<T>::get(id)?;
        let updates = Self::updates(id, &round).collect();
        let phase = round.phase();
        Some(RoundView {
            id,
            model: round.model,
            base: round.base,
            policy: round.policy,
            phase,
            opened_at: round.opened_at,
            sealed_at: round.sealed_at,
            recorded_at: round.recorded_at,
            version: round.version,
            job: round.job,
            escrow: T::Escrow::escrowed(id),
            updates,
        })
    }

    /// Rounds of all models from number `from` on, at most `limit` and 64.
    pub fn rounds(from: RoundId, limit: u32) -> Vec<RoundView> {
        let end = NextRound::<T>::get().min(from.saturating_add(limit.min(MAX_LIMIT)));
        (from..end).filter_map(Self::round_view).collect()
    }

    /// The round that keeps a model from opening another.
    pub fn open_round_of(model: ModelId) -> Option<RoundId> {
        OpenRound::<T>::get(model)
    }

    /// Inputs of a sealed round's job, in the sealed order; they hash to its `inputs_root`. Empty before sealing.
    pub fn inputs(id: RoundId) -> Vec<Input> {
        let Some(round) = Rounds::<T>::get(id) else {
            return Vec::new();
        };
        Self::sealed_inputs(id, &round)
    }

    /// The updates that have an index, by it.
    pub(crate) fn sealed_inputs(id: RoundId, round: &Round) -> Vec<Input> {
        let mut sealed: Vec<(u32, Input)> = Self::updates(id, round)
            .filter_map(|update| update.index.map(|index| (index, input(&update))))
            .collect();
        sealed.sort_by_key(|(index, _)| *index);
        sealed.into_iter().map(|(_, input)| input).collect()
    }

    /// Everything that the job of a sealed round reads.
    pub fn job_context(id: RoundId) -> Option<JobContext> {
        let round = Rounds::<T>::get(id)?;
        let version = |root| BlobRef {
            root,
            len: round.file_len,
        };
        Some(JobContext {
            pipeline: round.policy.pipeline,
            base: version(round.base_root),
            previous: round.previous_root.map(version),
            update_len: round.update_len,
            inputs: Self::inputs(id),
        })
    }

    /// Uploads that commitments allow: of rounds that are Collecting or Opening, while the update is not decided.
    pub fn gateway_uploads() -> Vec<Upload> {
        let mut uploads = Vec::new();
        for (id, round) in Self::active() {
            if !matches!(round.stage, Stage::Collecting { .. } | Stage::Opening { .. }) {
                continue;
            }
            let waiting = Self::updates(id, &round)
                .filter(|update| matches!(update.status, UpdateStatus::Committed | UpdateStatus::Opened));
            uploads.extend(waiting.map(|update| Upload {
                round: id,
                model: round.model,
                contributor: update.contributor,
                commitment: update.commitment,
                weight: update.weight,
                len: round.update_len,
                root: update.root,
            }));
        }
        uploads
    }

    /// Updates that validators may fetch from each other: opened ones of active rounds, and Available ones of settled
    /// rounds until retention ends.
    pub fn gateway_updates() -> Vec<BlobRef> {
        let now = Self::now();
        let retained = Retained::<T>::iter().filter(|(_, until)| now < *until);
        let retained = retained.filter_map(|(id, _)| Rounds::<T>::get(id).map(|round| (id, round)));
        let shown = |update: &Update| matches!(update.status, UpdateStatus::Opened | UpdateStatus::Available);
        Self::active()
            .chain(retained)
            .filter(|(_, round)| !matches!(round.stage, Stage::Refunding { .. }))
            .flat_map(|(id, round)| {
                let len = round.update_len;
                Self::updates(id, &round)
                    .filter(shown)
                    .filter_map(move |update| update.root.map(|root| BlobRef { root, len }))
            })
            .collect()
    }

    fn active() -> impl Iterator<Item = (RoundId, Round)> {
        ActiveRounds::<T>::get()
            .into_iter()
            .filter_map(|id| Rounds::<T>::get(id).map(|round| (id, round)))
    }

    /// Position of a key's holder, while it is heard.
    fn position(committee: &Committee, key: &AttestationId) -> Option<u32> {
        let position = committee.iter().position(|member| member.key == *key)?;
        let member = committee.get(position)?;
        T::Consortium::is_active(&member.validator).then(|| count(position))
    }

    fn round_task(key: &AttestationId, id: RoundId) -> Option<VoteTask> {
        let round = Rounds::<T>::get(id)?;
        let Stage::Opening { vote_until, .. } = round.stage else {
            return None;
        };
        if Self::now() >= vote_until {
            return None;
        }
        let voter = Self::position(&Snapshots::<T>::get(id)?, key)?;
        let items: Vec<VoteItem> = (0..round.submissions)
            .filter_map(|item| {
                let update = Updates::<T>::get(id, item).filter(|update| update.status == UpdateStatus::Opened)?;
                let blob = BlobRef {
                    root: update.root?,
                    len: round.update_len,
                };
                (!Tallies::<T>::get(id, item).has_voted(voter)).then_some(VoteItem { item, blob })
            })
            .collect();
        let base = BlobRef {
            root: round.base_root,
            len: round.file_len,
        };
        let subject = Subject::Round(id);
        (!items.is_empty()).then_some(VoteTask {
            subject,
            voter,
            model: round.model,
            against: Against::Base(base),
            items,
            until: vote_until,
        })
    }

    fn genesis_task(key: &AttestationId, model: ModelId) -> Option<VoteTask> {
        let genesis = T::Models::genesis_blob(model).filter(|blob| Self::now() < blob.until)?;
        let ballot = GenesisBallots::<T>::get(model)?;
        let voter = Self::position(&ballot.committee, key)?;
        if ballot.tally.has_voted(voter) {
            return None;
        }
        let blob = BlobRef {
            root: genesis.root,
            len: genesis.len,
        };
        let items = alloc::vec![VoteItem {
            item: GENESIS_ITEM,
            blob
        }];
        Some(VoteTask {
            subject: Subject::Genesis(model),
            voter,
            model,
            against: Against::Registered(genesis.shape),
            items,
            until: genesis.until,
        })
    }
}

//! What the runtime API shows of rounds.

use crate::{
    pallet::{AwaitedPages, Config, Kept, NextRound, OpenRound, Outcomes, Pallet, Rounds, SealedOrders, Updates},
    sealing::input,
    types::{Round, RoundStage},
};
use alloc::vec::Vec;
use quorate_primitives::{
    job::{aggregate::Input, AssessOutcome},
    policy::MIN_RETENTION,
    purpose::Purpose,
    traits::Escrow,
    update::{Update, UpdateStatus},
    views::{
        gateway::Upload,
        tasks::{AggregateTask, PageTask, WeightedBlob},
        BlobRef, RoundView,
    },
    AccountId, BlockNumber, JobId, ModelId, Root, RoundId,
};

/// Most entries of one answer.
const MAX_LIMIT: u32 = 64;
/// Most pages that one answer asks for: each names the weights of a whole round.
const MAX_PAGE_TASKS: usize = 16;
/// So long at least what a round shares stays while its retention has not begun, and for as long again at most.
const STEADY: BlockNumber = MIN_RETENTION / 2;

/// What validators may fetch from each other of a round.
pub struct Shared {
    pub blobs: Vec<BlobRef>,
    /// It stays so before this block; `None`: for ever.
    pub until: Option<BlockNumber>,
    /// Entries of storage that were read for it.
    pub reads: u32,
}

impl Round {
    pub(crate) fn version_blob(&self, root: Root) -> BlobRef {
        BlobRef {
            root,
            len: self.file_len,
        }
    }

    pub(crate) fn update_blob(&self, root: Root) -> BlobRef {
        BlobRef {
            root,
            len: self.update_len,
        }
    }
}

impl<T: Config> Pallet<T> {
    /// A round with its updates, in order of submission. `None` from the end of retention on: evidence with updates missing would
    /// not be equal to its roots.
    pub fn round_view(id: RoundId) -> Option<RoundView> {
        Self::view_with(id, || Self::updates(id).collect())
    }

    /// The same with the update of `contributor` alone, if there is one: no other is read.
    pub fn own_round(id: RoundId, contributor: &AccountId) -> Option<RoundView> {
        Self::view_with(id, || Self::update_of(id, contributor).into_iter().collect())
    }

    fn view_with(id: RoundId, updates: impl FnOnce() -> Vec<Update>) -> Option<RoundView> {
        let round = Rounds::<T>::get(id).filter(|round| !matches!(round.stage, RoundStage::Pruning { .. }))?;
        let phase = round.phase();
        let assessment = Self::assessment_view(&round);
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
            refund: round.refund,
            escrow: T::Escrow::escrowed(Purpose::Round(id)),
            updates: updates(),
            assessment,
        })
    }

    /// The first job of a round that had a retry, as long as [`Self::round_view`] shows the round.
    pub fn first_job_of(id: RoundId) -> Option<JobId> {
        let round = Rounds::<T>::get(id).filter(|round| !matches!(round.stage, RoundStage::Pruning { .. }))?;
        round.first_job
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
        Self::sealed_inputs(id)
    }

    /// The updates that have an index, by it.
    pub(crate) fn sealed_inputs(id: RoundId) -> Vec<Input> {
        let mut sealed: Vec<(u32, Input)> = Self::updates(id)
            .filter_map(|update| update.index.map(|index| (index, input(&update))))
            .collect();
        sealed.sort_by_key(|(index, _)| *index);
        sealed.into_iter().map(|(_, input)| input).collect()
    }

    /// What the updates of a round are checked against, and their exact length.
    pub fn vote_context(id: RoundId) -> Option<(BlobRef, u64)> {
        let round = Rounds::<T>::get(id)?;
        Some((round.version_blob(round.base_root), round.update_len))
    }

    /// Everything that the job of a round reads, while it runs.
    pub fn aggregate_task(id: RoundId) -> Option<AggregateTask> {
        let round = Rounds::<T>::get(id)?;
        let RoundStage::Computing { seed } = round.stage else {
            return None;
        };
        // One read for the whole round: validators ask for every open job in each block.
        let order = SealedOrders::<T>::get(id)?;
        let inputs = order.iter().map(|sealed| WeightedBlob {
            blob: round.update_blob(sealed.root),
            weight: sealed.weight,
        });
        Some(AggregateTask {
            model: round.model,
            round: id,
            pipeline: round.policy.pipeline,
            seed,
            base: round.version_blob(round.base_root),
            previous: round.previous_root.map(|root| round.version_blob(root)),
            optimiser: round.optimiser,
            inputs: inputs.collect(),
        })
    }

    /// Settlement pages that rounds await: of 16 rounds at most, others in other blocks, so that none waits behind pages that nobody
    /// has.
    pub fn page_tasks() -> Vec<PageTask> {
        let mut waiting: Vec<(RoundId, u32)> = AwaitedPages::<T>::iter().collect();
        waiting.sort_unstable();
        let turn = usize::try_from(Self::now()).unwrap_or_default();
        let first = turn
            .saturating_mul(MAX_PAGE_TASKS)
            .checked_rem(waiting.len())
            .unwrap_or_default();
        if waiting.len() > MAX_PAGE_TASKS {
            waiting.rotate_left(first);
        }
        waiting
            .into_iter()
            .take(MAX_PAGE_TASKS)
            .filter_map(|(round, page)| {
                let order = SealedOrders::<T>::get(round)?;
                Some(PageTask {
                    round,
                    scores: Self::scores_of(round, &Rounds::<T>::get(round)?)?,
                    page,
                    weights: order.iter().map(|sealed| sealed.weight).collect(),
                })
            })
            .collect()
    }

    /// The first round from number `from` on that is kept.
    pub fn gateway_rounds(from: RoundId) -> Option<RoundId> {
        let next = match from.checked_sub(1) {
            None => Kept::<T>::iter_keys().next(),
            Some(before) => Kept::<T>::iter_keys_from(Kept::<T>::hashed_key_for(before.to_be_bytes())).next(),
        };
        next.map(RoundId::from_be_bytes)
    }

    /// Entries of storage that the uploads of a round are read from, at most.
    pub fn gateway_reads(id: RoundId) -> u32 {
        Self::submissions(id).saturating_add(1)
    }

    /// Uploads that the commitments of a round allow: while it is Collecting or Revealing and the update is not decided.
    pub fn gateway_uploads(id: RoundId) -> Vec<Upload> {
        let Some(round) = Rounds::<T>::get(id) else {
            return Vec::new();
        };
        if !matches!(
            round.stage,
            RoundStage::Collecting { .. } | RoundStage::Revealing { .. }
        ) {
            return Vec::new();
        }
        Self::updates(id)
            .filter(|update| matches!(update.status, UpdateStatus::Committed | UpdateStatus::Revealed))
            .map(|update| Upload {
                round: id,
                model: round.model,
                contributor: update.contributor,
                organisation: update.organisation,
                commitment: update.commitment,
                weight: update.weight,
                len: round.update_len,
                root: update.root,
            })
            .collect()
    }

    /// What validators may fetch from each other of a round: revealed updates, from sealing on those of the job, and the detail
    /// blob of the agreed outcome, whose length the chain does not know (0). Before the block in which retention ends; nothing of a
    /// round that was refunded before it had a version.
    ///
    /// Once a round is not active its updates and its outcome stand, however it ends: only the block in which retention ends is not
    /// known before it is over, and then it is [`MIN_RETENTION`] blocks away or more.
    pub fn gateway_shared(id: RoundId) -> Shared {
        let nothing = Shared {
            blobs: Vec::new(),
            until: None,
            reads: 1,
        };
        let Some(round) = Rounds::<T>::get(id) else {
            return nothing;
        };
        let now = Self::now();
        let until = match round.stage {
            _ if round.is_active() => now.saturating_add(1),
            _ if round.version.is_none() => return nothing,
            RoundStage::Pruning { .. } => return nothing,
            RoundStage::Over { until, .. } if now >= until => return nothing,
            RoundStage::Over { until, .. } => until,
            // Not all in the same block, whenever they were asked for.
            _ => {
                let own = id.checked_rem(STEADY).unwrap_or_default();
                now.saturating_add(STEADY).saturating_add(own)
            }
        };
        let shown = |update: &Update| matches!(update.status, UpdateStatus::Revealed | UpdateStatus::Available);
        let updates = Self::updates(id)
            .filter(shown)
            .filter_map(|update| update.root)
            .map(|root| round.update_blob(root));
        let detail = Outcomes::<T>::get(id).map(|outcome| BlobRef {
            root: outcome.detail,
            len: 0,
        });
        let assessed = round.assessment.as_ref().and_then(|assessment| assessment.outcome);
        let assessed = match assessed {
            Some(AssessOutcome::Done { detail, detail_len, .. }) => Some(BlobRef {
                root: detail,
                len: detail_len,
            }),
            _ => None,
        };
        Shared {
            blobs: updates.chain(detail).chain(assessed).collect(),
            until: Some(until),
            reads: Self::submissions(id).saturating_add(3),
        }
    }

    /// A contributor's update in a round.
    pub fn update_of(id: RoundId, who: &AccountId) -> Option<Update> {
        Updates::<T>::get(id, who).map(|submission| submission.update)
    }
}

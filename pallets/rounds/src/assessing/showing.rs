//! What the runtime API shows of assessments.

use crate::{
    pallet::{Config, Outcomes, Pallet, Rounds, SealedOrders},
    types::{self, Round, RoundStage},
};
use alloc::vec::Vec;
use quorate_primitives::{
    job::assess::Shard,
    traits::Shards,
    views::{
        assessments::{AssessInput, AssessTask, Fewest, RoundAssessment},
        tasks::WeightedBlob,
        BlobRef,
    },
    JobId, RoundId,
};

fn program(assessment: &types::RoundAssessment) -> BlobRef {
    BlobRef {
        root: assessment.program_root,
        len: assessment.program_len,
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn assessment_view(round: &Round) -> Option<RoundAssessment> {
        let assessment = round.assessment.as_ref()?;
        Some(RoundAssessment {
            fee: assessment.fee,
            program: program(assessment),
            benchmark: assessment.benchmark.map(|data| BlobRef {
                root: data.root,
                len: data.len,
            }),
            frozen_base: assessment.frozen_base.clone(),
            job: assessment.job,
            first_job: assessment.first_job,
            outcome: assessment.outcome,
            passed: assessment.passed,
            withheld: assessment.withheld.to_vec(),
            bonus: assessment.bonus,
        })
    }

    /// The program by which a round is assessed, as it was when the round was opened.
    pub fn assessment_program(id: RoundId) -> Option<BlobRef> {
        let assessment = Rounds::<T>::get(id)?.assessment?;
        Some(program(&assessment))
    }

    /// Everything that the job of an assessment reads, while it runs.
    pub fn assess_task(id: RoundId) -> Option<AssessTask> {
        let round = Rounds::<T>::get(id).filter(|round| round.stage == RoundStage::Assessing)?;
        let (assessment, policy) = (round.assessment.as_ref()?, round.policy.assessment?);
        let outcome = Outcomes::<T>::get(id)?;
        // One read for the whole round: validators ask for every open job in each block.
        let order = SealedOrders::<T>::get(id)?;
        let inputs = order.iter().map(|sealed| AssessInput {
            organisation: sealed.organisation,
            update: WeightedBlob {
                blob: round.update_blob(sealed.root),
                weight: sealed.weight,
            },
        });
        Some(AssessTask {
            round: id,
            model: round.model,
            version: round.version?,
            base_file: round.version_blob(round.base_root),
            version_file: round.version_blob(outcome.output),
            frozen_base: assessment.frozen_base.clone(),
            program_file: program(assessment),
            benchmark: assessment.benchmark.map(|data| BlobRef {
                root: data.root,
                len: data.len,
            }),
            shards: T::Shards::held(id),
            inputs: inputs.collect(),
            products: outcome.detail,
            pipeline: round.policy.pipeline,
            previous: round.previous_root.is_some(),
            contribution: policy.contribution.map(|rules| Fewest {
                rows: rules.min_rows,
                shards: rules.min_suppliers,
            }),
            operations: policy.operations,
        })
    }

    /// The jobs of a round's assessment, the first attempt and the last, as long as [`Self::round_view`] shows the round.
    pub fn assessment_jobs_of(id: RoundId) -> Option<(Option<JobId>, JobId)> {
        let round = Rounds::<T>::get(id).filter(|round| !matches!(round.stage, RoundStage::Pruning { .. }))?;
        let assessment = round.assessment?;
        Some((assessment.first_job, assessment.job?))
    }

    /// Shards of a round that a quorum holds, as its assessment reads them.
    pub fn shards_of(id: RoundId) -> Vec<Shard> {
        T::Shards::held(id)
    }
}

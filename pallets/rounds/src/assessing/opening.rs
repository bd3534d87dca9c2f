//! What an assessment asks of artifacts, shards and validators, and costs: checked when the round is opened.

use crate::{
    collecting::pot,
    pallet::{Config, Error, Pallet},
    types::RoundAssessment,
    WeightInfo,
};
use frame_support::{ensure, traits::Get, weights::Weight};
use quorate_primitives::{
    availability::ArtifactKind,
    job::assess::Benchmark,
    policy::{Assessment, MAX_PHASE},
    traits::{Artifacts, HeldArtifact, Models, RoundBase, Shards},
    ArtifactId, Balance, BlockNumber, ModelId, OrganisationId,
};

/// How many parts of this size cover a whole; without end if they have none.
fn parts(whole: u64, size: u64) -> u64 {
    match size {
        0 => u64::MAX,
        size => whole.div_ceil(size),
    }
}

impl<T: Config> Pallet<T> {
    /// How a round of `owner` on `base` would be assessed; None where its policy asks for nothing.
    pub(crate) fn assessment_of(
        owner: OrganisationId,
        model: ModelId,
        base: &RoundBase,
    ) -> Result<Option<RoundAssessment>, Error<T>> {
        let Some(policy) = base.policy.assessment else {
            return Ok(None);
        };
        let program = Self::usable(policy.program, ArtifactKind::Program, owner, Error::<T>::ProgramNotHeld)?;
        let benchmark = match policy.benchmark {
            Some(data) => Some(Self::benchmark(data, owner)?),
            None => None,
        };
        let frozen_base = T::Models::frozen_base(model);
        ensure!(
            frozen_base
                .as_ref()
                .is_none_or(|base| T::Artifacts::may_read_weights(base, owner)),
            Error::<T>::FrozenBaseNotHeld
        );
        let weights = frozen_base.as_ref().map_or(0, |base| base.len);
        let weights = base.file_len.saturating_add(weights);
        let blocks = Self::assessment_blocks(&policy, weights, program.len, benchmark.as_ref())?;
        if let Some(rules) = &policy.contribution {
            let waiting = T::Shards::waiting(model, rules, pot(&base.policy));
            ensure!(waiting >= rules.min_suppliers, Error::<T>::TooFewShards);
        }
        Ok(Some(RoundAssessment {
            program_root: program.root,
            program_len: program.len,
            benchmark,
            frozen_base,
            fee: Self::assessment_fee(policy.operations),
            base_fee: T::AssessmentBaseFee::get(),
            blocks,
            inputs_root: Default::default(),
            job: None,
            first_job: None,
            outcome: None,
            passed: None,
            done: false,
            withheld: Default::default(),
            bonus: 0,
        }))
    }

    /// What is set aside for an assessment of at most so many thousands of millions of operations.
    pub fn assessment_fee(operations: u64) -> Balance {
        let for_operations = T::AssessmentFeePerOperations::get().saturating_mul(Balance::from(operations));
        T::AssessmentBaseFee::get().saturating_add(for_operations)
    }

    /// An artifact that a quorum holds and `owner` may use.
    fn usable(
        id: ArtifactId,
        kind: ArtifactKind,
        owner: OrganisationId,
        error: Error<T>,
    ) -> Result<HeldArtifact, Error<T>> {
        let held = T::Artifacts::held(id)
            .filter(|artifact| artifact.kind == kind)
            .ok_or(error)?;
        ensure!(T::Artifacts::may_read(id, owner), Error::<T>::ArtifactNotReadable);
        Ok(held)
    }

    fn benchmark(data: ArtifactId, owner: OrganisationId) -> Result<Benchmark, Error<T>> {
        let held = Self::usable(data, ArtifactKind::DataSet, owner, Error::<T>::BenchmarkNotHeld)?;
        Ok(Benchmark {
            data,
            root: held.root,
            len: held.len,
        })
    }

    /// Blocks that an assessment's operations take, and its bytes to be fetched. Updates and versions are there: what is new to a validator
    /// may be all the rest.
    fn assessment_blocks(
        policy: &Assessment,
        weights_len: u64,
        program_len: u64,
        benchmark: Option<&Benchmark>,
    ) -> Result<BlockNumber, Error<T>> {
        ensure!(
            policy.operations <= T::MaxAssessmentOperations::get(),
            Error::<T>::TooMuchWork
        );
        let shards = policy.contribution.map_or(0, |rules| rules.shards_len());
        let bytes = weights_len
            .saturating_add(program_len)
            .saturating_add(benchmark.map_or(0, |benchmark| benchmark.len))
            .saturating_add(shards);
        let computing = parts(policy.operations, T::OperationsPerBlock::get());
        let blocks = computing.saturating_add(parts(bytes, T::BytesPerBlock::get()));
        let blocks = BlockNumber::try_from(blocks).unwrap_or(BlockNumber::MAX);
        let commit = T::AssessmentCommitBase::get().saturating_add(blocks);
        ensure!(commit <= MAX_PHASE, Error::<T>::TooMuchWork);
        Ok(blocks)
    }

    /// What opening a round weighs more where it is assessed.
    pub(crate) fn open_assessed_weight() -> Weight {
        T::WeightInfo::open_assessed()
            .saturating_add(T::Shards::weight().saturating_mul(2))
            .saturating_add(T::Artifacts::weights_weight())
    }
}

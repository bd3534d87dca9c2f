//! What an evaluation asks of the committee, and costs.

use crate::pallet::{Config, Error, Open, Pallet};
use frame_support::{ensure, traits::Get};
use quorate_primitives::{
    availability::ArtifactKind,
    job::Evaluate,
    traits::{Artifacts, HeldArtifact, Models},
    views::Quote,
    ArtifactId, Balance, BlockNumber, ModelId, VersionIndex,
};

/// Bytes are counted by this, for the fee.
const MIB: u64 = 1 << 20;

/// What somebody wants evaluated.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub model: ModelId,
    pub version: VersionIndex,
    pub program: ArtifactId,
    pub data: ArtifactId,
    /// In thousands of millions.
    pub operations: u64,
}

/// What is wanted as work, and what it asks for.
pub(crate) struct Candidate {
    pub work: Evaluate,
    pub quote: Quote,
    /// Blocks that its operations and bytes take by themselves.
    pub blocks: BlockNumber,
}

/// How many parts of this size cover a whole; without end if they have none.
fn parts(whole: u64, size: u64) -> u64 {
    match size {
        0 => u64::MAX,
        size => whole.div_ceil(size),
    }
}

impl<T: Config> Pallet<T> {
    fn held(id: ArtifactId, kind: ArtifactKind, error: Error<T>) -> Result<HeldArtifact, Error<T>> {
        T::Artifacts::held(id)
            .filter(|artifact| artifact.kind == kind)
            .ok_or(error)
    }

    /// What is wanted as work, and what it would cost whoever asks.
    pub(crate) fn candidate(wanted: Wanted) -> Result<Candidate, Error<T>> {
        let Wanted {
            model,
            version,
            program,
            data,
            operations,
        } = wanted;
        ensure!(operations <= T::MaxOperations::get(), Error::<T>::TooMuchWork);
        let file = T::Models::served(model, version).ok_or(Error::<T>::VersionNotServed)?;
        let runs = Self::held(program, ArtifactKind::Program, Error::<T>::ProgramNotHeld)?;
        let rows = Self::held(data, ArtifactKind::DataSet, Error::<T>::DataSetNotHeld)?;
        let frozen_base = T::Models::frozen_base(model);
        let weights = file.len.saturating_add(frozen_base.as_ref().map_or(0, |base| base.len));
        let bytes = weights.saturating_add(runs.len).saturating_add(rows.len);
        let blocks = Self::blocks(operations, bytes);
        let alone = T::CommitBase::get().saturating_add(blocks);
        ensure!(alone <= T::MaxCommit::get(), Error::<T>::TooMuchWork);
        let commit = alone.saturating_add(Self::blocks_before());
        let fee = Self::fee(operations, weights.saturating_add(rows.len));
        let work = Evaluate {
            model,
            version,
            version_root: file.root,
            version_len: file.len,
            frozen_base,
            program,
            program_root: runs.root,
            program_len: runs.len,
            data,
            data_root: rows.root,
            data_len: rows.len,
            operations,
        };
        let quote = Quote { fee, commit };
        Ok(Candidate { work, quote, blocks })
    }

    /// Blocks that evaluations which run already may take before the next one has its turn: members compute one at a time.
    fn blocks_before() -> BlockNumber {
        let open = Open::<T>::get();
        open.iter()
            .fold(0, |sum: BlockNumber, running| sum.saturating_add(running.blocks))
    }

    /// Blocks that so many operations take, and so many bytes to be fetched.
    pub(crate) fn blocks(operations: u64, bytes: u64) -> BlockNumber {
        let computing = parts(operations, T::OperationsPerBlock::get());
        let fetching = parts(bytes, T::BytesPerBlock::get());
        computing
            .saturating_add(fetching)
            .try_into()
            .unwrap_or(BlockNumber::MAX)
    }

    fn fee(operations: u64, bytes: u64) -> Balance {
        let for_operations = T::FeePerOperations::get().saturating_mul(operations.into());
        let for_bytes = T::FeePerMiB::get().saturating_mul(bytes.div_ceil(MIB).into());
        T::BaseFee::get()
            .saturating_add(for_operations)
            .saturating_add(for_bytes)
    }
}

//! What is stored of requests and batches.
// The derived codecs name variants so.
#![allow(clippy::cast_possible_truncation)]

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use quorate_primitives::{
    job::{
        infer::{self, Task, MAX_BATCH},
        Infer, InferOutcome,
    },
    views::{
        inference::{Escalation, RequestFailure, RequestState},
        BlobRef,
    },
    AccountId, ArtifactId, Balance, BatchId, BlockNumber, Hash, JobId, ModelId, OrganisationId, RequestId, Root,
    VersionIndex, MAX_COMMITTEE,
};
use scale_info::TypeInfo;

/// A request's number with its highest byte first: keys of this form are in the order of the numbers.
pub type Order = [u8; 8];

/// The key of a request in that order.
pub(crate) fn order(id: RequestId) -> Order {
    id.to_be_bytes()
}

/// What is run: requests of one group are answered together.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Group {
    pub model: ModelId,
    pub version: VersionIndex,
    pub program: ArtifactId,
}

/// A request for an answer.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Request {
    pub asked_by: AccountId,
    /// Whose fund pays.
    pub organisation: OrganisationId,
    pub group: Group,
    /// The program's file: what is registered cannot change, and its bytes stay for a while when it is retired.
    pub program_file: BlobRef,
    pub input: BlobRef,
    pub task: Task,
    /// Millions of operations that were paid for.
    pub operations: u64,
    /// MiB that the run may take.
    pub memory: u32,
    pub fee: Balance,
    /// What of the fee depends neither on operations nor on what is read: kept whatever becomes of the request, unless nothing of it is.
    pub base_fee: Balance,
    /// What of the fee is the whole price of reading version, frozen base and program: the requests of a batch share it.
    pub reading: Balance,
    /// What is kept of the fee; all of it until the request has ended.
    pub cost: Balance,
    /// Waiting also while it is computed: its batch says that, and hundreds of requests need not be written when a batch is made.
    pub state: RequestState,
    pub requested_at: BlockNumber,
    pub ended_at: Option<BlockNumber>,
}

impl Request {
    /// The request as a batch names it.
    pub(crate) fn as_asked(&self, id: RequestId) -> infer::Request {
        infer::Request {
            id,
            input: self.input.clone(),
            task: self.task,
            operations: self.operations,
            memory: self.memory,
        }
    }
}

/// A request that waits for a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Waiting {
    pub id: RequestId,
    pub organisation: OrganisationId,
    pub group: Group,
    pub operations: u64,
    /// MiB.
    pub memory: u32,
    /// Bytes of its input.
    pub len: u64,
    /// The block in which a quorum came to hold its input, or its batch was broken up.
    pub since: BlockNumber,
    /// A batch of so many in which it was with others' requests found no quorum: now it is with those of its organisation alone.
    pub alone: Option<u32>,
}

/// Requests of one organisation that have not ended.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[scale_info(skip_type_params(Most))]
pub struct Asked<Most: frame_support::traits::Get<u32>> {
    /// In the order in which they were asked, with the roots of their inputs.
    pub open: BoundedVec<(RequestId, Root), Most>,
    /// How many of them await votes.
    pub pending: u32,
    /// When the newest batch was made for the organisation, while it had open requests.
    pub led_at: Option<BlockNumber>,
}

impl<Most: frame_support::traits::Get<u32>> Default for Asked<Most> {
    fn default() -> Self {
        Self {
            open: BoundedVec::new(),
            pending: 0,
            led_at: None,
        }
    }
}

/// Requests of all organisations that have not ended.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Totals {
    pub open: u32,
    /// How many of them await votes.
    pub pending: u32,
}

/// Where a batch stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum BatchStage {
    /// Its job runs, of all that can compute it.
    #[codec(index = 0)]
    Computing,
    /// A quorum agreed: pages of rows are taken before block `until`.
    #[codec(index = 1)]
    Settling { until: BlockNumber },
    /// Those of its requests that have no row come to nothing, a few in each block.
    #[codec(index = 2)]
    Failing(RequestFailure),
    /// Every request has ended, and those that computed are paid.
    #[codec(index = 3)]
    Ended { at: BlockNumber },
    /// Its job runs, of members that were drawn.
    #[codec(index = 4)]
    Drawn,
    /// The drawn members agreed: their outcome is settled from block `until` on, unless all are asked before.
    #[codec(index = 5)]
    Provisional {
        until: BlockNumber,
        /// It is one of those that all compute again, as soon as it has its turn.
        again: bool,
    },
}

/// Validators that can compute a batch.
pub type Able = BoundedVec<AccountId, ConstU32<MAX_COMMITTEE>>;

/// Requests that are answered together.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Batch {
    pub work: Infer,
    /// In its order.
    pub requests: BoundedVec<RequestId, ConstU32<MAX_BATCH>>,
    pub job: JobId,
    /// The first attempt, where `job` is its retry.
    pub first_job: Option<JobId>,
    /// What the drawn members agreed on.
    pub provisional: Option<InferOutcome>,
    /// Why all were asked after the drawn members.
    pub escalation: Option<Escalation>,
    /// What is settled.
    pub outcome: Option<InferOutcome>,
    pub stage: BatchStage,
    /// The most that its requests may cost.
    pub fees: Balance,
    /// MiB of the request that needs most.
    pub memory: u32,
    /// Those that had so much when it was made.
    pub able: Able,
    /// Blocks that its operations and what it reads take by themselves, for a validator that holds nothing of it yet.
    pub blocks: BlockNumber,
    /// The same for one that holds version, frozen base and program.
    pub blocks_of_holder: BlockNumber,
    /// Whether the verdicts on `job` are known.
    pub closed: bool,
    /// How many of the requests, in its order, have ended.
    pub settled: u32,
    /// What those earned: it lies in the escrow of the first request.
    pub earned: Balance,
    /// Merkle root over the statements on its jobs, once they are pruned.
    pub statements_root: Option<Hash>,
    pub created_at: BlockNumber,
}

impl Batch {
    /// Number of requests.
    pub(crate) fn size(&self) -> u32 {
        u32::try_from(self.requests.len()).unwrap_or(u32::MAX)
    }

    /// The requests that have not ended, at most `count` of them.
    pub(crate) fn rest(&self, count: u32) -> Vec<RequestId> {
        let from = usize::try_from(self.settled).unwrap_or(usize::MAX);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.requests.iter().skip(from).take(count).copied().collect()
    }

    /// When it ended.
    pub(crate) fn ended_at(&self) -> Option<BlockNumber> {
        match self.stage {
            BatchStage::Ended { at } => Some(at),
            _ => None,
        }
    }
}

/// A batch that has not ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct OpenBatch {
    pub id: BatchId,
    /// Whose request it was made for; it may answer others' too.
    pub led_by: OrganisationId,
    /// Whether it answers more than one organisation.
    pub shared: bool,
    /// Blocks that its operations and what it reads take by themselves; 0 once a quorum agreed.
    pub blocks: BlockNumber,
}

/// Places of a queue: taken are those from `first` up to `next`.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Ends {
    pub first: u64,
    pub next: u64,
}

/// Places of the batches that have ended, in that order: those from `first` on have a record, those from `jobs` on their jobs too.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct BatchEnds {
    pub first: u64,
    pub jobs: u64,
    pub next: u64,
}

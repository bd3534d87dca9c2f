#![cfg_attr(not(feature = "std"), no_std)]
//! Runtime APIs of Quorate, split by subject. A node never encodes an extrinsic by hand: the runtime builds it, so that an upgrade
//! never breaks a node.
//!
//! Each has an `api_version`. A method is added under a new version (`#[api_version(2)]` on the method), never changed; what a node
//! gets as [`Entry`] it skips when it does not know the kind. A node asks for a trait's version before it calls a method that
//! version 1 lacked.

extern crate alloc;

use alloc::vec::Vec;
use quorate_primitives::{
    availability::AvailabilityVote,
    capability::Declaration,
    crypto::{AttestationId, AttestationSignature},
    job::{
        aggregate::{PageHashes, ScorePage},
        infer::{AnswerPage, AnswerPageHashes},
        IdentifiedJob,
    },
    views::{
        assessments::ShardView,
        gateway::{GatewayCursor, GatewayPage, SharePage},
        inference::{BatchView, RequestQuote, RequestView, Reserve},
        tasks::JobStatus,
        ArtifactView, CapabilityView, CapableCount, Entry, EvaluationView, Lineage, ModelView, Quote, RoundView,
        StandingView, VersionView,
    },
    AccountId, ArtifactId, Balance, BatchId, EvaluationId, Hash, JobId, ModelId, OrganisationId, RequestId, RoundId,
    VersionIndex,
};

sp_api::decl_runtime_apis! {
    /// A validator's duties, for the gadget inside its node.
    #[api_version(1)]
    pub trait DutiesApi {
        /// What the holder of `key` has to do now, as [`quorate_primitives::views::tasks::Duty`].
        fn duties(key: AttestationId) -> Vec<Entry>;
        /// The account of the validator that holds `key` in this session, registered it for the next, or is bound by it in a
        /// snapshot or job that is still open.
        fn validator_of(key: AttestationId) -> Option<AccountId>;
        /// Where `validator` stands in a job of any kind; `None` if there is no such job, or it was pruned.
        fn job_status(job: JobId, validator: AccountId) -> Option<JobStatus>;
        /// What the chain knows of the machine of the validator that holds `key` in this session; `None` when none does.
        fn capability(key: AttestationId) -> Option<CapabilityView>;
        fn build_declaration(declaration: Declaration, signature: AttestationSignature) -> Block::Extrinsic;
        fn build_vote(vote: AvailabilityVote, signature: AttestationSignature) -> Block::Extrinsic;
        fn build_commit(job: JobId, member: u32, commit: Hash, signature: AttestationSignature) -> Block::Extrinsic;
        /// `outcome`: SCALE bytes of an `Outcome`; `None` if this runtime does not know them.
        fn build_reveal(
            job: JobId,
            member: u32,
            outcome: Vec<u8>,
            salt: [u8; 32],
            signature: AttestationSignature,
        ) -> Option<Block::Extrinsic>;
        fn build_page(round: RoundId, page: u32, rows: ScorePage, pages: PageHashes) -> Block::Extrinsic;
        fn build_answers(batch: BatchId, page: u32, rows: AnswerPage, pages: AnswerPageHashes) -> Block::Extrinsic;
    }

    /// What a validator's gateway may take and show, and whom its node may talk to.
    #[api_version(1)]
    pub trait GatewayApi {
        /// A page of the view at this block, from `cursor` or from its beginning, without what rounds share.
        fn gateway_page(cursor: Option<GatewayCursor>) -> GatewayPage;
        /// What rounds share at this block: those that are `due`, then all that are kept from number `from` on. Who asks again for the
        /// rounds whose answers have come to their `until`, and for those from `next` on, has all of it at each block.
        fn gateway_shares(due: Vec<RoundId>, from: RoundId) -> SharePage;
        /// `libp2p` peer ids (multihash bytes in base58) of all registered validators.
        fn registered_peers() -> Vec<Vec<u8>>;
    }

    /// Models and their versions. `limit` is capped at 64.
    #[api_version(1)]
    pub trait ModelsApi {
        fn models(from: ModelId, limit: u32) -> Vec<ModelView>;
        fn model(id: ModelId) -> Option<ModelView>;
        fn versions(model: ModelId, from: VersionIndex, limit: u32) -> Vec<VersionView>;
        fn version(model: ModelId, version: VersionIndex) -> Option<VersionView>;
        fn lineage(model: ModelId, version: VersionIndex) -> Option<Lineage>;
    }

    /// Programs and data sets, those that are retired or rejected until they are pruned. `limit` is capped at 64.
    #[api_version(1)]
    pub trait ArtifactsApi {
        fn artifacts(from: ArtifactId, limit: u32) -> Vec<ArtifactView>;
        fn artifact(id: ArtifactId) -> Option<ArtifactView>;
    }

    /// Evaluations by number, until they are pruned. `limit` is capped at 64.
    #[api_version(1)]
    pub trait EvaluationsApi {
        fn evaluations(from: EvaluationId, limit: u32) -> Vec<EvaluationView>;
        fn evaluation(id: EvaluationId) -> Option<EvaluationView>;
        /// Those of one version.
        fn evaluations_of(model: ModelId, version: VersionIndex, from: EvaluationId, limit: u32) -> Vec<EvaluationView>;
        /// What the evaluation of a version by a program on a data set would cost now; `None` where it cannot be asked for.
        fn quote(model: ModelId, version: VersionIndex, program: ArtifactId, data: ArtifactId, operations: u64) -> Option<Quote>;
    }

    /// What the assessment of a round costs, and the sealed shards by which contributions are measured.
    #[api_version(1)]
    pub trait AssessmentsApi {
        /// What is set aside for an assessment of at most so many thousands of millions of operations.
        fn assessment_fee(operations: u64) -> Balance;
        /// Shards that wait for a round of a model, in the order in which they were committed to.
        fn waiting_shards(model: ModelId) -> Vec<ShardView>;
        /// Rounds that have shards and are not assessed yet, ascending.
        fn shard_rounds() -> Vec<RoundId>;
        /// Shards of a round, in the order of their suppliers; none once its evidence is gone.
        fn round_shards(round: RoundId) -> Vec<ShardView>;
        /// The bond with which a round of the model takes a shard also where no more than the fewest wait; `None` where its rounds take none.
        fn shard_bond(model: ModelId) -> Option<Balance>;
    }

    /// Requests for answers and the batches in which they are computed, by number, until their retention has ended. `limit` is capped at 64.
    #[api_version(1)]
    pub trait InferenceApi {
        fn requests(from: RequestId, limit: u32) -> Vec<RequestView>;
        fn request(id: RequestId) -> Option<RequestView>;
        /// Those of one organisation.
        fn requests_of(organisation: OrganisationId, from: RequestId, limit: u32) -> Vec<RequestView>;
        fn batches(from: BatchId, limit: u32) -> Vec<BatchView>;
        fn batch(id: BatchId) -> Option<BatchView>;
        /// What a request would cost now with an input of `len` bytes and so many millions of operations, which part of that the requests of its batch
        /// share, and the blocks that its committee would have if it were in a batch by itself; `None` where it cannot be made. Without a version
        /// it is the model's head.
        fn inference_quote(
            model: ModelId,
            version: Option<VersionIndex>,
            program: ArtifactId,
            len: u64,
            operations: u64,
        ) -> Option<RequestQuote>;
        /// What pays for batches that are computed again after drawn members.
        fn inference_reserve() -> Reserve;
    }

    /// What validators declare that their machines can answer.
    #[api_version(1)]
    pub trait CapabilitiesApi {
        /// Of every active validator of the session, at most [`quorate_primitives::MAX_COMMITTEE`].
        fn capabilities() -> Vec<CapabilityView>;
        /// How many of them could answer a request now that needs so many MiB.
        fn capable(memory: u32) -> CapableCount;
    }

    /// Rounds of all models, by number. `limit` is capped at 64.
    #[api_version(1)]
    pub trait RoundsApi {
        fn rounds(from: RoundId, limit: u32) -> Vec<RoundView>;
        fn round(id: RoundId) -> Option<RoundView>;
        /// A round with the update of `contributor` alone, if there is one. It reads as much for a thousand contributors as for one:
        /// each of them asks at every block.
        fn own_round(id: RoundId, contributor: AccountId) -> Option<RoundView>;
    }

    /// Jobs of any kind.
    #[api_version(1)]
    pub trait JobsApi {
        /// Jobs that are not closed yet.
        fn active_jobs() -> Vec<IdentifiedJob>;
        fn job(id: JobId) -> Option<IdentifiedJob>;
    }

    /// Reputation and pay.
    #[api_version(1)]
    pub trait StandingsApi {
        fn standing(who: AccountId) -> StandingView;
        /// Standing of every contributor and validator, at most `limit` and 64.
        fn standings(limit: u32) -> Vec<StandingView>;
    }
}

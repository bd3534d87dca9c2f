#![cfg_attr(not(feature = "std"), no_std)]
//! Runtime API of Quorate. A gadget never encodes an extrinsic by hand: the runtime builds it, so that an upgrade never
//! breaks a node.

extern crate alloc;

use alloc::vec::Vec;
use quorate_primitives::{
    crypto::{AiwkId, AiwkSignature},
    job::{IdentifiedJob, Outcome, PageHashes, ScorePage},
    update::AvailabilityVote,
    views::{GatewayView, Lineage, ModelView, RoundView, StandingView, Tasks, VersionView},
    AccountId, Hash, JobId, ModelId, RoundId, VersionIndex,
};

sp_api::decl_runtime_apis! {
    /// For the gadget inside a validator's node.
    pub trait GadgetApi {
        /// What the holder of `key` has to do now.
        fn tasks(key: AiwkId) -> Tasks;
        /// The account of the validator that holds `key` in this session or registered it for the next.
        fn validator_of(key: AiwkId) -> Option<AccountId>;
        /// What a validator's gateway may take and show.
        fn gateway_view() -> GatewayView;
        /// `libp2p` peer ids (multihash bytes in base58) of all registered validators.
        fn registered_peers() -> Vec<Vec<u8>>;
        fn build_vote(vote: AvailabilityVote, signature: AiwkSignature) -> Block::Extrinsic;
        fn build_commit(job: JobId, member: u32, commit: Hash, signature: AiwkSignature) -> Block::Extrinsic;
        fn build_reveal(
            job: JobId,
            member: u32,
            outcome: Outcome,
            salt: [u8; 32],
            signature: AiwkSignature,
        ) -> Block::Extrinsic;
        fn build_page(job: JobId, page: u32, rows: ScorePage, pages: PageHashes) -> Block::Extrinsic;
    }

    /// For clients. `limit` is capped at 64.
    pub trait QueryApi {
        fn models(from: ModelId, limit: u32) -> Vec<ModelView>;
        fn model(id: ModelId) -> Option<ModelView>;
        fn versions(model: ModelId, from: VersionIndex, limit: u32) -> Vec<VersionView>;
        fn version(model: ModelId, version: VersionIndex) -> Option<VersionView>;
        fn lineage(model: ModelId, version: VersionIndex) -> Option<Lineage>;
        /// Rounds of all models, by number.
        fn rounds(from: RoundId, limit: u32) -> Vec<RoundView>;
        fn round(id: RoundId) -> Option<RoundView>;
        /// Jobs that are not closed yet.
        fn active_jobs() -> Vec<IdentifiedJob>;
        fn job(id: JobId) -> Option<IdentifiedJob>;
        fn standing(who: AccountId) -> StandingView;
        /// Standing of every contributor and validator, at most `limit`.
        fn standings(limit: u32) -> Vec<StandingView>;
    }
}

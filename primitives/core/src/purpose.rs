//! What tokens are kept for.

use crate::{ArtifactId, BatchId, EvaluationId, ModelId, OrganisationId, RequestId, RoundId};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What a fund, an escrow or a bond is kept for. A new kind of requester adds a variant.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Purpose {
    /// A model: its fund, from which its rounds are paid, and its deposit.
    #[codec(index = 0)]
    Model(ModelId),
    /// A round: its escrow, and the bonds of its updates.
    #[codec(index = 1)]
    Round(RoundId),
    /// An evaluation: its escrow.
    #[codec(index = 2)]
    Evaluation(EvaluationId),
    /// A registered artifact: its deposit.
    #[codec(index = 3)]
    Artifact(ArtifactId),
    /// An organisation: its fund, from which what it and its contributors ask for is paid.
    #[codec(index = 4)]
    Organisation(OrganisationId),
    /// A model's sealed shards that wait for a round: their bonds.
    #[codec(index = 5)]
    Shards(ModelId),
    /// A request for an answer: its escrow.
    #[codec(index = 6)]
    Request(RequestId),
    /// A round's assessment: the escrow of its fee, and of the bonds that suppliers of shards lost.
    #[codec(index = 7)]
    Assessment(RoundId),
    /// A batch of requests: the bond of whoever called all validators to compute it.
    #[codec(index = 8)]
    Batch(BatchId),
    /// The reserve that pays those that compute batches of requests again, after drawn members.
    #[codec(index = 9)]
    Reserve,
}

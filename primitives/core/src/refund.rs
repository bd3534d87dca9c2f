//! Why a round ended without pay.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Why a round was refunded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RefundReason {
    /// The model's owner aborted it.
    #[codec(index = 0)]
    Owner,
    /// The council aborted it.
    #[codec(index = 1)]
    Council,
    /// Fewer updates than the policy or its rule asks for: `came` of the `needed`. Before the seal these are commitments, at the
    /// seal the Available updates within every organisation's cap.
    #[codec(index = 2)]
    TooFewUpdates { came: u32, needed: u32 },
    /// The job could not be made; see `JobRefused`.
    #[codec(index = 3)]
    NoJob,
    /// No quorum of equal outcomes in two attempts.
    #[codec(index = 4)]
    NoQuorum,
    /// The registry did not take the version; see `RecordRefused`.
    #[codec(index = 5)]
    NoRecord,
    /// The pipeline does not tolerate one update of each organisation: somebody could move the result at will.
    #[codec(index = 6)]
    NotTolerated,
    /// Nobody could be asked for votes; see `VotesRefused`.
    #[codec(index = 7)]
    NoVotes,
    /// The deadlines shifted as far as they may.
    #[codec(index = 8)]
    Halted,
    /// The base was revoked.
    #[codec(index = 9)]
    BaseRevoked,
    /// The version was revoked before it was paid.
    #[codec(index = 10)]
    VersionRevoked,
    /// The version did not reach what its policy asks for: it is Held, and no round stands on it.
    #[codec(index = 11)]
    Held,
    /// Fewer sealed shards wait than the policy asks for.
    #[codec(index = 12)]
    TooFewShards,
}

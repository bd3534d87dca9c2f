//! What the pallet keeps, and the parameters of its rule.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use quorate_primitives::{OrganisationId, Ppm, PPM};
use scale_info::TypeInfo;

/// Reputation of an account that nothing is known of.
pub const INITIAL: Ppm = 500_000;
/// With fewer organisations in a round no contributor's reputation moves.
pub const MIN_ORGANISATIONS: u32 = 3;
/// The most ranks above 0.
pub const MAX_RANKS: u32 = 8;

/// Ascending reputations; who has at least the i-th, counted from 1, has at least rank i.
pub type RankThresholds = BoundedVec<Ppm, ConstU32<MAX_RANKS>>;

/// How fast reputations move, in parts per million. See the rule in the crate's documentation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Parameters {
    /// Where a contributor who always scores the median converges.
    pub median_target: Ppm,
    /// Part of the way to the target that one score covers.
    pub score_rate: Ppm,
    /// Part of a contributor's reputation that an Invalid update takes.
    pub invalid_rate: Ppm,
    /// Part of the way to one that an agreed outcome covers.
    pub agreed_rate: Ppm,
    /// Part of a validator's reputation that a wrong outcome takes.
    pub wrong_rate: Ppm,
    /// Part of a validator's reputation that silence takes.
    pub silent_rate: Ppm,
}

impl Parameters {
    /// Values for a runtime that has no reason to choose others.
    pub const DEFAULT: Self = Self {
        median_target: 800_000,
        score_rate: 100_000,
        invalid_rate: 500_000,
        agreed_rate: 20_000,
        wrong_rate: 500_000,
        silent_rate: 20_000,
    };

    /// Whether every part is at most one.
    pub fn check(&self) -> bool {
        let Self {
            median_target,
            score_rate,
            invalid_rate,
            agreed_rate,
            wrong_rate,
            silent_rate,
        } = *self;
        [
            median_target,
            score_rate,
            invalid_rate,
            agreed_rate,
            wrong_rate,
            silent_rate,
        ]
        .iter()
        .all(|part| *part <= PPM)
    }
}

/// What is known of a contributor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct ContributorRecord {
    pub reputation: Ppm,
    /// 0 where the organisation has as many ranked contributors as it may.
    pub rank: u16,
    /// The organisation in whose name the account was last scored; a rank counts for it.
    pub organisation: OrganisationId,
}

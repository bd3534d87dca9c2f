//! What the pallet keeps, and the parameters of its rule.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use quorate_primitives::{OrganisationId, Ppm, PPM};
use scale_info::TypeInfo;

/// Reputation of an account without a record.
pub const INITIAL: Ppm = 500_000;
/// With fewer organisations in a round no contributor's reputation moves.
pub const MIN_ORGANISATIONS: u32 = 3;
/// The most ranks above 0.
pub const MAX_RANKS: u32 = 8;

/// The least rate. A step rounds down, so that with much smaller ones no reputation would rise; at 0 nothing would have a
/// consequence.
pub const MIN_RATE: Ppm = 1_000;
/// The least target of a contributor that scores the median: below it scores could hardly be told apart.
pub const MIN_TARGET: Ppm = 100_000;

/// Ascending reputations; an account that reaches the i-th, counted from 1, earns at least rank i.
pub type RankThresholds = BoundedVec<Ppm, ConstU32<MAX_RANKS>>;

/// How fast reputations move, in parts per million. See the rule in the crate's documentation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Parameters {
    /// Where a contributor that always scores the median converges.
    pub median_target: Ppm,
    /// Part of the way to the target that one score covers.
    pub score_rate: Ppm,
    /// Part of a contributor's reputation that an Invalid update takes.
    pub invalid_rate: Ppm,
    /// Part of a contributor's reputation that a repeatedly withheld update takes.
    pub withheld_rate: Ppm,
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
        withheld_rate: 200_000,
        agreed_rate: 20_000,
        wrong_rate: 500_000,
        silent_rate: 20_000,
    };

    /// Whether every part is at most one and at least its floor.
    pub fn check(&self) -> bool {
        let Self {
            median_target,
            score_rate,
            invalid_rate,
            withheld_rate,
            agreed_rate,
            wrong_rate,
            silent_rate,
        } = *self;
        let rates = [
            score_rate,
            invalid_rate,
            withheld_rate,
            agreed_rate,
            wrong_rate,
            silent_rate,
        ];
        (MIN_TARGET..=PPM).contains(&median_target) && rates.iter().all(|rate| (MIN_RATE..=PPM).contains(rate))
    }
}

/// A contributor's reputation and rank.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct ContributorRecord {
    pub reputation: Ppm,
    /// 0 where the organisation has as many ranked contributors as it may.
    pub rank: u16,
    /// The organisation in whose name the account has its rank, or was last scored if it has none.
    pub organisation: OrganisationId,
}

/// What an account is trusted with, as view functions show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct ReputationStatus {
    pub contributor: Ppm,
    /// The rank that the account has.
    pub rank: u16,
    /// The rank that its reputation earns; higher than `rank` where its organisation had no place.
    pub earned_rank: u16,
    pub validator: Ppm,
}

//! One history: how its validators behave, what its members keep to themselves, and what came of it.

use crate::random::Random;
use quorate_primitives::{job::Outcome, views::gateway::RoundShare, AccountId, Hash, JobId, Root, RoundId};
use std::collections::{BTreeMap, BTreeSet};

/// How a validator behaves in one history: once in so many times it lies, or leaves a duty undone.
#[derive(Clone, Copy, Debug)]
pub struct Character {
    pub lies: u64,
    pub sleeps: u64,
}

pub struct History {
    pub random: Random,
    pub characters: [Character; 4],
    /// Round and contributor: root and salt of what it committed to.
    pub committed: BTreeMap<(RoundId, u64), (Root, [u8; 32])>,
    /// Round and contributor, where what it committed to names another one.
    pub copies: BTreeSet<(RoundId, AccountId)>,
    /// Job and validator: what it committed to.
    pub sealed: BTreeMap<(JobId, usize), (Outcome, [u8; 32])>,
    /// Commitment to a shard: the root and the salt that open it.
    pub shards: BTreeMap<Hash, (Root, [u8; 32])>,
    /// Rounds whose assessment a quorum agreed on, and those of them that have scores by it.
    pub assessed: BTreeMap<RoundId, bool>,
    /// Blocks in which submissions were refused.
    pub stopped: u32,
    /// Whether the validators leave what is left at the end to the deadlines.
    pub deserted: bool,
    /// What rounds share, as the last answers on them promise, and the first round that none was asked for.
    pub shares: BTreeMap<RoundId, RoundShare>,
    pub next_share: RoundId,
    pub calls: Calls,
}

/// How many transactions were made, and how many of them succeeded.
#[derive(Default, Debug)]
pub struct Calls {
    pub made: u32,
    pub done: u32,
    pub versions: u32,
    pub evaluations: u32,
    pub assessed: u32,
    pub contributed: u32,
    pub answers: u32,
}

impl History {
    pub fn new(number: u64) -> Self {
        let mut random = Random(number);
        let characters = [(); 4].map(|()| Character {
            lies: [5, 50, 1_000, 1_000, 1_000, 1_000][random.below(6) as usize],
            sleeps: [2, 10, 100, 1_000, 1_000, 1_000][random.below(6) as usize],
        });
        Self {
            random,
            characters,
            committed: BTreeMap::new(),
            copies: BTreeSet::new(),
            sealed: BTreeMap::new(),
            shards: BTreeMap::new(),
            assessed: BTreeMap::new(),
            stopped: 0,
            deserted: number % 10 == 9,
            shares: BTreeMap::new(),
            next_share: 0,
            calls: Calls::default(),
        }
    }
}

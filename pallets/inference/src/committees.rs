//! Who is asked for a batch: those that can compute it, or seven of them.

use crate::{
    pallet::{Config, Pallet},
    types::{BatchStage, Waiting},
};
use alloc::vec::Vec;
use frame_support::BoundedVec;
use quorate_primitives::{
    capability::Need,
    committee::{draw, quorum, DRAWN},
    job::{infer::EXACT_VERSION, CommitteeRule},
    traits::{Capabilities, Consortium},
    AccountId, Hash,
};

/// The validators that could compute something, with the MiB that each has, and how many have to agree where all are asked: a quorum of all
/// validators, not of those that can.
pub(crate) struct Machines {
    able: Vec<(AccountId, u32)>,
    quorum: u32,
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

impl Machines {
    /// Whether a quorum of all validators could compute what needs so much.
    pub(crate) fn suffice(&self, memory: u32) -> bool {
        let able = self.able.iter().filter(|(_, declared)| *declared >= memory);
        count(able.count()) >= self.quorum
    }

    /// Those of the requests that a quorum could compute now.
    pub(crate) fn within(&self, waiting: &[Waiting]) -> Vec<Waiting> {
        let mut declared: Vec<u32> = self.able.iter().map(|(_, declared)| *declared).collect();
        declared.sort_unstable_by(|one, other| other.cmp(one));
        let last = self.quorum.checked_sub(1).and_then(|last| usize::try_from(last).ok());
        let Some(most) = last.and_then(|last| declared.get(last)) else {
            return Vec::new();
        };
        waiting
            .iter()
            .filter(|request| request.memory <= *most)
            .copied()
            .collect()
    }

    /// All that have so much.
    pub(crate) fn all(&self, memory: u32) -> CommitteeRule {
        named(self.of(memory), self.quorum)
    }

    /// The committee of a batch and the stage in which it begins: all that have so much, and where they are more than seven, seven of them.
    pub(crate) fn committee(&self, memory: u32, seed: Hash) -> (CommitteeRule, BatchStage) {
        let able = self.of(memory);
        if count(able.len()) <= DRAWN {
            return (named(able, self.quorum), BatchStage::Computing);
        }
        (named(draw(seed, able, DRAWN), DRAWN), BatchStage::Drawn)
    }

    fn of(&self, memory: u32) -> Vec<AccountId> {
        let able = self.able.iter().filter(|(_, declared)| *declared >= memory);
        able.map(|(validator, _)| validator.clone()).collect()
    }
}

fn named(members: Vec<AccountId>, quorum: u32) -> CommitteeRule {
    CommitteeRule::Named {
        members: BoundedVec::truncate_from(members),
        quorum,
    }
}

impl<T: Config> Pallet<T> {
    /// Those that compute the present arithmetic.
    pub(crate) fn machines() -> Machines {
        Machines {
            able: T::Capabilities::capable(Need {
                memory: 0,
                exact_version: EXACT_VERSION,
            }),
            quorum: quorum(count(T::Consortium::committee().len())),
        }
    }
}

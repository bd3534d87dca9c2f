//! Who is asked for a batch: those that can compute it, or seven of them.

use crate::{
    pallet::{Config, Pallet},
    types::{Able, Batch, BatchStage, Waiting},
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

    /// All that have so much, in a list that a batch keeps.
    pub(crate) fn able(&self, memory: u32) -> Able {
        let able = self.able.iter().filter(|(_, declared)| *declared >= memory);
        BoundedVec::truncate_from(able.map(|(validator, _)| validator.clone()).collect())
    }

    /// The committee of a batch that these can compute and the stage in which it begins: all of them, and where they are more than seven, seven.
    pub(crate) fn committee(&self, able: Able, seed: Hash) -> (CommitteeRule, BatchStage) {
        if count(able.len()) <= DRAWN {
            return (named(able, self.quorum), BatchStage::Computing);
        }
        let drawn = BoundedVec::truncate_from(draw(seed, able.into_inner(), DRAWN));
        (named(drawn, DRAWN), BatchStage::Drawn)
    }
}

fn named(members: Able, quorum: u32) -> CommitteeRule {
    CommitteeRule::Named { members, quorum }
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

    /// All that could compute a batch when it was made, less those that have left since: what they declare meanwhile keeps none of them out.
    pub(crate) fn all_of(batch: &Batch) -> CommitteeRule {
        let committee = T::Consortium::committee();
        let mut able = batch.able.clone();
        able.retain(|who| committee.iter().any(|member| member.validator == *who));
        named(able, quorum(count(committee.len())))
    }
}

//! Motions of the council and of the technical committee, each step a signed transaction.

use super::*;
use frame_support::{
    instances::{Instance1, Instance2},
    weights::Weight,
};
use pallet_collective::{Call, ProposalCount, ProposalOf, Proposals, Voting};
use quorate_runtime::{constants::UNIT, RuntimeEvent};
use sp_runtime::traits::{BlakeTwo256, Hash as _};

/// What the dispatch of a motion's call may weigh.
const BOUND: Weight = Weight::from_parts(400_000_000_000, 10_000_000);

/// An open motion of the council.
#[derive(Clone, Copy)]
pub struct Motion {
    pub hash: Hash,
    pub index: u32,
    pub length: u32,
}

/// Give an account tokens for fees.
pub fn endow(path: &str) {
    as_root(pallet_balances::Call::<Runtime>::force_set_balance {
        who: account(path).into(),
        new_free: 1_000 * UNIT,
    })
    .expect("root sets balances");
}

pub fn council_members() -> Vec<AccountId> {
    pallet_collective::Members::<Runtime, Instance1>::get()
}

pub fn technical_members() -> Vec<AccountId> {
    pallet_collective::Members::<Runtime, Instance2>::get()
}

pub fn proposal(call: RuntimeCall, threshold: u32) -> Call<Runtime, Instance1> {
    Call::propose {
        threshold,
        length_bound: call.encoded_size() as u32,
        proposal: Box::new(call),
    }
}

/// Open a motion of the council.
pub fn propose(chain: &mut Chain, organisation: u32, call: RuntimeCall, threshold: u32) -> Motion {
    let motion = Motion {
        hash: BlakeTwo256::hash_of(&call),
        index: ProposalCount::<Runtime, Instance1>::get(),
        length: call.encoded_size() as u32,
    };
    chain.run(vec![signed(&format!("//Org{organisation}"), proposal(call, threshold))]);
    motion
}

pub fn open_motions() -> Vec<Motion> {
    Proposals::<Runtime, Instance1>::get()
        .into_iter()
        .map(|hash| Motion {
            hash,
            index: {
                // The index is the first field of what the pallet keeps of the votes.
                let votes = Voting::<Runtime, Instance1>::get(hash)
                    .expect("an open motion has votes")
                    .encode();
                codec::Decode::decode(&mut &votes[..]).expect("an index")
            },
            length: ProposalOf::<Runtime, Instance1>::get(hash)
                .expect("an open motion has a call")
                .encoded_size() as u32,
        })
        .collect()
}

pub fn vote(organisation: u32, motion: Motion) -> quorate_runtime::UncheckedExtrinsic {
    let call = Call::<Runtime, Instance1>::vote {
        proposal: motion.hash,
        index: motion.index,
        approve: true,
    };
    signed(&format!("//Org{organisation}"), call)
}

pub fn close(path: &str, motion: Motion) -> quorate_runtime::UncheckedExtrinsic {
    let call = Call::<Runtime, Instance1>::close {
        proposal_hash: motion.hash,
        index: motion.index,
        proposal_weight_bound: BOUND,
        length_bound: motion.length,
    };
    signed(path, call)
}

/// Carry a motion of the council with the votes of these organisations. Returns how its call failed, if it did.
pub fn council(chain: &mut Chain, call: impl Into<RuntimeCall>, ayes: &[u32]) -> Option<Failure> {
    let paths: Vec<String> = ayes.iter().map(|number| format!("//Org{number}")).collect();
    council_by(chain, call, &paths.iter().map(String::as_str).collect::<Vec<_>>())
}

pub fn technical(chain: &mut Chain, call: impl Into<RuntimeCall>, ayes: &[u32]) -> Option<Failure> {
    let paths: Vec<String> = ayes.iter().map(|number| format!("//Org{number}")).collect();
    technical_by(chain, call, &paths.iter().map(String::as_str).collect::<Vec<_>>())
}

macro_rules! body {
    ($name:ident, $instance:ty, $event:ident) => {
        /// Carry a motion with the votes of these accounts, the first of which proposes it. A single one decides at once.
        pub fn $name(chain: &mut Chain, call: impl Into<RuntimeCall>, ayes: &[&str]) -> Option<Failure> {
            let call: RuntimeCall = call.into();
            let (hash, length) = (BlakeTwo256::hash_of(&call), call.encoded_size() as u32);
            let index = ProposalCount::<Runtime, $instance>::get();
            let propose = Call::<Runtime, $instance>::propose {
                threshold: ayes.len() as u32,
                proposal: Box::new(call),
                length_bound: length,
            };
            chain.run(vec![signed(ayes[0], propose)]);
            if ayes.len() > 1 {
                let vote = |path: &&str| {
                    let call = Call::<Runtime, $instance>::vote {
                        proposal: hash,
                        index,
                        approve: true,
                    };
                    signed(path, call)
                };
                let close = Call::<Runtime, $instance>::close {
                    proposal_hash: hash,
                    index,
                    proposal_weight_bound: BOUND,
                    length_bound: length,
                };
                let mut votes: Vec<_> = ayes.iter().map(vote).collect();
                votes.push(signed_ahead(ayes[0], close, 1));
                chain.run(votes);
            }
            let executed = System::events()
                .into_iter()
                .rev()
                .find_map(|record| match record.event {
                    RuntimeEvent::$event(pallet_collective::Event::Executed {
                        proposal_hash,
                        result,
                    }) if proposal_hash == hash => Some(result),
                    _ => None,
                });
            executed
                .expect("the motion was carried")
                .err()
                .map(Failure::Failed)
        }
    };
}

body!(council_by, Instance1, Council);
body!(technical_by, Instance2, TechnicalCommittee);

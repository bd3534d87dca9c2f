//! Validator snapshots: who votes on a subject, and who computes a job.

use crate::{crypto::AttestationId, tagged::tagged, AccountId, Hash, OrganisationId, MAX_COMMITTEE};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// `2n/3` floored, plus one.
pub const fn quorum(n: u32) -> u32 {
    (n as u64 * 2 / 3) as u32 + 1
}

/// One validator of a snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Member {
    pub validator: AccountId,
    pub key: AttestationId,
    pub organisation: OrganisationId,
}

/// A validator snapshot; a member's position in it is its index in votes, commits and reveals.
pub type Committee = BoundedVec<Member, ConstU32<MAX_COMMITTEE>>;

/// Position of the member that holds `key`.
pub fn position(committee: &Committee, key: &AttestationId) -> Option<u32> {
    let position = committee.iter().position(|member| member.key == *key)?;
    u32::try_from(position).ok()
}

/// Members that are drawn for a batch of requests where more could compute it.
pub const DRAWN: u32 = 7;

/// So many of `from`, or all of them: each set is as likely as any other. Each has a rank that no other one changes: whoever keeps some out
/// of `from` puts others in their places, and nobody out of his.
pub fn draw(seed: Hash, mut from: Vec<AccountId>, count: u32) -> Vec<AccountId> {
    from.sort_by_cached_key(|account| tagged(b"committee", &(seed, account)));
    from.truncate(count as usize);
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validators(count: u8) -> Vec<AccountId> {
        (0..count).map(|number| AccountId::new([number; 32])).collect()
    }

    #[test]
    fn drawn_members_should_be_distinct_and_follow_from_the_seed() {
        let all = validators(32);
        let drawn = draw(Hash::repeat_byte(1), all.clone(), DRAWN);
        assert_eq!(drawn, draw(Hash::repeat_byte(1), all.clone(), DRAWN));
        assert_ne!(drawn, draw(Hash::repeat_byte(2), all.clone(), DRAWN));
        let mut sorted = drawn.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), 7);
        assert!(drawn.iter().all(|member| all.contains(member)));
        // No more than there are.
        let mut few = draw(Hash::repeat_byte(1), validators(3), DRAWN);
        few.sort();
        assert_eq!(few, validators(3));
        assert!(draw(Hash::zero(), Vec::new(), DRAWN).is_empty());
    }

    #[test]
    fn whoever_is_kept_out_should_put_nobody_else_out() {
        let (all, seed) = (validators(20), Hash::repeat_byte(1));
        let drawn = draw(seed, all.clone(), DRAWN);
        for out in &all {
            let of_others = draw(
                seed,
                all.iter().filter(|account| *account != out).cloned().collect(),
                DRAWN,
            );
            assert!(drawn
                .iter()
                .all(|account| account == out || of_others.contains(account)));
        }
    }

    #[test]
    fn each_validator_should_be_drawn_as_often_as_any_other() {
        let all = validators(10);
        let (mut times, draws) = ([0u32; 10], 20_000u32);
        for number in 0..draws {
            for member in draw(Hash::from_low_u64_be(number.into()), all.clone(), DRAWN) {
                times[AsRef::<[u8; 32]>::as_ref(&member)[0] as usize] += 1;
            }
        }
        // Seven of ten; the deviation is some 65.
        for times in times {
            assert!(times.abs_diff(draws * 7 / 10) < 400, "{times}");
        }
    }
}

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

/// So many of `from`, or all of them, in the order in which they are drawn without replacement: each set is as likely as any other.
pub fn draw(seed: Hash, mut from: Vec<AccountId>, count: u32) -> Vec<AccountId> {
    let mut drawn = Vec::new();
    let mut number = 0u32;
    for _ in 0..count {
        let left = from.len() as u64;
        if left == 0 {
            break;
        }
        // Above the largest multiple the first remainders would be likelier: draw once more.
        let end = u64::MAX - u64::MAX % left;
        let random = loop {
            let hash = tagged(b"committee", &(seed, number));
            number = number.wrapping_add(1);
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&hash.as_bytes()[..8]);
            let random = u64::from_le_bytes(bytes);
            if random < end {
                break random;
            }
        };
        drawn.push(from.remove((random % left) as usize));
    }
    drawn
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

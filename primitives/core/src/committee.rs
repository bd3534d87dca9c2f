//! Validator snapshots: who votes on a subject, and who computes a job.

use crate::{crypto::AttestationId, AccountId, OrganisationId, MAX_COMMITTEE};
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

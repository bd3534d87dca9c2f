//! What is stored of a model.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{pallet_prelude::ConstU32, BoundedVec};
use quorate_primitives::{
    merkle::Mountains, policy::Policy, views::ModelState, AccountId, BlockNumber, Hash, ModelId, OrganisationId, Root,
    VersionIndex,
};
use scale_info::TypeInfo;

/// Most models whose version 0 awaits votes at a time. The rounds pallet looks at each of them in every block.
pub const MAX_AWAITING: u32 = 32;
/// Longest name of a model, in bytes.
pub const MAX_NAME: u32 = 64;
/// Headers are padded to a multiple of this, in bytes: the chunk of a blob's hash tree.
pub const HEADER_UNIT: u32 = 1_024;
/// Bytes of one value of a `train` or `stat` tensor.
pub const VALUE_LEN: u64 = 4;
/// How many revoked versions in a row are stepped over to find a model's head.
pub const MAX_REVOKED_STEPS: u32 = 64;
/// The newest versions of a model that gateways are asked to serve.
pub const SERVED_VERSIONS: u32 = 64;

/// UTF-8 name of a model.
pub type Name = BoundedVec<u8, ConstU32<MAX_NAME>>;
/// Models whose version 0 awaits votes.
pub type Awaiting = BoundedVec<ModelId, ConstU32<MAX_AWAITING>>;

/// Version 0 while it awaits votes. Its length is the model's `file_len`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Genesis {
    pub root: Root,
    /// Votes are counted before this block.
    pub until: BlockNumber,
}

/// A registry entry.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Model {
    pub owner: AccountId,
    pub organisation: OrganisationId,
    pub name: Name,
    pub state: ModelState,
    pub policy: Policy,
    /// BLAKE3 hash of the header of every version's file.
    pub header_hash: Hash,
    /// Bytes of the header with its length field and padding.
    pub header_len: u32,
    /// Bytes of a version's file.
    pub file_len: u64,
    /// Bytes of an update's file: header, `train` and `stat` tensors.
    pub update_len: u64,
    pub parent: Option<ModelId>,
    pub latest: Option<VersionIndex>,
    /// What the next round stands on.
    pub head: Option<VersionIndex>,
    /// Over the hashes of all records so far.
    pub history: Mountains,
    /// Present exactly while the model is Pending.
    pub genesis: Option<Genesis>,
}

/// What `register` is told about the files of a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    pub header_hash: Hash,
    pub header_len: u32,
    /// Bytes of all `train` and `stat` tensors.
    pub group_len: u64,
    pub file_len: u64,
}

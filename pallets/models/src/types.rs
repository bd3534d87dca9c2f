//! What is stored of a model.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{pallet_prelude::ConstU32, BoundedVec};
use quorate_primitives::{
    frozen::FrozenBase, merkle::Mountains, policy::Policy, views::ModelState, AccountId, Hash, ModelId, OrganisationId,
    Root, VersionIndex, MAX_ORGANISATIONS,
};
use scale_info::TypeInfo;

/// Longest name of a model, in bytes.
pub const MAX_NAME: u32 = 64;
/// Headers are padded to a multiple of this, in bytes: the chunk of a blob's hash tree.
pub const HEADER_UNIT: u32 = 1_024;
/// Longest file of a version, in bytes: a tebibyte.
pub const MAX_FILE: u64 = 1 << 40;
/// Bytes of one value of a `train` or `stat` tensor.
pub const VALUE_LEN: u64 = 4;
/// Most versions of a model that are revoked at a time.
pub const MAX_REVOKED: u32 = 16;
/// The newest promoted versions of a model that a round may stand on.
pub const MAX_PROMOTED: u32 = 8;
/// Runs of versions that are looked at to find the newest clean one.
pub const MAX_RUNS: u32 = 16;
/// The newest versions of a model that gateways are asked to serve.
pub const SERVED_VERSIONS: u32 = 64;
/// Key of a model's deposit among the bonds for it: there is one.
pub const DEPOSIT_KEY: AccountId = AccountId::new([0; 32]);

/// UTF-8 name of a model.
pub type Name = BoundedVec<u8, ConstU32<MAX_NAME>>;
/// Organisations, ascending.
pub type Organisations = BoundedVec<OrganisationId, ConstU32<MAX_ORGANISATIONS>>;
/// Revoked versions, ascending.
pub type RevokedVersions = BoundedVec<VersionIndex, ConstU32<MAX_REVOKED>>;
/// Promoted versions, ascending.
pub type PromotedVersions = BoundedVec<VersionIndex, ConstU32<MAX_PROMOTED>>;

/// A registry entry.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Model {
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
    /// What its tensors are trained on top of, where they are an adapter's. Never changed.
    pub frozen_base: Option<FrozenBase>,
    pub latest: Option<VersionIndex>,
    /// The newest version that stands: neither does it wait for its assessment, nor was it held.
    pub standing: Option<VersionIndex>,
    /// The newest standing version with a clean ancestry.
    pub head: Option<VersionIndex>,
    /// The newest promoted version with a clean ancestry.
    pub promoted: Option<VersionIndex>,
    /// Over the hashes of all records so far.
    pub history: Mountains,
    /// Root of a version that the owner gives, while votes on it are counted: always present while the model is Pending.
    pub candidate: Option<Root>,
}

/// A version's place in the tree of versions, with a jump towards the root: any ancestor is found in a number of steps that
/// grows with the logarithm of the depth (Myers, "An applicative random-access stack", 1983).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Ancestry {
    /// The version that it was made from; `None` for one that the owner gave.
    pub parent: Option<VersionIndex>,
    /// Ancestors in all.
    pub depth: u32,
    /// An ancestor further away; the version itself where there is none.
    pub jump: VersionIndex,
    /// The first of a run of standing versions, each made from the one before it, that ends here.
    pub run: VersionIndex,
    /// The newest version that stood when this one was recorded. Nothing stands on one that was held: it is no link of a run.
    pub before: Option<VersionIndex>,
}

/// Layout of a model's files, as its owner gives it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileLayout {
    pub header_hash: Hash,
    pub header_len: u32,
    /// Bytes of all `train` and `stat` tensors.
    pub group_len: u64,
    pub file_len: u64,
}

/// Who changed a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[allow(clippy::cast_possible_truncation)] // the code that the derive makes
pub enum Actor {
    /// The organisation that owns it.
    #[codec(index = 0)]
    Organisation(OrganisationId),
    #[codec(index = 1)]
    Council,
}

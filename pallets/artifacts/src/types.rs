//! What is stored of an artifact.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{pallet_prelude::ConstU32, BoundedVec};
pub use quorate_primitives::licence::{Licence, MAX_LICENCE};
use quorate_primitives::{
    availability::ArtifactKind, policy::Access, views::ArtifactState, AccountId, BlockNumber, OrganisationId, Root,
    MAX_ORGANISATIONS,
};
use scale_info::TypeInfo;

/// What the deposit counts the bytes of a file by: a mebibyte.
pub const DEPOSIT_UNIT: u64 = 1 << 20;
/// Key of an artifact's deposit among the bonds for it: there is one.
pub const DEPOSIT_KEY: AccountId = AccountId::new([0; 32]);

/// Organisations, ascending.
pub type Organisations = BoundedVec<OrganisationId, ConstU32<MAX_ORGANISATIONS>>;

/// A registered file that is no version.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Artifact {
    pub organisation: OrganisationId,
    pub kind: ArtifactKind,
    /// BLAKE3 root and length, in bytes, of its file.
    pub root: Root,
    pub len: u64,
    pub licence: Licence,
    pub access: Access,
    /// Organisations that the owner admitted, where access asks for that.
    pub readers: Organisations,
    pub state: ArtifactState,
    /// Whether a quorum has held the file: then validators keep its bytes for a while after it was retired.
    pub was_held: bool,
    pub registered_at: BlockNumber,
}

/// Who retired an artifact.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[allow(clippy::cast_possible_truncation)] // the code that the derive makes
pub enum Actor {
    /// The organisation that owns it.
    #[codec(index = 0)]
    Organisation(OrganisationId),
    #[codec(index = 1)]
    Council,
}

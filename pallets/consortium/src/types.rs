//! What the pallet keeps about each member.
// The derived codecs name variants so.
#![allow(clippy::cast_possible_truncation)]

use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use quorate_primitives::{AccountId, BlockNumber, Hash, OrganisationId, MAX_COMMITTEE};
use scale_info::TypeInfo;

/// The most organisations.
pub const MAX_ORGANISATIONS: u32 = 64;
/// The most registered validators: all of them fit one committee.
pub const MAX_VALIDATORS: u32 = MAX_COMMITTEE;
/// The most contributors that one organisation may be allowed to sponsor.
pub const MAX_QUOTA: u32 = 1_024;

/// Name of an organisation, UTF-8.
pub type Name = BoundedVec<u8, ConstU32<64>>;
/// `libp2p` peer id: the multihash in base58, as text.
pub type PeerId = BoundedVec<u8, ConstU32<64>>;
/// Base URL of a validator's blob gateway, as text.
pub type GatewayUrl = BoundedVec<u8, ConstU32<128>>;

/// A member of the consortium.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Organisation {
    pub name: Name,
    /// Signs for the organisation, votes in the council and holds bonds.
    pub account: AccountId,
    pub suspended: bool,
    pub admitted_at: BlockNumber,
    /// The most contributors it may sponsor.
    pub quota: u32,
}

/// Where a validator stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum ValidatorState {
    /// May set keys and may peer; joins the set at the first rotation after it has keys.
    #[codec(index = 0)]
    Registered,
    /// In the set that was planned last.
    #[codec(index = 1)]
    Active,
    /// Out of the next set until reinstated; not heard meanwhile.
    #[codec(index = 2)]
    Suspended,
    /// Removed; forgotten as soon as no session holds it.
    #[codec(index = 3)]
    Leaving,
}

/// How a validator's node and gateway are reached.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Endpoint {
    pub peer_id: PeerId,
    pub gateway: GatewayUrl,
    /// Hash of the public key that the gateway's TLS certificate must carry, where it uses TLS.
    pub tls_key_hash: Option<Hash>,
}

/// A registered validator.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Validator {
    pub organisation: OrganisationId,
    pub endpoint: Endpoint,
    pub state: ValidatorState,
}

/// Whether a contributor is heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum Standing {
    #[codec(index = 0)]
    Good,
    /// Its organisation may reinstate it.
    #[codec(index = 1)]
    SuspendedByOrganisation,
    /// Only the consortium may reinstate it.
    #[codec(index = 2)]
    SuspendedByConsortium,
}

/// An account that may submit updates in an organisation's name.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Contributor {
    /// Ids are never used again: a contributor of a removed organisation counts for nobody.
    pub organisation: OrganisationId,
    pub standing: Standing,
}

/// Calls of a member in its present period that were free, or could have been.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct FreeUse {
    /// First block of the period.
    pub since: BlockNumber,
    pub calls: u32,
}

/// Whom a suspension concerns.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum Target {
    #[codec(index = 0)]
    Organisation(OrganisationId),
    #[codec(index = 1)]
    Validator(AccountId),
    #[codec(index = 2)]
    Contributor(AccountId),
}

/// A founding organisation; its id is its position in the list.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisOrganisation {
    pub name: String,
    pub account: AccountId,
    pub contributors: Vec<AccountId>,
}

/// A founding validator.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisValidator {
    pub account: AccountId,
    pub organisation: OrganisationId,
    /// As [`PeerId`].
    pub peer_id: String,
    /// As [`GatewayUrl`].
    pub gateway: String,
}

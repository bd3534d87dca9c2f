//! What the pallet keeps about each member.
// The derived codecs name variants so.
#![allow(clippy::cast_possible_truncation)]

use crate::{proposals::Proposal, recovery::Recovery, standing::Standing};
use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use quorate_primitives::{AccountId, BlockNumber, Hash, OrganisationId, MAX_COMMITTEE, MAX_ORGANISATIONS};
use scale_info::TypeInfo;
use sp_runtime::MultiSignature;

/// The most registered validators: all of them fit one committee.
pub const MAX_VALIDATORS: u32 = MAX_COMMITTEE;
/// The most contributors that one organisation may be allowed to sponsor.
pub const MAX_QUOTA: u32 = 1_024;
/// The most changes that wait at the same time.
pub const MAX_PENDING_CHANGES: u32 = 32;
/// The most fast suspensions that end in one block.
pub const MAX_ENDINGS: u32 = 16;

/// Name of an organisation, UTF-8.
pub type Name = BoundedVec<u8, ConstU32<64>>;
/// `libp2p` peer id: the multihash in base58, as text.
pub type PeerId = BoundedVec<u8, ConstU32<64>>;
/// Base URL of a validator's blob gateway, as text: scheme, host and perhaps a port.
pub type GatewayUrl = BoundedVec<u8, ConstU32<128>>;
/// Organisations whose accounts sit in the technical committee, ascending.
pub type Seats = BoundedVec<OrganisationId, ConstU32<MAX_ORGANISATIONS>>;
/// Number of a proposed change. Never used again.
pub type ChangeId = u32;

/// A member of the consortium.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Organisation {
    pub name: Name,
    /// Signs for the organisation, votes in the council and pays its bonds.
    pub account: AccountId,
    /// What the organisation gets its account back with.
    pub recovery: Recovery,
    pub standing: Standing,
    pub admitted_at: BlockNumber,
    /// The most contributors that it may sponsor.
    pub quota: u32,
}

/// Where a validator stands between the registry and the sessions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum ValidatorState {
    /// May set keys and may peer; joins the set at the first rotation after it has keys, unless it is suspended.
    #[codec(index = 0)]
    Registered,
    /// In the set that was planned last.
    #[codec(index = 1)]
    Active,
    /// Removed; forgotten as soon as no session holds it.
    #[codec(index = 2)]
    Leaving,
}

/// How a validator's node and gateway are reached.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Endpoint {
    pub peer_id: PeerId,
    pub gateway: GatewayUrl,
    /// SHA-256 of the `SubjectPublicKeyInfo` (DER) in the gateway's certificate, for an `https` URL. Without it the
    /// certificate is left to certificate authorities.
    pub tls_key_hash: Option<Hash>,
}

/// A registered validator.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Validator {
    pub organisation: OrganisationId,
    pub endpoint: Endpoint,
    pub state: ValidatorState,
    pub standing: Standing,
}

/// An account that may submit updates in an organisation's name.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Contributor {
    /// Ids are never used again: a contributor of a removed organisation counts for nobody.
    pub organisation: OrganisationId,
    /// What the consortium decided.
    pub standing: Standing,
    /// What its own organisation decided.
    pub suspended_by_organisation: bool,
}

impl Contributor {
    /// Whether nobody suspended it; its organisation may be suspended.
    pub(crate) fn is_good(&self) -> bool {
        self.standing.is_good() && !self.suspended_by_organisation
    }
}

/// A contributor's signed agreement to be sponsored by one organisation.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Consent {
    /// First block in which it no longer counts.
    pub expires: BlockNumber,
    /// By the contributor over [`quorate_primitives::payload::sponsor_consent`], or over these bytes between `<Bytes>` and
    /// `</Bytes>`, as wallets sign them.
    pub signature: MultiSignature,
}

/// The last consent of an account that was used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct UsedConsent {
    /// The organisation that used it.
    pub organisation: OrganisationId,
    pub expires: BlockNumber,
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

/// Who suspended or reinstated somebody.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum Authority {
    #[codec(index = 0)]
    Consortium,
    /// The contributor's own organisation.
    #[codec(index = 1)]
    Organisation,
}

/// A change of who votes or who validates: two thirds of all admitted organisations, and a delay.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum Change {
    /// `account` gets the organisation's seat in the council.
    #[codec(index = 0)]
    Admit {
        name: Name,
        account: AccountId,
        recovery: Option<AccountId>,
    },
    /// The validators of the organisation leave at the next rotations. Its contributors count no more at once.
    #[codec(index = 1)]
    Remove { organisation: OrganisationId },
    /// Suspend until a majority reinstates. A fast suspension that runs becomes a long one.
    #[codec(index = 2)]
    Suspend { target: Target },
    /// Let the majority suspend fast once more.
    #[codec(index = 3)]
    AllowFastSuspension { target: Target },
    /// Another account may accept to speak for the organisation. Its recovery account is forgotten: whoever holds it could undo this.
    #[codec(index = 4)]
    SetAccount {
        organisation: OrganisationId,
        account: AccountId,
    },
    /// The account may set session keys and its node may peer. It joins the set at the first rotation after it has keys.
    #[codec(index = 5)]
    RegisterValidator {
        validator: AccountId,
        organisation: OrganisationId,
        endpoint: Endpoint,
    },
    /// The statements of the validator are refused at once; the set loses it two rotations later.
    #[codec(index = 6)]
    RemoveValidator { validator: AccountId },
    /// Who sits in the technical committee.
    #[codec(index = 7)]
    SetTechnicalSeats { seats: Seats },
    /// How many contributors an organisation may sponsor. A quota below the present number unsponsors nobody.
    #[codec(index = 8)]
    SetQuota { organisation: OrganisationId, quota: u32 },
}

/// A change that two thirds proposed and that waits.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct PendingChange {
    pub change: Change,
    /// Organisations that voted for it, less those that were removed since.
    pub ayes: u32,
    pub proposed_at: BlockNumber,
    /// The block in which it is enacted, if it still fits and `ayes` are two thirds then.
    pub enact_at: BlockNumber,
}

/// A pending change, as view functions show it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct WaitingChange {
    pub id: ChangeId,
    /// Names the block in which it is enacted.
    pub pending: PendingChange,
    /// Whether its ayes are two thirds of the organisations that are admitted now.
    pub carried: bool,
}

/// An organisation, as view functions show it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct OrganisationStatus {
    pub organisation: Organisation,
    /// How many contributors it sponsors.
    pub contributors: u32,
    /// Whether two thirds gave it a seat in the technical committee. The seat is empty while it is suspended.
    pub technical: bool,
    /// The account that recovers its account at this block.
    pub recovery: Option<AccountId>,
    /// The account that may accept to speak for it at this block.
    pub proposal: Option<Proposal>,
}

/// A founding organisation; its id is its position in the list.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisOrganisation {
    pub name: String,
    pub account: AccountId,
    #[serde(default)]
    pub recovery: Option<AccountId>,
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
    /// As in [`Endpoint`].
    #[serde(default)]
    pub tls_key_hash: Option<Hash>,
}

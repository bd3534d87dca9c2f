//! What validators declared, as nodes and clients ask for it.

use crate::{capability::Capability, AccountId, BlockNumber, OrganisationId};
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// An active validator of the session and what it declared.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CapabilityView {
    pub validator: AccountId,
    pub organisation: OrganisationId,
    /// `None`: it declared nothing, and is asked for no answers.
    pub capability: Option<Capability>,
    /// The block that the declaration names.
    pub declared_at: Option<BlockNumber>,
    /// From this block on another declaration is accepted, where it differs from the last.
    pub next_from: BlockNumber,
    /// From this block on the same declaration is accepted again.
    pub again_from: BlockNumber,
    /// It was silent twice in an era: it is asked for no answers before this block.
    pub barred_until: Option<BlockNumber>,
    /// Whether it is asked for answers that need no more memory than it has: it is not barred, fast enough for the deadlines, and computes
    /// the present arithmetic.
    pub asked: bool,
}

/// How many validators could answer what needs so much memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CapableCount {
    pub capable: u32,
    /// A quorum of all active validators of the session: a request is refused where fewer can answer it.
    pub needed: u32,
    pub validators: u32,
}

//! Programs and data sets.

use crate::{availability::ArtifactKind, policy::Access, ArtifactId, BlockNumber, OrganisationId, Root};
use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Where an artifact stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ArtifactState {
    /// Votes on its file are counted before block `until`, unless that moves on.
    #[codec(index = 0)]
    Pending { until: BlockNumber },
    /// A quorum holds its file and has checked every byte.
    #[codec(index = 1)]
    Held { since: BlockNumber },
    /// No quorum held its file; the owner may name another.
    #[codec(index = 2)]
    Rejected { at: BlockNumber },
    /// Its owner ended it for good.
    #[codec(index = 3)]
    Retired { at: BlockNumber },
}

/// A registered artifact.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ArtifactView {
    pub id: ArtifactId,
    pub organisation: OrganisationId,
    pub kind: ArtifactKind,
    pub root: Root,
    /// Bytes of its file.
    pub len: u64,
    pub licence: String,
    pub access: Access,
    /// Organisations that the owner admitted, where access asks for that.
    pub readers: Vec<OrganisationId>,
    pub state: ArtifactState,
    pub registered_at: BlockNumber,
}

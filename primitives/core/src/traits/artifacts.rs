use crate::{availability::ArtifactKind, policy::Access, views::BlobRef, ArtifactId, OrganisationId, Root};
use alloc::vec::Vec;
use sp_runtime::Weight;

/// An artifact that a quorum holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeldArtifact {
    pub kind: ArtifactKind,
    pub root: Root,
    /// Bytes of its file.
    pub len: u64,
    /// Whose it is.
    pub organisation: OrganisationId,
    pub access: Access,
}

/// The registry of artifacts. Implemented by `artifacts`.
pub trait Artifacts {
    /// An artifact that may be used: a quorum holds it and has checked every byte, and it is not retired.
    fn held(artifact: ArtifactId) -> Option<HeldArtifact>;

    /// Whether a quorum holds weights of this root and length that `organisation` may use, whosever they are.
    fn may_read_weights(weights: &BlobRef, organisation: OrganisationId) -> bool;

    /// The most that `may_read_weights` weighs.
    fn weights_weight() -> Weight;

    /// Organisations that the owner admitted, where access asks for that.
    fn readers(_: ArtifactId) -> Vec<OrganisationId> {
        Vec::new()
    }

    /// Whether `organisation` may use the artifact. False for one that is not held.
    fn may_read(artifact: ArtifactId, organisation: OrganisationId) -> bool {
        Self::held(artifact).is_some_and(|held| {
            let readers = Self::readers(artifact);
            held.access.admits(organisation, held.organisation, &readers)
        })
    }
}

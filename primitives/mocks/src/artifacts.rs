//! The mock of `artifacts`: what a quorum holds is what the test says.

use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{
    availability::ArtifactKind,
    policy::Access,
    traits::{Artifacts, HeldArtifact},
    views::BlobRef,
    ArtifactId, OrganisationId, Root,
};
use sp_runtime::Weight;
use std::collections::BTreeMap;

/// Kind, root, length, owner and access.
type Entry = (ArtifactKind, Root, u64, OrganisationId, Access);

/// The artifacts that are held.
#[storage_alias(verbatim)]
type Held = StorageValue<MockArtifacts, BTreeMap<ArtifactId, Entry>, ValueQuery>;

/// Let an artifact be held from now on.
pub fn hold(id: ArtifactId, artifact: HeldArtifact) {
    let HeldArtifact {
        kind,
        root,
        len,
        organisation,
        access,
    } = artifact;
    Held::mutate(|held| held.insert(id, (kind, root, len, organisation, access)));
}

/// Let an artifact be retired.
pub fn retire(id: ArtifactId) {
    Held::mutate(|held| held.remove(&id));
}

pub struct MockArtifacts;

impl Artifacts for MockArtifacts {
    fn held(id: ArtifactId) -> Option<HeldArtifact> {
        let (kind, root, len, organisation, access) = Held::get().remove(&id)?;
        Some(HeldArtifact {
            kind,
            root,
            len,
            organisation,
            access,
        })
    }

    fn may_read_weights(weights: &BlobRef, organisation: OrganisationId) -> bool {
        let is_it =
            |(kind, root, len, ..): &&Entry| (*kind, *root, *len) == (ArtifactKind::Weights, weights.root, weights.len);
        let held = Held::get();
        let mut weights = held.values().filter(is_it);
        weights.any(|(.., owner, access)| access.admits(organisation, *owner, &[]))
    }

    fn weights_weight() -> Weight {
        Weight::zero()
    }
}

//! What the runtime shows of artifacts.

use crate::{
    pallet::{Artifacts, Config, Kept, Pallet},
    types::{Artifact, Organisations},
};
use alloc::{string::String, vec::Vec};
use frame_support::traits::Get;
use quorate_primitives::{
    availability::ArtifactKind,
    policy::Access,
    views::{gateway::ArtifactBlob, ArtifactState, ArtifactView, BlobRef},
    ArtifactId,
};

/// Most entries of one answer.
const MAX_LIMIT: u32 = 64;

/// What a gateway knows of an artifact.
fn blob(id: ArtifactId, artifact: Artifact) -> ArtifactBlob {
    // What is retired stays for validators, whose work may still need it.
    let (access, readers) = match artifact.state {
        ArtifactState::Retired { .. } => (Access::Validators, Organisations::default()),
        _ => (artifact.access, artifact.readers),
    };
    ArtifactBlob {
        artifact: id,
        organisation: artifact.organisation,
        blob: BlobRef {
            root: artifact.root,
            len: artifact.len,
        },
        access,
        readers: readers.into_inner(),
        pending: matches!(artifact.state, ArtifactState::Pending { .. }),
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn view(id: ArtifactId) -> Option<ArtifactView> {
        let artifact = Artifacts::<T>::get(id)?;
        Some(ArtifactView {
            id,
            organisation: artifact.organisation,
            kind: artifact.kind,
            root: artifact.root,
            len: artifact.len,
            licence: String::from_utf8_lossy(&artifact.licence).into_owned(),
            access: artifact.access,
            readers: artifact.readers.into_inner(),
            state: artifact.state,
            registered_at: artifact.registered_at,
        })
    }

    pub(crate) fn list(from: ArtifactId, count: u32) -> Vec<ArtifactView> {
        let kept = Kept::<T>::get();
        let first = kept.partition_point(|id| *id < from);
        let count = usize::try_from(count.min(MAX_LIMIT)).unwrap_or_default();
        let ids = kept.iter().skip(first).take(count);
        ids.filter_map(|id| Self::view(*id)).collect()
    }

    /// What the file of an artifact that awaits votes is checked against, and its length.
    pub fn vote_context(id: ArtifactId) -> Option<(ArtifactKind, u64)> {
        let artifact = Artifacts::<T>::get(id)?;
        Some((artifact.kind, artifact.len))
    }

    /// The file that a validator's gateway may take or show: of an artifact that awaits votes, is held, or was held and retired not longer
    /// than `Retention` ago.
    pub fn gateway_artifact(id: ArtifactId) -> Option<ArtifactBlob> {
        let artifact = Artifacts::<T>::get(id)?;
        let shown = match artifact.state {
            ArtifactState::Pending { .. } | ArtifactState::Held { .. } => true,
            // A file that was rejected is none of its kind, and retiring it makes it no better.
            ArtifactState::Retired { at } => artifact.was_held && Self::now() < at.saturating_add(T::Retention::get()),
            ArtifactState::Rejected { .. } => false,
        };
        shown.then(|| blob(id, artifact))
    }
}

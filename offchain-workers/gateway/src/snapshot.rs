//! What the chain allows, as the node said it last.

use quorate_blobs::Root;
use quorate_primitives::{
    policy::Access,
    views::{BlobRef, GatewayView, Peer, Upload},
    AccountId, Hash,
};

/// What the chain allows, as the node said it last.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub genesis: Hash,
    /// The validator that this gateway serves.
    pub me: Option<AccountId>,
    pub view: GatewayView,
}

/// Who may read a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Readers {
    Nobody,
    Validators,
    Anyone,
}

impl Snapshot {
    /// Everything that the view does not name is for nobody: uploads before Opening, outputs before they are versions.
    pub(crate) fn readers(&self, root: &Root) -> Readers {
        let versions =
            self.view.versions.iter().filter(|version| {
                version.blob.root.0 == *root || version.optimiser.is_some_and(|state| state.0 == *root)
            });
        let versions = versions.map(|version| match (version.pending, version.access) {
            (false, Access::Public) => Readers::Anyone,
            _ => Readers::Validators,
        });
        let updates = self
            .view
            .updates
            .iter()
            .filter(|update| update.root.0 == *root)
            .map(|_| Readers::Validators);
        versions.chain(updates).max().unwrap_or(Readers::Nobody)
    }

    /// The version 0 with this root that awaits votes.
    pub(crate) fn pending(&self, root: &Root) -> Option<&BlobRef> {
        let mut pending = self.view.versions.iter().filter(|version| version.pending);
        pending
            .find(|version| version.blob.root.0 == *root)
            .map(|version| &version.blob)
    }

    pub(crate) fn upload(&self, round: u32, contributor: &AccountId) -> Option<&Upload> {
        self.view
            .uploads
            .iter()
            .find(|upload| upload.round == round && upload.contributor == *contributor)
    }

    pub(crate) fn peer(&self, validator: &AccountId) -> Option<&Peer> {
        self.view.peers.iter().find(|peer| peer.validator == *validator)
    }
}

//! Program and data set: registered, brought to a gateway, held by the validators.

use anyhow::{ensure, Context, Result};
use quorate_client::{
    calls::artifacts::{register, Registration},
    gateways::{no_progress, Gateways},
    Account, Client, Until,
};
use quorate_primitives::{
    availability::{ArtifactKind, Named},
    policy::Access,
    views::ArtifactState,
    ArtifactId, OrganisationId, Root,
};
use std::{path::PathBuf, time::Duration};

/// How long the validators may take to hold version 0.
pub const GENESIS: Duration = Duration::from_secs(120);

/// A file that its owner registers for everybody.
pub struct Artifact {
    pub kind: ArtifactKind,
    pub licence: &'static str,
    pub bytes: Vec<u8>,
    /// Where it is written for the upload.
    pub path: PathBuf,
}

/// A registered one that is to be uploaded.
pub struct Registered {
    pub id: ArtifactId,
    root: Root,
    path: PathBuf,
}

impl Artifact {
    pub async fn register(
        self,
        client: &Client,
        (owner, organisation): (&Account, OrganisationId),
    ) -> Result<Registered> {
        std::fs::write(&self.path, &self.bytes)?;
        let file = Named::new(client.genesis(), organisation, &self.bytes);
        let call = register(&Registration {
            kind: self.kind,
            file,
            len: self.bytes.len() as u64,
            licence: self.licence,
            access: Access::Public,
        });
        let done = client.submit(owner, &call, Until::InBlock).await;
        let done = done.with_context(|| format!("registering the {:?}", self.kind))?;
        let fields = done
            .event("Artifacts.Registered")
            .and_then(|fields| fields.first_chunk());
        Ok(Registered {
            id: ArtifactId::from_le_bytes(*fields.context("no Artifacts.Registered event")?),
            root: file.root,
            path: self.path,
        })
    }
}

impl Registered {
    /// Upload it, and wait until a quorum has checked and holds it.
    pub async fn held(&self, client: &Client, gateways: &Gateways, owner: &Account) -> Result<()> {
        let blob = (self.root, self.path.as_path());
        let uploaded = gateways.upload(0, blob, owner, None, no_progress()).await;
        uploaded.with_context(|| format!("uploading artifact {}", self.id))?;
        let what = format!("the validators have not decided on artifact {}", self.id);
        let state = client.until(&what, GENESIS, || async {
            let state = client.artifact(self.id).await?.state;
            Ok((!matches!(state, ArtifactState::Pending { .. })).then_some(state))
        });
        let state = state.await?;
        ensure!(
            matches!(state, ArtifactState::Held { .. }),
            "artifact {} is {state:?}",
            self.id
        );
        Ok(())
    }
}

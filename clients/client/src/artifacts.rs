//! Programs and data sets, as the chain knows them.

use crate::{Client, Error, Result};
use quorate_primitives::{availability::ArtifactKind, views::ArtifactView, ArtifactId, Balance};

/// Most entries that the chain gives in one answer.
const PAGE: u32 = 64;
/// What the deposit counts the bytes of a file by.
const MIB: u64 = 1 << 20;

/// What votes on a file cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// Returns when the artifact is retired.
    pub deposit: Balance,
    /// Paid for each vote.
    pub fee: Balance,
}

impl Client {
    /// All artifacts that have a record.
    pub async fn artifacts(&self) -> Result<Vec<ArtifactView>> {
        let mut all: Vec<ArtifactView> = Vec::new();
        loop {
            let from: ArtifactId = all.last().map_or(0, |artifact| artifact.id + 1);
            let page: Vec<ArtifactView> = self.runtime("ArtifactsApi_artifacts", (from, PAGE), None).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    pub async fn artifact(&self, id: ArtifactId) -> Result<ArtifactView> {
        let artifact: Option<ArtifactView> = self.runtime("ArtifactsApi_artifact", id, None).await?;
        artifact.ok_or_else(|| Error::NotFound(format!("artifact {id}; `quorate artifact list` shows all")))
    }

    /// What the chain asks for a file of this length.
    ///
    /// # Errors
    /// `Input` when it takes none of this kind that is so long; `Incompatible` when it has no artifacts.
    pub async fn artifact_costs(&self, kind: ArtifactKind, len: u64) -> Result<Costs> {
        let limit = match kind {
            ArtifactKind::Program => "MaxProgramLen",
            ArtifactKind::DataSet => "MaxDataSetLen",
            ArtifactKind::Weights => "MaxWeightsLen",
        };
        let most: u64 = self.of_artifacts(limit).await?;
        if len == 0 || len > most {
            return Err(Error::Input(format!(
                "the file has {len} bytes: the chain takes 1 to {most} for this kind"
            )));
        }
        let base: Balance = self.of_artifacts("Deposit").await?;
        let each: Balance = self.of_artifacts("DepositPerMiB").await?;
        Ok(Costs {
            deposit: base.saturating_add(each.saturating_mul(len.div_ceil(MIB).into())),
            fee: self.of_artifacts("VoteFee").await?,
        })
    }

    async fn of_artifacts<T: codec::Decode>(&self, name: &str) -> Result<T> {
        let found = self.constant("Artifacts", name).await?;
        found.ok_or_else(|| Error::Incompatible("the chain's runtime has no artifacts".into()))
    }
}

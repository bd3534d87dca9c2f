//! What the chain knows, as the runtime's APIs answer it.

use crate::{storage::by_number, Client, Error, Result};
use quorate_primitives::{
    job::IdentifiedJob,
    views::{
        gateway::{GatewayCursor, GatewayEntry, GatewayPage, Peer},
        Lineage, ModelView, RoundView, StandingView, VersionView,
    },
    AccountId, JobId, ModelId, OrganisationId, RoundId, VersionIndex,
};

/// Most entries that the chain gives in one answer.
const PAGE: u32 = 64;

impl Client {
    pub async fn models(&self) -> Result<Vec<ModelView>> {
        let mut all: Vec<ModelView> = Vec::new();
        loop {
            let from: ModelId = all.last().map_or(0, |model| model.id + 1);
            let page: Vec<ModelView> = self.runtime("ModelsApi_models", (from, PAGE), None).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    pub async fn model(&self, id: ModelId) -> Result<ModelView> {
        let model: Option<ModelView> = self.runtime("ModelsApi_model", id, None).await?;
        model.ok_or_else(|| Error::NotFound(format!("model {id}; `quorate model list` shows all")))
    }

    /// Organisations that a model's owner admitted to read it, where its access asks for that.
    pub async fn model_readers(&self, model: ModelId) -> Result<Vec<OrganisationId>> {
        let readers: Option<Vec<OrganisationId>> = self.value("Models", "Readers", &by_number(model)).await?;
        Ok(readers.unwrap_or_default())
    }

    pub async fn versions(&self, model: ModelId) -> Result<Vec<VersionView>> {
        let mut all: Vec<VersionView> = Vec::new();
        loop {
            let from: VersionIndex = all.last().map_or(0, |version| version.record.version + 1);
            let page: Vec<VersionView> = self.runtime("ModelsApi_versions", (model, from, PAGE), None).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    pub async fn version(&self, model: ModelId, version: VersionIndex) -> Result<VersionView> {
        let view: Option<VersionView> = self.runtime("ModelsApi_version", (model, version), None).await?;
        view.ok_or_else(|| {
            Error::NotFound(format!(
                "version {model}@{version}; `quorate version list {model}` shows all"
            ))
        })
    }

    pub async fn lineage(&self, model: ModelId, version: VersionIndex) -> Result<Lineage> {
        let lineage: Option<Lineage> = self.runtime("ModelsApi_lineage", (model, version), None).await?;
        lineage.ok_or_else(|| Error::NotFound(format!("version {model}@{version}")))
    }

    pub async fn rounds(&self, from: RoundId, limit: u32) -> Result<Vec<RoundView>> {
        self.runtime("RoundsApi_rounds", (from, limit.min(PAGE)), None).await
    }

    pub async fn round(&self, id: RoundId) -> Result<RoundView> {
        let round: Option<RoundView> = self.runtime("RoundsApi_round", id, None).await?;
        round.ok_or_else(|| Error::NotFound(format!("round {id}")))
    }

    pub async fn job(&self, id: JobId) -> Result<IdentifiedJob> {
        let job: Option<IdentifiedJob> = self.runtime("JobsApi_job", id, None).await?;
        job.ok_or_else(|| Error::NotFound(format!("job {id:?}")))
    }

    pub async fn standing(&self, who: &AccountId) -> Result<StandingView> {
        self.runtime("StandingsApi_standing", who, None).await
    }

    /// Standings of contributors and validators, at most 64.
    pub async fn standings(&self) -> Result<Vec<StandingView>> {
        self.runtime("StandingsApi_standings", PAGE, None).await
    }

    /// Validators with their gateways: the first part of what gateways know.
    pub async fn peers(&self) -> Result<Vec<Peer>> {
        let at = Some(self.best().await?.hash);
        let mut peers = Vec::new();
        let mut cursor: Option<GatewayCursor> = None;
        loop {
            let page: GatewayPage = self.runtime("GatewayApi_gateway_page", cursor, at).await?;
            for entry in &page.entries {
                match GatewayEntry::try_from(entry) {
                    Ok(GatewayEntry::Peer(peer)) => peers.push(peer),
                    // Peers come first.
                    Ok(_) => return Ok(peers),
                    // Of a newer runtime.
                    Err(_) => (),
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(peers);
            }
        }
    }
}

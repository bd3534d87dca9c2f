//! A running network with a model on it, and what tests do with them.

use crate::{model::Model, policy::least, wait::MINUTE};
use anyhow::{bail, ensure, Context, Result};
use quorate_client::{
    calls,
    gateways::{no_progress, Cargo, Gateways, Reader},
    Account, Client, Until,
};
use quorate_exact::{state_header, Pipeline};
use quorate_localnet::{Network, Settings};
use quorate_primitives::{
    job::{Job, Statement, Verdict},
    policy::{Access, Deadlines, Policy},
    update::Update,
    version::Origin,
    views::{RoundPhase, RoundView},
    AccountId, BlockNumber, JobId, ModelId, Root, RoundId, VersionIndex,
};
use quorate_verify::{verify, Blobs, Report};
use std::path::{Path, PathBuf};
use tokio::time::Instant;

/// Path of a program that was built with this test.
pub fn program(name: &str) -> Result<PathBuf> {
    Ok(Settings::new()?.program(name)?)
}

/// A running network with a model and its contributors.
pub struct Scenario {
    pub net: Network,
    /// Of the first validator, unless [`Scenario::look_from`] has chosen another one.
    pub client: Client,
    pub gateways: Gateways,
    pub model: Model,
    pub id: ModelId,
    pub base: Vec<u8>,
    pub policy: Policy,
    pub owner: Account,
    pub organisations: Vec<Account>,
    pub contributors: Vec<Account>,
    pub(crate) scratch: Option<tempfile::TempDir>,
    pub(crate) keep_logs: bool,
}

impl Scenario {
    pub(crate) fn folder(&self) -> &Path {
        self.scratch.as_ref().expect("kept until the end").path()
    }

    /// Write a file into the scratch folder.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.folder().join(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    /// The account of a validator.
    pub fn validator(&self, index: usize) -> Result<AccountId> {
        Ok(self.net.nodes()[index].account()?.id())
    }

    /// See everything through another validator from now on.
    pub async fn look_from(&mut self, index: usize) -> Result<()> {
        self.client = self.net.connect(index, 2 * MINUTE).await?;
        self.gateways = self.client.open_gateways(None).await?;
        Ok(())
    }

    /// Brings a file to one gateway in somebody's name, without a second attempt.
    pub async fn bring_once(&self, gateway: usize, (root, path): (Root, &Path), uploader: &Account) -> Result<()> {
        let cargo = Cargo {
            root,
            path,
            uploader,
            opening: None,
        };
        self.gateways
            .bring(&[gateway], cargo, Instant::now(), no_progress())
            .await?;
        Ok(())
    }

    /// Open a round.
    pub async fn open_round(&self) -> Result<RoundId> {
        self.client
            .submit(&self.owner, &calls::rounds::open_round(self.id), Until::InBlock)
            .await?;
        // Another block may take the place of that one, and what it had comes into a later one.
        crate::wait::until("the model has no open round", MINUTE, || async {
            Ok(self.client.model(self.id).await?.open_round)
        })
        .await
    }

    /// Wait until the round is in a phase that `wanted` accepts.
    pub async fn until(&self, round: RoundId, what: &str, wanted: impl Fn(&RoundView) -> bool) -> Result<RoundView> {
        let found = crate::wait::until(what, 5 * MINUTE, || async {
            let view = self.client.round(round).await?;
            Ok(wanted(&view).then_some(view))
        });
        match found.await {
            Ok(view) => Ok(view),
            Err(error) => Err(error.context(format!("{:#?}", self.client.round(round).await?))),
        }
    }

    /// Wait until the block that `of` reads from the round is final; returns the round, which no fork changes back any more.
    pub async fn until_final(
        &self,
        round: RoundId,
        what: &str,
        of: impl Fn(&RoundView) -> Option<BlockNumber>,
    ) -> Result<RoundView> {
        crate::wait::until(what, 2 * MINUTE, || async {
            // In this order: the best chain has what was final before.
            let last = self.client.finalized().await?.number;
            let view = self.client.round(round).await?;
            Ok(of(&view).is_some_and(|block| block <= last).then_some(view))
        })
        .await
    }

    /// Wait until a version is recorded; returns the blocks since `since`, such as the last commitment's.
    pub async fn until_recorded(&self, round: RoundId, since: BlockNumber) -> Result<BlockNumber> {
        let view = self
            .until(round, "no version is recorded", |view| view.recorded_at.is_some())
            .await?;
        let block = view.recorded_at.context("a version is recorded")?;
        Ok(block.saturating_sub(since))
    }

    /// Wait for the end of the round, whatever it is.
    pub async fn until_over(&self, round: RoundId) -> Result<RoundView> {
        self.until(round, "the round is not over", |view| {
            matches!(
                view.phase,
                RoundPhase::Settled | RoundPhase::Aborted | RoundPhase::Failed
            )
        })
        .await
    }

    /// Wait until the round is settled.
    pub async fn until_settled(&self, round: RoundId) -> Result<RoundView> {
        let view = self.until_over(round).await?;
        ensure!(view.phase == RoundPhase::Settled, "the round is {:?}", view.phase);
        Ok(view)
    }

    /// A version's file, fetched from the gateways.
    pub async fn fetch(&self, version: VersionIndex) -> Result<Vec<u8>> {
        let record = self.client.version(self.id, version).await?.record;
        let path = self.folder().join(format!("version-{version}"));
        self.gateways
            .fetch(record.root, record.len, &path, no_progress())
            .await?;
        Ok(std::fs::read(path)?)
    }

    /// The optimiser's state beside a version, fetched from the gateways.
    pub async fn fetch_state(&self, version: VersionIndex) -> Result<Vec<u8>> {
        let Origin::Round(origin) = self.client.version(self.id, version).await?.record.origin else {
            bail!("version 0 has no state");
        };
        let root = origin.outcome.optimiser.context("the version has a state")?;
        let header = state_header(&self.model.header, &self.policy.pipeline.server)?.context("an optimiser")?;
        let path = self.folder().join(format!("state-{version}"));
        self.gateways
            .fetch(root, header.file_len(), &path, no_progress())
            .await?;
        Ok(std::fs::read(path)?)
    }

    /// Let the rounds from now on follow another pipeline.
    pub async fn set_pipeline(&mut self, pipeline: Pipeline) -> Result<()> {
        self.policy.pipeline = pipeline;
        self.policy.min_updates = least(&pipeline, self.policy.max_updates);
        self.set_policy().await
    }

    /// Let the rounds from now on have other deadlines; returns those from before.
    pub async fn set_deadlines(&mut self, deadlines: Deadlines) -> Result<Deadlines> {
        let before = std::mem::replace(&mut self.policy.deadlines, deadlines);
        self.set_policy().await?;
        Ok(before)
    }

    /// Let others read the model from now on.
    pub async fn set_access(&mut self, access: Access) -> Result<()> {
        self.policy.access = access;
        self.set_policy().await
    }

    pub(crate) async fn set_policy(&self) -> Result<()> {
        let call = calls::models::set_policy(self.id, &self.policy);
        self.client.submit(&self.owner, &call, Until::InBlock).await?;
        Ok(())
    }

    /// Derive a version again, with updates read by the first validator's right.
    pub async fn verify(&self, version: VersionIndex) -> Result<Report> {
        let key = self.net.nodes()[0].account()?;
        let reader = Reader::Validator {
            validator: key.id(),
            key,
        };
        let blobs = Blobs::new(Vec::new(), Some(reader))?;
        Ok(verify(&self.client, (self.id, version), &blobs, None, &|_| {}).await?)
    }

    /// The contributors' updates in the order of the contributors.
    pub fn by_contributor(&self, view: &RoundView) -> Vec<Update> {
        let find = |account: &Account| {
            view.updates
                .iter()
                .find(|update| update.contributor == account.id())
                .cloned()
        };
        self.contributors.iter().filter_map(find).collect()
    }

    /// The job of a version.
    pub async fn job_of(&self, version: VersionIndex) -> Result<Job> {
        let lineage = self.client.lineage(self.id, version).await?;
        lineage.job.context("a round's version has a job")
    }

    /// What a validator has stated in a job.
    pub async fn statement(&self, job: JobId, validator: usize) -> Result<Statement> {
        let account = self.validator(validator)?;
        let job = self.client.job(job).await?.job;
        let position = job.committee.iter().position(|member| member.validator == account);
        let statement = position.and_then(|position| job.statements.get(position).cloned());
        statement.context("in the committee")
    }

    /// What a job says of a validator.
    pub fn verdict(&self, job: &Job, validator: usize) -> Result<Option<Verdict>> {
        let account = self.validator(validator)?;
        let position = job.committee.iter().position(|member| member.validator == account);
        let statement = position.and_then(|position| job.statements.get(position));
        Ok(statement.context("in the committee")?.verdict)
    }
}

impl Drop for Scenario {
    fn drop(&mut self) {
        if self.keep_logs || std::thread::panicking() {
            if let Some(scratch) = self.scratch.take() {
                println!("the logs are kept in {}", scratch.keep().display());
            }
        }
    }
}

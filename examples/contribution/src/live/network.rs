//! The network, its accounts and its model.

use anyhow::{bail, ensure, Context, Result};
use futures::future::try_join_all;
use quorate_client::{
    calls::{artifacts, consortium, incentives, models, rounds},
    contribution::{prepare, Contribution},
    gateways::{no_progress, Gateways},
    journal::Journal,
    policy::{standard, UNIT},
    Account, Client, Until,
};
use quorate_exact::Rule;
use quorate_localnet::{Network, Settings};
use quorate_primitives::{
    availability::ArtifactKind,
    policy::{Access, Assessment, Policy},
    possession::Named,
    purpose::Purpose,
    views::{ArtifactState, ModelState},
    ArtifactId, Balance, ModelId, OrganisationId, Root, RoundId, VersionIndex,
};
use quorate_verify::Blobs;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::round::{Learning, PLAYERS};

/// How long the network may take to answer, and to finalize its first block.
const START: Duration = Duration::from_secs(90);
/// How long each step may take.
pub const PATIENCE: Duration = Duration::from_secs(300);
/// Blocks for which a contributor's consent to be sponsored holds.
const CONSENT: u32 = 300;
/// What the model's rounds are paid from.
const FUND: Balance = 1_000 * UNIT;

/// Four validators, an organisation for each of the players with one contributor, and a model of the first organisation.
pub struct Live {
    net: Network,
    pub client: Client,
    pub gateways: Gateways,
    journal: Journal,
    files: tempfile::TempDir,
    pub organisations: Vec<Account>,
    pub contributors: Vec<Account>,
    pub model: ModelId,
    pub program: ArtifactId,
    pub benchmark: ArtifactId,
}

impl Live {
    pub async fn start(programs: Option<PathBuf>, learning: &Learning, benchmark: &[u8]) -> Result<Self> {
        let mut settings = Settings::new()?;
        settings.programs = programs.unwrap_or(settings.programs);
        settings.organisations = PLAYERS.len();
        let mut net = Network::start(settings).await?;
        net.wait_final(0, 0, START).await?;
        let client = net.connect(0, START).await?;
        println!(
            "four validators answer; logs and databases in {}",
            net.folder().display()
        );
        let files = tempfile::tempdir()?;
        let contributors = (0..PLAYERS.len()).map(|n| Account::from_uri(&format!("//Contributor{n}")));
        let mut live = Self {
            organisations: net.organisations()?,
            contributors: contributors.collect::<Result<_, _>>()?,
            gateways: client.open_gateways(None).await?,
            journal: Journal::open(files.path().join("journal"))?,
            net,
            client,
            files,
            model: 0,
            program: 0,
            benchmark: 0,
        };
        live.sponsor().await?;
        live.program = live.held(ArtifactKind::Program, "CC0-1.0", &learning.program).await?;
        live.benchmark = live.held(ArtifactKind::DataSet, "CC-BY-SA-3.0", benchmark).await?;
        live.register(learning).await?;
        Ok(live)
    }

    fn owner(&self) -> &Account {
        &self.organisations[0]
    }

    /// What updates name their contributors by.
    pub fn names(&self) -> Vec<quorate_exact::Account> {
        let name = |account: &Account| quorate_exact::Account(account.id().into());
        self.contributors.iter().map(name).collect()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.files.path().join(name);
        std::fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        Ok(path)
    }

    async fn sponsor(&self) -> Result<()> {
        let expires = self.client.best().await?.number + CONSENT;
        let pairs = self.organisations.iter().zip(&self.contributors).enumerate();
        let all = pairs.map(|(number, (organisation, contributor))| async move {
            let signed = contributor.consent(self.client.genesis(), number as OrganisationId, expires);
            let call = consortium::sponsor(&signed.contributor, &signed.consent);
            self.client.submit(organisation, &call, Until::InBlock).await
        });
        try_join_all(all).await.context("sponsoring contributors")?;
        Ok(())
    }

    async fn upload(&self, root: Root, path: &Path) -> Result<()> {
        let uploaded = self.gateways.upload(0, (root, path), self.owner(), None, no_progress());
        Ok(uploaded.await?)
    }

    /// Registers an artifact that everybody may read, and waits until a quorum holds it.
    async fn held(&self, kind: ArtifactKind, licence: &str, bytes: &[u8]) -> Result<ArtifactId> {
        let file = Named::new(self.client.genesis(), 0, bytes);
        let call = artifacts::register(&artifacts::Registration {
            kind,
            file,
            len: bytes.len() as u64,
            licence,
            access: Access::Public,
        });
        let done = self.client.submit(self.owner(), &call, Until::InBlock).await?;
        let fields = done
            .event("Artifacts.Registered")
            .and_then(|fields| fields.first_chunk());
        let id = ArtifactId::from_le_bytes(*fields.context("no Artifacts.Registered event")?);
        let path = self.write(&format!("{kind:?}"), bytes)?;
        self.upload(file.root, &path).await?;
        let what = format!("the validators have not decided on artifact {id}");
        let state = self.client.until(&what, PATIENCE, || async {
            let state = self.client.artifact(id).await?.state;
            Ok((!matches!(state, ArtifactState::Pending { .. })).then_some(state))
        });
        match state.await? {
            ArtifactState::Held { .. } => Ok(id),
            other => bail!("artifact {id} is {other:?}"),
        }
    }

    fn policy(assessment: Option<Assessment>) -> Result<Policy> {
        let players = PLAYERS.len() as u32;
        let policy = Policy {
            min_updates: players,
            max_weight: 1,
            assessment,
            ..standard(Rule::WeightedMean, players)
        };
        match policy.check() {
            Ok(()) => Ok(policy),
            Err(error) => bail!("the chain would refuse the policy: {error}"),
        }
    }

    async fn register(&mut self, learning: &Learning) -> Result<()> {
        let named = Named::new(self.client.genesis(), 0, &learning.base);
        let shape = models::Shape::of(&learning.header);
        let call = models::register("digits", &shape, named, &Self::policy(None)?, None, None);
        let done = self.client.submit(self.owner(), &call, Until::InBlock).await?;
        let fields = done.event("Models.Registered").and_then(|fields| fields.first_chunk());
        self.model = ModelId::from_le_bytes(*fields.context("no Models.Registered event")?);
        let fund = incentives::fund(Purpose::Model(self.model), FUND);
        self.client.submit(self.owner(), &fund, Until::InBlock).await?;
        let path = self.write("version-0", &learning.base)?;
        self.upload(named.root, &path).await?;
        let state = self
            .client
            .until("the validators have not decided on version 0", PATIENCE, || async {
                let state = self.client.model(self.model).await?.state;
                Ok((state != ModelState::Pending).then_some(state))
            });
        let state = state.await?;
        ensure!(state == ModelState::Active, "the model is {state:?}");
        println!(
            "model {} of {} organisations; program {} and benchmark {} are held",
            self.model,
            self.organisations.len(),
            self.program,
            self.benchmark
        );
        Ok(())
    }

    /// For the rounds from now on.
    pub async fn set_policy(&self, assessment: Assessment) -> Result<()> {
        let call = models::set_policy(self.model, &Self::policy(Some(assessment))?);
        self.client.submit(self.owner(), &call, Until::InBlock).await?;
        Ok(())
    }

    pub async fn open_round(&self) -> Result<RoundId> {
        let call = rounds::open_round(self.model);
        let opened = self.client.submit(self.owner(), &call, Until::InBlock).await;
        let opened = opened.context("opening the round")?;
        let fields = opened
            .event("Rounds.RoundOpened")
            .and_then(|fields| fields.first_chunk());
        Ok(RoundId::from_le_bytes(*fields.context("no Rounds.RoundOpened event")?))
    }

    /// Everybody commits, uploads and reveals.
    pub async fn contribute(&self, round: RoundId, number: u32, updates: &[Vec<u8>]) -> Result<()> {
        let all = updates.iter().zip(&self.contributors).enumerate();
        let committed = all.map(|(n, (bytes, account))| async move {
            let file = self.write(&format!("round-{number}-contributor-{n}"), bytes)?;
            let place = (self.model, round);
            let contribution = prepare(&self.client, &self.journal, account, place, (&file, None), 1).await?;
            contribution.commit(&self.client, &self.journal).await?;
            anyhow::Ok(contribution)
        });
        let committed: Vec<Contribution> = try_join_all(committed).await.context("committing")?;
        let revealed = committed.iter().enumerate().map(|(n, contribution)| async move {
            let uploaded = contribution.upload(&self.gateways, n, no_progress()).await?;
            contribution.reveal(&self.client, PATIENCE).await?;
            contribution
                .decided(&self.client, &self.gateways, uploaded, PATIENCE)
                .await
        });
        try_join_all(revealed).await.context("uploading and revealing")?;
        Ok(())
    }

    /// What contributors have earned.
    pub async fn claimable(&self) -> Result<Vec<Balance>> {
        let one = |account: &Account| {
            let id = account.id();
            async move { anyhow::Ok(self.client.standing(&id).await?.claimable) }
        };
        try_join_all(self.contributors.iter().map(one)).await
    }

    pub async fn head(&self) -> Result<VersionIndex> {
        let model = self.client.model(self.model).await?;
        model.head.context("the model has versions")
    }

    /// What `quorate verify` does, with the store of the first validator.
    pub async fn verify(&self, version: VersionIndex) -> Result<()> {
        let stores = self.net.nodes().first().map(|node| node.store().to_path_buf());
        let blobs = Blobs::new(stores.into_iter().collect(), None)?;
        let of = (self.model, version);
        let report = quorate_verify::verify(&self.client, of, &blobs, None, &|_| {}).await?;
        ensure!(report.is_verified(), "version {version}: {report:#?}");
        println!("version {version} is verified: derived again from its blobs");
        Ok(())
    }
}

//! Steps that the tests share: a network, a model on it, a round.

use crate::model::Model;
use anyhow::{bail, ensure, Context, Result};
use futures::future::try_join_all;
use quorate_client::{
    calls, contribution, gateways::no_progress, gateways::Gateways, gateways::Reader, journal::Journal, Account,
    Client, Included, Until,
};
use quorate_exact::{state_header, Pipeline};
use quorate_localnet::{Network, Settings};
use quorate_primitives::{
    policy::{Access, Deadlines, Policy, Promotion, Split},
    purpose::Purpose,
    update::Update,
    version::Origin,
    views::{ModelState, RoundPhase, RoundView},
    BlockNumber, ModelId, OrganisationId, Root, RoundId, VersionIndex, PPM,
};
use quorate_verify::{verify, Blobs, Report};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

/// One whole token.
pub const UNIT: u128 = 1_000_000_000_000;
const MINUTE: Duration = Duration::from_secs(60);
/// Blocks for which a contributor's consent to be sponsored holds.
const CONSENT: BlockNumber = 300;

/// Path of a program that was built with this test.
pub fn program(name: &str) -> Result<PathBuf> {
    Ok(Settings::new()?.programs.join(name))
}

/// A running network with a model and its contributors.
pub struct Scenario {
    pub net: Network,
    pub client: Client,
    pub gateways: Gateways,
    pub model: Model,
    pub id: ModelId,
    pub base: Vec<u8>,
    pub policy: Policy,
    pub owner: Account,
    pub contributors: Vec<Account>,
    scratch: Option<tempfile::TempDir>,
}

/// The policy of the tests: one update may be missing, if the pipeline then still tolerates a faulty one. Every phase ends as soon
/// as what it waits for is there: the deadlines are only for what never comes, and far enough for a slow machine.
pub fn policy(pipeline: Pipeline, updates: u32) -> Policy {
    let runs = |min: &u32| pipeline.check_range(*min, updates).is_ok() && pipeline.tolerated(*min) != Some(0);
    Policy {
        pipeline,
        min_updates: (updates - 1..updates).find(runs).unwrap_or(updates),
        max_updates: updates,
        max_weight: 1_000,
        max_updates_per_organisation: 1,
        deadlines: Deadlines {
            collect: 100,
            reveal_updates: 40,
            vote: 40,
            commit: 60,
            reveal: 60,
        },
        bond: UNIT,
        reward: 100 * UNIT,
        split: Split {
            contributors: 700_000,
            validators: 200_000,
            treasury: 100_000,
        },
        max_organisation_share: PPM,
        retention: 1_000,
        challenge: 0,
        access: Access::Public,
        promotion: Promotion::default(),
    }
}

impl Scenario {
    /// Four validators, a registered and usable model, and one contributor for each of four organisations.
    pub async fn start(seed: u64, pipeline: impl Into<Pipeline>, workers: BTreeMap<usize, PathBuf>) -> Result<Self> {
        Self::start_with(seed, pipeline.into(), 4, workers).await
    }

    /// The same with as many contributors, each of an organisation of its own: five at most.
    pub async fn start_with(
        seed: u64,
        pipeline: Pipeline,
        contributors: usize,
        workers: BTreeMap<usize, PathBuf>,
    ) -> Result<Self> {
        let scratch = tempfile::Builder::new().prefix("quorate-test-").tempdir()?;
        println!("logs in {}", scratch.path().display());
        let mut settings = Settings::new()?;
        settings.folder = Some(scratch.path().join("net"));
        settings.workers = workers;
        let mut net = Network::start(settings).await?;
        net.wait_final(0, 0, 2 * MINUTE).await?;
        let client = net.connect(0, MINUTE).await?;
        let gateways = client.open_gateways(None).await?;
        let mut model = Model::new(seed);
        let base = model.genesis();
        let owner = Account::from_uri("//Org0")?;
        let contributors: Vec<Account> = (0..contributors)
            .map(|n| Account::from_uri(&format!("//Contributor{n}")))
            .collect::<Result<_, _>>()?;
        let policy = policy(pipeline, contributors.len() as u32);
        let mut scenario = Self {
            net,
            client,
            gateways,
            model,
            id: 0,
            base,
            policy,
            owner,
            contributors,
            scratch: Some(scratch),
        };
        scenario.sponsor().await?;
        scenario.register().await?;
        Ok(scenario)
    }

    fn folder(&self) -> &Path {
        self.scratch.as_ref().expect("kept until the end").path()
    }

    async fn sponsor(&self) -> Result<()> {
        let expires = self.client.best().await?.number + CONSENT;
        for (number, contributor) in self.contributors.iter().enumerate() {
            let organisation = Account::from_uri(&format!("//Org{number}"))?;
            let signed = contributor.consent(self.client.genesis(), number as OrganisationId, expires);
            let call = calls::consortium::sponsor(&signed.contributor, &signed.consent);
            self.client.submit(&organisation, &call, Until::InBlock).await?;
        }
        Ok(())
    }

    async fn register(&mut self) -> Result<()> {
        let header = &self.model.header;
        let shape = calls::models::Shape {
            header_hash: Root::from(quorate_exact::root(&header.encode())),
            header_len: header.header_len() as u32,
            group_len: header.group_len(),
            file_len: header.file_len(),
        };
        let root = Root::from(quorate_exact::root(&self.base));
        let call = calls::models::register("test model", &shape, root, &self.policy, None);
        self.client
            .submit(&self.owner, &call, Until::InBlock)
            .await
            .context("registering the model")?;
        let fund = calls::incentives::fund(Purpose::Model(self.id), 1_000 * UNIT);
        self.client
            .submit(&self.owner, &fund, Until::InBlock)
            .await
            .context("funding the model")?;
        let file = self.write("base.safetensors", &self.base)?;
        self.gateways
            .upload(0, (root, &file), &self.owner, None, no_progress())
            .await
            .context("uploading version 0")?;
        self.client
            .until("version 0 is not usable", MINUTE, || async {
                Ok((self.client.model(self.id).await?.state == ModelState::Active).then_some(()))
            })
            .await?;
        Ok(())
    }

    /// Write a file into the scratch folder.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.folder().join(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    /// Open a round.
    pub async fn open_round(&self) -> Result<RoundId> {
        self.client
            .submit(&self.owner, &calls::rounds::open_round(self.id), Until::InBlock)
            .await?;
        self.client
            .model(self.id)
            .await?
            .open_round
            .context("the model has an open round")
    }

    /// Commit to all updates, upload them to different gateways, and reveal them. Returns the block of the last commitment.
    pub async fn contribute(&self, round: RoundId, updates: &[Vec<u8>], weights: &[u32]) -> Result<BlockNumber> {
        let journal = Journal::open(self.folder().join("journal"))?;
        let mut all = Vec::new();
        for (number, (bytes, weight)) in updates.iter().zip(weights).enumerate() {
            let file = self.write(&format!("update-{round}-{number}.safetensors"), bytes)?;
            let account = &self.contributors[number];
            all.push(contribution::prepare(&self.client, &journal, account, (self.id, round), &file, *weight).await?);
        }
        // Contributors do not wait for each other.
        let committed = try_join_all(all.iter().map(|one| one.commit(&self.client, &journal))).await?;
        let last = committed
            .iter()
            .flatten()
            .map(Included::number)
            .max()
            .unwrap_or_default();
        let uploads = all.iter().enumerate();
        try_join_all(uploads.map(|(number, one)| one.upload(&self.gateways, number, no_progress()))).await?;
        try_join_all(all.iter().map(|one| one.reveal(&self.client, MINUTE))).await?;
        Ok(last)
    }

    /// Wait until the round is in a phase that `wanted` accepts.
    pub async fn until(&self, round: RoundId, what: &str, wanted: impl Fn(&RoundView) -> bool) -> Result<RoundView> {
        let found = self
            .client
            .until(what, 3 * MINUTE, || async {
                let view = self.client.round(round).await?;
                Ok(wanted(&view).then_some(view))
            })
            .await;
        match found {
            Ok(view) => Ok(view),
            Err(error) => Err(anyhow::Error::from(error).context(format!("{:#?}", self.client.round(round).await?))),
        }
    }

    /// Wait until a version is recorded; returns the blocks since `since`, such as the last commitment's.
    pub async fn until_recorded(&self, round: RoundId, since: BlockNumber) -> Result<BlockNumber> {
        let view = self
            .until(round, "no version is recorded", |view| view.recorded_at.is_some())
            .await?;
        let block = view.recorded_at.context("a version is recorded")?;
        Ok(block.saturating_sub(since))
    }

    /// Wait for the end of the round.
    pub async fn until_settled(&self, round: RoundId) -> Result<RoundView> {
        let over = |view: &RoundView| {
            matches!(
                view.phase,
                RoundPhase::Settled | RoundPhase::Aborted | RoundPhase::Failed
            )
        };
        let view = self.until(round, "the round is not settled", over).await?;
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
        self.set_policy().await
    }

    /// Let others read the model from now on.
    pub async fn set_access(&mut self, access: Access) -> Result<()> {
        self.policy.access = access;
        self.set_policy().await
    }

    async fn set_policy(&self) -> Result<()> {
        let call = calls::models::set_policy(self.id, &self.policy);
        self.client.submit(&self.owner, &call, Until::InBlock).await?;
        Ok(())
    }

    /// Derive a version again, with updates read by the first validator's right.
    pub async fn verify(&self, version: VersionIndex) -> Result<Report> {
        let key = Account::from_uri("//Alice")?;
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
}

impl Drop for Scenario {
    fn drop(&mut self) {
        if std::thread::panicking() {
            if let Some(scratch) = self.scratch.take() {
                println!("the logs are kept in {}", scratch.keep().display());
            }
        }
    }
}

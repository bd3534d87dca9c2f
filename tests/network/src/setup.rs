//! What a scenario starts with.

use crate::{model::Model, policy::policy, scenario::Scenario, wait::MINUTE};
use anyhow::{Context, Result};
use quorate_client::{calls, gateways::no_progress, Account, Client, Until};
use quorate_exact::Pipeline;
use quorate_localnet::{Network, Settings};
use quorate_primitives::{
    policy::{Deadlines, Policy},
    possession::Named,
    purpose::Purpose,
    views::ModelState,
    BlockNumber, OrganisationId,
};
use std::path::PathBuf;

pub use crate::policy::UNIT;

/// Blocks for which a contributor's consent to be sponsored holds.
const CONSENT: BlockNumber = 300;

/// A network with a model on it, about to be started.
pub struct Setup {
    seed: u64,
    contributors: usize,
    policy: Policy,
    settings: Settings,
}

impl Setup {
    /// Four validators and one contributor for each of four organisations.
    pub fn new(seed: u64, pipeline: impl Into<Pipeline>) -> Result<Self> {
        Ok(Self {
            seed,
            contributors: 4,
            policy: policy(pipeline.into(), 4),
            settings: Settings::new()?,
        })
    }

    /// As many contributors, each of an organisation of its own.
    pub fn contributors(mut self, count: usize) -> Self {
        self.contributors = count;
        self.policy = policy(self.policy.pipeline, count as u32);
        self
    }

    pub fn validators(mut self, count: usize) -> Self {
        self.settings.validators = count;
        self
    }

    /// At least as many organisations.
    pub fn organisations(mut self, count: usize) -> Self {
        self.settings.organisations = count;
        self
    }

    /// Validators that may join.
    pub fn reserve(mut self, count: usize) -> Self {
        self.settings.reserve = count;
        self
    }

    /// Links between validators that can be cut and slowed.
    pub fn links(mut self) -> Self {
        self.settings.links = true;
        self
    }

    /// Another worker program for a validator.
    pub fn worker(mut self, validator: usize, program: PathBuf) -> Self {
        self.settings.workers.insert(validator, program);
        self
    }

    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.policy.deadlines = deadlines;
        self
    }

    /// What the model's fund pays for each round.
    pub fn reward(mut self, reward: u128) -> Self {
        self.policy.reward = reward;
        self
    }

    /// Blocks for which a round's evidence is kept.
    pub fn retention(mut self, blocks: BlockNumber) -> Self {
        self.policy.retention = blocks;
        self
    }

    /// A further argument of every node.
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.settings.arguments.push(argument.into());
        self
    }

    /// Start the network; register a model, and wait until it is usable.
    pub async fn start(self) -> Result<Scenario> {
        let Self {
            seed,
            contributors,
            policy,
            mut settings,
        } = self;
        let scratch = tempfile::Builder::new().prefix("quorate-test-").tempdir()?;
        println!("logs in {}", scratch.path().display());
        settings.folder = Some(scratch.path().join("net"));
        let mut net = Network::start(settings).await?;
        let client = net.connect(0, MINUTE).await?;
        // Blocks of a node without peers are of a fork that will be given up.
        crate::wait::until("the first validator has not all its peers", 2 * MINUTE, || async {
            Ok((client.node().await?.peers + 1 >= net.founders()).then_some(()))
        })
        .await?;
        let gateways = client.open_gateways(None).await?;
        let mut model = Model::new(seed);
        let base = model.genesis();
        let organisations = net.organisations()?;
        let contributors: Vec<Account> = (0..contributors)
            .map(|n| Account::from_uri(&format!("//Contributor{n}")))
            .collect::<Result<_, _>>()?;
        sponsor(&client, &organisations, &contributors).await?;
        let mut scenario = Scenario {
            net,
            client,
            gateways,
            model,
            id: 0,
            base,
            policy,
            owner: organisations[0].clone(),
            organisations,
            contributors,
            scratch: Some(scratch),
            keep_logs: false,
        };
        register(&mut scenario).await?;
        Ok(scenario)
    }
}

pub(crate) async fn sponsor(client: &Client, organisations: &[Account], contributors: &[Account]) -> Result<()> {
    let expires = client.best().await?.number + CONSENT;
    let consents = organisations.iter().zip(contributors).enumerate();
    let all = consents.map(|(number, (organisation, contributor))| async move {
        let signed = contributor.consent(client.genesis(), number as OrganisationId, expires);
        let call = calls::consortium::sponsor(&signed.contributor, &signed.consent);
        client.submit(organisation, &call, Until::InBlock).await
    });
    futures::future::try_join_all(all).await?;
    Ok(())
}

pub(crate) async fn register(scenario: &mut Scenario) -> Result<()> {
    let (client, owner) = (&scenario.client, &scenario.owner);
    let header = &scenario.model.header;
    let shape = calls::models::Shape::of(header);
    let organisation = client.organisation_of(&owner.id()).await?;
    let organisation = organisation.context("the owner is no organisation")?;
    let named = Named::new(client.genesis(), organisation, &scenario.base);
    let root = named.root;
    let call = calls::models::register("test model", &shape, named, &scenario.policy, None, None);
    client
        .submit(owner, &call, Until::InBlock)
        .await
        .context("registering the model")?;
    let fund = calls::incentives::fund(Purpose::Model(scenario.id), 100_000 * UNIT);
    client
        .submit(owner, &fund, Until::InBlock)
        .await
        .context("funding the model")?;
    let file = scenario.write("base.safetensors", &scenario.base)?;
    scenario
        .gateways
        .upload(0, (root, &file), owner, None, no_progress())
        .await
        .context("uploading version 0")?;
    // On another fork the model may be registered later.
    crate::wait::until("version 0 is not usable", 3 * MINUTE, || async {
        Ok((client.model(scenario.id).await?.state == ModelState::Active).then_some(()))
    })
    .await
}

//! Before the first round: sponsors, the model, its fund.

use super::{
    artifacts::{Artifact, Registered, GENESIS},
    people::People,
    show::Screen,
    Run,
};
use crate::{
    args::Args,
    contributors::Contributors,
    data,
    file::{header, model_file},
    measure::Yardstick,
    network::Weights,
    partition::CONTRIBUTORS,
};
use anyhow::{bail, ensure, Context, Result};
use futures::future::try_join_all;
use quorate_client::{
    calls::{consortium, incentives, models},
    gateways::{no_progress, Gateways},
    journal::Journal,
    policy::{standard, UNIT},
    policy_file, Client, Included, Until,
};
use quorate_exact::ModelHeader;
use quorate_primitives::{
    availability::ArtifactKind,
    policy::{Assessment, Gate, Policy},
    possession::Named,
    purpose::Purpose,
    views::ModelState,
    BlockNumber, ModelId, OrganisationId, Root,
};
use std::path::Path;

/// Tokens that the owner puts up for each round.
const REWARD: u128 = 100 * UNIT;
/// What is put up beside it for each round's assessment, which costs less.
const ASSESSMENT: u128 = 10 * UNIT;
/// A version whose mean loss is so much above its base's is held: rounds of honest contributors differ by much less, the hostile do more harm.
const MAX_INCREASE: f64 = 0.5;
/// Blocks for which a contributor's consent to be sponsored holds.
const CONSENT: BlockNumber = 300;

/// What the steps before the first round need.
struct Setup {
    args: Args,
    client: Client,
    gateways: Gateways,
    people: People,
    header: ModelHeader,
    files: tempfile::TempDir,
    screen: Screen,
    split: data::Split,
}

/// The run, and the weights to start from.
pub async fn prepare(args: Args, client: Client, screen: Screen) -> Result<(Run, Weights)> {
    let gateways = client.open_gateways(None).await?;
    let (people, header, files) = (People::new()?, header()?, tempfile::tempdir()?);
    let split = data::split(args.seed)?;
    let setup = Setup {
        args,
        client,
        gateways,
        people,
        header,
        files,
        screen,
        split,
    };
    let first = Weights::start(setup.args.seed);
    let ((), (model, yardstick)) = tokio::try_join!(setup.sponsor(), setup.register(&first))?;
    let Setup {
        args,
        client,
        gateways,
        people,
        header,
        files,
        screen,
        split,
    } = setup;
    let journal = Journal::open(files.path().join("journal"))?;
    let contributors = Contributors::new(&split, args.seed);
    let run = Run {
        args,
        client,
        gateways,
        journal,
        files,
        header,
        contributors,
        yardstick,
        people,
        model,
        screen,
    };
    show_shards(&run);
    Ok((run, first))
}

impl Setup {
    async fn sponsor(&self) -> Result<()> {
        let expires = self.client.best().await?.number + CONSENT;
        let sponsored = (0..CONTRIBUTORS).map(|i| async move {
            let (contributor, genesis) = (&self.people.contributors[i], self.client.genesis());
            let signed = contributor.consent(genesis, self.people.organisation(i), expires);
            let call = consortium::sponsor(&signed.contributor, &signed.consent);
            self.client.submit(self.people.sponsor(i), &call, Until::InBlock).await
        });
        let included: Vec<Included> = try_join_all(sponsored).await.context("sponsoring contributors")?;
        let block = included.iter().map(Included::number).max().unwrap_or(0);
        let organisations = self.people.organisations.len();
        self.screen.line(&format!(
            "block {block}: {CONTRIBUTORS} contributors of {organisations} organisations"
        ));
        Ok(())
    }

    /// At least six updates, and as many as the pipeline needs. No phase is waited for: each ends when all have done their part.
    fn policy(&self, assessment: Assessment) -> Result<Policy> {
        let usual = standard(self.args.pipeline()?, CONTRIBUTORS as u32);
        let policy = Policy {
            reward: REWARD,
            min_updates: usual.min_updates.max(6),
            assessment: Some(assessment),
            ..usual
        };
        match policy.check() {
            Ok(()) => Ok(policy),
            Err(error) => bail!("the chain would refuse the policy: {error}"),
        }
    }

    async fn register(&self, first: &Weights) -> Result<(ModelId, Yardstick)> {
        let doing = self.screen.doing("registering program, data set and model");
        let (file, path) = (model_file(&self.header, first), self.files.path().join("version-0"));
        std::fs::write(&path, &file)?;
        let yardstick = Yardstick::new(&path, &self.split.held_out)?;
        let owner = self.client.organisation_of(&self.people.owner().id()).await?;
        let owner = owner.context("the owner is no organisation")?;
        let artifacts = self.artifacts(&yardstick, owner).await?;
        let [program, held_out] = &artifacts;
        let policy = self.policy(Assessment {
            program: program.id,
            benchmark: Some(held_out.id),
            operations: yardstick.operations()?,
            gate: Some(Gate {
                max_increase: policy_file::increase(MAX_INCREASE).map_err(anyhow::Error::msg)?,
                min_correct: 0,
            }),
            contribution: None,
        })?;
        let shape = models::Shape::of(&self.header);
        let version = Named::new(self.client.genesis(), owner, &file);
        let call = models::register("digits", &shape, version, &policy, None, None);
        let done = self.client.submit(self.people.owner(), &call, Until::InBlock).await;
        let done = done.context("registering the model")?;
        let fields = done.event("Models.Registered").and_then(|fields| fields.first_chunk());
        let model = ModelId::from_le_bytes(*fields.context("no Models.Registered event")?);
        doing.set_message("waiting for the validators' votes on version 0, program and data set");
        let held = |artifact| Registered::held(artifact, &self.client, &self.gateways, self.people.owner());
        tokio::try_join!(
            self.fund(model),
            self.decided(model, version.root, &path),
            held(program),
            held(held_out)
        )?;
        doing.finish_and_clear();
        self.screen.line(&format!(
            "versions are assessed by artifact {} on artifact {}, the {} rows that nobody trains on; one whose mean loss grows by more than \
             {MAX_INCREASE} is held",
            program.id,
            held_out.id,
            self.split.held_out.len()
        ));
        Ok((model, yardstick))
    }

    /// What versions are assessed by.
    async fn artifacts(&self, yardstick: &Yardstick, organisation: OrganisationId) -> Result<[Registered; 2]> {
        let artifact = |kind, licence, name: &str, bytes| Artifact {
            kind,
            licence,
            bytes,
            path: self.files.path().join(name),
        };
        let program = artifact(ArtifactKind::Program, "CC0-1.0", "program", yardstick.program());
        let data = artifact(ArtifactKind::DataSet, "CC-BY-4.0", "held-out", yardstick.data_set()?);
        let owner = (self.people.owner(), organisation);
        let (program, data) = tokio::try_join!(
            program.register(&self.client, owner),
            data.register(&self.client, owner)
        )?;
        Ok([program, data])
    }

    async fn fund(&self, model: ModelId) -> Result<()> {
        let amount = (REWARD + ASSESSMENT) * u128::from(self.args.rounds);
        let fund = incentives::fund(Purpose::Model(model), amount);
        let funded = self.client.submit(self.people.owner(), &fund, Until::InBlock).await;
        let (block, tokens) = (funded.context("funding the model")?.number(), amount / UNIT);
        self.screen.line(&format!(
            "block {block}: the fund of model {model} holds {tokens} tokens"
        ));
        Ok(())
    }

    /// Upload version 0 and wait until the validators hold it.
    async fn decided(&self, model: ModelId, version: Root, path: &Path) -> Result<()> {
        let owner = self.people.owner();
        let uploaded = self.gateways.upload(0, (version, path), owner, None, no_progress());
        uploaded.await.context("uploading version 0")?;
        let state = self
            .client
            .until("the validators have not decided on version 0", GENESIS, || async {
                let state = self.client.model(model).await?.state;
                Ok((state != ModelState::Pending).then_some(state))
            });
        let state = state.await?;
        ensure!(state == ModelState::Active, "the model is {state:?}");
        let at = self.client.version(model, 0).await?.record.block;
        self.screen.line(&format!(
            "block {at}: model {model} is active, version 0 has root {version:?}"
        ));
        Ok(())
    }
}

fn show_shards(run: &Run) {
    run.screen
        .line("who has which rows (favourite digits make half of them):");
    for i in 0..CONTRIBUTORS {
        let shard = run.contributors.shard(i);
        let (rows, claimed) = (shard.rows.len(), run.contributors.claimed_rows(i));
        let hostile = match Contributors::is_hostile(i) {
            true => format!("  HOSTILE: honest delta times -5, claims {claimed} rows"),
            false => String::new(),
        };
        run.screen.line(&format!(
            "  Contributor{i} (Org{}) {rows:>4} rows, likes {:?}{hostile}",
            i / 2,
            shard.favourites
        ));
    }
}

//! Before the first round: sponsors, the model, its fund.

use super::{people::People, show::Screen, Run};
use crate::{
    args::Args,
    contributors::Contributors,
    data,
    file::{header, model_file},
    network::Weights,
    partition::CONTRIBUTORS,
};
use anyhow::{ensure, Context, Result};
use futures::future::try_join_all;
use quorate_client::{
    calls::{consortium, incentives, models},
    gateways::{no_progress, Gateways},
    journal::Journal,
    policy::{standard, UNIT},
    Client, Included, Until,
};
use quorate_exact::{root, ModelHeader};
use quorate_localnet::Network;
use quorate_primitives::{policy::Policy, views::ModelState, Hash, ModelId, Root};
use std::{path::Path, time::Duration};

/// Tokens that the owner puts up for each round.
const REWARD: u128 = 100 * UNIT;
/// How long the validators may take to hold version 0.
const GENESIS: Duration = Duration::from_secs(120);

/// The run, and the weights to start from.
pub async fn prepare(args: Args, network: &mut Network, screen: Screen) -> Result<(Run, Weights)> {
    let client = network.connect(0, Duration::from_secs(30)).await?;
    let people = People::new()?;
    let split = data::split(args.seed)?;
    let contributors = Contributors::new(&split, args.seed);
    let header = header()?;
    let files = tempfile::tempdir()?;
    let journal = Journal::open(files.path().join("journal"))?;
    sponsor(&client, &people, &screen).await?;
    let first = Weights::start(args.seed);
    let gateways = client.open_gateways(None).await?;
    let model = register(
        &client,
        &gateways,
        &people,
        &args,
        &header,
        &first,
        files.path(),
        &screen,
    )
    .await?;
    let fund = incentives::fund(model, REWARD * u128::from(args.rounds));
    let funded = client
        .submit(people.owner(), &fund, Until::InBlock)
        .await
        .context("funding the model")?;
    screen.line(&format!(
        "block {}: the fund of model {model} holds {} tokens",
        funded.number(),
        100 * args.rounds
    ));
    let run = Run {
        args,
        client,
        gateways,
        journal,
        files,
        header,
        contributors,
        split,
        people,
        model,
        screen,
    };
    show_shards(&run);
    Ok((run, first))
}

async fn sponsor(client: &Client, people: &People, screen: &Screen) -> Result<()> {
    let doing = screen.doing("sponsoring contributors");
    let sponsored = (0..CONTRIBUTORS).map(|i| async move {
        let call = consortium::sponsor(&people.contributors[i].id());
        client.submit(people.sponsor(i), &call, Until::InBlock).await
    });
    let included: Vec<Included> = try_join_all(sponsored).await.context("sponsoring contributors")?;
    let block = included.iter().map(Included::number).max().unwrap_or(0);
    doing.finish_and_clear();
    screen.line(&format!(
        "block {block}: {CONTRIBUTORS} contributors of {} organisations",
        people.organisations.len()
    ));
    Ok(())
}

fn policy(args: &Args) -> Policy {
    Policy {
        reward: REWARD,
        min_updates: 6,
        ..standard(args.rule.rule(), CONTRIBUTORS as u32)
    }
}

#[allow(clippy::too_many_arguments)]
async fn register(
    client: &Client,
    gateways: &Gateways,
    people: &People,
    args: &Args,
    header: &ModelHeader,
    first: &Weights,
    folder: &Path,
    screen: &Screen,
) -> Result<ModelId> {
    let doing = screen.doing("registering the model");
    let (file, path) = (model_file(header, first), folder.join("version-0"));
    std::fs::write(&path, &file)?;
    let shape = models::Shape {
        header_hash: Hash::from(root(&header.encode())),
        header_len: header.header_len() as u32,
        group_len: header.group_len(),
        file_len: header.file_len(),
    };
    let version = Root::from(root(&file));
    let call = models::register("digits", &shape, version, &policy(args), None);
    let done = client
        .submit(people.owner(), &call, Until::InBlock)
        .await
        .context("registering the model")?;
    let fields = done.event("Models.Registered").and_then(|fields| fields.first_chunk());
    let model = ModelId::from_le_bytes(*fields.context("no Models.Registered event")?);
    gateways
        .upload(0, version, &path, None, no_progress())
        .await
        .context("uploading version 0")?;
    doing.set_message("waiting for the validators' votes on version 0");
    let state = client
        .until("the validators have not decided on version 0", GENESIS, || async {
            let state = client.model(model).await?.state;
            Ok((state != ModelState::Pending).then_some(state))
        })
        .await?;
    ensure!(state == ModelState::Active, "the model is {state:?}");
    doing.finish_and_clear();
    let at = client.version(model, 0).await?.record.block;
    screen.line(&format!(
        "block {at}: model {model} is active, version 0 has root {version:?}"
    ));
    Ok(model)
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

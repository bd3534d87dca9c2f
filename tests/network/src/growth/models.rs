//! Rounds of several models at the same time.

use super::{
    crowd::{written, Crowd},
    gauge::{Gauge, Used},
};
use crate::{model::Model, scenario::Scenario, setup, setup::Setup, wait, wait::MINUTE};
use anyhow::{ensure, Context, Result};
use futures::future::try_join_all;
use quorate_client::{calls, Until};
use quorate_exact::Rule;
use quorate_primitives::{ModelId, RoundId};
use std::{mem::swap, time::Instant};

/// Contributors of each model.
const CONTRIBUTORS: usize = 4;

/// A model that the scenario does not work on at present.
pub struct Aside {
    model: Model,
    base: Vec<u8>,
}

/// The scenario works on model `id` while `work` is done.
fn swap_in(scenario: &mut Scenario, aside: &mut Aside, id: &mut ModelId, organisation: usize) {
    swap(&mut scenario.model, &mut aside.model);
    swap(&mut scenario.base, &mut aside.base);
    swap(&mut scenario.id, id);
    scenario.owner = scenario.organisations[organisation].clone();
}

/// Registers models of the scenario's policy, each of an organisation of its own, until there are `count`.
pub async fn register(scenario: &mut Scenario, count: usize) -> Result<Vec<Aside>> {
    let mut all = Vec::new();
    for number in 1..count {
        let mut model = Model::new(number as u64);
        let base = model.genesis();
        let (mut aside, mut id) = (Aside { model, base }, number as ModelId);
        swap_in(scenario, &mut aside, &mut id, number);
        let registered = setup::register(scenario).await;
        swap_in(scenario, &mut aside, &mut id, 0);
        registered.with_context(|| format!("model {number}"))?;
        all.push(aside);
    }
    Ok(all)
}

/// Opens a round of a model, in the name of its organisation.
pub async fn open(scenario: &Scenario, model: usize) -> Result<RoundId> {
    let (client, id) = (&scenario.client, model as ModelId);
    let call = calls::rounds::open_round(id);
    client
        .submit(&scenario.organisations[model], &call, Until::InBlock)
        .await?;
    wait::until("the model has no open round", MINUTE, || async {
        Ok(client.model(id).await?.open_round)
    })
    .await
}

/// Rounds of so many models at once, for each number.
pub async fn measure(seed: u64, counts: &[usize]) -> Result<()> {
    let most = counts.iter().copied().max().unwrap_or_default().max(1);
    let setup = Setup::new(seed, Rule::Median)?;
    let mut scenario = setup.organisations(CONTRIBUTORS * most).start().await?;
    let played = play(&mut scenario, counts, most).await;
    scenario.keep_logs |= played.is_err();
    played
}

async fn play(scenario: &mut Scenario, counts: &[usize], most: usize) -> Result<()> {
    let mut crowd = Crowd::new(scenario, CONTRIBUTORS * most).await?;
    crowd.sponsor(CONTRIBUTORS * most).await?;
    let mut asides = register(scenario, most).await?;
    println!("| rounds at once | blocks to the version: median | most | seconds to all | s of all nodes | s of all workers | node MiB | worker MiB |");
    println!("|---|---|---|---|---|---|---|---|");
    for count in counts {
        let row = at_once(scenario, &crowd, &mut asides, *count).await;
        println!("{}", row.with_context(|| format!("{count} rounds at once"))?);
    }
    Ok(())
}

async fn at_once(scenario: &mut Scenario, crowd: &Crowd, asides: &mut [Aside], count: usize) -> Result<String> {
    scenario.net.say(&format!("{count} rounds at once"));
    let gauge = Gauge::begin(&scenario.net)?;
    let rounds = try_join_all((0..count).map(|model| open(scenario, model))).await?;
    let (mut works, mut all) = (Vec::new(), Vec::new());
    for (model, round) in rounds.iter().enumerate() {
        let (maker, base) = match model {
            0 => (&mut scenario.model, &scenario.base),
            _ => (&mut asides[model - 1].model, &asides[model - 1].base),
        };
        let place = (model as ModelId, *round);
        let first = CONTRIBUTORS * model;
        let contributors = crowd.accounts[first..].iter().take(CONTRIBUTORS);
        let updates: Vec<Vec<u8>> = contributors
            .map(|contributor| maker.update(base, contributor))
            .collect();
        let files = written(scenario, first, &updates)?;
        works.push(crowd.prepare(scenario, place, first, &files).await?);
        all.push(updates);
    }
    let last = try_join_all(works.iter().map(|work| crowd.commit(work))).await?;
    let began = Instant::now();
    try_join_all(works.iter().map(|work| crowd.upload_and_reveal(work))).await?;
    let waiting = rounds
        .iter()
        .zip(&last)
        .map(|(round, last)| scenario.until_recorded(*round, *last));
    let mut blocks = try_join_all(waiting).await?;
    let took = began.elapsed();
    let Used {
        node, worker, computed, ..
    } = gauge.end(&scenario.net);
    for (model, (round, updates)) in rounds.iter().zip(&all).enumerate() {
        let version = scenario.until_settled(*round).await?.version.context("settled")?;
        let record = scenario.client.version(model as ModelId, version).await?.record;
        let (maker, base) = match model {
            0 => (&scenario.model, &mut scenario.base),
            _ => (&asides[model - 1].model, &mut asides[model - 1].base),
        };
        let expected = maker.next(Rule::Median, base, updates, &[1; CONTRIBUTORS]);
        ensure!(
            record.root.0 == quorate_exact::root(&expected),
            "version {version} of model {model} is not what the updates make"
        );
        *base = expected;
    }
    blocks.sort_unstable();
    Ok(format!(
        "| {count} | {} | {} | {:.1} | {:.1} | {:.1} | {node} | {worker} |",
        blocks[count / 2],
        blocks[count - 1],
        took.as_secs_f64(),
        computed.node.as_secs_f64(),
        computed.worker.as_secs_f64(),
    ))
}

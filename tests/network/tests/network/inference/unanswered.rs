//! Requests that come to nothing: what is kept of their fees.

use anyhow::{bail, ensure, Context, Result};
use quorate_client::{calls::inference as calls, Until};
use quorate_network_tests::{
    asking::{Question, Sent},
    scenario::{program, Scenario},
};
use quorate_primitives::views::{
    inference::{RequestFailure, RequestState},
    CapabilityView,
};
use serde_json::json;
use std::process::Command;

use super::world::World;

/// All validators declare by themselves; `quorate capability list` shows it.
pub async fn request_that_too_few_can_answer_should_be_refused_and_cost_nothing(
    scenario: &mut Scenario,
    world: &World,
) -> Result<()> {
    let scenario = &*scenario;
    let declared = scenario.until_declared().await?;
    let of = |view: &CapabilityView| view.capability.map(|of| of.memory).context("it is declared");
    let mut memories = declared.iter().map(of).collect::<Result<Vec<u32>>>()?;
    memories.sort_unstable();
    let listed = Command::new(program("quorate")?)
        .args([
            "capability",
            "list",
            "--json",
            "--url",
            &scenario.net.nodes()[0].rpc_url(),
        ])
        .output()?;
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).context("quorate capability list")?;
    for view in &declared {
        let all = listed["validators"].as_array().context("a list")?;
        let shown = all.iter().find(|one| one["validator"] == view.validator.to_string());
        let shown = shown.with_context(|| format!("{} is not listed: {listed}", view.validator))?;
        let memory = view.capability.map(|of| of.memory);
        ensure!(
            shown["capability"]["memory"] == json!(memory) && shown["asked"] == true,
            "{shown}"
        );
    }
    let validator = scenario.validator(0)?;
    ensure!(declared.iter().any(|view| view.validator == validator), "{declared:?}");

    // Two of four have less.
    let too_much = memories[1] + 1;
    let (asker, before) = (&scenario.contributors[1], scenario.client.fund_of(1).await?);
    let question = Question {
        spare_memory: too_much,
        ..world.run()?
    };
    let Err(refused) = scenario.ask(asker, world.salt(), question).await else {
        bail!("a request that needs {too_much} MiB is taken; declared are {memories:?}");
    };
    ensure!(format!("{refused:#}").contains("TooFewCapable"), "{refused:#}");
    let after = scenario.client.fund_of(1).await?;
    ensure!(before == after, "the fund had {before}, and has {after}");
    scenario.net.say(&format!("MiB that validators declare: {memories:?}"));
    Ok(())
}

pub async fn request_taken_back_should_cost_its_base_fee(scenario: &mut Scenario, world: &World) -> Result<()> {
    let scenario = &*scenario;
    let (asker, before) = (&scenario.contributors[2], scenario.client.fund_of(2).await?);
    let sent = scenario.ask(asker, world.salt(), world.run()?).await?;
    let cancel = calls::cancel(sent.id);
    let taken_back = |account, until| scenario.client.submit(account, &cancel, until);
    let stranger = taken_back(&scenario.contributors[1], Until::InBlock).await;
    ensure!(stranger.is_err(), "another organisation takes it back");
    taken_back(asker, Until::Finalized).await?;
    let known = scenario.client.inference_request(sent.id).await?;
    ensure!(
        known.state == RequestState::Failed(RequestFailure::Cancelled) && 0 < known.cost && known.cost < known.fee,
        "{known:?}"
    );
    let fund = scenario.client.fund_of(2).await?;
    ensure!(fund == before - known.cost, "the fund had {before}, and has {fund}");
    let again = taken_back(asker, Until::InBlock).await;
    ensure!(again.is_err(), "it is taken back twice");
    let late = scenario.bring(&sent, asker, 0).await;
    ensure!(late.is_err(), "a gateway takes what nobody waits for");
    Ok(())
}

pub async fn input_that_nobody_brings_should_cost_its_base_fee(scenario: &mut Scenario, sent: Sent) -> Result<()> {
    let stranger = &scenario.contributors[0];
    let brought = scenario.bring(&sent, stranger, 0).await;
    ensure!(brought.is_err(), "another organisation brings an input");
    let known = scenario.until_ended(sent.id).await?;
    ensure!(
        known.state == RequestState::Failed(RequestFailure::NotHeld) && 0 < known.cost && known.cost < known.fee,
        "{known:?}"
    );
    Ok(())
}

//! All seven that are drawn say the same wrong thing. The one that was not computes the batch again, and its organisation calls all.

use anyhow::{bail, ensure, Context, Result};
use quorate_byzantine::Behaviour;
use quorate_network_tests::{
    asking::check_answers,
    scenario::{program, Scenario},
    wait,
    wait::MINUTE,
};
use quorate_primitives::{
    job::Verdict,
    views::inference::{BatchState, BatchView, Escalation},
};
use serde_json::Value;
use std::{
    fs,
    fs::File,
    process::{Child, Command, Stdio},
};
use tempfile::NamedTempFile;

use super::{drawn_for, free, is_verified, World, DRAWN, MOST, VALIDATORS};

/// What is set aside at a time, in tokens: more than a batch's bond.
const MAX_BOND: &str = "50";

fn behave(scenario: &Scenario, validators: impl IntoIterator<Item = usize>, behaviour: Behaviour) -> Result<()> {
    for validator in validators {
        behaviour.write(&Behaviour::file(&scenario.net.nodes()[validator].store()))?;
    }
    Ok(())
}

/// `quorate batch watch`, until it is dropped.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub async fn wrong_answer_of_seven_should_be_found_by_the_one_that_was_not_drawn_and_be_called(
    scenario: &mut Scenario,
    world: &World,
) -> Result<()> {
    let scenario = &*scenario;
    for _ in 0..MOST {
        behave(scenario, 0..VALIDATORS, Behaviour::WrongResult)?;
        let (sent, batch) = world.asked(scenario, 2).await?;
        let (drawn, honest) = (drawn_for(&batch), outsider(scenario, &batch)?);
        behave(scenario, [honest], Behaviour::Honest)?;
        // It watches before there is something to find, as beside any validator: what is provisional does not wait for a process that starts.
        let organisation = scenario.client.validator(&scenario.validator(honest)?).await?;
        let organisation = organisation.context("it is registered")?.organisation as usize;
        let caller = &scenario.organisations[organisation];
        let had = free(scenario, caller).await?;
        let out = NamedTempFile::new()?;
        let url = scenario.net.nodes()[honest].rpc_url();
        let watching = Watching(
            Command::new(program("quorate")?)
                .args(["batch", "watch", "--max-bond", MAX_BOND, "--url", &url])
                .args(["--account", &format!("//Org{organisation}")])
                .stdout(File::create(out.path())?)
                .stderr(Stdio::inherit())
                .spawn()?,
        );
        let batch = wait::until("the drawn members do not end", 6 * MINUTE, || async {
            let batch = scenario.client.batch(batch.id).await?;
            Ok((batch.state != BatchState::Computing || batch.escalation.is_some()).then_some(batch))
        });
        let batch = batch.await?;
        // They have revealed; what all compute is to be right.
        behave(scenario, 0..VALIDATORS, Behaviour::Honest)?;
        let is_callable = matches!(batch.state, BatchState::Provisional { .. }) && batch.call_bond.is_some();
        if !is_callable {
            // One of sixteen goes to all by itself; on a busy machine one may be silent.
            scenario
                .net
                .say(&format!("batch {} went to all: {:?}", batch.id, batch.state));
            scenario.until_paid(batch.id).await?;
            continue;
        }
        let found = || what_was_found(&batch, &out, &scenario.net.nodes()[honest].logged());
        let ended = scenario.until_paid(batch.id).await.with_context(found)?;
        if drawn_for(&ended) != drawn || ended.escalation == Some(Escalation::Drawn) {
            let text = format!("a fork drew others for batch {}, or all", ended.id);
            scenario.net.say(&text);
            continue;
        }
        if ended.escalation.is_none() {
            let text = format!("batch {} was not called in time: {}", ended.id, found());
            scenario.net.say(&text);
            continue;
        }
        let checked = check_answers(scenario, &[(sent.clone(), &world.program)]).await;
        checked.with_context(found)?;
        drop(watching);
        let said = fs::read_to_string(out.path())?;
        let called = matches!(&ended.escalation, Some(Escalation::Called { by, .. }) if *by == caller.id());
        ensure!(called && said.contains("all are called in block"), "{ended:?}\n{said}");
        ensure!(
            ended.outcome.is_some() && ended.outcome != ended.provisional,
            "{ended:?}"
        );
        let first = scenario
            .client
            .job(ended.first_job.context("the drawn ones' job")?)
            .await?
            .job;
        for validator in (0..VALIDATORS).filter(|validator| *validator != honest) {
            let verdict = scenario.verdict(&first, validator)?;
            ensure!(
                verdict == Some(Verdict::Wrong),
                "{verdict:?} of {validator} in {first:?}"
            );
        }
        let left = free(scenario, caller).await?;
        let bond = batch.call_bond.unwrap_or_default();
        ensure!(
            left + bond > had,
            "the caller had {had}, and has {left}: the bond was {bond}"
        );
        is_told(&disputed(&url)?, &ended)?;
        return is_verified(scenario, &sent).await;
    }
    bail!("of {MOST} batches each went to all, or to others on another fork, or was not called in time");
}

/// For when it was not called: what the one that was not drawn and its organisation said.
fn what_was_found(batch: &BatchView, watched: &NamedTempFile, logged: &str) -> String {
    let watched = fs::read_to_string(watched.path()).unwrap_or_default();
    let names = [
        format!("Batch {}:", batch.id),
        "computed again".into(),
        "nterrupted by".into(),
    ];
    let is_told = |line: &&str| names.iter().any(|name| line.contains(name));
    let logged: Vec<&str> = logged.lines().filter(is_told).collect();
    format!(
        "{batch:?}\nquorate batch watch:\n{watched}\nnode and worker:\n{}",
        logged.join("\n")
    )
}

/// The validator that was not drawn.
fn outsider(scenario: &Scenario, batch: &BatchView) -> Result<usize> {
    ensure!(batch.members.len() == DRAWN, "{batch:?}");
    for validator in 0..VALIDATORS {
        if !batch.members.contains(&scenario.validator(validator)?) {
            return Ok(validator);
        }
    }
    bail!("all were drawn: {batch:?}");
}

fn disputed(url: &str) -> Result<Value> {
    let shown = Command::new(program("quorate")?)
        .args(["batch", "disputed", "--json", "--url", url])
        .output()?;
    serde_json::from_slice(&shown.stdout).context("quorate batch disputed")
}

/// What the node says of the batch, and the chain.
fn is_told(shown: &Value, ended: &BatchView) -> Result<()> {
    let all = shown["disputed"].as_array().context("a list")?;
    let one = all.iter().find(|one| one["found"]["batch"] == ended.id);
    let one = one.with_context(|| format!("batch {} is not listed: {shown}", ended.id))?;
    let is_own = one["found"]["own"]["answers"] == serde_json::to_value(ended.outcome.map(|outcome| outcome.answers))?;
    ensure!(is_own && one["stand"]["right"].is_object(), "{one}");
    Ok(())
}

//! Rounds of more and more contributors, from the sponsoring to the verified version.

use super::{
    crowd::Crowd,
    gauge::{own, Gauge, Used},
};
use crate::{scenario::Scenario, setup::Setup};
use anyhow::{ensure, Context, Result};
use quorate_exact::Rule;
use quorate_primitives::{
    policy::{Deadlines, Policy},
    update::UpdateStatus,
    BlockNumber,
};
use std::time::{Duration, Instant};

/// Most organisations that a consortium has: each has so few contributors then that all commit for free.
const ORGANISATIONS: usize = quorate_primitives::MAX_ORGANISATIONS as usize;
/// All are there long before: a phase ends with the last one.
const DEADLINES: Deadlines = Deadlines {
    collect: 900,
    reveal_updates: 450,
    vote: 450,
    commit: 300,
    reveal: 300,
};

/// What a round of many contributors took.
struct Row {
    contributors: usize,
    /// From the first to the last commitment's block.
    committing: Duration,
    /// From the block of the last commitment.
    to_reveal: BlockNumber,
    to_version: BlockNumber,
    took: Duration,
    used: Used,
    /// Time on a processor of all contributors together.
    own: Duration,
    verified: Duration,
}

/// One round for each number of contributors, on one network.
pub async fn measure(seed: u64, counts: &[usize]) -> Result<()> {
    let setup = Setup::new(seed, Rule::Median)?.organisations(ORGANISATIONS);
    let mut scenario = setup.deadlines(DEADLINES).start().await?;
    let most = counts.iter().copied().max().unwrap_or_default();
    let mut crowd = Crowd::new(&mut scenario, most).await?;
    let mut rows = Vec::new();
    for count in counts {
        let played = round(&mut scenario, &mut crowd, *count).await;
        scenario.keep_logs |= played.is_err();
        rows.push(played.with_context(|| format!("{count} contributors"))?);
    }
    print(&rows);
    Ok(())
}

fn policy(former: Policy, count: usize, of_one_organisation: usize) -> Policy {
    Policy {
        min_updates: count as u32,
        max_updates: count as u32,
        max_updates_per_organisation: of_one_organisation as u32,
        ..former
    }
}

async fn round(scenario: &mut Scenario, crowd: &mut Crowd, count: usize) -> Result<Row> {
    scenario.net.say(&format!("{count} contributors are sponsored"));
    crowd.sponsor(count).await?;
    scenario.policy = policy(scenario.policy, count, crowd.of_one_organisation(count));
    scenario.set_policy().await?;
    let updates: Vec<Vec<u8>> = (0..count).map(|_| scenario.model.update(&scenario.base)).collect();

    let (gauge, mine) = (Gauge::begin(&scenario.net)?, own());
    let round = scenario.open_round().await?;
    let work = crowd.prepare(scenario, round, &updates).await?;
    scenario.net.say("they commit");
    let began = Instant::now();
    let last = crowd.commit(&work).await?;
    let committing = began.elapsed();
    let began = Instant::now();
    scenario.net.say("they upload and reveal");
    let revealed = crowd.upload_and_reveal(&work).await?;
    let to_version = scenario.until_recorded(round, last).await?;
    let took = began.elapsed();
    scenario.net.say("the version is recorded");
    let view = scenario.until_settled(round).await?;
    let (used, own) = (gauge.end(&scenario.net), own() - mine);

    let held = view
        .updates
        .iter()
        .filter(|update| update.status == UpdateStatus::Available);
    ensure!(held.count() == count, "not all updates are in it");
    let version = view.version.context("settled")?;
    let expected = scenario
        .model
        .next(Rule::Median, &scenario.base, &updates, &vec![1; count]);
    ensure!(
        scenario.fetch(version).await? == expected,
        "version {version} is not what the updates make"
    );
    let began = Instant::now();
    let report = scenario.verify(version).await?;
    ensure!(report.is_verified(), "version {version}: {report:#?}");
    scenario.base = expected;
    let row = Row {
        contributors: count,
        committing,
        to_reveal: revealed.saturating_sub(last),
        to_version,
        took,
        used,
        own,
        verified: began.elapsed(),
    };
    println!("{}", row.line());
    Ok(row)
}

impl Row {
    fn line(&self) -> String {
        let Used {
            node,
            worker,
            computed,
            database,
            store,
        } = self.used;
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        format!(
            "| {} | {:.1} | {} | {} | {:.1} | {node} | {worker} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
            self.contributors,
            self.committing.as_secs_f64(),
            self.to_reveal,
            self.to_version,
            self.took.as_secs_f64(),
            mib(database),
            mib(store),
            computed.node.as_secs_f64(),
            computed.worker.as_secs_f64(),
            self.own.as_secs_f64(),
            self.verified.as_secs_f64(),
        )
    }
}

fn print(rows: &[Row]) {
    println!(
        "\n| contributors | s to commit | blocks to the last reveal | blocks to the version | seconds | node MiB | worker MiB | database \
         MiB | store MiB | s of all nodes | s of all workers | s of all contributors | s to verify |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for row in rows {
        println!("{}", row.line());
    }
}

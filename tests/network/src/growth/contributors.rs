//! Rounds of more and more contributors, from the sponsoring to the verified version.

use super::{
    crowd::{written, Crowd},
    gauge::{own, Gauge, Used},
};
use crate::{scenario::Scenario, setup::Setup, wait::MINUTE};
use anyhow::{ensure, Context, Result};
use quorate_client::Client;
use quorate_exact::Rule;
use quorate_primitives::{
    policy::{Deadlines, Policy},
    update::UpdateStatus,
    views::{RoundPhase, RoundView},
    AccountId, BlockNumber, RoundId,
};
use std::time::{Duration, Instant};

/// Most organisations that a consortium has: each has so few contributors then that all commit for free.
const ORGANISATIONS: usize = quorate_primitives::MAX_ORGANISATIONS as usize;
/// All are there long before: a phase ends with the last one.
pub(super) const DEADLINES: Deadlines = Deadlines {
    collect: 900,
    reveal_updates: 450,
    vote: 450,
    commit: 300,
    reveal: 300,
};

/// What a round of many contributors took.
struct Row {
    contributors: usize,
    /// Until all have committed.
    committing: Duration,
    /// From the block of the last commitment.
    to_reveal: BlockNumber,
    to_version: BlockNumber,
    to_settled: BlockNumber,
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
    let updates: Vec<Vec<u8>> = crowd.accounts[..count]
        .iter()
        .map(|contributor| scenario.model.update(&scenario.base, contributor))
        .collect();

    let (gauge, mine) = (Gauge::begin(&scenario.net)?, own());
    let round = scenario.open_round().await?;
    let work = crowd
        .prepare(scenario, (scenario.id, round), 0, &written(scenario, 0, &updates)?)
        .await?;
    scenario.net.say("they commit");
    let began = Instant::now();
    let last = crowd.commit(&work).await?;
    let committing = began.elapsed();
    let began = Instant::now();
    scenario.net.say("they upload and reveal");
    let revealed = crowd.upload_and_reveal(&work).await?;
    let account = crowd.accounts[0].id();
    let recorded = until(&scenario.client, (round, &account), |view| view.recorded_at.is_some()).await?;
    let took = began.elapsed();
    scenario.net.say("the version is recorded");
    until(&scenario.client, (round, &account), |view| {
        view.phase == RoundPhase::Settled
    })
    .await?;
    let settled = scenario.client.best().await?.number;
    let view = scenario.client.round(round).await?;
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
        to_version: recorded.recorded_at.unwrap_or_default().saturating_sub(last),
        to_settled: settled.saturating_sub(last),
        took,
        used,
        own,
        verified: began.elapsed(),
    };
    println!("{}", row.line());
    Ok(row)
}

/// Waits for what a round shows to one of its contributors: the whole view, asked for again and again, would be much of what is measured.
async fn until(
    client: &Client,
    (round, account): (RoundId, &AccountId),
    wanted: impl Fn(&RoundView) -> bool,
) -> Result<RoundView> {
    let wanted = &wanted;
    let waiting = client.until("the round does not go on", 5 * MINUTE, || async move {
        let view = client.own_round(round, account).await?;
        Ok(wanted(&view).then_some(view))
    });
    Ok(waiting.await?)
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
            "| {} | {:.1} | {} | {} | {} | {:.1} | {node} | {worker} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
            self.contributors,
            self.committing.as_secs_f64(),
            self.to_reveal,
            self.to_version,
            self.to_settled,
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
        "\n| contributors | s to commit | blocks to the last reveal | blocks to the version | blocks to its payment | seconds to the version | node MiB | worker MiB | database \
         MiB | store MiB | s of all nodes | s of all workers | s of all contributors | s to verify |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for row in rows {
        println!("{}", row.line());
    }
}

//! After the last round: claims, tables, lineage, verification.

use super::{round::State, show, Run};
use crate::contributors::Contributors;
use anyhow::Result;
use futures::future::try_join_all;
use quorate_client::{calls::incentives, pipeline, Until};
use quorate_localnet::Network;
use quorate_primitives::{job::Outcome, version::Origin, views::RoundView, BlockNumber, VersionIndex};
use quorate_verify::{Blobs, Found};

/// Everybody claims; then reputations, balances, delays and the lineage of the last version.
pub async fn tables(run: &Run, state: &State, settled: &[RoundView]) -> Result<()> {
    let doing = run.screen.doing("contributors claim their pay");
    try_join_all(run.people.contributors.iter().map(|account| async move {
        match run.client.standing(&account.id()).await?.claimable {
            0 => Ok(()),
            _ => run
                .client
                .submit(account, &incentives::claim(), Until::InBlock)
                .await
                .map(|_| ()),
        }
    }))
    .await?;
    doing.finish_and_clear();
    standings(run, settled).await?;
    lineage(run, state).await?;
    delays(run, &state.delays);
    Ok(())
}

async fn standings(run: &Run, settled: &[RoundView]) -> Result<()> {
    let screen = &run.screen;
    screen.line("reputations and balances (contributors began with nothing and paid no fee):");
    screen.line("  account        organisation  reputation  balance     mean score  claimable");
    for (i, account) in run.people.contributors.iter().enumerate() {
        let (id, standing) = (account.id(), run.client.standing(&account.id()).await?);
        let funds = run.client.funds(&id).await?;
        let scores: Vec<u32> = settled
            .iter()
            .flat_map(|round| &round.updates)
            .filter(|update| update.contributor == id)
            .filter_map(|update| update.score)
            .collect();
        let mean = scores.iter().map(|score| u64::from(*score)).sum::<u64>() / (scores.len() as u64).max(1);
        screen.line(&format!(
            "  {:<13}  {:<12}  {:<10}  {:<10}  {:<10}  {}{}",
            format!("Contributor{i}"),
            format!("Org{}", i / 2),
            standing.contributor.map_or_else(|| "-".into(), show::part),
            show::tokens(funds.free),
            show::part(mean as u32),
            show::tokens(standing.claimable),
            if Contributors::is_hostile(i) { "  hostile" } else { "" }
        ));
    }
    for standing in run
        .client
        .standings()
        .await?
        .iter()
        .filter(|standing| standing.validator.is_some())
    {
        screen.line(&format!(
            "  {:<13}  {:<12}  {:<10}  {:<10}  {:<10}  {}",
            run.people.name(&standing.account),
            standing
                .organisation
                .map_or_else(|| "-".into(), |organisation| format!("Org{organisation}")),
            standing.validator.map_or_else(|| "-".into(), show::part),
            show::tokens(run.client.funds(&standing.account).await?.free),
            "validator",
            show::tokens(standing.claimable),
        ));
    }
    Ok(())
}

async fn lineage(run: &Run, state: &State) -> Result<()> {
    let lineage = run.client.lineage(run.model, state.version).await?;
    let (screen, record) = (&run.screen, lineage.version.record);
    screen.line(&format!("lineage of version {}:", record.version));
    screen.line(&format!(
        "  root {:?}, block {}, pipeline {}",
        record.root,
        record.block,
        pipeline::show(&lineage.policy.pipeline)
    ));
    if let Origin::Round(origin) = record.origin {
        screen.line(&format!(
            "  made by round {} from version {}, job {:?}",
            origin.round, origin.parent, origin.job
        ));
    }
    for update in &lineage.updates {
        screen.line(&format!(
            "  update {:<13} weight {:<4} score {} root {}",
            run.people.name(&update.contributor),
            update.weight,
            update.score.map_or_else(|| "-    ".into(), show::part),
            update.root.map_or_else(|| "-".into(), |root| format!("{root:?}")),
        ));
    }
    if let Some(job) = &lineage.job {
        for (member, statement) in job.committee.iter().zip(job.statements.iter()) {
            let outcome = statement.reveal.as_ref().and_then(Outcome::aggregate);
            let revealed = outcome.map_or_else(|| "nothing".into(), |outcome| format!("{:?}", outcome.output));
            let verdict = statement
                .verdict
                .map_or_else(|| "-".into(), |verdict| format!("{verdict:?}"));
            screen.line(&format!(
                "  member {:<13} revealed {revealed}, {verdict}",
                run.people.name(&member.validator)
            ));
        }
    }
    for parent in &lineage.parents {
        screen.line(&format!(
            "  parent {:>2} root {:?}, block {}",
            parent.version, parent.root, parent.block
        ));
    }
    Ok(())
}

fn delays(run: &Run, delays: &[(BlockNumber, f64)]) {
    let mut blocks: Vec<BlockNumber> = delays.iter().map(|(blocks, _)| *blocks).collect();
    let mut seconds: Vec<f64> = delays.iter().map(|(_, seconds)| *seconds).collect();
    blocks.sort_unstable();
    seconds.sort_by(f64::total_cmp);
    if let (Some(median), Some(time)) = (blocks.get(blocks.len() / 2), seconds.get(seconds.len() / 2)) {
        run.screen.line(&format!(
            "from the last submit to the recorded version, over {} rounds: median {median} blocks, {time:.1} s",
            delays.len()
        ));
    }
}

/// What `quorate verify` does, with the store of the first validator.
pub async fn verify(run: &Run, network: &Network, version: VersionIndex) -> Result<bool> {
    let doing = run.screen.doing("verifying");
    let stores = network.nodes().first().map(|node| node.store().to_path_buf());
    let blobs = Blobs::new(stores.into_iter().collect(), None)?;
    let report = quorate_verify::verify(&run.client, (run.model, version), &blobs, None, &|step| {
        doing.set_message(step.to_string())
    })
    .await?;
    doing.finish_and_clear();
    run.screen.line(&format!("verify version {version}:"));
    for check in &report.checks {
        run.screen.line(&format!(
            "  {} {:<21} {}",
            match check.found {
                Found::Equal => "ok  ",
                Found::Differs => "FAIL",
                Found::Expired => "gone",
                Found::Unchecked => "????",
            },
            check.name,
            check.detail
        ));
    }
    Ok(report.is_verified())
}

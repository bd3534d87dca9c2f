//! A validator is killed in mid-round, as by a power cut, and comes back.

use quorate_client::Account;
use quorate_exact::Rule;
use quorate_network_tests::scenario::Scenario;
use quorate_primitives::{
    job::{JobPhase, Verdict},
    AccountId,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Who may be killed.
const VALIDATORS: [(usize, &str); 3] = [(1, "//Bob"), (2, "//Charlie"), (3, "//Dave")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validator_killed_after_its_commit_should_reveal_when_it_is_back() -> anyhow::Result<()> {
    let mut scenario = Scenario::start(14, Rule::Median, BTreeMap::new()).await?;
    let updates: Vec<Vec<u8>> = (0..4).map(|_| scenario.model.update()).collect();
    let round = scenario.open_round().await?;
    scenario.contribute(round, &updates, &[1; 4]).await?;

    let view = scenario
        .until(round, "no job was made", |view| view.job.is_some())
        .await?;
    let job = view.job.expect("just seen");
    let client = scenario.client.clone();
    let committed = client
        .until("Commit is not over", Duration::from_secs(120), || async {
            let job = client.job(job).await?.job;
            Ok((!matches!(job.phase, JobPhase::Commit { .. })).then_some(job))
        })
        .await?;
    // On a busy machine one of the four may have missed Commit: it has nothing to reveal.
    let statements = committed.committee.iter().zip(&committed.statements);
    let candidates: BTreeSet<AccountId> = statements
        .filter(|(_, statement)| statement.commit.is_some())
        .map(|(member, _)| member.validator.clone())
        .collect();
    // Not the first one: the test asks it.
    let mut found = None;
    for (number, path) in VALIDATORS {
        let id = Account::from_uri(path)?.id();
        if candidates.contains(&id) {
            found = Some((number, id));
        }
    }
    let (victim, validator) = found.expect("a quorum has committed");
    let node = scenario.net.node_mut(victim).expect("four validators");
    node.kill();
    node.restart()?;
    scenario.until_settled(round).await?;

    let job = scenario.client.job(job).await?.job;
    let position = job
        .committee
        .iter()
        .position(|member| member.validator == validator)
        .expect("in the committee");
    assert_eq!(
        job.statements[position].verdict,
        Some(Verdict::Agreed),
        "{:#?}",
        job.statements
    );
    let height = client.finalized().await?.number;
    scenario
        .net
        .wait_final(victim, height + 1, Duration::from_secs(60))
        .await?;
    Ok(())
}

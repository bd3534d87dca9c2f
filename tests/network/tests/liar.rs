//! One of four workers returns wrong results.

use quorate_client::Account;
use quorate_exact::Rule;
use quorate_network_tests::scenario::{program, Scenario};
use quorate_primitives::{
    job::{Job, Outcome, Verdict},
    AccountId,
};
use std::collections::BTreeMap;

/// Reputation of a validator that was never judged, in parts per million.
const BEGINNING: u32 = 500_000;
/// Rounds in which the liar may come too late.
const MOST_ROUNDS: u32 = 3;

/// Checks the verdicts of a job, and tells whether the liar was in time to be found out.
fn judged(job: &Job, liar: &AccountId) -> bool {
    let agreed = job.agreed.expect("a quorum");
    let output = |outcome: &Outcome| outcome.aggregate().map(|outcome| outcome.output);
    let mut heard = false;
    for (member, statement) in job.committee.iter().zip(&job.statements) {
        match statement.reveal {
            None => assert_eq!((statement.commit, statement.verdict), (None, Some(Verdict::Silent))),
            Some(reveal) if member.validator == *liar => {
                assert_eq!(statement.verdict, Some(Verdict::Wrong));
                assert_ne!(output(&reveal), output(&agreed));
                heard = true;
            }
            Some(reveal) => {
                assert_eq!(statement.verdict, Some(Verdict::Agreed));
                assert_eq!(reveal, agreed);
            }
        }
    }
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lying_worker_should_change_nothing_and_be_found_out() -> anyhow::Result<()> {
    let liar = 2; // Charlie
    let workers = BTreeMap::from([(liar, program("quorate-liar-worker")?)]);
    let mut scenario = Scenario::start(12, Rule::Median, workers).await?;
    let charlie = Account::from_uri("//Charlie")?.id();
    // Nobody has judged it yet: it has what everyone begins with.
    let before = scenario.client.standing(&charlie).await?.validator.unwrap_or(BEGINNING);

    // On a busy machine the liar may come too late to be heard: then it is asked again.
    let mut base = scenario.base.clone();
    let mut heard = false;
    let mut version = 0;
    while !heard {
        version += 1;
        assert!(version <= MOST_ROUNDS, "the liar never committed in time");
        let updates: Vec<Vec<u8>> = (0..4).map(|_| scenario.model.update()).collect();
        let weights = [1, 1, 1, 1];
        let round = scenario.open_round().await?;
        scenario.contribute(round, &updates, &weights).await?;
        scenario.until_settled(round).await?;

        base = scenario.model.next(Rule::Median, &base, &updates, &weights);
        assert!(scenario.fetch(version).await? == base, "the version is right");
        let job = scenario.client.lineage(scenario.id, version).await?.job;
        heard = judged(&job.expect("a job"), &charlie);
    }
    let after = scenario.client.standing(&charlie).await?;
    assert!(
        after.validator < Some(before),
        "the liar's reputation falls: {before} to {:?}",
        after.validator
    );
    assert_eq!(after.claimable, 0, "the liar earns nothing");
    assert!(scenario.verify(version).await?.is_verified());
    Ok(())
}

//! One of four workers returns wrong results.

use quorate_client::Account;
use quorate_exact::Rule;
use quorate_network_tests::scenario::{program, Scenario};
use quorate_primitives::job::{Outcome, Verdict};
use std::collections::BTreeMap;

/// Reputation of a validator that was never judged, in parts per million.
const BEGINNING: u32 = 500_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lying_worker_should_change_nothing_and_be_found_out() -> anyhow::Result<()> {
    let liar = 2; // Charlie
    let workers = BTreeMap::from([(liar, program("quorate-liar-worker")?)]);
    let mut scenario = Scenario::start(12, Rule::Median, workers).await?;
    let charlie = Account::from_uri("//Charlie")?.id();
    // Nobody has judged it yet: it has what everyone begins with.
    let before = scenario.client.standing(&charlie).await?.validator.unwrap_or(BEGINNING);

    let updates: Vec<Vec<u8>> = (0..4).map(|_| scenario.model.update()).collect();
    let weights = [1, 1, 1, 1];
    let round = scenario.open_round().await?;
    scenario.contribute(round, &updates, &weights).await?;
    scenario.until_settled(round).await?;

    let expected = scenario.model.next(Rule::Median, &scenario.base, &updates, &weights);
    assert!(scenario.fetch(1).await? == expected, "the version is right");
    let job = scenario.client.lineage(scenario.id, 1).await?.job.expect("a job");
    let agreed = job.agreed.expect("a quorum");
    for (member, statement) in job.committee.iter().zip(&job.statements) {
        let reveal = statement.reveal.expect("all revealed");
        let output = |outcome: &Outcome| outcome.aggregate().map(|outcome| outcome.output);
        if member.validator == charlie {
            assert_eq!(statement.verdict, Some(Verdict::Wrong));
            assert_ne!(output(&reveal), output(&agreed));
        } else {
            assert_eq!(statement.verdict, Some(Verdict::Agreed));
            assert_eq!(reveal, agreed);
        }
    }
    let after = scenario.client.standing(&charlie).await?;
    assert!(
        after.validator < Some(before),
        "the liar's reputation falls: {before} to {:?}",
        after.validator
    );
    assert_eq!(after.claimable, 0, "the liar earns nothing");
    assert!(scenario.verify(1).await?.is_verified());
    Ok(())
}

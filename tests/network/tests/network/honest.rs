//! A round of four honest validators, from commitments to claims.

use futures::future::try_join_all;
use quorate_client::{calls, council::Majority, Until};
use quorate_exact::Rule;
use quorate_network_tests::{scenario::Scenario, wait, wait::MINUTE};
use quorate_primitives::{
    committee::quorum,
    job::{Statement, Verdict},
    update::UpdateStatus,
    version::VersionStatus,
};

/// Its version is revoked in the end: the next ones go on from the one before.
pub async fn version_should_be_the_reference_s_and_pay_should_be_claimable(
    scenario: &mut Scenario,
) -> anyhow::Result<()> {
    scenario.set_pipeline(Rule::WeightedMean.into()).await?;
    let updates = scenario.draw_updates();
    let weights = [10, 999, 1, 300, 20];

    let round = scenario.open_round().await?;
    let last = scenario.contribute(round, &updates, &weights).await?;
    let blocks = scenario.until_recorded(round, last).await?;
    println!("recorded {blocks} blocks after the last submission");
    let view = scenario.until_settled(round).await?;

    let version = view.version.expect("it is settled");
    assert!(view
        .updates
        .iter()
        .all(|update| update.status == UpdateStatus::Available && update.score.is_some()));
    let expected = scenario
        .model
        .next(Rule::WeightedMean, &scenario.base, &updates, &weights);
    assert!(
        scenario.fetch(version).await? == expected,
        "the version's bits are the reference's"
    );

    let lineage = scenario.client.lineage(scenario.id, version).await?;
    assert_eq!(lineage.parents.len(), version as usize, "every version before");
    assert_eq!(lineage.updates.len(), weights.len());
    let job = lineage.job.expect("a round's version has a job");
    assert_eq!(job.committee.len(), 4);
    // Whoever is slower than a quorum and its grace is Silent, on a busy machine also one of these.
    let late = |statement: &&Statement| statement.verdict == Some(Verdict::Silent) && statement.commit.is_none();
    let late = job.statements.iter().filter(late).count();
    let agreed = |statement: &&Statement| statement.verdict == Some(Verdict::Agreed);
    let agreed = job.statements.iter().filter(agreed).count();
    assert_eq!(agreed + late, job.committee.len(), "{:#?}", job.statements);
    assert!(agreed >= quorum(job.committee.len() as u32) as usize);
    assert!(lineage.version.settlement.is_some());

    let report = scenario.verify(version).await?;
    assert!(report.is_verified(), "{report:#?}");
    assert!(scenario.verify(0).await?.is_verified());

    let client = &scenario.client;
    let claims = scenario.contributors.iter().map(|contributor| async move {
        let standing = client.standing(&contributor.id()).await?;
        if standing.claimable == 0 {
            return anyhow::Ok(false);
        }
        // The account never held a token: the claim itself is free.
        assert_eq!(client.funds(&contributor.id()).await?.free, 0);
        client
            .submit(contributor, &calls::incentives::claim(), Until::Finalized)
            .await?;
        assert_eq!(client.funds(&contributor.id()).await?.free, standing.claimable);
        Ok(true)
    });
    let paid = try_join_all(claims).await?;
    assert!(paid.contains(&true), "somebody earned something");

    // The heaviest thing that the council decides: whoever closes the motion states its weight.
    let council = &scenario.organisations[..3];
    let revoke = || calls::models::revoke(scenario.id, version);
    let motion = client.propose(&council[0], revoke(), Majority::Simple).await?;
    // Who proposes it once more goes on with it, where it would be refused as a duplicate.
    let again = client.propose(&council[1], revoke(), Majority::Simple).await?;
    assert_eq!(again.hash, motion.hash);
    client.carry(&again, council).await?;
    wait::until("the version is not revoked", MINUTE, || async {
        let status = client.version(scenario.id, version).await?.status;
        Ok((status == VersionStatus::Revoked).then_some(()))
    })
    .await
}

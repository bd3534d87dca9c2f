//! One of four validators is silent: its process has ended before the round.

use quorate_exact::Rule;
use quorate_localnet::Part;
use quorate_network_tests::setup::Setup;
use quorate_primitives::job::Verdict;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_validator_should_cost_a_few_blocks_and_not_the_deadline() -> anyhow::Result<()> {
    let mut scenario = Setup::new(16, Rule::Median)?.start().await?;
    let dave = scenario.validator(3)?;
    scenario.net.kill(3, Part::Both)?;

    let updates: Vec<Vec<u8>> = (0..4).map(|_| scenario.model.update(&scenario.base)).collect();
    let round = scenario.open_round().await?;
    let last = scenario.contribute(round, &updates, &[1; 4]).await?;
    let blocks = scenario.until_recorded(round, last).await?;
    println!("recorded {blocks} blocks after the last submission");
    let view = scenario.client.round(round).await?;
    let sealed_at = view.sealed_at.expect("a version is recorded");
    let until = sealed_at + scenario.policy.deadlines.commit;
    assert!(
        view.recorded_at < Some(until),
        "Commit waited for its deadline: {view:#?}"
    );
    // The model does not wait for verdicts and pay.
    scenario.open_round().await?;

    scenario.until_settled(round).await?;
    let expected = scenario.model.next(Rule::Median, &scenario.base, &updates, &[1; 4]);
    assert!(scenario.fetch(1).await? == expected, "the version is right");
    let job = scenario.client.lineage(scenario.id, 1).await?.job.expect("a job");
    for (member, statement) in job.committee.iter().zip(&job.statements) {
        let verdict = match member.validator == dave {
            true => Verdict::Silent,
            false => Verdict::Agreed,
        };
        assert_eq!(statement.verdict, Some(verdict), "{:#?}", job.statements);
    }
    Ok(())
}

//! One of four validators is silent: its process has ended before the round.

use quorate_exact::Rule;
use quorate_localnet::Part;
use quorate_network_tests::scenario::Scenario;
use quorate_primitives::{job::Verdict, views::ModelView};

/// The last part of a test: nobody starts it again.
pub async fn silent_validator_should_cost_a_few_blocks_and_not_the_deadline(
    scenario: &mut Scenario,
) -> anyhow::Result<()> {
    scenario.set_pipeline(Rule::Median.into()).await?;
    let dave = scenario.validator(3)?;
    scenario.net.kill(3, Part::Both)?;

    let updates = scenario.draw_updates();
    let weights = vec![1; updates.len()];
    let round = scenario.open_round().await?;
    let last = scenario.contribute(round, &updates, &weights).await?;
    let blocks = scenario.until_recorded(round, last).await?;
    println!("recorded {blocks} blocks after the last submission");
    let view = scenario
        .until_final(round, "the record is not final", |view| view.recorded_at)
        .await?;
    let sealed_at = view.sealed_at.expect("a version is recorded");
    let until = sealed_at + scenario.policy.deadlines.commit;
    assert!(
        view.recorded_at < Some(until),
        "Commit waited for its deadline: {view:#?}"
    );
    // The model does not wait for verdicts and pay: the block with the record leaves it without an open round.
    let recorded = scenario.client.block_at(view.recorded_at.expect("it is final")).await?;
    let model: Option<ModelView> = scenario
        .client
        .runtime("ModelsApi_model", scenario.id, Some(recorded.hash))
        .await?;
    assert_eq!(model.expect("it has a version").open_round, None);
    scenario.open_round().await?;

    let version = scenario.until_settled(round).await?.version.expect("it is settled");
    let expected = scenario.model.next(Rule::Median, &scenario.base, &updates, &weights);
    assert!(scenario.fetch(version).await? == expected, "the version is right");
    let job = scenario.job_of(version).await?;
    for (member, statement) in job.committee.iter().zip(&job.statements) {
        let verdict = match member.validator == dave {
            true => Verdict::Silent,
            false => Verdict::Agreed,
        };
        assert_eq!(statement.verdict, Some(verdict), "{:#?}", job.statements);
    }
    Ok(())
}

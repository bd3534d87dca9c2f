//! A contributor sends rubbish.

use quorate_exact::Rule;
use quorate_network_tests::{scenario::Scenario, setup::UNIT};
use quorate_primitives::update::{Malformed, UpdateStatus};

pub async fn malformed_update_should_be_named_and_cost_the_bond(scenario: &mut Scenario) -> anyhow::Result<()> {
    scenario.set_pipeline(Rule::WeightedMean.into()).await?;
    let mut updates = scenario.draw_updates();
    let weights = [5, 6, 7, 8, 9];
    let index = 3usize;
    let at = scenario.model.header.header_len() as usize + 4 * index;
    updates[1][at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    let sponsor = scenario.organisations[1].id();
    let funds = scenario.client.funds(&sponsor).await?;

    let round = scenario.open_round().await?;
    scenario.contribute(round, &updates, &weights).await?;
    let view = scenario.until_settled(round).await?;

    let statuses = scenario.by_contributor(&view);
    let reason = Malformed::NonFinite {
        tensor: 0,
        index: index as u64,
    };
    assert_eq!(statuses[1].status, UpdateStatus::Invalid(reason));
    let honest = [0, 2, 3, 4];
    for honest in honest {
        assert_eq!(statuses[honest].status, UpdateStatus::Available);
    }
    let kept = honest.map(|n| updates[n].clone());
    let kept_weights = honest.map(|n| weights[n]);
    let expected = scenario
        .model
        .next(Rule::WeightedMean, &scenario.base, &kept, &kept_weights);
    let version = view.version.expect("it is settled");
    assert!(
        scenario.fetch(version).await? == expected,
        "the round goes on without it"
    );
    scenario.base = expected;
    let after = scenario.client.funds(&sponsor).await?;
    assert_eq!(funds.free - after.free, UNIT, "the bond is gone");
    assert_eq!(after.reserved, 0);
    Ok(())
}

//! A contributor sends rubbish, another one what somebody else sends.

use quorate_exact::Rule;
use quorate_network_tests::{scenario::Scenario, setup::UNIT};
use quorate_primitives::update::{Malformed, Update, UpdateStatus};

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

/// Both have the bytes. Whose commitment came first shows in the order of the updates.
pub async fn of_equal_updates_the_one_that_was_committed_first_should_count(
    scenario: &mut Scenario,
) -> anyhow::Result<()> {
    scenario.set_pipeline(Rule::WeightedMean.into()).await?;
    let (one, other) = (0, 4);
    let mut updates = scenario.draw_updates();
    updates[other] = updates[one].clone();
    let weights = [5, 6, 7, 8, 9];

    let round = scenario.open_round().await?;
    scenario.contribute(round, &updates, &weights).await?;
    let view = scenario.until_settled(round).await?;

    let found = scenario.by_contributor(&view);
    let is_one_of_both = |update: &&Update| {
        [one, other]
            .map(|n| &found[n].contributor)
            .contains(&&update.contributor)
    };
    let statuses: Vec<_> = view
        .updates
        .iter()
        .filter(is_one_of_both)
        .map(|update| update.status)
        .collect();
    assert_eq!(statuses, [UpdateStatus::Available, UpdateStatus::Duplicate]);
    let honest: Vec<usize> = (0..updates.len())
        .filter(|n| found[*n].status == UpdateStatus::Available)
        .collect();
    assert_eq!(honest.len(), updates.len() - 1);
    let kept: Vec<_> = honest.iter().map(|n| updates[*n].clone()).collect();
    let kept_weights: Vec<_> = honest.iter().map(|n| weights[*n]).collect();
    let expected = scenario
        .model
        .next(Rule::WeightedMean, &scenario.base, &kept, &kept_weights);
    let version = view.version.expect("it is settled");
    assert!(scenario.fetch(version).await? == expected);
    scenario.base = expected;
    for organisation in [one, other].map(|n| scenario.organisations[n].id()) {
        assert_eq!(
            scenario.client.funds(&organisation).await?.reserved,
            0,
            "bonds are back"
        );
    }
    Ok(())
}

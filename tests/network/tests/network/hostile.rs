//! A contributor sends rubbish.

use quorate_exact::Rule;
use quorate_network_tests::setup::{Setup, UNIT};
use quorate_primitives::update::{Malformed, UpdateStatus};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_update_should_be_named_and_cost_the_bond() -> anyhow::Result<()> {
    let mut scenario = Setup::new(13, Rule::WeightedMean)?.start().await?;
    let mut updates: Vec<Vec<u8>> = (0..4).map(|_| scenario.model.update(&scenario.base)).collect();
    let weights = [5, 6, 7, 8];
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
    for honest in [0, 2, 3] {
        assert_eq!(statuses[honest].status, UpdateStatus::Available);
    }
    let kept = [0, 2, 3].map(|n| updates[n].clone());
    let expected = scenario
        .model
        .next(Rule::WeightedMean, &scenario.base, &kept, &[5, 7, 8]);
    assert!(scenario.fetch(1).await? == expected, "the round goes on without it");
    let after = scenario.client.funds(&sponsor).await?;
    assert_eq!(funds.free - after.free, UNIT, "the bond is gone");
    assert_eq!(after.reserved, 0);
    Ok(())
}

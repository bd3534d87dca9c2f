//! A contributor sends rubbish, another one what somebody else sends.

use quorate_client::{contribution::prepare, journal::Journal};
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

/// Contributor 4 brings the file of contributor 0 as it is; contributor 3 brings its values under its own name.
pub async fn copied_update_should_cost_the_bond_and_one_under_the_own_name_should_count(
    scenario: &mut Scenario,
) -> anyhow::Result<()> {
    scenario.set_pipeline(Rule::WeightedMean.into()).await?;
    let mut updates = scenario.draw_updates();
    updates[3] = scenario
        .model
        .renamed(&updates[0], &scenario.base, &scenario.contributors[3]);
    let weights = [5, 6, 7, 8, 9];
    let sponsor = scenario.organisations[4].id();
    let funds = scenario.client.funds(&sponsor).await?;

    let round = scenario.open_round().await?;
    let mut contributing = scenario.contributing(round, &updates, &weights).await?;
    let copied = scenario.write("copied.safetensors", &updates[0])?;
    let (copier, place) = (&scenario.contributors[4], (scenario.id, round));
    let journal = Journal::open(copied.with_file_name("copier"))?;
    let refused = prepare(&scenario.client, &journal, copier, place, (&copied, None), 9).await;
    let text = refused.err().expect("no client of ours brings it").to_string();
    for account in [copier, &scenario.contributors[0]] {
        assert!(text.contains(&account.id().to_string()), "{text}");
    }
    contributing.bring_instead(4, copied)?;
    contributing.commit().await?;
    contributing.upload_and_reveal().await?;
    let view = scenario.until_settled(round).await?;

    let found = scenario.by_contributor(&view);
    assert_eq!(
        found[4].status,
        UpdateStatus::Invalid(Malformed::OtherContributor),
        "whoever's commitment came first"
    );
    assert_eq!(found[4].root, found[0].root);
    let honest = [0, 1, 2, 3];
    for n in honest {
        assert_eq!(found[n].status, UpdateStatus::Available, "contributor {n}");
    }
    let kept = honest.map(|n| updates[n].clone());
    let kept_weights = honest.map(|n| weights[n]);
    let expected = scenario
        .model
        .next(Rule::WeightedMean, &scenario.base, &kept, &kept_weights);
    let version = view.version.expect("it is settled");
    assert!(scenario.fetch(version).await? == expected);
    scenario.base = expected;
    let after = scenario.client.funds(&sponsor).await?;
    assert_eq!(funds.free - after.free, UNIT, "the bond is gone");
    assert_eq!(after.reserved, 0);
    Ok(())
}

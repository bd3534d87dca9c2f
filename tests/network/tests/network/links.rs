//! Links between validators fail: two against two, then slow ones; a gateway that drips; a clock that is wrong.

use crate::byzantine::DRIP;
use quorate_localnet::Link;
use quorate_network_tests::{scenario::Scenario, stage::Stage, wait, wait::MINUTE};
use quorate_primitives::job::Verdict;
use std::time::Duration;

/// Finality that is so many blocks behind has stalled: it is two or three behind as long as it moves.
const BEHIND: u32 = 6;
/// By how much a clock is off: more than two slots.
const SECONDS: i64 = 5;
/// Whose clock is off.
const OFF: usize = 3;
/// Whose gateway drips.
const DRIPS: usize = 2;

async fn round_with_a_clock_off(scenario: &mut Scenario, seconds: i64) -> anyhow::Result<()> {
    scenario.net.say(&format!("the clock of {OFF} is {seconds} s ahead"));
    scenario.net.node_mut(OFF).set_clock(seconds)?;
    scenario.net.restart(OFF)?;
    let playing = scenario.play().await?;
    scenario.until_stage(playing.round, Stage::Recorded).await?;
    scenario.net.heal();
    let version = scenario.finish_settled(playing).await?;
    let verdict = scenario.verdict(&scenario.job_of(version).await?, OFF)?;
    assert_ne!(verdict, Some(Verdict::Wrong));
    Ok(())
}

pub async fn rounds_should_survive_partitions_slow_links_dripping_gateways_and_wrong_clocks(
    scenario: &mut Scenario,
) -> anyhow::Result<()> {
    // Two against two, in mid-round: neither half has a quorum, nothing is final until they meet again.
    let playing = scenario.play().await?;
    scenario.until_stage(playing.round, Stage::Commit).await?;
    scenario.net.partition(&[0, 1], Link::Cut);
    let client = scenario.client.clone();
    let stalled = wait::until("finality does not stall", 2 * MINUTE, || async {
        let (best, last) = (client.best().await?.number, client.finalized().await?.number);
        Ok((best > last + BEHIND).then_some(last))
    })
    .await?;
    scenario.net.heal();
    scenario.net.wait_final(0, stalled + BEHIND, 3 * MINUTE).await?;
    scenario.finish_settled(playing).await?;

    // Every link of one validator is slow, and its clock is ahead.
    for other in 0..3 {
        let delay = Duration::from_millis(150);
        scenario.net.link(OFF, other, Link::Slow { delay, rate: 100_000 });
    }
    round_with_a_clock_off(scenario, SECONDS).await?;
    let height = scenario.client.finalized().await?.number;
    scenario.net.wait_final(OFF, height, 3 * MINUTE).await?;

    // Its clock is behind: all new blocks come from the future, so that it may follow nothing until its clock is right. The gateway of
    // another one gives a few bytes a second meanwhile. The others go on, and it is nobody's fault but its own.
    scenario.net.link_gateway(DRIPS, DRIP);
    round_with_a_clock_off(scenario, -SECONDS).await?;
    scenario.net.node_mut(OFF).set_clock(0)?;
    scenario.net.restart(OFF)?;
    // All still make one chain.
    let height = scenario.client.finalized().await?.number;
    for index in 0..4 {
        scenario.net.wait_final(index, height, 3 * MINUTE).await?;
    }
    Ok(())
}

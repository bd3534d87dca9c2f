//! Links between validators fail: two against two, then slow ones; a gateway that drips; a clock that is wrong.

use crate::byzantine::DRIP;
use quorate_localnet::Link;
use quorate_network_tests::{scenario::Scenario, stage::Stage, wait, wait::MINUTE};
use quorate_primitives::job::Verdict;
use std::time::Duration;

/// Finality that is so many blocks behind has stalled: it is two or three behind as long as it moves.
const BEHIND: u32 = 6;
/// By how much a clock is off, in seconds: more than two slots.
const OFF: i64 = 5;

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

    // Every link of one validator is slow, and the gateway of another gives a few bytes a second.
    for other in 0..3 {
        let delay = Duration::from_millis(150);
        scenario.net.link(3, other, Link::Slow { delay, rate: 100_000 });
    }
    scenario.net.link_gateway(2, DRIP);
    let playing = scenario.play().await?;
    scenario.until_stage(playing.round, Stage::Recorded).await?;
    scenario.net.heal();
    scenario.finish_settled(playing).await?;

    // A validator whose clock is ahead, then one whose clock is behind: to that one all new blocks come from the future, so that it
    // may follow nothing until its clock is right. The others go on, and it is nobody's fault but its own.
    for off in [OFF, -OFF, 0] {
        scenario.net.say(&format!("the clock of 3 is {off} s ahead"));
        scenario.net.node_mut(3).set_clock(off)?;
        scenario.net.restart(3)?;
        let playing = scenario.play().await?;
        let version = scenario.finish_settled(playing).await?;
        if off > 0 {
            let height = scenario.client.finalized().await?.number;
            scenario.net.wait_final(3, height, 3 * MINUTE).await?;
        }
        let verdict = scenario.verdict(&scenario.job_of(version).await?, 3)?;
        assert_ne!(verdict, Some(Verdict::Wrong));
    }
    // All still make one chain.
    let height = scenario.client.finalized().await?.number;
    for index in 0..4 {
        scenario.net.wait_final(index, height, 3 * MINUTE).await?;
    }
    Ok(())
}

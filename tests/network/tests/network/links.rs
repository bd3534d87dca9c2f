//! Links between validators fail: two against two, then slow ones; a gateway that drips; a clock that is wrong.

use quorate_exact::Rule;
use quorate_localnet::Link;
use quorate_network_tests::{setup::Setup, stage::Stage, wait, wait::MINUTE};
use quorate_primitives::job::Verdict;
use std::time::Duration;

/// Finality that is so many blocks behind has stalled.
const BEHIND: u32 = 10;
/// By how much a clock is off, in seconds: more than two slots.
const OFF: i64 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rounds_should_survive_partitions_slow_links_dripping_gateways_and_wrong_clocks() -> anyhow::Result<()> {
    let mut scenario = Setup::new(20, Rule::Median)?.links().start().await?;

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
    let first = scenario.finish_settled(playing).await?;
    assert_eq!(first, 1);

    // Every link of one validator is slow, and the gateway of another gives a few bytes a second.
    for other in 0..3 {
        let delay = Duration::from_millis(150);
        scenario.net.link(3, other, Link::Slow { delay, rate: 100_000 });
    }
    let drip = Link::Slow {
        delay: Duration::ZERO,
        rate: 20,
    };
    scenario.net.link_gateway(2, drip);
    let playing = scenario.play().await?;
    scenario.until_stage(playing.round, Stage::Recorded).await?;
    scenario.net.heal();
    assert_eq!(scenario.finish_settled(playing).await?, 2);

    // A validator whose clock is ahead, then one whose clock is behind: to that one all new blocks come from the future, so that it
    // may follow nothing until its clock is right. The others go on, and it is nobody's fault but its own.
    for off in [OFF, -OFF, 0] {
        scenario.net.say(&format!("the clock of 3 is {off} s ahead"));
        scenario.net.node_mut(3).set_clock(off)?;
        scenario.net.restart(3)?;
        if off >= 0 {
            let height = scenario.client.finalized().await?.number;
            scenario.net.wait_final(3, height, 3 * MINUTE).await?;
        }
        let playing = scenario.play().await?;
        let version = scenario.finish_settled(playing).await?;
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

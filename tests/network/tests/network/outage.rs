//! More than a third of the workers are down; then the whole network is.

use quorate_localnet::Part;
use quorate_network_tests::{scenario::Scenario, soak::answers, stage::Stage, wait, wait::MINUTE};
use quorate_primitives::{policy::Deadlines, views::RoundPhase};

const DOWN: [usize; 2] = [2, 3];
/// Votes that never reach a quorum are not waited for.
const DEADLINES: Deadlines = Deadlines {
    collect: 60,
    reveal_updates: 15,
    vote: 12,
    commit: 60,
    reveal: 60,
};

pub async fn round_without_a_quorum_should_be_refunded_and_the_next_ones_should_work(
    scenario: &mut Scenario,
) -> anyhow::Result<()> {
    let before = scenario.client.funds(&scenario.organisations[1].id()).await?;
    let deadlines = scenario.set_deadlines(DEADLINES).await?;

    // When all have committed, before any update is revealed and voted for.
    let committed = scenario.play_committed().await?;
    for index in DOWN {
        scenario
            .net
            .say(&format!("the worker of {index} ends whenever it is started"));
        scenario.net.nodes()[index].disable_worker()?;
    }
    let played = scenario.finish(committed.reveal()).await?;
    assert_eq!(played.view.phase, RoundPhase::Aborted, "two of four are no quorum");
    let after = scenario.client.funds(&scenario.organisations[1].id()).await?;
    assert_eq!((after.free, after.reserved), (before.free, before.reserved), "refunded");
    scenario.set_deadlines(deadlines).await?;

    for index in DOWN {
        scenario.net.nodes()[index].enable_worker()?;
    }
    // Their nodes start them again by themselves, at most a minute later.
    for index in DOWN {
        let gateway = scenario.net.nodes()[index].gateway_url();
        wait::until("the worker is not back", 3 * MINUTE, || async {
            Ok(answers(&gateway).await.then_some(()))
        })
        .await?;
    }
    scenario.net.say("both workers are back");
    let playing = scenario.play().await?;
    scenario.finish_settled(playing).await?;

    // A power cut of everything, in mid-round.
    let playing = scenario.play().await?;
    scenario.until_stage(playing.round, Stage::Commit).await?;
    for index in 0..4 {
        scenario.net.kill(index, Part::Both)?;
    }
    for index in 0..4 {
        scenario.net.restart(index)?;
    }
    scenario.look_from(0).await?;
    scenario.finish_settled(playing).await?;
    Ok(())
}

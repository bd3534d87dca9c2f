//! More than a third of the workers are down; then the whole network is.

use quorate_exact::Rule;
use quorate_localnet::Part;
use quorate_network_tests::{setup::Setup, stage::Stage, wait, wait::MINUTE};
use quorate_primitives::{policy::Deadlines, views::RoundPhase};

const DOWN: [usize; 2] = [2, 3];
/// Blocks for votes that never reach a quorum.
const VOTE: u32 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn round_without_a_quorum_should_be_refunded_and_the_next_ones_should_work() -> anyhow::Result<()> {
    let deadlines = Deadlines {
        collect: 60,
        reveal_updates: 30,
        vote: VOTE,
        commit: 60,
        reveal: 60,
    };
    let setup = Setup::new(19, Rule::Median)?.deadlines(deadlines);
    let mut scenario = setup.start().await?;
    let before = scenario.client.funds(&scenario.organisations[1].id()).await?;

    for index in DOWN {
        scenario
            .net
            .say(&format!("the worker of {index} ends whenever it is started"));
        scenario.net.nodes()[index].disable_worker()?;
    }
    let playing = scenario.play().await?;
    let played = scenario.finish(playing).await?;
    assert_eq!(played.view.phase, RoundPhase::Aborted, "two of four are no quorum");
    let after = scenario.client.funds(&scenario.organisations[1].id()).await?;
    assert_eq!((after.free, after.reserved), (before.free, before.reserved), "refunded");

    for index in DOWN {
        scenario.net.nodes()[index].enable_worker()?;
    }
    // Their nodes start them again by themselves, at most a minute later.
    for index in DOWN {
        let gateway = scenario.net.nodes()[index].gateway_url();
        let address = gateway.trim_start_matches("http://");
        wait::until("the worker is not back", 3 * MINUTE, || async {
            Ok(tokio::net::TcpStream::connect(address).await.ok().map(drop))
        })
        .await?;
    }
    let playing = scenario.play().await?;
    assert_eq!(scenario.finish_settled(playing).await?, 1);

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
    assert_eq!(scenario.finish_settled(playing).await?, 2);
    Ok(())
}

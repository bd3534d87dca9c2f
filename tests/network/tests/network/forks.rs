//! A fork that loses takes what contributors did with it: they do it again, and lose nothing.

use anyhow::{ensure, Result};
use quorate_exact::Rule;
use quorate_localnet::Link;
use quorate_network_tests::{scenario::Scenario, setup::Setup, wait, wait::MINUTE};
use quorate_primitives::views::RoundPhase;

const VALIDATORS: usize = 8;
/// Whom the contributors talk to, and one more: a validator alone makes no blocks.
const FEW: [usize; 2] = [0, 1];
/// One of the others, which are a quorum.
const OTHER: usize = 2;
const ROUNDS: usize = 2;

/// Contributors commit, and reveal if there is time, on a chain that the others do not see, and that is not final.
async fn round_on_a_fork_that_loses(scenario: &mut Scenario) -> Result<()> {
    let round = scenario.open_round().await?;
    let client = scenario.client.clone();
    let others = scenario.net.connect(OTHER, MINUTE).await?;
    wait::until("the round is not final", 2 * MINUTE, || async {
        let opened_at = client.round(round).await?.opened_at;
        Ok((opened_at <= client.finalized().await?.number).then_some(()))
    })
    .await?;
    scenario.net.partition(&FEW, Link::Cut);
    let playing = scenario.play_in(round).await?;
    scenario
        .until(round, "the fork does not end Collecting", |view| {
            !matches!(view.phase, RoundPhase::Collecting { .. })
        })
        .await?;
    let fork = client.best().await?;
    wait::until("the others' chain is not final", 2 * MINUTE, || async {
        Ok((others.finalized().await?.number >= fork.number).then_some(()))
    })
    .await?;
    scenario.net.heal();
    scenario.finish_settled(playing).await?;
    ensure!(
        client.block_at(fork.number).await?.hash != fork.hash,
        "the fork has won"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_fork_took_back_should_be_done_again() -> Result<()> {
    let setup = Setup::new(14, Rule::Median)?.validators(VALIDATORS).links();
    let mut scenario = setup.start().await?;
    for _ in 0..ROUNDS {
        round_on_a_fork_that_loses(&mut scenario).await?;
    }
    Ok(())
}

//! A validator is killed in every stage of a round, as by a power cut: its node, its worker, or both.

use quorate_localnet::Part;
use quorate_network_tests::{scenario::Scenario, stage::Stage, wait::MINUTE};
use quorate_primitives::{job::Verdict, RoundId};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SEED: u64 = 14;
/// Not the first one: the test asks it.
const VICTIMS: std::ops::Range<usize> = 1..4;
/// Stages that are far apart have a round together, and one victim.
const ROUNDS: [&[Stage]; 3] = [
    &[Stage::Collecting, Stage::Reveal],
    &[Stage::Revealing, Stage::Recorded],
    &[Stage::Commit],
];

async fn has_committed(scenario: &Scenario, round: RoundId, victim: usize) -> anyhow::Result<bool> {
    let Some(job) = scenario.client.round(round).await?.job else {
        return Ok(false);
    };
    Ok(scenario.statement(job, victim).await?.commit.is_some())
}

pub async fn validator_killed_in_any_stage_should_come_back_and_never_be_wrong(
    scenario: &mut Scenario,
) -> anyhow::Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    for stages in ROUNDS {
        let victim = rng.random_range(VICTIMS);
        let playing = scenario.play().await?;
        let round = playing.round;
        // What it had committed to by then, it has to reveal.
        let mut committed = false;
        for stage in stages {
            let part = [Part::Node, Part::Worker, Part::Both][rng.random_range(0..3)];
            let at = scenario.until_stage(round, *stage).await?;
            scenario.net.say(&format!("a kill for {stage:?} at {at:?}"));
            scenario.net.kill(victim, part)?;
            if part != Part::Worker {
                scenario.net.restart(victim)?;
            }
            committed |= has_committed(scenario, round, victim).await?;
        }
        let version = scenario.finish_settled(playing).await?;
        let verdict = scenario.verdict(&scenario.job_of(version).await?, victim)?;
        scenario.net.say(&format!("committed {committed}: {verdict:?}"));
        let fair = match committed {
            true => verdict == Some(Verdict::Agreed),
            false => matches!(verdict, Some(Verdict::Agreed | Verdict::Silent)),
        };
        assert!(fair, "{verdict:?}");
        let height = scenario.client.finalized().await?.number;
        scenario.net.wait_final(victim, height, 3 * MINUTE).await?;
    }
    Ok(())
}

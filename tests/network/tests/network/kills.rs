//! A validator is killed in every stage of a round, as by a power cut: its node, its worker, or both.

use quorate_exact::Rule;
use quorate_localnet::Part;
use quorate_network_tests::{setup::Setup, stage::Stage, wait::MINUTE};
use quorate_primitives::job::Verdict;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SEED: u64 = 14;
/// Not the first one: the test asks it.
const VICTIMS: std::ops::Range<usize> = 1..4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validator_killed_in_any_stage_should_come_back_and_never_be_wrong() -> anyhow::Result<()> {
    let mut scenario = Setup::new(SEED, Rule::Median)?.start().await?;
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    for stage in Stage::ALL {
        let victim = rng.random_range(VICTIMS);
        let part = [Part::Node, Part::Worker, Part::Both][rng.random_range(0..3)];
        scenario.net.say(&format!("a round with a kill at {stage:?}"));
        let playing = scenario.play().await?;
        let round = playing.round;
        let at = scenario.until_stage(round, stage).await?;
        scenario.net.kill(victim, part)?;
        if part != Part::Worker {
            scenario.net.restart(victim)?;
        }
        // What it had committed to by then, it has to reveal.
        let account = scenario.validator(victim)?;
        let committed = match scenario.client.round(round).await?.job {
            None => false,
            Some(job) => {
                let job = scenario.client.job(job).await?.job;
                let member = job.committee.iter().position(|member| member.validator == account);
                member.is_some_and(|member| job.statements[member].commit.is_some())
            }
        };
        let version = scenario.finish_settled(playing).await?;
        let verdict = scenario.verdict(&scenario.job_of(version).await?, victim)?;
        scenario
            .net
            .say(&format!("killed at {at:?}, committed {committed}: {verdict:?}"));
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

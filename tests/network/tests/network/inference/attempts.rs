//! Batches that are disturbed: without a quorum at first, or with a worker that is killed.

use anyhow::{bail, ensure, Context, Result};
use quorate_byzantine::Behaviour;
use quorate_localnet::Part;
use quorate_network_tests::{asking::check_answers, scenario::Scenario, wait, wait::MINUTE};
use quorate_primitives::job::Verdict;

use super::world::{asked, behave, job_of, say_times, World};
use crate::byzantine::ERRS;

/// Errs with the fourth where no quorum is to be found.
pub const ALSO_ERRS: usize = 2;

/// Its worker is killed. Not the first one: the test asks it.
const VICTIM: usize = 1;

/// Batches in which a kill may come after the reveal on a busy machine.
const MOST_KILLS: u32 = 3;

/// Two of four lie alike, and find no quorum; the second attempt does. A request after it, by itself, is timed.
pub async fn request_without_a_quorum_should_be_tried_again(scenario: &mut Scenario, world: &World) -> Result<()> {
    let scenario = &*scenario;
    let liars = [ALSO_ERRS, ERRS];
    behave(scenario, &liars, Behaviour::WrongResult)?;
    let sent = asked(scenario, world, &scenario.contributors[1], world.drawn(8)?).await?;
    let (batch, job) = job_of(scenario, sent.id).await?;
    wait::until("the liars do not commit", 5 * MINUTE, || async {
        let known = scenario.client.batch_at(batch, None).await?.context("it is there")?;
        let mut lied = 0;
        for index in liars {
            lied += usize::from(scenario.statement(job, index).await?.commit.is_some());
        }
        Ok((lied == liars.len() || known.job != job).then_some(()))
    })
    .await?;
    behave(scenario, &liars, Behaviour::Honest)?;
    check_answers(scenario, &[(sent.clone(), &world.language)]).await?;
    let batch = scenario.until_paid(batch).await?;
    ensure!(batch.first_job == Some(job) && batch.job != job, "{batch:?}");
    let alone = asked(scenario, world, &scenario.contributors[1], world.drawn(8)?).await?;
    say_times(scenario, [scenario.until_ended(alone.id).await?].iter());
    scenario.net.say(&format!("batch {} needed two attempts", batch.id));
    Ok(())
}

/// The node has the outcome and its salt on disk before the commit goes out.
pub async fn worker_killed_between_commit_and_reveal_should_still_agree(
    scenario: &mut Scenario,
    world: &World,
) -> Result<()> {
    for _ in 0..MOST_KILLS {
        let sent = asked(scenario, world, &scenario.contributors[2], world.drawn(12)?).await?;
        let (batch, job) = job_of(scenario, sent.id).await?;
        wait::until("the victim does not commit", 5 * MINUTE, || async {
            let statement = scenario.statement(job, VICTIM).await?;
            Ok(statement.commit.is_some().then_some(()))
        })
        .await?;
        scenario.net.kill(VICTIM, Part::Worker)?;
        let revealed = scenario.statement(job, VICTIM).await?.reveal.is_some();
        check_answers(scenario, &[(sent.clone(), &world.language)]).await?;
        let batch = scenario.until_paid(batch).await?;
        let job = scenario.client.job(batch.job).await?.job;
        let verdict = scenario.verdict(&job, VICTIM)?;
        ensure!(verdict == Some(Verdict::Agreed), "{verdict:?}");
        if !revealed {
            return Ok(());
        }
    }
    bail!("it was never killed before it had revealed");
}

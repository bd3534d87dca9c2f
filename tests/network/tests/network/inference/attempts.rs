//! Batches that are disturbed: without a quorum at first, or with a worker that is killed.

use anyhow::{bail, ensure, Result};
use quorate_byzantine::Behaviour;
use quorate_localnet::Part;
use quorate_network_tests::{asking::check_answers, scenario::Scenario, wait, wait::MINUTE};
use quorate_primitives::{
    job::{JobPhase, Verdict},
    JobId, RequestId,
};

use super::world::{asked, batch_of, behave, first_job, paid_batch, say_times, World};
use crate::byzantine::ERRS;

/// Errs with the fourth where no quorum is to be found.
pub const ALSO_ERRS: usize = 2;

/// Its worker is killed. Not the first one: the test asks it.
const VICTIM: usize = 1;

/// Batches in which a kill may come after the reveal on a busy machine, or another fork have another job.
const MOST_KILLS: u32 = 5;

/// Batches whose second attempt may begin with the liars on a busy machine, or whose first one be another fork's.
const MOST_LIES: u32 = 3;

/// Two of four lie alike, and find no quorum; the second attempt does. A request after it, by itself, is timed.
pub async fn request_without_a_quorum_should_be_tried_again(scenario: &mut Scenario, world: &World) -> Result<()> {
    let scenario = &*scenario;
    let mut tries = 0;
    while !tried_again(scenario, world).await? {
        tries += 1;
        ensure!(tries < MOST_LIES, "the liars were never in the first attempt alone");
    }
    let alone = asked(scenario, world, &scenario.contributors[1], world.drawn(8)?).await?;
    say_times(scenario, [scenario.until_ended(alone.id).await?].iter());
    Ok(())
}

/// Tells whether the liars were in the first attempt, and in no other.
async fn tried_again(scenario: &Scenario, world: &World) -> Result<bool> {
    let liars = [ALSO_ERRS, ERRS];
    behave(scenario, &liars, Behaviour::WrongResult)?;
    let sent = asked(scenario, world, &scenario.contributors[1], world.drawn(8)?).await?;
    let lied_in = lied(scenario, sent.id, &liars).await?;
    behave(scenario, &liars, Behaviour::Honest)?;
    let now = batch_of(scenario, sent.id).await?;
    if now.is_none_or(|batch| batch.first_job.is_some()) {
        scenario
            .net
            .say("the liars were honest too late, or a fork has no batch");
        scenario.until_ended(sent.id).await?;
        return Ok(false);
    }
    check_answers(scenario, &[(sent.clone(), &world.language)]).await?;
    let batch = paid_batch(scenario, sent.id).await?;
    if batch.first_job.is_none() && batch.job != lied_in {
        scenario
            .net
            .say("on another fork the liars were honest in the first attempt");
        return Ok(false);
    }
    ensure!(batch.first_job.is_some_and(|first| first != batch.job), "{batch:?}");
    scenario.net.say(&format!("batch {} needed two attempts", batch.id));
    Ok(true)
}

/// The first attempt in which all liars have committed, or nobody can any more.
async fn lied(scenario: &Scenario, id: RequestId, liars: &[usize]) -> Result<JobId> {
    wait::until("the liars do not commit", 5 * MINUTE, || async {
        let Some(batch) = batch_of(scenario, id).await? else {
            return Ok(None);
        };
        let first = first_job(&batch);
        let mut all = true;
        for index in liars {
            all &= scenario.statement(first, *index).await?.commit.is_some();
        }
        let phase = scenario.client.job(first).await?.job.phase;
        let is_over = !matches!(phase, JobPhase::Commit { .. });
        Ok((all || is_over).then_some(first))
    })
    .await
}

/// The node has the outcome and its salt on disk before the commit goes out.
pub async fn worker_killed_between_commit_and_reveal_should_still_agree(
    scenario: &mut Scenario,
    world: &World,
) -> Result<()> {
    for _ in 0..MOST_KILLS {
        let sent = asked(scenario, world, &scenario.contributors[2], world.drawn(12)?).await?;
        let committed_in = committed(scenario, sent.id).await?;
        scenario.net.kill(VICTIM, Part::Worker)?;
        let statement = scenario.statement(committed_in, VICTIM).await;
        let in_time = statement.is_ok_and(|statement| statement.reveal.is_none());
        check_answers(scenario, &[(sent.clone(), &world.language)]).await?;
        let batch = paid_batch(scenario, sent.id).await?;
        if batch.job != committed_in {
            scenario
                .net
                .say("it had committed in the job of another fork, or attempt");
            continue;
        }
        let job = scenario.client.job(batch.job).await?.job;
        let verdict = scenario.verdict(&job, VICTIM)?;
        ensure!(verdict == Some(Verdict::Agreed), "{verdict:?}");
        if in_time {
            return Ok(());
        }
    }
    bail!("it was never killed before it had revealed");
}

/// The job in which the victim has committed.
async fn committed(scenario: &Scenario, id: RequestId) -> Result<JobId> {
    wait::until("the victim does not commit", 5 * MINUTE, || async {
        let Some(batch) = batch_of(scenario, id).await? else {
            return Ok(None);
        };
        let statement = scenario.statement(batch.job, VICTIM).await?;
        Ok(statement.commit.is_some().then_some(batch.job))
    })
    .await
}

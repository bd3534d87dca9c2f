//! Workers that err in every way: no version is wrong, each fault is recorded for what it is, and none pays.

use futures::future::join_all;
use quorate_byzantine::Behaviour;
use quorate_exact::Rule;
use quorate_localnet::Link;
use quorate_network_tests::{scenario::program, scenario::Scenario, setup::Setup, stage::Stage, wait, wait::MINUTE};
use quorate_primitives::{
    job::{Job, JobPhase, Verdict},
    policy::Deadlines,
};
use std::time::Duration;

/// Reputation of a validator that was never judged, in parts per million.
const BEGINNING: u32 = 500_000;
/// Rounds in which somebody may come too late on a busy machine.
const MOST_ROUNDS: u32 = 3;
/// Some bytes a second: enough for a request, not for a blob.
pub const DRIP: Link = Link::Slow {
    delay: Duration::ZERO,
    rate: 20,
};

/// Whoever has copied a commit never reveals: the others wait for it.
const DEADLINES: Deadlines = Deadlines {
    collect: 100,
    reveal_updates: 40,
    vote: 40,
    commit: 60,
    reveal: 15,
};
/// Of four.
pub const ERRS: usize = 3;

fn behave(scenario: &Scenario, who: &[usize], behaviour: Behaviour) -> anyhow::Result<()> {
    scenario.net.say(&format!("{who:?}: {behaviour:?}"));
    for index in who {
        behaviour.write(&Behaviour::file(&scenario.net.nodes()[*index].store()))?;
    }
    Ok(())
}

/// A round with a behaviour. Those who err are `expected`, and everybody else agreed, or came too late on a busy machine. Tells
/// whether all who err were judged so, and none of them for coming too late.
async fn round(
    scenario: &mut Scenario,
    who: &[usize],
    behaviour: Behaviour,
    expected: Verdict,
) -> anyhow::Result<bool> {
    behave(scenario, who, behaviour)?;
    let playing = scenario.play().await?;
    let view = scenario
        .until(playing.round, "no job was made", |view| view.job.is_some())
        .await?;
    let id = view.job.expect("just seen");
    let copied = match (behaviour, expected) {
        // Of a silent one that is to be Wrong, the test commits what another one has committed.
        (Behaviour::Silent, Verdict::Wrong) => {
            // At once: whoever waits for another one's reveal comes too late to commit.
            let all = join_all(who.iter().map(|copier| scenario.copy(id, *copier))).await;
            let mut copied = true;
            for (copier, done) in who.iter().zip(all) {
                match done {
                    Ok(done) => {
                        scenario.net.say(&format!("{copier} has copied: {done:?}"));
                        copied &= done.committed;
                    }
                    Err(error) => {
                        scenario.net.say(&format!("{copier} came too late to copy: {error:#}"));
                        copied = false;
                    }
                }
            }
            copied
        }
        _ => true,
    };
    if behaviour == Behaviour::Late {
        let client = scenario.client.clone();
        wait::until("Commit does not end", 3 * MINUTE, || async {
            Ok((!matches!(client.job(id).await?.job.phase, JobPhase::Commit { .. })).then_some(()))
        })
        .await?;
        behave(scenario, who, Behaviour::Honest)?;
    }
    scenario.until_stage(playing.round, Stage::Recorded).await?;
    scenario.net.heal();
    let version = scenario.finish_settled(playing).await?;
    let job = scenario.job_of(version).await?;
    judged(scenario, &job, who, expected).map(|judged| judged && copied)
}

fn judged(scenario: &Scenario, job: &Job, who: &[usize], expected: Verdict) -> anyhow::Result<bool> {
    let mut judged = true;
    for index in 0..scenario.net.founders() {
        let verdict = scenario.verdict(job, index)?;
        match who.contains(&index) {
            true => {
                assert!(
                    verdict == Some(expected) || verdict == Some(Verdict::Silent),
                    "{index}: {verdict:?}, not {expected:?}"
                );
                judged &= verdict == Some(expected);
            }
            false => assert!(
                matches!(verdict, Some(Verdict::Agreed | Verdict::Silent)),
                "{index} is honest: {verdict:?}"
            ),
        }
    }
    Ok(judged)
}

/// Every kind of fault by the validators `who`, one after the other; while they are silent, the gateway of the last one is as `gateway` says.
pub async fn all_kinds(scenario: &mut Scenario, who: &[usize], gateway: Link) -> anyhow::Result<()> {
    let last = *who.last().expect("somebody errs");
    let account = scenario.validator(last)?;
    let standing = scenario.client.standing(&account).await?;
    let (mut before, earned) = (standing.validator.unwrap_or(BEGINNING), standing.claimable);
    for (behaviour, expected) in [
        (Behaviour::WrongResult, Verdict::Wrong),
        (Behaviour::WrongScores, Verdict::Wrong),
        (Behaviour::Silent, Verdict::Wrong),
        (Behaviour::Silent, Verdict::Silent),
        (Behaviour::Late, Verdict::Silent),
    ] {
        let mut tries = 0;
        if (behaviour, expected) == (Behaviour::Silent, Verdict::Silent) {
            scenario.net.link_gateway(last, gateway);
        }
        while !round(scenario, who, behaviour, expected).await? {
            tries += 1;
            assert!(tries < MOST_ROUNDS, "{behaviour:?} was never in time to be found out");
        }
        let after = scenario.client.standing(&account).await?;
        let now = after.validator.expect("it was judged");
        assert!(now < before, "reputation falls: {before} to {now}");
        assert_eq!(after.claimable, earned, "it earns nothing");
        before = now;
    }
    Ok(())
}

pub fn setup(seed: u64, validators: usize, who: &[usize]) -> anyhow::Result<Setup> {
    let setup = Setup::new(seed, Rule::Median)?
        .validators(validators)
        .deadlines(DEADLINES)
        .links();
    who.iter().try_fold(setup, |setup, index| {
        Ok(setup.worker(*index, program("quorate-byzantine-worker")?))
    })
}

/// The gateway of the fourth drips in `links`.
pub async fn byzantine_worker_should_change_nothing_and_be_recorded_for_what_it_does(
    scenario: &mut Scenario,
) -> anyhow::Result<()> {
    let deadlines = scenario.set_deadlines(DEADLINES).await?;
    all_kinds(scenario, &[ERRS], Link::Open).await?;
    scenario.set_deadlines(deadlines).await?;
    behave(scenario, &[ERRS], Behaviour::Honest)
}

//! An old backup of a validator's base path is put back: its keys are held, and then used, without a second signature for anything.
//! They are held for two minutes, in which the others go on: two parts of a test.

use quorate_exact::Rule;
use quorate_network_tests::{scenario::Scenario, wait, wait::MINUTE};
use quorate_primitives::{job::Verdict, policy::Deadlines, JobId, RoundId};

const RESTORED: usize = 3;
const HELD: &str = "signs of another node with the same keys";
const RELEASED: &str = "This validator's keys may sign";
const GOES_ON: &str = "This validator's keys may sign: this installation signed last";
/// Rounds until whoever is released agrees again, at most: on a busy machine it may be late.
const ROUNDS: u32 = 4;

/// A reveal that does not come is waited for as long as this.
const DEADLINES: Deadlines = Deadlines {
    collect: 100,
    reveal_updates: 40,
    vote: 40,
    commit: 60,
    reveal: 15,
};

/// What has been logged since a length before.
fn logged_since(scenario: &Scenario, before: usize) -> String {
    let logged = scenario.net.nodes()[RESTORED].logged();
    logged.get(before..).unwrap_or_default().to_owned()
}

/// The job that it has just committed to.
async fn committed(scenario: &Scenario, round: RoundId) -> anyhow::Result<JobId> {
    wait::until("it does not commit", 5 * MINUTE, || async {
        let Some(job) = scenario.client.round(round).await?.job else {
            return Ok(None);
        };
        let commit = scenario.statement(job, RESTORED).await?.commit;
        Ok(commit.map(|_| job))
    })
    .await
}

/// Returns how much it had logged when it was started with the backup.
pub async fn restored_backup_should_not_commit_twice(scenario: &mut Scenario) -> anyhow::Result<usize> {
    let deadlines = scenario.set_deadlines(DEADLINES).await?;
    let backup = scenario.net.folder().join("backup");

    // The backup is made between two rounds.
    let playing = scenario.play().await?;
    assert_eq!(scenario.finish_settled(playing).await?, 1);
    scenario.net.node_mut(RESTORED).stop();
    scenario.net.nodes()[RESTORED].back_up(&backup)?;
    let before = scenario.net.nodes()[RESTORED].logged().len();
    scenario.net.restart(RESTORED)?;
    wait::until("its own database does not release the keys", MINUTE, || async {
        let said = logged_since(scenario, before);
        Ok((said.contains(GOES_ON) && !said.contains(HELD)).then_some(()))
    })
    .await?;

    // It goes on, and commits in the next round. Then all since the backup is lost: blocks, votes, and the salt of that commit.
    let playing = scenario.play().await?;
    let job = committed(scenario, playing.round).await?;
    let commit = scenario.statement(job, RESTORED).await?.commit;
    scenario.net.node_mut(RESTORED).kill();
    scenario.net.nodes()[RESTORED].restore(&backup)?;
    let before = scenario.net.nodes()[RESTORED].logged().len();
    scenario.net.restart(RESTORED)?;
    assert_eq!(scenario.finish_settled(playing).await?, 2);
    let statement = scenario.statement(job, RESTORED).await?;
    assert_eq!(statement.commit, commit, "there is one commit");
    // It had revealed already, or it cannot any more: what is committed to and never revealed counts as wrong.
    let expected = match statement.reveal {
        Some(_) => Verdict::Agreed,
        None => Verdict::Wrong,
    };
    assert_eq!(statement.verdict, Some(expected));
    assert!(logged_since(scenario, before).contains(HELD), "the keys are not held");
    scenario.set_deadlines(deadlines).await?;
    Ok(before)
}

/// Nobody else uses the keys: they sign again, with the others.
pub async fn restored_backup_should_neither_equivocate_nor_commit_twice_and_agree_again(
    scenario: &mut Scenario,
    before: usize,
) -> anyhow::Result<()> {
    scenario.set_pipeline(Rule::Median.into()).await?;
    wait::until("the keys are not released", 5 * MINUTE, || async {
        Ok(logged_since(scenario, before).contains(RELEASED).then_some(()))
    })
    .await?;
    scenario.net.say("the keys are released");
    let agreed = async {
        for _ in 0..ROUNDS {
            let playing = scenario.play().await?;
            let version = scenario.finish_settled(playing).await?;
            let verdict = scenario.verdict(&scenario.job_of(version).await?, RESTORED)?;
            scenario.net.say(&format!("version {version}: {verdict:?}"));
            assert!(
                matches!(verdict, Some(Verdict::Agreed | Verdict::Silent)),
                "{verdict:?}"
            );
            if verdict == Some(Verdict::Agreed) {
                return anyhow::Ok(true);
            }
        }
        Ok(false)
    };
    assert!(agreed.await?, "it does not agree again");
    let height = scenario.client.finalized().await?.number;
    scenario.net.wait_final(RESTORED, height, 2 * MINUTE).await?;

    // Every node reports whoever signs two blocks of a slot, or two votes of a round: nobody was.
    let offences = scenario.client.entries("Offences", "Reports").await?;
    assert!(offences.is_empty(), "{offences:?}");
    Ok(())
}

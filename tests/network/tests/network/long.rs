//! What takes too long for every run of all tests: `scripts/test-network.sh` runs it.

use crate::byzantine::{all_kinds, setup, DRIP};
use quorate_exact::Rule;
use quorate_network_tests::{setup::Setup, wait::MINUTE};
use quorate_primitives::job::Verdict;
use std::{io::Write, process::Command, time::Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: scripts/test-network.sh byzantine"]
async fn two_byzantine_workers_of_seven_should_change_nothing() -> anyhow::Result<()> {
    let who = [4, 6];
    let mut scenario = setup(13, 7, &who)?.start().await?;
    all_kinds(&mut scenario, &who, DRIP).await
}

/// Blocks and seconds from the last commitment to the recorded version, and how far finality is behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: scripts/bench-network.sh"]
async fn last_submission_to_version() -> anyhow::Result<()> {
    let given = |name: &str, otherwise: usize| -> anyhow::Result<usize> {
        Ok(std::env::var(name).map_or(Ok(otherwise), |text| text.parse())?)
    };
    let (validators, rounds) = (
        given("QUORATE_BENCH_VALIDATORS", 4)?,
        given("QUORATE_BENCH_ROUNDS", 20)?,
    );
    let mut scenario = Setup::new(40, Rule::Median)?.validators(validators).start().await?;
    let (mut blocks, mut millis, mut lags) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let updates = scenario.draw_updates();
        let round = scenario.open_round().await?;
        let contributing = scenario.contributing(round, &updates, &[1; 4]).await?;
        let last = contributing.commit().await?;
        let began = Instant::now();
        let client = scenario.client.clone();
        let watching = tokio::spawn(async move {
            let mut lags = Vec::new();
            loop {
                let (best, last) = (client.best().await?, client.finalized().await?);
                lags.push(best.number.saturating_sub(last.number));
                if client.round(round).await?.recorded_at.is_some() {
                    return anyhow::Ok((began.elapsed(), lags));
                }
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        });
        contributing.upload_and_reveal().await?;
        let (took, behind) = tokio::time::timeout(3 * MINUTE, watching).await???;
        blocks.push(scenario.until_recorded(round, last).await?);
        millis.push(took.as_millis() as u32);
        lags.extend(behind);
        scenario.until_settled(round).await?;
        let version = scenario.client.round(round).await?.version.expect("settled");
        scenario.base = scenario.fetch(version).await?;
    }
    println!(
        "| validators | rounds | blocks p50 | blocks p99 | seconds p50 | seconds p99 | finality behind p50 | p99 |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    println!(
        "| {validators} | {rounds} | {} | {} | {:.1} | {:.1} | {} | {} |",
        part(&mut blocks, 50),
        part(&mut blocks, 99),
        f64::from(part(&mut millis, 50)) / 1e3,
        f64::from(part(&mut millis, 99)) / 1e3,
        part(&mut lags, 50),
        part(&mut lags, 99),
    );
    Ok(())
}

/// The smallest value that is not below `percent` of all.
fn part(values: &mut [u32], percent: usize) -> u32 {
    values.sort_unstable();
    let at = (values.len() * percent).div_ceil(100).saturating_sub(1);
    values.get(at).copied().unwrap_or_default()
}

/// A small file system of its own, in memory.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(at: &std::path::Path) -> anyhow::Result<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs"])
            .arg(at)
            .status()?;
        anyhow::ensure!(mounted.success(), "mounting a small disk needs root");
        Ok(Self(at.to_path_buf()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a test that fails may leave a process in it for a moment.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs root: scripts/test-network.sh disk"]
async fn disk_that_is_really_full_should_make_no_wrong_statement() -> anyhow::Result<()> {
    const VICTIM: usize = 3;
    let mut scenario = Setup::new(41, Rule::Median)?.start().await?;
    scenario.net.node_mut(VICTIM).stop();
    let store = scenario.net.nodes()[VICTIM].store();
    let _disk = SmallDisk::mount(&store)?;
    // The worker would leave room free by itself: here it writes until the system refuses.
    let keep = ["--worker-arg=--keep-free".into(), "--worker-arg=0".into()];
    scenario.net.node_mut(VICTIM).set_arguments(keep.into());
    scenario.net.restart(VICTIM)?;
    let height = scenario.client.finalized().await?.number;
    scenario.net.wait_final(VICTIM, height, 2 * MINUTE).await?;
    let playing = scenario.play().await?;
    let version = scenario.finish_settled(playing).await?;
    let verdict = scenario.verdict(&scenario.job_of(version).await?, VICTIM)?;
    assert_eq!(
        verdict,
        Some(Verdict::Agreed),
        "its store is empty, and it fetches everything"
    );

    let ballast = store.join("ballast");
    let mut file = std::fs::File::create(&ballast)?;
    while file.write_all(&[0; 1_000]).is_ok() {}
    scenario.net.say("the disk is full");
    let playing = scenario.play().await?;
    let version = scenario.finish_settled(playing).await?;
    let verdict = scenario.verdict(&scenario.job_of(version).await?, VICTIM)?;
    assert_eq!(verdict, Some(Verdict::Silent), "it has no room for an update");

    // A file that is open keeps its room.
    drop(file);
    std::fs::remove_file(&ballast)?;
    scenario.net.say("the disk has room again");
    let playing = scenario.play().await?;
    let version = scenario.finish_settled(playing).await?;
    let verdict = scenario.verdict(&scenario.job_of(version).await?, VICTIM)?;
    assert_eq!(verdict, Some(Verdict::Agreed));
    // Before the file system goes away.
    scenario.net.stop();
    Ok(())
}

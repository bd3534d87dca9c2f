//! Disks fail: a blob is damaged, a disk is full.

use quorate_network_tests::{scenario::Scenario, wait, wait::MINUTE};
use quorate_primitives::job::Verdict;
use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

const VICTIM: usize = 3;

/// Files of a blob in a store.
fn files(folder: &Path, root: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => files(&path, root),
            path => vec![path],
        })
        .filter(|path| path.to_string_lossy().contains(root))
        .collect()
}

pub async fn damaged_blobs_and_full_disks_should_be_found_and_never_make_a_wrong_statement(
    scenario: &mut Scenario,
) -> anyhow::Result<()> {
    let newest = scenario.client.model(scenario.id).await?.head.expect("it is active");

    // A bit of the base flips on one disk, between two rounds.
    let record = scenario.client.version(scenario.id, newest).await?.record;
    let root = hex::encode(record.root.0);
    let store = scenario.net.nodes()[VICTIM].store();
    let blob = wait::until("not every validator holds the version", MINUTE, || async {
        let mut found = files(&store, &root).into_iter();
        Ok(found.find(|path| path.metadata().is_ok_and(|found| found.len() == record.len)))
    })
    .await?;
    scenario.net.say(&format!("a bit flips in {}", blob.display()));
    let file = File::options().read(true).write(true).open(&blob)?;
    let (at, mut byte) = (record.len - 500, [0]);
    file.read_exact_at(&mut byte, at)?;
    file.write_all_at(&[byte[0] ^ 1], at)?;
    let playing = scenario.play().await?;
    let version = scenario.finish_settled(playing).await?;
    let verdict = scenario.verdict(&scenario.job_of(version).await?, VICTIM)?;
    assert!(
        matches!(verdict, Some(Verdict::Agreed | Verdict::Silent)),
        "a disk's fault is no wrong statement: {verdict:?}"
    );
    let logged = scenario.net.nodes()[VICTIM].logged();
    assert!(logged.contains(&root), "the log names the blob");

    let before = scenario.net.nodes()[VICTIM].logged().len();
    // A disk without room: the validator abstains and says why, the others go on.
    let keep = [
        "--worker-arg=--keep-free".into(),
        format!("--worker-arg={}", u64::MAX / 2),
    ];
    scenario.net.node_mut(VICTIM).set_arguments(keep.into());
    scenario.net.restart(VICTIM)?;
    let height = scenario.client.finalized().await?.number;
    scenario.net.wait_final(VICTIM, height, 2 * MINUTE).await?;
    let playing = scenario.play().await?;
    let version = scenario.finish_settled(playing).await?;
    let verdict = scenario.verdict(&scenario.job_of(version).await?, VICTIM)?;
    assert_eq!(verdict, Some(Verdict::Silent), "it has no updates");
    wait::until("the log does not speak of the disk", MINUTE, || async {
        let logged = scenario.net.nodes()[VICTIM].logged();
        let new = logged.get(before..).unwrap_or_default().to_lowercase();
        Ok((new.contains("disk") && new.contains("free")).then_some(()))
    })
    .await?;

    // With room it is a validator like the others again.
    scenario.net.node_mut(VICTIM).set_arguments(Vec::new());
    scenario.net.restart(VICTIM)?;
    let height = scenario.client.finalized().await?.number;
    scenario.net.wait_final(VICTIM, height, 2 * MINUTE).await?;
    let playing = scenario.play().await?;
    scenario.finish_settled(playing).await?;
    Ok(())
}

//! What governance participants do through polkadot.js: `tests/polkadotjs`, played on a network on which rounds go on. Validators join,
//! change their keys and leave in the middle of them.

use crate::keys::*;
use anyhow::{ensure, Context, Result};
use quorate_exact::Rule;
use quorate_network_tests::{scenario::Scenario, setup::Setup, wait::MINUTE};
use quorate_primitives::{job::Verdict, policy::Deadlines, views::RoundPhase};
use serde_json::{json, Value};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{process::Command, time::timeout};

const ROTATING: usize = 1;
const SUSPENDED: usize = 2;
const LEAVING: usize = 3;
const JOINING: usize = 4;
/// Updates are held back until a removal is due.
const DEADLINES: Deadlines = Deadlines {
    collect: 100,
    reveal_updates: 120,
    vote: 40,
    commit: 60,
    reveal: 60,
};
/// Longer than any step waits.
const STEP: Duration = Duration::from_secs(15 * 60);
/// No runtime is larger; the node refuses what is.
const LARGEST_CODE: usize = 50 << 20;

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../polkadotjs")
}

/// Plays a step at the first validator, or several at once.
async fn play(url: String, step: &'static str, arguments: Value) -> Result<()> {
    ensure!(
        suite().join("node_modules").is_dir(),
        "the suite's packages are missing: run `npm ci` in tests/polkadotjs"
    );
    let mut command = Command::new("node");
    command
        .current_dir(suite())
        .args(["src/suite.mjs", &url, step, &arguments.to_string()])
        .kill_on_drop(true);
    let output = timeout(STEP, command.output())
        .await
        .with_context(|| format!("{step} does not end"))?
        .context("node cannot be run")?;
    print!("{}", String::from_utf8_lossy(&output.stdout));
    if !output.status.success() {
        println!("{step} failed: the test ends when its turn comes");
    }
    ensure!(
        output.status.success(),
        "{step}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// The runtime that `scripts/next-runtime.sh` made, compressed as nodes expect it, in a file.
fn next_runtime(scenario: &Scenario) -> Result<PathBuf> {
    let path = std::env::var_os("QUORATE_NEXT_RUNTIME")
        .map(PathBuf::from)
        .context("QUORATE_NEXT_RUNTIME names no file: scripts/next-runtime.sh makes it and prints where it is")?;
    let wasm = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let compressed =
        sp_maybe_compressed_blob::compress_strongly(&wasm, LARGEST_CODE).context("the code is too large")?;
    scenario.write("next.wasm", &compressed)
}

fn chromium() -> Result<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    found.context("there is no Chromium on the path")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn participants_should_govern_by_polkadot_js_while_rounds_go_on() -> Result<()> {
    let mut scenario = Setup::new(31, Rule::Median)?
        .reserve(1)
        .deadlines(DEADLINES)
        .start()
        .await?;
    let url = scenario.net.nodes()[0].rpc_url();
    let step = |name, arguments| play(url.clone(), name, arguments);
    let next_runtime = json!({ "wasm": next_runtime(&scenario)? });

    // A fifth validator is registered, which takes a minute, while contributors earn a rank.
    let joining = scenario.net.nodes()[JOINING].identity().clone();
    let gateway = scenario.net.nodes()[JOINING].gateway_url();
    let fifth = json!({ "validator": joining.uri, "organisation": 4, "peerId": joining.peer_id, "gateway": gateway });
    let (parameters, register) = (step("parameters", Value::Null), step("register", fifth));
    let registered = tokio::spawn(async move {
        parameters.await?;
        register.await
    });
    let reading = tokio::spawn(step("periods+words+storage+constants", Value::Null));
    step("rates", Value::Null).await?;
    let version = part!(scenario, validator_should_take_new_keys_in_mid_round, ROTATING);
    reading.await??;

    // A poll of theirs takes longest.
    let contributors: Vec<String> = (0..scenario.contributors.len())
        .map(|number| format!("//Contributor{number}"))
        .collect();
    let poll = json!({ "contributors": contributors, "model": scenario.id, "version": version });
    step("poll", poll.clone()).await?;
    let outcome = tokio::spawn(step("outcome", poll));

    // The fourth validator is removed in the middle of a round. Two of three people, and a browser, vote meanwhile.
    let page = json!({ "node": url.clone(), "chromium": chromium()? });
    let voting = tokio::spawn(step("multisig+browser", page));
    let leaving = json!({ "validator": scenario.net.nodes()[LEAVING].identity().uri });
    let removed = tokio::spawn(step("remove", leaving));
    let removal = part!(scenario, removal_should_be_decided, LEAVING);

    // Before that the fifth makes its keys; it waits for the second session from then on.
    registered.await??;
    scenario.net.restart(JOINING)?;
    scenario.net.wait_final(JOINING, 0, 3 * MINUTE).await?;
    let own = json!({ "validator": joining.uri, "node": scenario.net.nodes()[JOINING].rpc_url() });
    let keys = tokio::spawn(step("keys", own));
    let version = part!(scenario, validator_should_be_removed_in_mid_round, removal);
    voting.await??;
    let head = json!({ "model": scenario.id, "version": version });
    for (name, arguments) in [
        ("capture", Value::Null),
        ("safety", Value::Null),
        ("versions", head),
        ("authorise", next_runtime.clone()),
    ] {
        step(name, arguments).await?;
    }
    keys.await??;
    scenario.net.say("the fifth is a validator");
    removed.await??;
    scenario.look_from(0).await?;

    // All updates of a round are committed to, none is revealed: then the code changes, and blocks without transactions follow.
    let playing = scenario.play_around(step("apply", next_runtime)).await?;
    let played = scenario.finish(playing).await?;
    ensure!(played.view.phase == RoundPhase::Settled, "{:#?}", played.view);
    ensure!(
        played.view.updates.len() == scenario.contributors.len(),
        "an update is lost: {:#?}",
        played.view
    );
    let version = played.version.context("it is settled")?;
    ensure!(is_in_committee(&scenario, version, JOINING).await?, "the fifth");
    ensure!(!is_in_committee(&scenario, version, LEAVING).await?, "the removed one");

    let version = part!(scenario, validator_should_be_suspended_in_mid_round, SUSPENDED);
    let job = scenario.job_of(version).await?;
    ensure!(
        scenario.verdict(&job, ROTATING)? == Some(Verdict::Agreed),
        "it signs with its new keys: {job:#?}"
    );
    let playing = scenario.play().await?;
    let version = scenario.finish_settled(playing).await?;
    ensure!(
        !is_in_committee(&scenario, version, SUSPENDED).await?,
        "the suspended one"
    );
    outcome.await??;
    // What has joined makes blocks final with the others.
    let height = scenario.client.finalized().await?.number;
    scenario.net.wait_final(JOINING, height, 2 * MINUTE).await?;
    Ok(())
}

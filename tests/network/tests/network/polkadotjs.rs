//! What governance participants do through polkadot.js: `tests/polkadotjs`, played on a network on which rounds go on.

use anyhow::{ensure, Context, Result};
use quorate_exact::Rule;
use quorate_network_tests::{scenario::Scenario, setup::Setup, wait::MINUTE};
use quorate_primitives::views::RoundPhase;
use serde_json::{json, Value};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{process::Command, time::timeout};

const JOINING: usize = 4;
/// Longer than any step waits.
const STEP: Duration = Duration::from_secs(15 * 60);
/// No runtime is larger; the node refuses what is.
const LARGEST_CODE: usize = 50 << 20;

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../polkadotjs")
}

/// Plays one step at the first validator.
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
    let mut scenario = Setup::new(31, Rule::Median)?.reserve(1).start().await?;
    let url = scenario.net.nodes()[0].rpc_url();
    let step = |name, arguments| play(url.clone(), name, arguments);

    for name in ["words", "storage", "constants", "parameters", "periods"] {
        step(name, Value::Null).await?;
    }

    // A fifth validator, while contributors earn their ranks.
    let identity = scenario.net.nodes()[JOINING].identity().clone();
    let endpoint = json!({
        "validator": identity.uri, "organisation": 4,
        "peerId": identity.peer_id, "gateway": scenario.net.nodes()[JOINING].gateway_url(),
    });
    step("register", endpoint).await?;
    scenario.net.restart(JOINING)?;
    scenario.net.wait_final(JOINING, 0, 3 * MINUTE).await?;
    let own = scenario.net.nodes()[JOINING].rpc_url();
    let keys = tokio::spawn(step("keys", json!({ "validator": identity.uri, "node": own })));
    let mut version = 0;
    while version < 6 || !keys.is_finished() {
        let playing = scenario.play().await?;
        version = scenario.finish_settled(playing).await?;
    }
    keys.await??;
    let job = scenario.job_of(version).await?;
    ensure!(job.committee.len() == 5, "the fifth is in the committee: {job:#?}");

    step("versions", json!({ "model": scenario.id, "version": version })).await?;
    let contributors: Vec<String> = (0..scenario.contributors.len())
        .map(|number| format!("//Contributor{number}"))
        .collect();
    let poll = json!({ "contributors": contributors, "model": scenario.id, "version": version - 1 });
    step("poll", poll).await?;
    step("capture", Value::Null).await?;
    step("safety", Value::Null).await?;
    step("multisig", Value::Null).await?;
    step("browser", json!({ "node": url.clone(), "chromium": chromium()? })).await?;

    // All updates of a round are committed to, none is revealed: then the code changes, and blocks without transactions follow.
    let wasm = json!({ "wasm": next_runtime(&scenario)? });
    step("authorise", wasm.clone()).await?;
    let playing = scenario.play_around(step("apply", wasm)).await?;
    let played = scenario.finish(playing).await?;
    ensure!(played.view.phase == RoundPhase::Settled, "{:#?}", played.view);
    ensure!(
        played.view.updates.len() == scenario.contributors.len(),
        "an update is lost: {:#?}",
        played.view
    );
    let playing = scenario.play().await?;
    scenario.finish_settled(playing).await.context("after the upgrade")?;

    step("remove", json!({ "validator": identity.uri })).await?;
    Ok(())
}

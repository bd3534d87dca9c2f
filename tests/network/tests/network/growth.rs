//! How things grow: `scripts/bench-network.sh` runs these one at a time.

use anyhow::Context;
use quorate_network_tests::growth::{contributors, models, sizes, slots, throughput};
use std::str::FromStr;

const SEED: u64 = 50;

/// Numbers that a variable lists, or else these.
fn numbers<T: FromStr + Clone>(name: &str, otherwise: &[T]) -> anyhow::Result<Vec<T>> {
    let Ok(text) = std::env::var(name) else {
        return Ok(otherwise.to_vec());
    };
    let number = |text: &str| {
        text.parse()
            .ok()
            .with_context(|| format!("{name}: {text} is no number"))
    };
    let all = text
        .split_whitespace()
        .map(number)
        .collect::<anyhow::Result<Vec<T>>>()?;
    anyhow::ensure!(!all.is_empty(), "{name} lists no number");
    Ok(all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: scripts/bench-network.sh contributors"]
async fn contributors() -> anyhow::Result<()> {
    let counts = numbers("QUORATE_BENCH_CONTRIBUTORS", &[10, 30, 100, 300, 1_000])?;
    contributors::measure(SEED, &counts).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: scripts/bench-network.sh models"]
async fn models() -> anyhow::Result<()> {
    models::measure(SEED, &numbers("QUORATE_BENCH_MODELS", &[1, 4, 16])?).await
}

/// `bytes:contributors:validators`, as many as wanted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: scripts/bench-network.sh sizes"]
async fn sizes() -> anyhow::Result<()> {
    let text = std::env::var("QUORATE_BENCH_SIZES");
    let text = text.unwrap_or_else(|_| "10000:10:4 1000000:10:4 100000000:10:4 1000000000:3:2".into());
    let mut all = Vec::new();
    for one in text.split_whitespace() {
        let parts: Vec<u64> = one.split(':').map(str::parse).collect::<Result<_, _>>()?;
        let [bytes, contributors, validators] = parts[..] else {
            anyhow::bail!("{one} is not bytes:contributors:validators");
        };
        all.push(sizes::Size {
            bytes,
            contributors: contributors as usize,
            validators: validators as usize,
        });
    }
    sizes::measure(SEED, &all).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: scripts/bench-network.sh throughput"]
async fn throughput() -> anyhow::Result<()> {
    for validators in numbers("QUORATE_BENCH_VALIDATORS", &[1, 4])? {
        throughput::measure(SEED, validators).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: scripts/bench-network.sh rpc"]
async fn rpc() -> anyhow::Result<()> {
    let (slots, times) = (
        numbers("QUORATE_BENCH_SLOTS", &[60])?,
        numbers("QUORATE_BENCH_TIMES", &[2])?,
    );
    slots::measure(SEED, slots[0], times[0]).await
}

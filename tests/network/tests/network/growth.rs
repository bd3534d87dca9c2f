//! How things grow: `scripts/bench-network.sh` runs these one at a time.

use quorate_network_tests::growth::contributors;

const SEED: u64 = 50;

/// Numbers that a variable lists, or else these.
fn numbers(name: &str, otherwise: &[usize]) -> anyhow::Result<Vec<usize>> {
    match std::env::var(name) {
        Ok(text) => Ok(text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?),
        Err(_) => Ok(otherwise.to_vec()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: scripts/bench-network.sh contributors"]
async fn contributors() -> anyhow::Result<()> {
    contributors::measure(
        SEED,
        &numbers("QUORATE_BENCH_CONTRIBUTORS", &[10, 30, 100, 300, 1_000])?,
    )
    .await
}

//! Rounds with random faults. How many, of how many models, over how many validators and by which seed: `scripts/test-network.sh` says so.

use quorate_network_tests::soak::Soak;
use std::{io::Write, path::PathBuf};

const SEED: u64 = 30;
const ROUNDS: usize = 20;
const VALIDATORS: usize = 4;
/// Rounds at a time.
const MODELS: usize = 4;

fn given<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    let text = std::env::var(name).ok();
    text.map_or(otherwise, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name}: {text} is no number"))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_faults_should_lose_no_update_and_make_no_wrong_version() -> anyhow::Result<()> {
    let (seed, rounds) = (given("QUORATE_SOAK_SEED", SEED), given("QUORATE_SOAK_ROUNDS", ROUNDS));
    let validators = given("QUORATE_SOAK_VALIDATORS", VALIDATORS);
    let models = given("QUORATE_SOAK_MODELS", MODELS).max(1);
    let results = std::env::var_os("QUORATE_SOAK_RESULTS").map(PathBuf::from);
    println!("seed {seed}, {rounds} rounds of {models} models, {validators} validators");
    let mut soak = Soak::start(seed, validators, models).await?;
    for _ in 0..rounds.div_ceil(models) {
        for sample in soak.rounds().await? {
            let line = sample.line(seed, validators);
            println!("{line}");
            if let Some(path) = &results {
                let mut file = std::fs::File::options().create(true).append(true).open(path)?;
                writeln!(file, "{line}")?;
            }
        }
    }
    Ok(())
}

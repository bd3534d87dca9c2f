//! Weights that no longer fit their benchmarks are refused.

use std::{fs, path::PathBuf};

/// Pallets whose weights are still estimates. `scripts/weights.sh` measures them; then they leave this list.
const ESTIMATED: [&str; 7] = [
    "attestation",
    "availability",
    "consortium",
    "incentives",
    "models",
    "reputation",
    "rounds",
];
/// What comes before the SHA-256 of a pallet's `benchmarking.rs` in its `weights.rs`.
const STAMP: &str = "//! benchmarking.rs: ";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn pallets() -> Vec<String> {
    let folders = fs::read_dir(root().join("pallets")).unwrap();
    folders
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| root().join("pallets").join(name).join("Cargo.toml").exists())
        .collect()
}

fn source(pallet: &str, file: &str) -> String {
    let path = root().join("pallets").join(pallet).join("src").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn stamp(weights: &str) -> Option<&str> {
    weights.lines().find_map(|line| line.strip_prefix(STAMP))
}

fn sha256(text: &str) -> String {
    let digest = sp_crypto_hashing::sha2_256(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every Rust file below a folder.
fn files(folder: PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => files(path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

#[test]
fn weights_should_come_from_the_present_benchmarks() {
    let pallets = pallets();
    assert!(!pallets.is_empty());
    for pallet in pallets {
        let (weights, benchmarks) = (source(&pallet, "weights.rs"), source(&pallet, "benchmarking.rs"));
        let expected = (!ESTIMATED.contains(&pallet.as_str())).then(|| sha256(&benchmarks));
        assert_eq!(
            stamp(&weights),
            expected.as_deref(),
            "the weights of {pallet} do not come from its benchmarks: run scripts/weights.sh {pallet}"
        );
    }
}

/// A weight function without a benchmark would vanish with the next measurement.
#[test]
fn each_weight_should_have_a_benchmark() {
    for pallet in pallets() {
        let (weights, benchmarks) = (source(&pallet, "weights.rs"), source(&pallet, "benchmarking.rs"));
        let from = weights.find("pub trait WeightInfo {").unwrap();
        let to = from + weights[from..].find("\n}").unwrap();
        let names = weights[from..to].lines().filter_map(|line| {
            let name = line.trim().strip_prefix("fn ")?;
            name.split_once('(').map(|(name, _)| name)
        });
        for name in names {
            let fits = format!("    fn {name}(");
            assert!(benchmarks.contains(&fits), "{pallet}: {name} has no benchmark");
        }
    }
}

#[test]
fn no_pallet_should_weigh_nothing() {
    let unit = ["WeightInfo", "()"].join(" = ");
    for path in files(root().join("runtime/src"))
        .into_iter()
        .chain(files(root().join("pallets")))
    {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&unit), "{} leaves out weights", path.display());
    }
}

//! Weights that no longer fit their benchmarks are refused; what hooks and governance's calls weigh fits.

use crate::common::genesis;
use frame_support::{
    dispatch::{DispatchClass, GetDispatchInfo},
    traits::OnInitialize,
    weights::Weight,
};
use pallet_transaction_payment::WeightInfo as _;
use quorate_primitives::{AccountId, Hash};
use quorate_runtime::{
    configs::system::Limits, AllPalletsWithSystem, Attestation, Availability, Consortium, Inference, Rounds, Runtime,
    RuntimeCall, UncheckedExtrinsic, LOCAL_PRESET,
};
use std::{fs, path::PathBuf};

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
        assert_eq!(
            stamp(&weights),
            Some(sha256(&benchmarks).as_str()),
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

fn micros(weight: Weight) -> u64 {
    weight.ref_time() / 1_000_000
}

/// A block in which no session begins: that of a new session takes no transactions (`pallet_session` says that it is full).
/// What a vote put onto the scheduler's agenda comes on top, up to that pallet's own limit.
#[test]
fn hooks_should_leave_four_fifths_of_a_block_with_every_list_at_its_bound() {
    let idle = genesis(LOCAL_PRESET).execute_with(|| AllPalletsWithSystem::on_initialize(1));
    let most = [
        ("all pallets, nothing to do", idle),
        ("consortium", Consortium::heaviest_hook()),
        ("availability", Availability::heaviest_hook()),
        ("rounds", Rounds::heaviest_hook()),
        ("attestation", Attestation::heaviest_hook()),
        ("inference, at the end", Inference::heaviest_end()),
    ];
    let sum = most
        .iter()
        .fold(Weight::zero(), |sum, (_, weight)| sum.saturating_add(*weight));
    let block = Limits::get().max_block;
    for (name, weight) in most {
        println!("{name}: {} µs", micros(weight));
    }
    let share = sum.ref_time() as f64 / block.ref_time() as f64;
    println!(
        "on_initialize: {} of {} µs, {:.1} %",
        micros(sum),
        micros(block),
        share * 100.0
    );
    assert!(share <= 0.2, "{share}");
}

/// What a signed transaction weighs: its own weight, that of its extensions, and that of any transaction.
fn whole(call: RuntimeCall, free: bool) -> Weight {
    let transaction: UncheckedExtrinsic =
        UncheckedExtrinsic::new_transaction(call, quorate_runtime::transactions::extensions(0));
    let fee = <Runtime as pallet_transaction_payment::Config>::WeightInfo::charge_transaction_payment();
    let unpaid = if free { fee } else { Weight::zero() };
    let any = Limits::get().get(DispatchClass::Normal).base_extrinsic;
    transaction
        .get_dispatch_info()
        .total_weight()
        .saturating_add(any)
        .saturating_sub(unpaid)
}

/// No assertion: what is compared are weights of two machines. `scripts/weights.sh` measures a transfer in the same run.
#[test]
fn submission_should_be_compared_with_a_transfer() {
    let submit = pallet_rounds::Call::submit {
        round: 0,
        commitment: Hash::zero(),
        weight: 1,
    };
    let transfer = pallet_balances::Call::transfer_keep_alive {
        dest: AccountId::new([1; 32]).into(),
        value: 1,
    };
    let (submit, transfer) = (whole(submit.into(), true), whole(transfer.into(), false));
    let room = Limits::get()
        .get(DispatchClass::Normal)
        .max_total
        .unwrap_or_default()
        .ref_time();
    println!(
        "submit: {} µs, {} in a block; transfer: {} µs, {} in a block; ratio {:.2}",
        micros(submit),
        room / submit.ref_time(),
        micros(transfer),
        room / transfer.ref_time(),
        transfer.ref_time() as f64 / submit.ref_time() as f64
    );
}

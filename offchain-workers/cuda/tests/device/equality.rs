//! The kernels as C++, and the backend on top of them, against the reference. No GPU is needed.

use crate::support::{
    build::{compiler, Variant},
    Order, Shim, ORDERS,
};
use quorate_cuda::{
    check::{self, cases::Random},
    Backend, Config,
};
use std::process::Command;

/// Names the variant in a process that a test starts.
const VARIANT: &str = "QUORATE_SHIM_VARIANT";

fn variant() -> Variant {
    match std::env::var(VARIANT).as_deref() {
        Ok("sanitized") => Variant::Sanitized,
        Ok("without barriers") => Variant::WithoutBarriers,
        _ => Variant::Plain,
    }
}

/// These tests again in a process of their own, with another variant. Whether they passed, and what they said.
fn again(variant: &str, tests: &[&str], environment: &[(&str, String)]) -> (bool, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(tests)
        .args(["--nocapture", "--test-threads=1"])
        .env(VARIANT, variant)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.success(), text.concat())
}

/// Runs `work` in each order with one seed, whose digests must be equal, and then more of it in random order with another one. Under the
/// sanitizers, which are slow and see each access in any order, little of it in one.
fn in_every_order(cases: u64, work: impl Fn(Order, u64, u64) -> String) {
    if variant() == Variant::Sanitized {
        work(Order::Random, 3, (cases / 10).max(2));
        return;
    }
    let digests = ORDERS.map(|order| work(order, 1, cases));
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
    work(Order::Random, 20_261_124, 3 * cases);
}

#[test]
fn kernels_should_equal_the_reference_in_every_order() {
    in_every_order(40, |order, seed, rounds| {
        println!("seed {seed}, {order:?}");
        let device = Shim::new(variant(), order, seed);
        let mut hasher = blake3::Hasher::new();
        check::kernels::run(&device, &mut Random::new(seed), rounds, &mut hasher).unwrap();
        hasher.finalize().to_hex().to_string()
    });
}

#[test]
fn operations_of_programs_should_equal_the_reference_in_every_order() {
    in_every_order(16, |order, seed, rounds| {
        println!("seed {seed}, {order:?}");
        let device = Shim::new(variant(), order, seed);
        let mut hasher = blake3::Hasher::new();
        check::nodes::run(&device, &mut Random::new(seed), rounds, &mut hasher).unwrap();
        hasher.finalize().to_hex().to_string()
    });
}

fn tiles(order: Order, seed: u64, config: Config, cases: u64) -> String {
    println!("seed {seed}, {order:?}, {config:?}");
    let backend = Backend::new(Shim::new(variant(), order, seed), config);
    let mut hasher = blake3::Hasher::new();
    check::tiles::run(&backend, &mut Random::new(seed), cases, &mut hasher).unwrap();
    hasher.finalize().to_hex().to_string()
}

#[test]
fn tiles_should_equal_the_reference_in_every_order() {
    let config = Config {
        audit_one_in: 1,
        ..Config::default()
    };
    in_every_order(40, |order, seed, cases| tiles(order, seed, config, cases));
}

#[test]
fn tiles_should_be_the_same_however_they_are_cut() {
    let seed = 4;
    let cases = if variant() == Variant::Sanitized { 4 } else { 24 };
    let digests = [16 << 20, 4_000, 1_000].map(|slice| {
        let config = Config {
            slice,
            ..Config::default()
        };
        tiles(Order::Random, seed, config, cases)
    });
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
}

#[test]
fn missing_barrier_should_show() {
    let (passed, text) = again(
        "without barriers",
        &["kernels_should_equal_the_reference_in_every_order"],
        &[],
    );
    assert!(!passed, "{text}");
    // Wrong numbers, or threads of a warp that went different ways.
    let expected = [
        "not what the reference says",
        "no thread can go on",
        "different exchanges",
    ];
    assert!(expected.iter().any(|words| text.contains(words)), "{text}");
}

/// Runs the tests above in a process that has the sanitizers' runtime loaded from its start.
#[test]
fn sanitizers_should_find_nothing() {
    let runtime = ["libasan.so", "libubsan.so"].map(|name| {
        let output = Command::new(compiler())
            .arg(format!("-print-file-name={name}"))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    });
    let environment = [
        ("LD_PRELOAD", runtime.join(":")),
        // Leaks are none of its business; fibers change stacks.
        ("ASAN_OPTIONS", "detect_leaks=0:detect_stack_use_after_return=0".into()),
        ("UBSAN_OPTIONS", "print_stacktrace=1".into()),
    ];
    let tests = ["_should_equal_the_reference_in_every_order", "however_they_are_cut"];
    let (passed, text) = again("sanitized", &tests, &environment);
    assert!(passed, "{text}");
    assert!(text.contains("4 passed"), "{text}");
}

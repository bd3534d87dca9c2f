//! What the backend does about devices that fail, and about callers that ask for what cannot be.

use crate::{
    support::{build::Variant, entry, Order, Shim},
    wrong::Wrong,
};
use quorate_cuda::{
    check::cases::{Case, Random, Style},
    driver,
    kernel::Kernel,
    reference, Backend, Config, CudaBackend,
};
use quorate_exact::Combine;
use quorate_kernels::{BackendError, Finish, Tile, TileBackend, TileResult};
use std::sync::{
    atomic::{AtomicU64, Ordering},
    Arc,
};

fn shim() -> Arc<Shim> {
    Shim::new(Variant::Plain, Order::Ascending, 1)
}

fn aggregate(rule: Combine, products: bool) -> Finish {
    Finish::Aggregate {
        train: rule.clone(),
        stat: rule,
        products,
    }
}

fn run(backend: &dyn TileBackend, case: &Case) -> (Result<TileResult, BackendError>, Result<TileResult, BackendError>) {
    let rows: Vec<&[u8]> = case.rows.iter().map(Vec::as_slice).collect();
    let tile = Tile {
        pieces: &case.pieces,
        rows: &rows,
        previous: case.previous.as_deref(),
    };
    (backend.run(&tile, &case.work), reference::run(&tile, &case.work))
}

fn wrong_answer_is_found(kernel: Kernel, finish: Finish) {
    let seed = 7;
    println!("seed {seed}");
    let case = Case::uniform(&mut Random::new(seed), 9, 40, Style::Points, finish);
    let device = Arc::new(Wrong {
        inner: shim(),
        kernel,
        launches: AtomicU64::new(0),
    });
    let backend = Backend::new(device.clone(), Config::default());
    let (got, expected) = run(&backend, &case);
    assert!(expected.is_ok());
    let Err(BackendError::Device(why)) = got else {
        panic!("{got:?}")
    };
    assert!(why.contains("switched off") && why.contains("wrong"), "{why}");

    let launches = device.launches.load(Ordering::Relaxed);
    assert!(matches!(run(&backend, &case).0, Err(BackendError::Device(_))));
    assert_eq!(device.launches.load(Ordering::Relaxed), launches, "it was used again");
}

#[test]
fn wrong_mean_should_switch_the_device_off() {
    let rule = Combine::Weighted {
        weights: vec![1; 9],
        den: 9,
    };
    wrong_answer_is_found(Kernel::WeightedMean, aggregate(rule, false));
}

#[test]
fn wrong_median_should_switch_the_device_off() {
    wrong_answer_is_found(Kernel::Median(16), aggregate(Combine::Sorted { lo: 4, hi: 5 }, false));
}

#[test]
fn wrong_products_with_the_aggregate_should_switch_the_device_off() {
    wrong_answer_is_found(Kernel::Dots, aggregate(Combine::Sorted { lo: 4, hi: 5 }, true));
}

#[test]
fn wrong_matrix_should_switch_the_device_off() {
    wrong_answer_is_found(Kernel::Gram, Finish::Pairs);
}

#[test]
fn budget_that_holds_nothing_should_be_refused() {
    let config = Config {
        memory: 4_000,
        ..Config::default()
    };
    let case = Case::uniform(&mut Random::new(1), 20, 10, Style::Points, Finish::Pairs);
    let Err(BackendError::Device(why)) = run(&Backend::new(shim(), config), &case).0 else {
        panic!("it ran");
    };
    assert!(why.contains("budget of 4000 bytes"), "{why}");
}

#[test]
fn tile_that_cannot_be_asked_should_leave_the_device_on() {
    let backend = Backend::new(shim(), Config::default());
    let mut case = Case::uniform(&mut Random::new(1), 3, 10, Style::Points, Finish::Pairs);
    case.previous = Some(vec![i32::MAX; 10]);
    assert!(matches!(run(&backend, &case).0, Err(BackendError::Shape(_))));
    case.previous = None;
    case.rows[1].pop();
    let rows: Vec<&[u8]> = case.rows.iter().map(Vec::as_slice).collect();
    let tile = Tile {
        pieces: &case.pieces,
        rows: &rows,
        previous: None,
    };
    assert!(matches!(backend.run(&tile, &case.work), Err(BackendError::Shape(_))));
    case.rows[1].push(0);
    let (got, expected) = run(&backend, &case);
    assert!(got.is_ok());
    assert_eq!(got, expected);
}

#[test]
fn self_test_should_give_the_same_digest_everywhere() {
    let digest = |order| {
        let backend = Backend::new(Shim::new(Variant::Plain, order, 5), Config::default());
        backend.self_test(12, 9).unwrap().to_hex().to_string()
    };
    assert_eq!(digest(Order::Ascending), digest(Order::Random));
    let other = Backend::new(shim(), Config::default()).self_test(12, 10).unwrap();
    assert_ne!(digest(Order::Ascending), other.to_hex().to_string());
}

#[test]
fn backend_should_not_be_there_without_a_driver() {
    if driver::is_present() {
        println!("there is a driver: nothing to see");
        return;
    }
    assert!(CudaBackend::open(Config::default()).is_none());
}

#[test]
fn every_kernel_should_be_in_its_ptx_with_its_block() {
    for kernel in Kernel::all() {
        let block = format!(".maxntid {}, 1, 1", kernel.threads());
        assert!(entry(kernel).contains(&block), "{kernel:?}");
    }
}

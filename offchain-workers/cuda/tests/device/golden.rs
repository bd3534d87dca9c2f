//! The engine on a device: whole files, every rule.

use crate::support::{build::Variant, Order, Shim};
use quorate_cuda::{Backend, Config};
use quorate_engine::{selftest, Settings, TileEngine};
use std::sync::Arc;

#[test]
fn engine_should_pass_its_golden_test_on_a_device() {
    let shim = Shim::new(Variant::Plain, Order::Random, 0);
    let backend = Backend::new(shim.clone(), Config::default());
    let engine = TileEngine::new(Settings::default()).with_device(Arc::new(backend));
    assert_eq!(selftest::run(&engine).unwrap(), selftest::DIGEST);
    assert_eq!(engine.device_fault(), None);
    assert!(shim.launches() > 100, "the device was not used");
}

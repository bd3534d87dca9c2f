//! `quorate-gpu-check` on a driver made of the shim of `quorate-cuda`: from opening the GPU to the report.

#[allow(dead_code)]
#[path = "../../cuda/tests/device/support/mod.rs"]
mod support;

use quorate_gpu_check::measure;
use serde_json::Value;
use std::{os::unix::fs::symlink, path::Path, process::Command};
use support::{
    build::{library, Variant},
    Order, Shim,
};

/// Exit code and output of the program, with the shim's driver where the loader looks first.
fn gpu_check(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let driver = folder.join("libcuda.so");
    if !driver.exists() {
        symlink(library(Variant::Plain), &driver).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_quorate-gpu-check"))
        .args(["--report", folder.join("report.json").to_str().unwrap()])
        .args(arguments)
        .env("LD_LIBRARY_PATH", folder)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.code(), text.concat())
}

fn report(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("report.json")).unwrap()).unwrap()
}

#[test]
fn program_should_write_its_report() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--cases", "40", "--seed", "11", "--large", "500"];
    let (code, text) = gpu_check(folder.path(), &arguments, &[]);
    assert_eq!(code, Some(0), "{text}");
    let report = report(folder.path());
    assert_eq!(report["device"], "Shim (sm_80, CUDA 12.4)");
    assert_eq!(report["golden"]["digest"], quorate_engine::selftest::DIGEST);
    assert_eq!(report["exactness"]["equal"], true);
    assert_eq!(report["exactness"]["tiles"], 40);
    assert_eq!(report["exactness"]["digest"].as_str().unwrap().len(), 64);
    assert_eq!(report["inference"]["equal"], true, "{report:#}");
    assert_eq!(report["inference"]["digest"].as_str().unwrap().len(), 64);
    assert!(
        report["inference"]["product"]["operations_per_second"]
            .as_f64()
            .unwrap()
            > 0.0
    );
    let measured = report["measurements"].as_array().unwrap();
    assert_eq!(measured.len(), 9, "{report:#}");
    assert!(measured
        .iter()
        .all(|row| row["bytes_per_second"].as_f64().unwrap() > 0.0));
}

#[test]
fn old_driver_should_be_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = gpu_check(folder.path(), &[], &[("QUORATE_SHIM_DRIVER_VERSION", "12030")]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("12.4 or later"), "{text}");
}

#[test]
fn gpu_that_cannot_be_opened_should_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = gpu_check(folder.path(), &["--gpu", "5"], &[]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("opening GPU 5"), "{text}");
    let (code, _) = gpu_check(folder.path(), &["--colour"], &[]);
    assert_eq!(code, Some(2));
}

#[test]
fn every_kernel_should_be_measured() {
    let device = Shim::new(Variant::Plain, Order::Ascending, 1);
    let rows = measure::run(&device, 0.002).unwrap();
    assert_eq!(rows.len(), 9);
    assert!(rows.iter().all(|row| row["bytes_per_second"].as_f64().unwrap() > 0.0));
    let product = measure::product(&device, 0.001).unwrap();
    assert!(product["rows"].as_u64().unwrap() > 60, "{product}");
    assert!(product["operations_per_second"].as_f64().unwrap() > 0.0);
}

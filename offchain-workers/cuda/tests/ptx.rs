//! The PTX in the repository is what the sources compile to, and passes the gates.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

fn script(arguments: &[&str]) -> Output {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scripts/ptx.py");
    Command::new("python3")
        .arg(path)
        .args(arguments)
        .output()
        .expect("python3 is needed")
}

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes))
        .concat()
}

/// Needs the compiler's wheels. Where they cannot be had it says so and passes, unless QUORATE_REQUIRE_PTX is set.
#[test]
fn ptx_should_be_what_the_sources_compile_to() {
    let output = script(&["--check"]);
    println!("{}", text(&output));
    match output.status.code() {
        Some(2) if std::env::var_os("QUORATE_REQUIRE_PTX").is_none() => println!("not checked: no compiler"),
        code => assert_eq!(code, Some(0), "{}", text(&output)),
    }
}

/// What the gate says of one statement.
fn refused(statement: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("statement.ptx");
    std::fs::write(&path, format!("\t{statement}\n")).unwrap();
    let output = script(&["--gate", path.to_str().unwrap()]);
    match output.status.code() {
        Some(0) => false,
        Some(1) => true,
        _ => panic!("{}", text(&output)),
    }
}

#[test]
fn gate_should_refuse_what_may_round_differently() {
    for statement in [
        "add.f32 %f1, %f2, %f3;",
        "mul.f64 %fd1, %fd2, %fd3;",
        "@%p1 fma.rz.f32 %f1, %f2, %f3, %f4;",
        "mul.rn.ftz.f32 %f1, %f2, %f3;",
        "div.approx.f32 %f1, %f2, %f3;",
        "sqrt.f32 %f1, %f2;",
        "div.full.f32 %f1, %f2, %f3;",
        "cvt.rn.ftz.f32.s64 %f1, %rd1;",
        "cvt.rzi.s32.f32 %r1, %f1;",
        "cvt.f32.f64 %f1, %fd1;",
        "atom.global.add.f32 %f1, [%rd1], %f2;",
        "red.global.add.f64 [%rd1], %fd2;",
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f1}, {%r1}, {%r2}, {%f1};",
        "mma.sync.aligned.m16n8k32.row.col.satfinite.s32.s8.s8.s32 {%r1}, {%r2}, {%r3}, {%r4};",
        "ex2.approx.ftz.f32 %f1, %f2;",
    ] {
        assert!(refused(statement), "{statement}");
    }
}

#[test]
fn gate_should_let_exact_operations_pass() {
    for statement in [
        "mul.rn.f32 %f1, %f2, %f3;",
        "add.rn.f64 %fd1, %fd2, %fd3;",
        "cvt.rni.s32.f32 %r1, %f1;",
        "cvt.rn.f32.f64 %f1, %fd1;",
        "cvt.f64.f32 %fd1, %f1;",
        "fma.rn.f32 %f1, %f2, %f3, %f4;",
        "div.rn.f32 %f1, %f2, %f3;",
        "sqrt.rn.f32 %f1, %f2;",
        "cvt.rn.f32.s64 %f1, %rd1;",
        "neg.f64 %fd1, %fd2;",
        "setp.gt.f32 %p1, %f1, %f2;",
        "add.s32 %r1, %r2, %r3;",
        "atom.global.add.u64 %rd1, [%rd2], %rd3;",
        "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%r1}, {%r2}, {%r3}, {%r4};",
    ] {
        assert!(!refused(statement), "{statement}");
    }
}

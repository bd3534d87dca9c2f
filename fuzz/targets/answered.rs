#![no_main]

#[path = "../../primitives/inference/tests/replay/checks.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::answered(bytes));

#![no_main]

#[path = "../../primitives/proofs/tests/replay/checks.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::proof(bytes));

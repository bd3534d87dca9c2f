#![no_main]

#[path = "../../primitives/data-set/tests/replay/checks.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::data_set(bytes));

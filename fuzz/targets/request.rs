#![no_main]

#[path = "../../offchain-workers/gateway/tests/replay/checks.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::request(bytes);
});

#![no_main]

include!("gadget_files.rs");

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::sealed(bytes));

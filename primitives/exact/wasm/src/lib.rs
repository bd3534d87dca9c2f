//! The reference's answers to cases of `oracle/FORMAT.md`, as a Wasm module without imports: what the runtime's Wasm would
//! compute. The host writes a case's JSON to where [`reserve`] says and reads the answer where [`answer`] says. An instance
//! answers one case: its memory is never given back.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[path = "../../tests/it/infer_answer/mod.rs"]
mod infer_answer;
#[path = "../../tests/it/infer_cases/mod.rs"]
mod infer_cases;
#[path = "../../tests/it/interchange.rs"]
mod interchange;
#[path = "../../tests/it/json.rs"]
mod json;
#[path = "../../../program/tests/it/answer.rs"]
mod programs;

#[cfg(target_arch = "wasm32")]
mod memory;

use alloc::{string::ToString, vec::Vec};

/// Where `len` bytes of a case may be written.
#[no_mangle]
pub extern "C" fn reserve(len: usize) -> *mut u8 {
    Vec::<u8>::with_capacity(len).leak().as_mut_ptr()
}

/// The address of the answer in the upper half, its length in the lower.
///
/// # Safety
/// `len` bytes have been written where [`reserve`]`(len)` said.
#[no_mangle]
pub unsafe extern "C" fn answer(case: *const u8, len: usize) -> u64 {
    // SAFETY: the caller's promise.
    let text = unsafe { core::slice::from_raw_parts(case, len) };
    let case: serde_json::Value = serde_json::from_slice(text).expect("a case is JSON");
    let answer = match case["op"].as_str() {
        Some("program") => programs::answer(&case),
        Some("element") => programs::element(&case),
        _ => interchange::answer(&case),
    };
    let answer = answer.to_string().into_bytes().leak();
    (answer.as_ptr() as u64) << 32 | answer.len() as u64
}

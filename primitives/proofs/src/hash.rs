//! The chain's hash.

use codec::{Compact, Encode};

/// 32 bytes.
pub type Hash = [u8; 32];

/// BLAKE2b-256 of the tag `"quorate/<tag>/1"`, SCALE-encoded as bytes, and the parts of a SCALE-encoded body one after the other.
pub fn tagged(tag: &[u8], body: &[&[u8]]) -> Hash {
    const PREFIX: &[u8] = b"quorate/";
    const VERSION: &[u8] = b"/1";
    let len = [PREFIX, tag, VERSION].iter().fold(0u64, |sum, part| {
        sum.saturating_add(u64::try_from(part.len()).unwrap_or(u64::MAX))
    });
    let mut state = blake2b_simd::Params::new().hash_length(32).to_state();
    Compact(len).using_encoded(|len| {
        state.update(len);
    });
    for part in [PREFIX, tag, VERSION].iter().chain(body) {
        state.update(part);
    }
    let mut hash = Hash::default();
    hash.copy_from_slice(state.finalize().as_bytes());
    hash
}

//! Hashes and signed bytes begin with a tag that names their purpose and version: nothing can be taken for anything else.

use crate::Hash;
use alloc::vec::Vec;
use codec::Encode;

/// BLAKE2b-256 of [`tagged_bytes`].
pub fn tagged(tag: &[u8], body: &impl Encode) -> Hash {
    sp_core::H256(sp_crypto_hashing::blake2_256(&tagged_bytes(tag, body)))
}

/// `"quorate/" ++ tag ++ "/1"` (length-prefixed) and the SCALE encoding of `body`.
pub fn tagged_bytes(tag: &[u8], body: &impl Encode) -> Vec<u8> {
    let mut name = b"quorate/".to_vec();
    name.extend_from_slice(tag);
    name.extend_from_slice(b"/1");
    let mut bytes = name.encode();
    body.encode_to(&mut bytes);
    bytes
}

//! The name of a blob: its BLAKE3 root.

pub use blake3::Hasher;

/// BLAKE3 hash of a blob in the default mode, 32 bytes.
pub type Root = [u8; 32];

/// Key that binds a possession to whoever names a blob.
pub type Key = [u8; 32];

/// Hash of a blob that shows that somebody has its bytes: BLAKE3 in the keyed mode. No root, and no other possession, helps to find it.
pub type Possession = [u8; 32];

/// The root of `bytes`.
pub fn root(bytes: &[u8]) -> Root {
    *blake3::hash(bytes).as_bytes()
}

/// The possession of `bytes` under a key.
pub fn possession(key: &Key, bytes: &[u8]) -> Possession {
    *blake3::keyed_hash(key, bytes).as_bytes()
}

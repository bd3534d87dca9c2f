//! The name of a blob: its BLAKE3 root.

pub use blake3::Hasher;

/// BLAKE3 hash of a blob in the default mode, 32 bytes.
pub type Root = [u8; 32];

/// The root of `bytes`.
pub fn root(bytes: &[u8]) -> Root {
    *blake3::hash(bytes).as_bytes()
}

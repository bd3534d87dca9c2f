//! Which process speaks.

use quorate_primitives::Hash;
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::OnceLock,
};

/// Names this process: the same at every call, another one in any other process. It is no secret.
pub fn this_process() -> Hash {
    static NAME: OnceLock<Hash> = OnceLock::new();
    *NAME.get_or_init(|| {
        let mut name = [0; 32];
        for part in name.chunks_exact_mut(8) {
            // Each has keys of its own, which the operating system draws.
            part.copy_from_slice(&RandomState::new().build_hasher().finish().to_le_bytes());
        }
        Hash::from(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_should_keep_its_name() {
        assert_eq!(this_process(), this_process());
        let name = this_process().0;
        assert_ne!(name[..8], name[8..16], "RandomState counts its keys up");
    }
}

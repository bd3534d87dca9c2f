//! A hash of what nobody can say who did not compute it.

use quorate_exact::hash::{Hasher, Root};

use crate::request::SALT;

/// Over the logits by which tokens were chosen, in their order, under a key from the request's salt. A transcript is public to whoever
/// streams it; its logits are not.
#[derive(Clone, Debug)]
pub struct Trace {
    hasher: Hasher,
    empty: bool,
}

impl Trace {
    /// Of a request.
    pub fn new(salt: &[u8; SALT]) -> Self {
        let mut key = Hasher::new_derive_key("quorate/trace/1");
        key.update(salt);
        Self {
            hasher: Hasher::new_keyed(key.finalize().as_bytes()),
            empty: true,
        }
    }

    /// The logits of a token that was chosen.
    pub fn push(&mut self, logits: &[f32]) {
        self.empty = false;
        for part in logits.chunks(256) {
            let mut bytes = [0; 1_024];
            for (place, logit) in bytes.chunks_exact_mut(4).zip(part) {
                place.copy_from_slice(&logit.to_le_bytes());
            }
            self.hasher.update(bytes.get(..part.len() * 4).unwrap_or(&[]));
        }
    }

    /// Zero where no token was chosen.
    pub fn root(&self) -> Root {
        match self.empty {
            true => [0; 32],
            false => *self.hasher.finalize().as_bytes(),
        }
    }
}

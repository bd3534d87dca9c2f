//! The attestation key, a session key: with it a validator signs its votes, commits, reveals and gateway tokens.

use sp_core::crypto::KeyTypeId;

/// Key type of the attestation key in keystores and session keys.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"aiwk");

mod app {
    use sp_application_crypto::{app_crypto, sr25519};
    app_crypto!(sr25519, super::KEY_TYPE);
}

/// Public attestation key.
pub type AttestationId = app::Public;
/// Signature by an attestation key.
pub type AttestationSignature = app::Signature;
/// Key pair, for tests and tools.
#[cfg(feature = "std")]
pub type AttestationPair = app::Pair;

//! A keystore that signs nothing until it is released.

use sp_keystore::{Error, Keystore, KeystorePtr};
use sp_runtime::app_crypto::{ecdsa, ed25519, sr25519, KeyTypeId};
use std::sync::Arc;
use tokio::sync::watch;

/// Whether keys may sign.
#[derive(Clone, Debug)]
pub struct Released(Arc<watch::Sender<bool>>);

impl Default for Released {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Released {
    pub fn release(&self) {
        self.0.send_replace(true);
    }

    pub fn is_released(&self) -> bool {
        *self.0.borrow()
    }

    /// Until the keys may sign.
    pub async fn wait(&self) {
        // The sender is this very one: it does not go meanwhile.
        let _ = self.0.subscribe().wait_for(|released| *released).await;
    }
}

/// Shows no key and signs nothing until it is released: block production claims no slot, and attestation acts for nobody. The finality
/// gadget looks for its keys only where a round begins, so it is started with the release.
pub struct Held {
    inner: KeystorePtr,
    released: Released,
}

impl Held {
    pub fn new(inner: KeystorePtr, released: Released) -> Self {
        Self { inner, released }
    }

    fn if_released<T>(&self, held: T, then: impl FnOnce(&KeystorePtr) -> T) -> T {
        match self.released.is_released() {
            true => then(&self.inner),
            false => held,
        }
    }
}

impl Keystore for Held {
    fn sr25519_public_keys(&self, key_type: KeyTypeId) -> Vec<sr25519::Public> {
        self.if_released(Vec::new(), |inner| inner.sr25519_public_keys(key_type))
    }

    fn sr25519_generate_new(&self, key_type: KeyTypeId, seed: Option<&str>) -> Result<sr25519::Public, Error> {
        self.inner.sr25519_generate_new(key_type, seed)
    }

    fn sr25519_sign(
        &self,
        key_type: KeyTypeId,
        public: &sr25519::Public,
        message: &[u8],
    ) -> Result<Option<sr25519::Signature>, Error> {
        self.if_released(Ok(None), |inner| inner.sr25519_sign(key_type, public, message))
    }

    fn sr25519_vrf_sign(
        &self,
        key_type: KeyTypeId,
        public: &sr25519::Public,
        data: &sr25519::vrf::VrfSignData,
    ) -> Result<Option<sr25519::vrf::VrfSignature>, Error> {
        self.if_released(Ok(None), |inner| inner.sr25519_vrf_sign(key_type, public, data))
    }

    fn sr25519_vrf_pre_output(
        &self,
        key_type: KeyTypeId,
        public: &sr25519::Public,
        input: &sr25519::vrf::VrfInput,
    ) -> Result<Option<sr25519::vrf::VrfPreOutput>, Error> {
        self.if_released(Ok(None), |inner| inner.sr25519_vrf_pre_output(key_type, public, input))
    }

    fn ed25519_public_keys(&self, key_type: KeyTypeId) -> Vec<ed25519::Public> {
        self.if_released(Vec::new(), |inner| inner.ed25519_public_keys(key_type))
    }

    fn ed25519_generate_new(&self, key_type: KeyTypeId, seed: Option<&str>) -> Result<ed25519::Public, Error> {
        self.inner.ed25519_generate_new(key_type, seed)
    }

    fn ed25519_sign(
        &self,
        key_type: KeyTypeId,
        public: &ed25519::Public,
        message: &[u8],
    ) -> Result<Option<ed25519::Signature>, Error> {
        self.if_released(Ok(None), |inner| inner.ed25519_sign(key_type, public, message))
    }

    fn ecdsa_public_keys(&self, key_type: KeyTypeId) -> Vec<ecdsa::Public> {
        self.if_released(Vec::new(), |inner| inner.ecdsa_public_keys(key_type))
    }

    fn ecdsa_generate_new(&self, key_type: KeyTypeId, seed: Option<&str>) -> Result<ecdsa::Public, Error> {
        self.inner.ecdsa_generate_new(key_type, seed)
    }

    fn ecdsa_sign(
        &self,
        key_type: KeyTypeId,
        public: &ecdsa::Public,
        message: &[u8],
    ) -> Result<Option<ecdsa::Signature>, Error> {
        self.if_released(Ok(None), |inner| inner.ecdsa_sign(key_type, public, message))
    }

    fn ecdsa_sign_prehashed(
        &self,
        key_type: KeyTypeId,
        public: &ecdsa::Public,
        message: &[u8; 32],
    ) -> Result<Option<ecdsa::Signature>, Error> {
        self.if_released(Ok(None), |inner| inner.ecdsa_sign_prehashed(key_type, public, message))
    }

    fn insert(&self, key_type: KeyTypeId, suri: &str, public: &[u8]) -> Result<(), ()> {
        self.inner.insert(key_type, suri, public)
    }

    fn keys(&self, key_type: KeyTypeId) -> Result<Vec<Vec<u8>>, Error> {
        self.if_released(Ok(Vec::new()), |inner| inner.keys(key_type))
    }

    fn has_keys(&self, public_keys: &[(Vec<u8>, KeyTypeId)]) -> bool {
        self.if_released(false, |inner| inner.has_keys(public_keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_keystore::testing::MemoryKeystore;
    use sp_runtime::app_crypto::key_types::{BABE, GRANDPA};

    #[test]
    fn no_key_should_sign_or_be_seen_before_the_release() {
        let (inner, released) = (Arc::new(MemoryKeystore::new()), Released::default());
        let (babe, grandpa) = (
            inner.sr25519_generate_new(BABE, Some("//Alice")).unwrap(),
            inner.ed25519_generate_new(GRANDPA, Some("//Alice")).unwrap(),
        );
        let held = Held::new(inner, released.clone());
        let seen = |held: &Held| {
            [
                held.has_keys(&[(babe.0.to_vec(), BABE)]),
                held.has_keys(&[(grandpa.0.to_vec(), GRANDPA)]),
                !held.keys(BABE).unwrap().is_empty(),
                !held.sr25519_public_keys(BABE).is_empty(),
                !held.ed25519_public_keys(GRANDPA).is_empty(),
                held.sr25519_sign(BABE, &babe, b"block").unwrap().is_some(),
                held.ed25519_sign(GRANDPA, &grandpa, b"vote").unwrap().is_some(),
            ]
        };
        assert_eq!(seen(&held), [false; 7]);
        released.release();
        assert_eq!(seen(&held), [true; 7]);
    }
}

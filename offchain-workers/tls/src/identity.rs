//! Certificates with their private keys.

use crate::{Pin, TlsError};
use quorate_durable::{folder_of, write_private, Existing};
use rustls::pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer};
use std::{
    fs::{DirBuilder, File},
    io::{ErrorKind, Read},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
};

/// What a made certificate calls its owner; nobody looks at it.
const COMMON_NAME: &str = "quorate";

/// A certificate, those that vouch for it, and its private key.
pub struct TlsIdentity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    pin: Pin,
}

impl TlsIdentity {
    /// Reads PEM files: a certificate, then those that vouch for it, if any; and its private key (PKCS#8, SEC1 or PKCS#1).
    ///
    /// # Errors
    /// `Io`, `Pem`; `Exposed` if others than its owner can use the key's file; `Unusable` if the key is not the first certificate's.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let wrong = |path: &Path, what: &'static str, reason: &dyn ToString| TlsError::Pem {
            path: path.into(),
            what,
            reason: reason.to_string(),
        };
        let (pem, key_pem) = (read(certificate, false)?, read(key, true)?);
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let chain = chain.map_err(|error| wrong(certificate, "certificate", &error))?;
        let first = chain.first();
        let first = first.ok_or_else(|| wrong(certificate, "certificate", &"there is none"))?;
        let pin = Pin::of(first)?;
        let private = PrivateKeyDer::from_pem_slice(&key_pem).map_err(|error| wrong(key, "private key", &error))?;
        // The pair is checked here, not when the first connection comes.
        let provider = rustls::crypto::ring::default_provider();
        rustls::sign::CertifiedKey::from_der(chain.clone(), private.clone_key(), &provider)?;
        Ok(Self {
            chain,
            key: private,
            pin,
        })
    }

    /// Reads the file that an earlier call made, or makes one: a self-signed certificate and its key, of mode 0600.
    ///
    /// # Errors
    /// `Io`, `Pem`, `Unusable`, `Make`; `Exposed` if others can read the file.
    pub fn load_or_make(path: &Path) -> Result<Self, TlsError> {
        match Self::load(path, path) {
            Err(TlsError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                make(path)?;
                Self::load(path, path)
            }
            other => other,
        }
    }

    /// What others are to know of it.
    pub fn pin(&self) -> Pin {
        self.pin
    }

    pub(crate) fn parts(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        (self.chain.clone(), self.key.clone_key())
    }
}

impl std::fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TlsIdentity").field(&self.pin).finish()
    }
}

/// The bytes of a file; a `secret` one must be its owner's alone.
fn read(path: &Path, secret: bool) -> Result<Vec<u8>, TlsError> {
    let mut file = File::open(path).map_err(TlsError::io(path))?;
    // Of the file that is read, whatever happens to its name meanwhile.
    let mode = file.metadata().map_err(TlsError::io(path))?.permissions().mode() & 0o777;
    if secret && mode & 0o077 != 0 {
        return Err(TlsError::Exposed {
            path: path.into(),
            mode,
        });
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(TlsError::io(path))?;
    Ok(bytes)
}

/// Whatever moment the process is killed at, there is a whole file or none; of two processes the first wins.
fn make(path: &Path) -> Result<(), TlsError> {
    let folder = folder_of(path);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(TlsError::io(folder))?;
    match write_private(path, self_signed()?.as_bytes(), Existing::Keep) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(TlsError::io(path)(error)),
        _ => Ok(()),
    }
}

fn self_signed() -> Result<String, TlsError> {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut params = rcgen::CertificateParams::new(vec![COMMON_NAME.to_owned()])?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, COMMON_NAME);
    let certificate = params.self_signed(&key)?;
    Ok([certificate.pem(), key.serialize_pem()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn private(path: &Path) {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    #[test]
    fn a_made_identity_should_stay_the_same_and_be_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tls").join("key.pem");
        let made = TlsIdentity::load_or_make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let folder_mode = fs::metadata(path.parent().unwrap()).unwrap().permissions().mode();
        assert_eq!(folder_mode & 0o777, 0o700);
        assert_eq!(TlsIdentity::load_or_make(&path).unwrap().pin(), made.pin());
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing else is left"
        );
        let other = TlsIdentity::load_or_make(&folder.path().join("other.pem")).unwrap();
        assert_ne!(other.pin(), made.pin());

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = TlsIdentity::load_or_make(&path);
        assert!(
            matches!(refused, Err(TlsError::Exposed { mode: 0o640, .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn files_that_are_no_pair_should_be_refused_with_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.pem"), folder.path().join("b.pem"));
        let made = TlsIdentity::load_or_make(&a).unwrap();
        TlsIdentity::load_or_make(&b).unwrap();
        assert!(matches!(TlsIdentity::load(&a, &b), Err(TlsError::Unusable(_))));

        let (text, none) = (fs::read_to_string(&a).unwrap(), folder.path().join("none.pem"));
        let end = text.find("-----BEGIN PRIVATE").unwrap();
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        fs::write(&certificate, &text[..end]).unwrap();
        fs::write(&key, &text[end..]).unwrap();
        // An operator's key is as secret as a made one.
        for mode in [0o644, 0o640, 0o604] {
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
            let refused = TlsIdentity::load(&certificate, &key).unwrap_err();
            assert!(refused.to_string().contains("chmod 600"), "{mode:o}: {refused}");
        }
        private(&key);
        private(&certificate);
        assert_eq!(TlsIdentity::load(&certificate, &key).unwrap().pin(), made.pin());
        for (certificate, key) in [(&key, &key), (&certificate, &certificate)] {
            let error = TlsIdentity::load(certificate, key).unwrap_err();
            assert!(matches!(error, TlsError::Pem { .. }), "{error}");
            assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
        }
        assert!(matches!(TlsIdentity::load(&none, &key), Err(TlsError::Io { .. })));
        fs::write(
            &certificate,
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        )
        .unwrap();
        assert!(matches!(
            TlsIdentity::load(&certificate, &key),
            Err(TlsError::Unusable(_))
        ));
    }
}

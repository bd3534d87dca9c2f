//! Names of keys.

use crate::TlsError;
use ring::digest::{digest, SHA256};
use rustls::{pki_types::CertificateDer, server::ParsedCertificate};
use std::{fmt, str::FromStr};

/// SHA-256 of the `SubjectPublicKeyInfo` of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pin(pub [u8; 32]);

impl Pin {
    /// The pin of a certificate's key.
    ///
    /// # Errors
    /// `Unusable` if the certificate is none of X.509, version 3.
    pub fn of(certificate: &CertificateDer<'_>) -> Result<Self, TlsError> {
        Ok(Self::of_key(certificate)?)
    }

    pub(crate) fn of_key(certificate: &CertificateDer<'_>) -> Result<Self, rustls::Error> {
        let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
        let mut pin = [0; 32];
        pin.copy_from_slice(digest(&SHA256, &key).as_ref());
        Ok(Self(pin))
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Pin {
    type Err = TlsError;

    fn from_str(text: &str) -> Result<Self, TlsError> {
        let mut pin = [0; 32];
        match hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut pin) {
            Ok(()) => Ok(Self(pin)),
            Err(_) => Err(TlsError::NoPin(text.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_should_be_read_as_they_are_written() {
        let pin = Pin([0xa5; 32]);
        assert_eq!(pin.to_string().parse::<Pin>().unwrap(), pin);
        assert_eq!("a5".repeat(32).parse::<Pin>().unwrap(), pin);
        for wrong in ["", "0x", "0xa5", &"a5".repeat(33), &"g5".repeat(32)] {
            assert!(matches!(wrong.parse::<Pin>(), Err(TlsError::NoPin(_))), "{wrong}");
        }
    }
}

//! Verifiers that know one key.

use crate::Pin;
use rustls::{
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{verify_tls13_signature, CryptoProvider},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, PeerIncompatible, SignatureScheme,
};
use std::{error::Error as StdError, sync::Arc};

/// The other side has another key than the one that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its TLS key is {got}, not {expected} as registered")]
pub struct Mismatch {
    pub expected: Pin,
    pub got: Pin,
}

/// Accepts exactly the holder of one key, as a server or as a client.
#[derive(Debug)]
pub(crate) struct Pinned {
    pin: Pin,
    provider: Arc<CryptoProvider>,
}

impl Pinned {
    pub fn new(pin: Pin, provider: Arc<CryptoProvider>) -> Arc<Self> {
        Arc::new(Self { pin, provider })
    }

    fn check(&self, certificate: &CertificateDer<'_>) -> Result<(), Error> {
        let got = Pin::of_key(certificate)?;
        let expected = self.pin;
        match got == expected {
            true => Ok(()),
            false => Err(CertificateError::Other(OtherError(Arc::new(Mismatch { expected, got }))).into()),
        }
    }

    /// That the other side holds the private key.
    fn signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Never reached: the configurations offer TLS 1.3 only.
fn too_old() -> Result<HandshakeSignatureValid, Error> {
    Err(PeerIncompatible::Tls12NotOffered.into())
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(end_entity).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        too_old()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes()
    }
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.check(end_entity).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        too_old()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes()
    }
}

/// What a person can do about an error that TLS caused, somewhere in its chain of causes; `None` for other errors.
pub fn explain(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<Error>() {
            return Some(reason(tls));
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn reason(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(CertificateError::Other(other)) => match other.0.downcast_ref::<Mismatch>() {
            Some(mismatch) => mismatch.to_string(),
            None => error.to_string(),
        },
        Error::InvalidMessage(_) => "it does not speak TLS".into(),
        Error::AlertReceived(rustls::AlertDescription::CertificateRequired) => {
            "it asks for a certificate, and was shown none".into()
        }
        Error::AlertReceived(rustls::AlertDescription::CertificateUnknown) => {
            "it knows another TLS key of this side".into()
        }
        Error::AlertReceived(rustls::AlertDescription::ProtocolVersion) | Error::PeerIncompatible(_) => {
            "it does not speak TLS 1.3".into()
        }
        other => other.to_string(),
    }
}

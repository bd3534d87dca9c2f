//! Why there is no certificate, key or configuration.

use std::{io, path::PathBuf};

/// Why there is no certificate, key or configuration.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    /// The file holds no such PEM section, or a broken one.
    #[error("{path}: no {what} in PEM can be read from it: {reason}")]
    Pem {
        path: PathBuf,
        what: &'static str,
        reason: String,
    },
    #[error("{path}: others can read this private key (mode {mode:04o}): chmod 600, and if anyone may have read it, remove it to get a new one")]
    Exposed { path: PathBuf, mode: u32 },
    #[error("certificate and key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    #[error("a certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
    #[error("{0:?} is no pin: 64 hexadecimal digits, with or without 0x, are expected")]
    NoPin(String),
}

impl TlsError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

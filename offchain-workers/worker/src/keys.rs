//! The worker's TLS keys. None of them is known to the chain's keystore.

use anyhow::Context;
use quorate_tls::TlsIdentity;
use std::path::{Path, PathBuf};

/// Folder of made keys, in that of the blobs.
const FOLDER: &str = "tls";

/// The operator's own certificate for the gateway.
#[derive(Debug, clap::Args)]
pub(crate) struct Files {
    /// Certificate of the gateway, in PEM, with those that vouch for it.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of that certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl Files {
    pub fn is_given(&self) -> bool {
        self.tls_cert.is_some()
    }
}

/// Certificate and key of the gateway: the operator's, or the made ones.
pub(crate) fn gateway(store: &Path, files: &Files) -> anyhow::Result<TlsIdentity> {
    match (&files.tls_cert, &files.tls_key) {
        (Some(certificate), Some(key)) => TlsIdentity::load(certificate, key).context("--tls-cert, --tls-key"),
        _ => made(store, "gateway.pem"),
    }
}

/// Certificate and key that the node knows.
pub(crate) fn link(store: &Path) -> anyhow::Result<TlsIdentity> {
    made(store, "link.pem")
}

fn made(store: &Path, file: &str) -> anyhow::Result<TlsIdentity> {
    Ok(TlsIdentity::load_or_make(&store.join(FOLDER).join(file))?)
}

//! `quorate verify`.

use crate::version_ref::VersionRef;
use quorate_primitives::AccountId;
use std::path::PathBuf;

/// Everything that the record commits to is computed again and compared: policy, inputs, job, history, settlement, every
/// blob's root, and the aggregation itself. Versions come from gateways. Updates are shown to validators only: an auditor
/// reads them from a validator's store or a copy of it (--store), or with the attestation key of a validator (--reader).
/// Exit code 1 means that something differs; 5 that the chain has pruned the evidence, and what is left agrees; 2 or 3 that
/// something could not be read, which proves nothing about the version.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// MODEL@VERSION.
    pub version: VersionRef,
    /// A validator's blob store, or any folder of files named by their roots; read only. May be given several times.
    #[arg(long, visible_alias = "blobs", value_name = "FOLDER")]
    pub store: Vec<PathBuf>,
    /// A file that `quorate version evidence` or a validator exported before the chain pruned the evidence.
    #[arg(long, value_name = "FILE")]
    pub evidence: Option<PathBuf>,
    /// Account of the validator whose attestation key --reader-key is.
    #[arg(long, value_name = "ACCOUNT", requires = "reader_key")]
    pub reader: Option<AccountId>,
    /// Attestation (aiwk) key of a validator: a file, or a secret URI.
    #[arg(
        long,
        value_name = "KEY",
        requires = "reader",
        hide_env_values = true,
        env = "QUORATE_READER_KEY"
    )]
    pub reader_key: Option<String>,
}

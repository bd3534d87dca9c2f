//! Deriving a version again.

use crate::{
    args::VersionRef,
    context::Context,
    failure::{usage, Failure, Result},
    output::spinner,
};
use quorate_client::{
    gateways::Reader,
    verify::{verify, Blobs},
    Account,
};
use quorate_primitives::AccountId;
use std::path::PathBuf;

/// Everything that the record commits to is computed again and compared: policy, inputs, job, history, settlement, every
/// blob's root, and the aggregation itself. Versions come from gateways. Updates are shown to validators only: an auditor
/// reads them from a validator's store or a copy of it (--store), or with the attestation key of a validator (--reader).
/// Exit code 1 means that something differs; 2 or 3 that something could not be read, which says nothing of the version.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    version: VersionRef,
    /// A validator's blob store, or any folder of files named by their roots; read only. May be given several times.
    #[arg(long, visible_alias = "blobs", value_name = "FOLDER")]
    store: Vec<PathBuf>,
    /// Account of the validator whose attestation key --reader-key is.
    #[arg(long, value_name = "ACCOUNT", requires = "reader_key")]
    reader: Option<AccountId>,
    /// Attestation (aiwk) key of a validator: a file, or a secret URI.
    #[arg(
        long,
        value_name = "KEY",
        requires = "reader",
        hide_env_values = true,
        env = "QUORATE_READER_KEY"
    )]
    reader_key: Option<String>,
}

pub async fn run(context: &Context, arguments: Arguments) -> Result {
    let reader = match (arguments.reader, arguments.reader_key) {
        (Some(validator), Some(key)) => Some(Reader {
            validator,
            key: Account::load(&key)?,
        }),
        (None, None) => None,
        _ => return Err(usage("--reader and --reader-key belong together")),
    };
    let blobs = Blobs::new(arguments.store, reader)?;
    let client = context.client().await?;
    let VersionRef { model, version } = arguments.version;
    let bar = spinner("verifying");
    let report = verify(&client, (model, version), &blobs, &|step| {
        bar.set_message(step.to_string())
    })
    .await;
    bar.finish_and_clear();
    let report = report?;
    context.print(&report.to_json(), || {
        for check in &report.checks {
            println!(
                "{} {:<22} {}",
                if check.passed { "ok  " } else { "FAIL" },
                check.name,
                check.found
            );
        }
    });
    match report.passed() {
        true => {
            if !context.is_json() {
                println!("{model}@{version} is verified: root {}", report.root);
            }
            Ok(())
        }
        false => Err(Failure::Check(format!("{model}@{version} is not what its record says"))),
    }
}

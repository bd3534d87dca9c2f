//! Deriving a version again.

use crate::{
    context::Context,
    failure::{Failure, Result},
    output::spinner,
    version_ref::VersionRef,
};
use quorate_client::gateways::Reader;
use quorate_primitives::evidence::Evidence;
use quorate_verify::{verify, Blobs, Conclusion, Found};
use std::path::PathBuf;

/// What is verified, and from what.
pub struct Sources {
    /// Folders of blobs.
    pub stores: Vec<PathBuf>,
    /// For updates, which gateways show to validators only.
    pub reader: Option<Reader>,
    /// In the place of what the chain may have pruned.
    pub evidence: Option<Evidence>,
}

pub async fn run(context: &Context, version: VersionRef, sources: Sources) -> Result {
    let client = context.client().await?;
    let VersionRef { model, version } = version;
    let reader = match sources.reader {
        Some(reader) => Some(reader),
        None => context.reader(&client, model).await?,
    };
    let blobs = Blobs::new(sources.stores, reader)?;
    let bar = spinner("verifying");
    let report = verify(&client, (model, version), &blobs, sources.evidence, &|step| {
        bar.set_message(step.to_string())
    })
    .await;
    bar.finish_and_clear();
    let report = report?;
    context.print(&report.to_json(), || {
        for check in &report.checks {
            println!(
                "{} {:<22} {}",
                match check.found {
                    Found::Equal => "ok  ",
                    Found::Differs => "FAIL",
                    Found::Expired => "gone",
                },
                check.name,
                check.detail
            );
        }
    });
    match report.conclusion() {
        Conclusion::Verified => {
            if !context.is_json() {
                println!("{model}@{version} is verified: root {}", report.root);
            }
            Ok(())
        }
        Conclusion::Expired => Err(Failure::Expired(format!(
            "{model}@{version}: evidence expired; what is left on chain agrees with its record. Whoever exported the evidence \
             before can hand it in with --evidence"
        ))),
        Conclusion::Differs => Err(Failure::Check(format!(
            "{model}@{version} is not what its record states"
        ))),
    }
}

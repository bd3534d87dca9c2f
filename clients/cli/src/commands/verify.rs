//! Deriving a version again.

use crate::{
    context::Context,
    failure::{Failure, Result},
    output::spinner,
    version_ref::VersionRef,
};
use quorate_client::gateways::Reader;
use quorate_verify::{verify, Blobs, Conclusion, Found};
use std::path::PathBuf;

/// `reader` for updates, which gateways show to validators only.
pub async fn run(context: &Context, version: VersionRef, stores: Vec<PathBuf>, reader: Option<Reader>) -> Result {
    let client = context.client().await?;
    let VersionRef { model, version } = version;
    let reader = match reader {
        Some(reader) => Some(reader),
        None => context.reader(&client, model).await?,
    };
    let blobs = Blobs::new(stores, reader)?;
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
            "{model}@{version}: evidence expired; what is left on chain agrees with its record"
        ))),
        Conclusion::Differs => Err(Failure::Check(format!(
            "{model}@{version} is not what its record states"
        ))),
    }
}

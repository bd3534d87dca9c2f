//! Conversion to the canonical form.

use crate::{
    commands::version,
    context::Context,
    failure::Result,
    output::{bytes_bar, table},
    version_ref::VersionRef,
};
use quorate_convert::{convert, Job, Options, Report};
use quorate_exact::{Role, Root};
use serde_json::{json, Value};
use std::path::PathBuf;

/// A version that an update follows.
pub enum Base {
    File(PathBuf),
    /// Fetched, unless it is in the cache.
    Version(VersionRef),
}

/// What the file becomes.
pub enum Wanted {
    Version(Options),
    /// The input's weights minus the base's, or, with `delta`, the values themselves.
    Update {
        base: Base,
        delta: bool,
    },
}

pub async fn run(context: &Context, input: PathBuf, output: PathBuf, wanted: Wanted) -> Result {
    let base = match &wanted {
        Wanted::Version(_) => PathBuf::new(),
        Wanted::Update {
            base: Base::File(path), ..
        } => path.clone(),
        Wanted::Update {
            base: Base::Version(version),
            ..
        } => version::cached(context, *version).await?,
    };
    let job = match wanted {
        Wanted::Version(options) => Job::Model(options),
        Wanted::Update { delta: true, .. } => Job::Delta { base: &base },
        Wanted::Update { delta: false, .. } => Job::Difference { base: &base },
    };
    let (bar, progress) = bytes_bar("converting", 0);
    let report = convert(&input, &output, &job, &|done, total| {
        bar.set_length(total);
        progress(done, total);
    });
    bar.finish_and_clear();
    let report = report?;
    context.print(&as_json(&report), || show(&report));
    Ok(())
}

fn hex(root: &Root) -> String {
    format!("0x{}", hex::encode(root))
}

fn as_json(report: &Report) -> Value {
    let tensors = report.tensors.iter().map(|t| {
        json!({
            "name": t.name, "from": t.from.name(), "role": t.role.name(), "scale": t.scale,
            "elements": t.elements, "zeros": t.zeros, "largest": t.largest,
        })
    });
    json!({
        "kind": if report.is_update { "update" } else { "version" },
        "root": hex(&report.root),
        "bytes": report.len,
        "headerHash": hex(&report.header_hash),
        "tensors": tensors.collect::<Vec<_>>(),
        "warnings": report.warnings(),
    })
}

fn show(report: &Report) {
    let rows: Vec<_> = report
        .tensors
        .iter()
        .map(|t| {
            let scale = if t.role == Role::Const {
                "-".into()
            } else {
                t.scale.to_string()
            };
            [
                t.name.clone(),
                t.from.name().into(),
                t.role.name().into(),
                scale,
                t.elements.to_string(),
                t.zeros.to_string(),
            ]
        })
        .collect();
    table(["tensor", "from", "role", "scale", "elements", "zeros"], &rows);
    let kind = if report.is_update { "update" } else { "version" };
    println!(
        "{kind} of {} bytes, root {}; validators would take it",
        report.len,
        hex(&report.root)
    );
    for warning in report.warnings() {
        eprintln!("warning: {warning}");
    }
}

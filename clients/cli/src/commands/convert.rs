//! Conversion to the canonical form.

use crate::{
    args::{
        compile::existing,
        convert::{Arguments, Listed},
        form::Form,
    },
    commands::{export, version, whole_file::is_free},
    context::Context,
    failure::{usage, Result},
    output::{bytes_bar, table},
    version_ref::VersionRef,
};
use quorate_client::Error;
use quorate_convert::{names::shown, Against, Conversion, Decisions, Job, Options, Report, Source};
use quorate_exact::{Account, Role, Root};
use quorate_primitives::AccountId;
use serde_json::{json, Value};
use std::{ffi::OsStr, path::PathBuf};

pub async fn run(context: &Context, arguments: Arguments) -> Result {
    if arguments.form.form == Some(Form::Hf) {
        return export::run(context, (&arguments.form, None), &arguments.input, &arguments.output);
    }
    let existing = existing(arguments.force);
    // Before a base is fetched; files that are here are compared with the output's place first.
    let fetched = arguments.base.as_deref().and_then(version_of).is_some();
    for path in fetched
        .then_some(&arguments.output)
        .into_iter()
        .chain(&arguments.save_plan)
    {
        is_free(path, existing)?;
    }
    let update =
        match (&arguments.base, &arguments.contributor) {
            (None, _) => None,
            (Some(text), Some(account)) => Some((base(context, text).await?, Account(*account.as_ref()))),
            (Some(_), None) => return Err(usage(
                "--contributor is missing: an update's file names the account that will submit it, and no other can",
            )),
        };
    let job = match (&update, &arguments.plan) {
        (None, Some(path)) => Job::Decided(Decisions::read(path)?),
        (None, None) if arguments.frozen => Job::Frozen,
        (None, None) => Job::Model(Options {
            roles: joined(arguments.roles),
            scales: joined(arguments.scale),
            ties: joined(arguments.tie),
        }),
        (Some((base, contributor)), _) => {
            let against = Against {
                base,
                root: None,
                contributor: *contributor,
            };
            match arguments.delta {
                true => Job::Delta(against),
                false => Job::Difference(against),
            }
        }
    };
    let conversion = Conversion {
        output: &arguments.output,
        job,
        strip: arguments.strip.clone(),
        existing,
    };
    let (bar, progress) = bytes_bar("converting", 0);
    let report = Source::open(&arguments.input).and_then(|source| {
        conversion.run(source, &|done, total| {
            bar.set_length(total);
            progress(done, total);
        })
    });
    bar.finish_and_clear();
    let report = report?;
    if let (Some(path), Some(decisions)) = (&arguments.save_plan, &report.decisions) {
        quorate_output::write(path, decisions.text().as_bytes(), existing).map_err(Error::from)?;
    }
    context.print(&as_json(&report), || show(&report));
    Ok(())
}

/// The file of the version that an update follows.
/// The version that a base's name is, if it is no file's.
fn version_of(text: &OsStr) -> Option<VersionRef> {
    text.to_str().and_then(|text| text.parse().ok())
}

async fn base(context: &Context, text: &OsStr) -> Result<PathBuf> {
    if let Some(version) = version_of(text) {
        return version::cached(context, version).await;
    }
    let path = PathBuf::from(text);
    match path.exists() {
        true => Ok(path),
        false => Err(usage(format!(
            "--base {} is neither a file nor MODEL@VERSION, such as 0@3",
            path.display()
        ))),
    }
}

fn joined<T>(lists: Vec<Listed<T>>) -> Vec<T> {
    lists.into_iter().flat_map(|list| list.0).collect()
}

fn hex(root: &Root) -> String {
    format!("0x{}", hex::encode(root))
}

fn as_json(report: &Report) -> Value {
    let tensors = report.tensors.iter().map(|t| {
        json!({
            "name": t.name, "from": t.from.name(), "role": t.role.name(), "scale": t.scale,
            "scaleOrigin": t.origin.map(|origin| origin.name()),
            "elements": t.elements, "zeros": t.zeros, "largest": t.largest,
        })
    });
    json!({
        "kind": if report.contributor.is_some() { "update" } else { "version" },
        "contributor": contributor(report),
        "root": hex(&report.root),
        "bytes": report.len,
        "headerHash": hex(&report.header_hash),
        "tensors": tensors.collect::<Vec<_>>(),
        "plan": report.decisions,
        "equal": report.equal(),
        "rounding": report.rounding.share(),
        "ignored": report.ignored,
        "copies": report.copies,
        "empty": report.empty,
        "notes": report.notes(),
        "warnings": report.warnings(),
    })
}

/// Whose update it is.
fn contributor(report: &Report) -> Option<AccountId> {
    report.contributor.map(|account| AccountId::new(account.0))
}

/// A tensor's name, and the others that it has.
fn named(report: &Report, name: &str) -> String {
    let decision = report.decisions.as_ref().and_then(|all| all.tensors.get(name));
    let aliases = decision.map_or(&[][..], |decision| &decision.aliases);
    let names = std::iter::once(name).chain(aliases.iter().map(String::as_str));
    names.map(shown).collect::<Vec<_>>().join(" = ")
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
                named(report, &t.name),
                t.from.name().into(),
                t.role.name().into(),
                scale,
                t.elements.to_string(),
                t.zeros.to_string(),
            ]
        })
        .collect();
    table(["tensor", "from", "role", "scale", "elements", "zeros"], &rows);
    let kind = contributor(report).map_or_else(|| "version".into(), |account| format!("update of {account},"));
    println!(
        "{kind} of {} bytes, root {}; validators would take it",
        report.len,
        hex(&report.root)
    );
    for note in report.notes() {
        eprintln!("note: {note}");
    }
    for warning in report.warnings() {
        eprintln!("warning: {warning}");
    }
}

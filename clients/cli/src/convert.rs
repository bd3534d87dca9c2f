//! Conversion to the canonical form.

use crate::{
    args::VersionRef,
    context::Context,
    failure::{usage, Result},
    output::{bytes_bar, table},
    version,
};
use quorate_convert::{convert, Job, Options, Pattern, Report};
use quorate_exact::{Role, Root};
use serde_json::{json, Value};
use std::path::PathBuf;

/// Without --base, INPUT's weights become a version. With --base they become an update: weights minus the base's, or the
/// values themselves with --delta.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Any safetensors file.
    input: PathBuf,
    /// The canonical file to write.
    output: PathBuf,
    /// The version that the update follows: a canonical file, or MODEL@VERSION, which is fetched.
    #[arg(long, value_name = "FILE|MODEL@VERSION")]
    base: Option<String>,
    /// The input's values are deltas already.
    #[arg(long, requires = "base")]
    delta: bool,
    /// Override roles: PATTERN=train|stat|const, `*` for any characters; the last that matches counts.
    #[arg(long, value_name = "PATTERN=ROLE", value_delimiter = ',', conflicts_with = "base", value_parser = role)]
    roles: Vec<(Pattern, Role)>,
    /// Binary logarithm of the grid's points per unit, -16 to 40; for all tensors, or PATTERN=SCALE. Default 24.
    #[arg(long, value_name = "[PATTERN=]SCALE", value_delimiter = ',', conflicts_with = "base", value_parser = scale)]
    #[arg(allow_hyphen_values = true)]
    scale: Vec<(Pattern, i8)>,
    /// Two names of the same weights, which are stored once under the first.
    #[arg(long, value_name = "NAME=ALIAS", value_delimiter = ',', conflicts_with = "base", value_parser = tie)]
    tie: Vec<(String, String)>,
}

fn role(text: &str) -> std::result::Result<(Pattern, Role), String> {
    let (pattern, name) = text.rsplit_once('=').ok_or("expected PATTERN=ROLE")?;
    let role = Role::ALL.into_iter().find(|role| role.name() == name);
    Ok((
        Pattern(pattern.into()),
        role.ok_or("the roles are train, stat and const")?,
    ))
}

fn scale(text: &str) -> std::result::Result<(Pattern, i8), String> {
    let (pattern, scale) = text.rsplit_once('=').unwrap_or(("*", text));
    Ok((
        Pattern(pattern.into()),
        scale.parse().map_err(|_| "a scale is a whole number, -16 to 40")?,
    ))
}

fn tie(text: &str) -> std::result::Result<(String, String), String> {
    let (name, alias) = text.split_once('=').ok_or("expected NAME=ALIAS")?;
    Ok((name.into(), alias.into()))
}

pub async fn run(context: &Context, arguments: Arguments) -> Result {
    let base = match &arguments.base {
        Some(text) => Some(match text.parse::<VersionRef>() {
            Ok(version) => version::cached(context, version).await?,
            Err(_) => PathBuf::from(text),
        }),
        None => None,
    };
    let job = match (&base, arguments.delta) {
        (Some(base), true) => Job::Delta { base },
        (Some(base), false) => Job::Difference { base },
        (None, _) => Job::Model(Options {
            roles: arguments.roles,
            scales: arguments.scale,
            ties: arguments.tie,
        }),
    };
    if arguments.input == arguments.output {
        return Err(usage("input and output are the same file"));
    }
    let (bar, progress) = bytes_bar("converting", 0);
    let report = convert(&arguments.input, &arguments.output, &job, &|done, total| {
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

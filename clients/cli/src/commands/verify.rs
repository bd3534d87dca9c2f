//! Deriving versions again.

use crate::{
    context::Context,
    failure::{usage, Failure, Result},
    output::spinner,
    version_ref::VersionRef,
};
use quorate_client::{gateways::Reader, Client, Error};
use quorate_primitives::evidence::Evidence;
use quorate_verify::{verify, verify_ancestry, Blobs, Check, Conclusion, Found, Report};
use serde_json::{json, Value};
use std::path::PathBuf;

/// What is verified, and from what.
pub struct Sources {
    /// Folders of blobs.
    pub stores: Vec<PathBuf>,
    /// For updates, which gateways show to validators only.
    pub reader: Option<Reader>,
    /// In the place of what the chain may have pruned.
    pub evidence: Vec<Evidence>,
    /// Whether all ancestors are verified too.
    pub recursive: bool,
}

pub async fn run(context: &Context, version: VersionRef, sources: Sources) -> Result {
    if sources.evidence.len() > 1 && !sources.recursive {
        return Err(usage(
            "several files of --evidence belong to --recursive: one version has one",
        ));
    }
    let client = context.client().await?;
    let reader = match sources.reader {
        Some(reader) => Some(reader),
        None => context.reader(&client, version.model).await?,
    };
    let blobs = Blobs::new(sources.stores, reader).map_err(unread)?;
    match sources.recursive {
        true => all(context, &client, version, &blobs, sources.evidence).await,
        false => one(context, &client, version, &blobs, sources.evidence.into_iter().next()).await,
    }
}

async fn one(
    context: &Context,
    client: &Client,
    VersionRef { model, version }: VersionRef,
    blobs: &Blobs,
    evidence: Option<Evidence>,
) -> Result {
    let bar = spinner("verifying");
    let progress = |step: &str| bar.set_message(step.to_string());
    let report = verify(client, (model, version), blobs, evidence, &progress).await;
    bar.finish_and_clear();
    let report = report.map_err(unread)?;
    let what = match report.revoked {
        Some(revoked) => format!("{model}@{version} (revoked: version {revoked})"),
        None => format!("{model}@{version}"),
    };
    let found = Verified {
        json: report.to_json(),
        checks: &report.checks,
        block: report.block.number,
        conclusion: report.conclusion(),
    };
    found.tell(context, &what, &format!(": root {:?}", report.record.root))
}

/// What a verification found, of whatever it was.
pub struct Verified<'a> {
    pub json: Value,
    pub checks: &'a [Check],
    pub block: u32,
    pub conclusion: Conclusion,
}

impl Verified<'_> {
    /// Print it; `more` follows where all is well.
    pub fn tell(&self, context: &Context, what: &str, more: &str) -> Result {
        context.print(&self.json, || {
            for check in self.checks {
                println!("{} {:<22} {}", mark(check.found), check.name, check.detail);
            }
            println!("state of block {}, which is final", self.block);
        });
        if self.conclusion == Conclusion::Verified && !context.is_json() {
            println!("{what} is verified{more}");
        }
        outcome(self.conclusion, what)
    }
}

async fn all(
    context: &Context,
    client: &Client,
    VersionRef { model, version }: VersionRef,
    blobs: &Blobs,
    evidence: Vec<Evidence>,
) -> Result {
    let bar = spinner("verifying");
    let progress = |step: &str| bar.set_message(step.to_string());
    let mut shown: Vec<Value> = Vec::new();
    let mut show = |report: &Report| match context.is_json() {
        true => shown.push(brief(report)),
        false => bar.suspend(|| line(report)),
    };
    let ancestry = verify_ancestry(client, (model, version), blobs, evidence, &progress, &mut show).await;
    bar.finish_and_clear();
    let ancestry = ancestry.map_err(unread)?;
    let stopped = ancestry
        .stopped
        .as_ref()
        .map(|(at, why)| json!({ "at": at, "reason": why }));
    let conclusion = ancestry.conclusion();
    let document = json!({
        "model": model, "version": version, "conclusion": conclusion.as_str(),
        "verified": conclusion == Conclusion::Verified, "versions": shown, "stopped": stopped,
    });
    context.print(&document, || ());
    if let (Some((at, why)), false) = (&ancestry.stopped, context.is_json()) {
        eprintln!("stopped at {model}@{at}: {why}; go on with `quorate verify --recursive {model}@{at}`");
    }
    let what = format!("{model}@{version} with its ancestors, {} versions", ancestry.versions);
    if conclusion == Conclusion::Verified && !context.is_json() {
        println!("{what}: all are verified");
    }
    outcome(conclusion, &what)
}

/// One version of several: what was not equal, and how it ended.
fn line(report: &Report) {
    let name = format!("{}@{}", report.record.model, report.record.version);
    for check in report.checks.iter().filter(|check| check.found != Found::Equal) {
        println!("  {} {name} {:<22} {}", mark(check.found), check.name, check.detail);
    }
    let conclusion = report.conclusion().as_str();
    println!(
        "{name:<8} {conclusion:<9} root {:?} ({}, state of final block {})",
        report.record.root,
        assessed(report),
        report.block.number
    );
}

/// Whether it was assessed, and how that ended.
fn assessed(report: &Report) -> &'static str {
    match report.assessment {
        None => "not assessed",
        Some(record) if record.passed => "assessed, stands",
        Some(_) => "assessed, held",
    }
}

fn brief(report: &Report) -> Value {
    let mut document = report.to_json();
    if let Some(checks) = document.get_mut("checks").and_then(Value::as_array_mut) {
        checks.retain(|check| check["found"] != Found::Equal.as_str());
    }
    document
}

fn mark(found: Found) -> &'static str {
    match found {
        Found::Equal => "ok  ",
        Found::Differs => "FAIL",
        Found::Expired => "gone",
        Found::Unchecked => "????",
    }
}

/// What was given wrong stays that; whatever else kept the check from its end proves nothing about the version.
pub fn unread(error: Error) -> Failure {
    match error {
        Error::Input(_) | Error::NotFound(_) | Error::Denied(_) | Error::Incompatible(_) => error.into(),
        other => Failure::Unchecked(format!("could not be checked: {other}")),
    }
}

fn outcome(conclusion: Conclusion, what: &str) -> Result {
    match conclusion {
        Conclusion::Verified => Ok(()),
        Conclusion::Differs => Err(Failure::Check(format!("{what}: not what the record states"))),
        Conclusion::Unchecked => Err(Failure::Unchecked(format!(
            "{what}: could not be checked; nothing that could be differs from its record"
        ))),
        Conclusion::Expired => Err(Failure::Unchecked(format!(
            "{what}: evidence expired; what is left on chain agrees with its record. Whoever exported the evidence before can hand \
             it in with --evidence"
        ))),
        Conclusion::Held => Err(Failure::Revoked(format!(
            "{what}: what the record states, and Held: it did not pass its policy's gate, and no round stands on it: do not use it"
        ))),
        Conclusion::Revoked => Err(Failure::Revoked(format!(
            "{what}: what the record states, and revoked, or descending from a revoked version: do not use it"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_should_end_in_its_own_way() {
        assert!(outcome(Conclusion::Verified, "0@1").is_ok());
        let of = |conclusion| outcome(conclusion, "0@1").unwrap_err();
        assert!(matches!(of(Conclusion::Differs), Failure::Check(_)));
        assert!(matches!(of(Conclusion::Unchecked), Failure::Unchecked(_)));
        assert!(matches!(of(Conclusion::Expired), Failure::Unchecked(_)));
        assert!(matches!(of(Conclusion::Revoked), Failure::Revoked(_)));
        let held = of(Conclusion::Held);
        assert!(
            matches!(&held, Failure::Revoked(text) if text.contains("gate")),
            "{held}"
        );
    }

    #[test]
    fn a_full_disk_or_a_lost_node_should_be_no_difference() {
        let full = Error::Io {
            path: "/tmp/x".into(),
            source: std::io::ErrorKind::StorageFull.into(),
        };
        for error in [full, Error::Network("gone".into()), Error::Timeout("late".into())] {
            assert!(matches!(unread(error), Failure::Unchecked(_)));
        }
        assert!(matches!(
            unread(Error::Input("no such folder".into())),
            Failure::Client(Error::Input(_))
        ));
    }
}

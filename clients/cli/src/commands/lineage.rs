//! Where a version comes from.

use crate::{
    commands::{
        ancestry::{self, Tainted},
        assessment, round,
    },
    context::Context,
    failure::Result,
    output::{json_of, promotion},
    version_ref::VersionRef,
};
use quorate_client::{pipeline, words};
use quorate_primitives::{
    job::{AssessOutcome, Job, Outcome},
    version::Origin,
    views::Lineage,
};
use serde_json::json;

pub async fn run(context: &Context, version: VersionRef) -> Result {
    let VersionRef { model, version } = version;
    let client = context.client().await?;
    let lineage = client.lineage(model, version).await?;
    let tainted = ancestry::tainted(&client.versions(model).await?);
    let mut value = json_of(&lineage);
    value["revokedAncestor"] = json!(tainted.get(&version));
    if let Some(record) = &lineage.version.assessment {
        value["version"]["assessment"] = assessment::document(record);
    }
    context.print(&value, || show(&lineage, &tainted));
    Ok(())
}

fn show(lineage: &Lineage, tainted: &Tainted) {
    let record = &lineage.version.record;
    println!("version {}@{}", record.model, record.version);
    println!("  root          {:?} ({} bytes)", record.root, record.len);
    let status = ancestry::status_of(&lineage.version, tainted);
    println!("  recorded      block {}, {status}", record.block);
    println!("  promoted      {}", promotion(lineage.version.promotion.as_ref()));
    println!("  policy        {:?}", record.policy_hash);
    println!("  pipeline      {}", pipeline::show(&lineage.policy.pipeline));
    println!("  history root  {:?}", record.history_root);
    match record.origin {
        Origin::Genesis => println!("  origin        given by the owner"),
        Origin::Round(origin) => {
            println!("  origin        round {} on version {}", origin.round, origin.parent);
            println!("  job           {:?}", origin.job);
            println!("  inputs root   {:?}", origin.inputs_root);
            println!("  detail        {:?}", origin.outcome.detail);
            if let Some(state) = origin.outcome.optimiser {
                println!("  state         {state:?}");
            }
        }
    }
    if let Some(record) = &lineage.version.assessment {
        assessment::print_record(record);
    }
    for parent in &lineage.parents {
        println!(
            "  parent        {} root {:?} block {}",
            parent.version, parent.root, parent.block
        );
    }
    if !lineage.updates.is_empty() {
        println!("updates");
        round::updates(&lineage.updates);
    }
    match (&lineage.job, record.origin) {
        (Some(job), _) => {
            println!("committee");
            committee(job);
        }
        (None, Origin::Round(_)) => println!("evidence expired: the job and its updates are pruned, their roots stay"),
        (None, Origin::Genesis) => (),
    }
    if let Some(jobs) = &lineage.assessment {
        println!("committee of the assessment");
        committee(&jobs.job);
    }
}

fn committee(job: &Job) {
    for (member, statement) in job.committee.iter().zip(job.statements.iter()) {
        let revealed = match &statement.reveal {
            Some(Outcome::Aggregate(outcome)) => format!("{:?}", outcome.output),
            Some(Outcome::Assess(AssessOutcome::Done { detail, .. })) => format!("{detail:?}"),
            Some(Outcome::Assess(AssessOutcome::Unfit)) => "unfit".into(),
            Some(_) => "an outcome of another kind".into(),
            None if statement.commit.is_some() => "committed, revealed nothing".into(),
            None => "nothing".into(),
        };
        let verdict = statement.verdict.map_or("no verdict yet", words::verdict);
        println!(
            "  {} (organisation {}): {revealed}, {verdict}",
            member.validator, member.organisation
        );
    }
}

//! Where a version comes from.

use crate::{args::VersionRef, context::Context, failure::Result, output::json_of, round};
use quorate_client::pipeline;
use quorate_primitives::{job::Job, version::Origin, views::Lineage};

#[derive(clap::Args, Debug)]
pub struct Arguments {
    version: VersionRef,
}

pub async fn run(context: &Context, arguments: Arguments) -> Result {
    let VersionRef { model, version } = arguments.version;
    let lineage = context.client().await?.lineage(model, version).await?;
    context.print(&json_of(&lineage), || show(&lineage));
    Ok(())
}

fn show(lineage: &Lineage) {
    let record = &lineage.version.record;
    println!("version {}@{}", record.model, record.version);
    println!("  root          {:?} ({} bytes)", record.root, record.len);
    println!("  recorded      block {}, {:?}", record.block, lineage.version.status);
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
    if let Some(job) = &lineage.job {
        println!("committee");
        committee(job);
    }
}

fn committee(job: &Job) {
    for (member, statement) in job.committee.iter().zip(job.statements.iter()) {
        let said = match &statement.reveal {
            Some(outcome) => format!("{:?}", outcome.output),
            None if statement.commit.is_some() => "committed, revealed nothing".into(),
            None => "nothing".into(),
        };
        let verdict = statement
            .verdict
            .map_or_else(|| "no verdict yet".into(), |verdict| format!("{verdict:?}"));
        println!(
            "  {} (organisation {}): {said}, {verdict}",
            member.validator, member.organisation
        );
    }
}

//! Programs and data sets: registering, listing, fetching, who may read them.

mod check;

use crate::{
    checked,
    commands::{consortium, model, naming, version, whole_file::is_free},
    context::Context,
    failure::{usage, Failure, Result},
    output::{bytes_bar, json_of, spinner, table, tokens},
};
use quorate_client::{
    artifacts::Costs,
    calls::artifacts::{self as calls, Registration},
    gateways::Reader,
    link::Link,
    naming::name_of,
    watch::Limit,
    words, Client, Error, Until,
};
use quorate_output::Existing;
use quorate_primitives::{
    availability::{ArtifactKind, Named},
    policy::Access,
    views::{ArtifactState, ArtifactView},
    ArtifactId, OrganisationId, Root,
};
use serde_json::json;
use std::path::Path;

/// All artifacts.
pub async fn list(context: &Context) -> Result {
    let artifacts = context.client().await?.artifacts().await?;
    context.print(&json_of(&artifacts), || print_list(&artifacts));
    Ok(())
}

/// One artifact.
pub async fn show(context: &Context, artifact: ArtifactId) -> Result {
    let artifact = context.client().await?.artifact(artifact).await?;
    context.print(&json_of(&artifact), || print(&artifact));
    Ok(())
}

/// What is registered, beside its file.
pub struct Terms<'a> {
    pub kind: ArtifactKind,
    pub licence: &'a str,
    pub access: Access,
}

/// Register a program or a data set.
pub async fn register(context: &Context, file: &Path, terms: &Terms<'_>) -> Result {
    let len = check::len_of(file)?;
    let client = context.client().await?;
    let costs = checked_file(&client, (file, len), terms.kind).await?;
    let account = context.account()?;
    let organisation = client.organisation_of(&account.id()).await?;
    let organisation = organisation.ok_or_else(|| usage(format!("{} is no organisation's account", account.id())))?;
    let (named, len) = name_of(&naming::open(file)?, organisation, client.genesis())?;
    say_costs(context, named, len, costs);
    let call = calls::register(&Registration {
        kind: terms.kind,
        file: named,
        len,
        licence: terms.licence,
        access: terms.access,
    });
    let registered = client.submit_numbered(&account, &call, "Artifacts.Registered");
    let (id, done): (ArtifactId, _) = registered.await?;
    if !context.is_json() {
        eprintln!(
            "artifact {id} registered in block {}; uploading its file",
            done.number()
        );
    }
    let is_awaited = async || {
        Ok(matches!(
            client.artifact(id).await?.state,
            ArtifactState::Pending { .. }
        ))
    };
    model::upload_awaited(&client, &account, (named.root, file), len, is_awaited).await?;
    report_decision(context, id, named.root, Some(costs)).await
}

/// Another file, or the same one again, for an artifact that was rejected.
pub async fn retry(context: &Context, id: ArtifactId, file: &Path) -> Result {
    let len = check::len_of(file)?;
    let client = context.client().await?;
    let known = client.artifact(id).await?;
    if !matches!(known.state, ArtifactState::Rejected { .. }) {
        return Err(usage(format!(
            "artifact {id} is {}: only a rejected one is retried",
            words::artifact_state(&known.state)
        )));
    }
    let costs = checked_file(&client, (file, len), known.kind).await?;
    let account = context.account()?;
    let (named, len) = name_of(&naming::open(file)?, known.organisation, client.genesis())?;
    say_costs(context, named, len, costs);
    let call = calls::retry(id, named, len);
    client.submit(&account, &call, Until::InBlock).await?;
    model::upload(&client, &account, (named.root, file), len).await?;
    report_decision(context, id, named.root, Some(costs)).await
}

/// Bring the file of an artifact that awaits votes.
pub async fn upload(context: &Context, id: ArtifactId, file: &Path) -> Result {
    if context.is_dry_run() {
        return Err(usage("--dry-run tries transactions; an upload is none"));
    }
    let (root, len) = quorate_client::root_of(&naming::open(file)?)?;
    let (account, client) = (context.account()?, context.client().await?);
    let known = client.artifact(id).await?;
    if !matches!(known.state, ArtifactState::Pending { .. }) {
        return Err(usage(format!(
            "artifact {id} is {}: no gateway would take its file",
            words::artifact_state(&known.state)
        )));
    }
    if (root, len) != (known.root, known.len) {
        return Err(usage(format!(
            "{} has root {root:?} and {len} bytes; artifact {id} awaits root {:?} and {} bytes",
            file.display(),
            known.root,
            known.len
        )));
    }
    model::upload(&client, &account, (root, file), len).await?;
    report_decision(context, id, root, None).await
}

/// An artifact's file, verified, at `output`. A file that is there and is this one already is what was asked for.
pub async fn fetch(context: &Context, id: ArtifactId, output: &Path, existing: Existing) -> Result {
    // What is there may be the file already.
    if !output.exists() {
        is_free(output, existing)?;
    }
    let client = context.client().await?;
    let known = client.artifact(id).await?;
    if !matches!(known.state, ArtifactState::Held { .. }) {
        return Err(usage(format!(
            "artifact {id} is {}: gateways show files of held ones alone",
            words::artifact_state(&known.state)
        )));
    }
    if version::holds(output, (known.root, known.len)).is_none() {
        is_free(output, existing)?;
        let reader = match known.access != Access::Public && context.has_account() {
            true => Some(Reader::Account(context.account()?)),
            false => None,
        };
        let gateways = client.open_gateways(reader).await?;
        let (bar, progress) = bytes_bar("fetching", known.len);
        let result = gateways.fetch(known.root, known.len, output, progress).await;
        bar.finish_and_clear();
        result?;
    }
    let value = json!({ "root": known.root, "bytes": known.len, "file": output.display().to_string() });
    context.print(&value, || {
        println!("{} ({} bytes, root {:?})", output.display(), known.len, known.root)
    });
    Ok(())
}

/// Who may read an artifact from now on.
pub async fn set_access(context: &Context, id: ArtifactId, access: Access, readers: Vec<OrganisationId>) -> Result {
    let readers = checked::ascending(readers);
    if !readers.is_empty() && matches!(access, Access::Public | Access::Validators) {
        return Err(usage(
            "organisations are admitted where access is contributors or organisations",
        ));
    }
    consortium::submit(context, &calls::set_access(id, access, &readers)).await
}

/// Remove the record of an artifact whose retention has ended.
pub async fn prune(context: &Context, id: ArtifactId) -> Result {
    context.account()?;
    // One that is not there costs no fee.
    context.client().await?.artifact(id).await?;
    consortium::submit(context, &calls::prune(id)).await
}

/// What a file costs, once it has been checked as the validators do. The length comes first: it bounds what is read.
async fn checked_file(client: &Client, (file, len): (&Path, u64), kind: ArtifactKind) -> Result<Costs> {
    let costs = client.artifact_costs(kind, len).await?;
    check::check(file, kind)?;
    Ok(costs)
}

fn say_costs(context: &Context, named: Named, len: u64, costs: Costs) {
    if !context.is_json() {
        let Costs { deposit, fee } = costs;
        let (deposit, fee) = (tokens(deposit), tokens(fee));
        eprintln!(
            "root {:?}, {len} bytes; a deposit of {deposit}, and a fee of {fee}",
            named.root
        );
    }
}

/// Waits for the validators' votes, and says what they came to.
async fn report_decision(context: &Context, id: ArtifactId, root: Root, costs: Option<Costs>) -> Result {
    let state = decided(context, id).await?;
    let mut value = json!({ "artifact": id, "root": root, "state": json_of(&state) });
    if let (Some(Costs { deposit, fee }), Some(fields)) = (costs, value.as_object_mut()) {
        fields.insert("deposit".into(), json!(deposit.to_string()));
        fields.insert("fee".into(), json!(fee.to_string()));
    }
    context.print(&value, || {
        println!("artifact {id} is {}", words::artifact_state(&state))
    });
    match state {
        ArtifactState::Held { .. } => Ok(()),
        _ => Err(Failure::Check(format!(
            "artifact {id} is {}: no quorum of validators held its file; `quorate artifact retry` gives it again or another, \
             `quorate artifact prune` returns the deposit some days later",
            words::artifact_state(&state)
        ))),
    }
}

/// The chain itself ends the vote; until then the connection may break.
async fn decided(context: &Context, id: ArtifactId) -> Result<ArtifactState> {
    let link = Link::new(async || context.connect().await).await?;
    let bar = spinner("waiting for the validators' votes on the file");
    let what = "the validators have not decided on the file";
    let again = |error: &Error| bar.suspend(|| eprintln!("connecting again: {error}"));
    let voted = async |client: Client| {
        let step = client.until(what, Limit::WhileBlocksCome, || async {
            let state = client.artifact(id).await?.state;
            Ok((!matches!(state, ArtifactState::Pending { .. })).then_some(state))
        });
        step.await
    };
    let state = link.keep(again, voted).await;
    bar.finish_and_clear();
    Ok(state?)
}

fn print_list(artifacts: &[ArtifactView]) {
    let rows: Vec<_> = artifacts
        .iter()
        .map(|artifact| {
            [
                artifact.id.to_string(),
                words::artifact_kind(artifact.kind).into(),
                words::artifact_state(&artifact.state),
                artifact.organisation.to_string(),
                words::access_kind(artifact.access).into(),
                artifact.len.to_string(),
                format!("{:?}", artifact.root),
            ]
        })
        .collect();
    table(
        ["artifact", "kind", "state", "organisation", "access", "bytes", "root"],
        &rows,
    );
}

fn print(artifact: &ArtifactView) {
    println!("artifact {}: a {}", artifact.id, words::artifact_kind(artifact.kind));
    println!("  state         {}", words::artifact_state(&artifact.state));
    println!("  organisation  {}", artifact.organisation);
    println!("  root          {:?}", artifact.root);
    println!("  bytes         {}", artifact.len);
    println!("  licence       {}", artifact.licence);
    println!("  access        {}", words::access(artifact.access, &artifact.readers));
    println!("  registered    block {}", artifact.registered_at);
}

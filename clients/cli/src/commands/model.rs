//! Models: registering, listing, funding, policies.

use crate::{
    commands::{assessment, consortium, frozen, naming, preflight},
    context::Context,
    failure::{usage, Failure, Result},
    output::{self, bytes_bar, json_of, optional, spinner, table, tokens},
};
use quorate_client::{
    calls::{incentives, models},
    link::Link,
    pipeline,
    policy::show_deadlines,
    policy_file::{self, Draft},
    watch::Limit,
    words, Account, Call, Client, Error, Until,
};
use quorate_convert::{check_model, read_header};
use quorate_exact::{ModelHeader, ServerOptimiser};
use quorate_primitives::{
    policy::Policy,
    purpose::Purpose,
    views::{ModelState, ModelView},
    Balance, ModelId, Root,
};
use serde_json::json;
use std::path::Path;

/// All models.
pub async fn list(context: &Context) -> Result {
    let models = context.client().await?.models().await?;
    context.print(&json_of(&models), || print_list(&models));
    Ok(())
}

/// One model.
pub async fn show(context: &Context, model: ModelId) -> Result {
    let client = context.client().await?;
    let model = client.model(model).await?;
    let fee = assessment::fee(&client, &model.policy).await?;
    let mut document = json_of(&model);
    if let (Some(fee), Some(fields)) = (fee, document.as_object_mut()) {
        fields.insert("assessmentFee".into(), json!(fee.to_string()));
    }
    context.print(&document, || print(&model, fee));
    Ok(())
}

/// A model's policy.
pub async fn policy_of(context: &Context, model: ModelId) -> Result {
    print_policy(&context.client().await?.model(model).await?.policy.into());
    Ok(())
}

/// As JSON, whatever is asked for: the file that `--policy` and `--set` read.
pub fn print_policy(policy: &Draft) {
    output::json(&policy_file::to_value(policy));
}

/// Let rounds follow another policy from now on.
pub async fn set_policy(context: &Context, model: ModelId, policy: Draft) -> Result {
    context.account()?;
    let client = context.client().await?;
    let known = client.model(model).await?;
    let policy = assessment::counted(context, &client, policy, known.organisation).await?;
    client.check_transfers(&policy, known.update_len).await?;
    consortium::submit(context, &models::set_policy(model, &policy)).await
}

/// Another version 0 for a model whose first one was rejected.
pub async fn retry_genesis(context: &Context, model: ModelId, file: &Path) -> Result {
    let header = read_header(file)?;
    check_model(file, &header)?;
    let (account, client) = (context.account()?, context.client().await?);
    let owner = client.model(model).await?.organisation;
    let named = naming::of(&client, file, owner)?;
    let root = named.root;
    let call = models::retry_genesis(model, named);
    client.submit(&account, &call, Until::InBlock).await?;
    upload(&client, &account, (root, file), header.file_len()).await?;
    report_decision(context, model, root).await
}

/// The root of a version to begin anew with, and the call for it. The file must have the model's shape: a version that no gateway
/// takes would keep the model from another until its vote has ended.
pub async fn new_genesis(context: &Context, model: ModelId, file: &Path) -> Result<(Root, Call)> {
    let header = read_header(file)?;
    check_model(file, &header)?;
    let client = context.client().await?;
    let known = client.model(model).await?;
    let shape = models::Shape::of(&header);
    if (shape.header_hash, shape.file_len) != (known.header_hash, known.file_len) {
        return Err(usage(format!(
            "{} has other tensors than the versions of model {model}",
            file.display()
        )));
    }
    let named = naming::of(&client, file, known.organisation)?;
    Ok((named.root, models::new_genesis(model, named)))
}

/// Bring the file that a model begins with to the gateways.
pub async fn upload_genesis(context: &Context, root: Root, file: &Path) -> Result {
    if context.is_dry_run() {
        return Err(usage("--dry-run tries transactions; an upload is none"));
    }
    let header = read_header(file)?;
    let account = context.account()?;
    let client = context.client().await?;
    client.awaiting(root, header.file_len()).await?;
    upload(&client, &account, (root, file), header.file_len()).await?;
    context.print(&json!({ "root": root, "bytes": header.file_len() }), || {
        println!("uploaded {} bytes, root {root:?}", header.file_len())
    });
    Ok(())
}

/// Register a model by its version 0, a canonical file.
pub async fn register(
    context: &Context,
    file: &Path,
    name: &str,
    policy: Draft,
    (parent, frozen_base): (Option<ModelId>, Option<(&Path, &str)>),
) -> Result {
    let header = read_header(file)?;
    check_model(file, &header)?;
    check_names(&header, policy.policy())?;
    let shape = models::Shape::of(&header);
    let account = context.account()?;
    let frozen_base = match frozen_base {
        Some((path, licence)) => Some(frozen::named(path, licence)?),
        None => None,
    };
    let client = context.client().await?;
    let organisation = client.organisation_of(&account.id()).await?;
    let organisation = organisation.ok_or_else(|| usage(format!("{} is no organisation's account", account.id())))?;
    let policy = assessment::counted(context, &client, policy, organisation).await?;
    let update_len = header.update_len();
    client.check_transfers(&policy, update_len).await?;
    if !context.is_json() {
        let phases = show_deadlines(&policy.deadlines);
        eprintln!(
            "phases for {} updates of {update_len} bytes: {phases}",
            policy.max_updates
        );
    }
    if let (Some(base), false) = (frozen_base.clone(), context.is_json()) {
        eprintln!("on the frozen base {:?} of {} bytes", base.root, base.len);
    }
    let named = naming::of(&client, file, organisation)?;
    let root = named.root;
    let call = models::register(name, &shape, named, &policy, parent, frozen_base.as_ref());
    let registered = client.submit_numbered(&account, &call, "Models.Registered");
    let (id, done): (ModelId, _) = registered.await?;
    if !context.is_json() {
        eprintln!("model {id} registered in block {}; uploading version 0", done.number());
    }
    let is_awaited = async || Ok(client.model(id).await?.state == ModelState::Pending);
    upload_awaited(&client, &account, (root, file), header.file_len(), is_awaited).await?;
    report_decision(context, id, root).await
}

/// Waits for the validators' votes on a version that the owner gave.
async fn report_decision(context: &Context, id: ModelId, root: Root) -> Result {
    let state = decided(context, id).await?;
    let value = json!({ "model": id, "root": root, "state": json_of(&state) });
    context.print(&value, || println!("model {id} is {}", words::model_state(state)));
    match state {
        ModelState::Active => Ok(()),
        _ => Err(Failure::Check(format!(
            "model {id} is {}; `quorate model retry-genesis` gives another version 0",
            words::model_state(state)
        ))),
    }
}

/// The state of an optimiser names its tensors after the model's, two bytes longer.
fn check_names(header: &ModelHeader, policy: &Policy) -> Result {
    const LONGEST: usize = 1_022;
    let long = header.tensors.iter().find(|tensor| tensor.name.len() > LONGEST);
    match long.filter(|_| policy.pipeline.server != ServerOptimiser::Plain) {
        None => Ok(()),
        Some(tensor) => Err(usage(format!(
            "tensor {} has a name of {} bytes; with a server optimiser at most {LONGEST} are possible. Rename it or use \
             --server plain",
            tensor.name,
            tensor.name.len()
        ))),
    }
}

/// Root of a file.
pub fn root_of(file: &Path) -> Result<Root> {
    let (root, _) = quorate_client::root_of(&naming::open(file)?)?;
    Ok(root)
}

/// To every gateway, as far as they take it: one is enough, more are faster.
pub async fn upload(client: &Client, account: &Account, blob: (Root, &Path), len: u64) -> Result {
    let gateways = client.open_gateways(None).await?;
    let mut taken = 0;
    let mut last = Error::NotFound("a gateway: no validator is registered".into());
    for index in 0..gateways.count() {
        let (bar, progress) = bytes_bar("uploading", len);
        match gateways.upload(index, blob, account, None, progress).await {
            Ok(()) => taken += 1,
            Err(error) => last = error,
        }
        bar.finish_and_clear();
    }
    if taken == 0 {
        return Err(last.into());
    }
    Ok(())
}

/// The same of what has just been registered. Validators that had these bytes already may have decided while the number became final: then it is
/// refused, and nobody awaits it.
pub async fn upload_awaited(
    client: &Client,
    account: &Account,
    blob: (Root, &Path),
    len: u64,
    is_awaited: impl AsyncFnOnce() -> Result<bool>,
) -> Result {
    if let Err(refused) = upload(client, account, blob, len).await {
        if is_awaited().await? {
            return Err(refused);
        }
    }
    Ok(())
}

/// The chain itself ends the vote; until then the connection may break.
async fn decided(context: &Context, id: ModelId) -> Result<ModelState> {
    let link = Link::new(async || context.connect().await).await?;
    let bar = spinner("waiting for the validators' votes on version 0");
    let what = "the validators have not decided on version 0";
    let again = |error: &Error| bar.suspend(|| eprintln!("connecting again: {error}"));
    let voted = async |client: Client| {
        let step = client.until(what, Limit::WhileBlocksCome, || async {
            let state = client.model(id).await?.state;
            Ok((state != ModelState::Pending).then_some(state))
        });
        step.await
    };
    let state = link.keep(again, voted).await;
    bar.finish_and_clear();
    Ok(state?)
}

/// Put tokens into a model's fund.
pub async fn fund(context: &Context, model: ModelId, amount: Balance) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    client.model(model).await?;
    preflight::fund(&client, &account.id(), amount).await?;
    change_fund(context, model, &incentives::fund(Purpose::Model(model), amount)).await
}

/// Take tokens out of a model's fund.
pub async fn withdraw(context: &Context, model: ModelId, amount: Balance) -> Result {
    context.account()?;
    preflight::withdraw(&context.client().await?, model, amount).await?;
    change_fund(
        context,
        model,
        &incentives::withdraw_fund(Purpose::Model(model), amount),
    )
    .await
}

async fn change_fund(context: &Context, model: ModelId, call: &Call) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    client.submit(&account, call, Until::InBlock).await?;
    let fund = client.model(model).await?.fund;
    context.print(&json!({ "model": model, "fund": fund.to_string() }), || {
        println!("fund {}", tokens(fund))
    });
    Ok(())
}

fn print_list(models: &[ModelView]) {
    let rows: Vec<_> = models
        .iter()
        .map(|model| {
            let latest = optional(model.latest, |version| version.to_string());
            let head = optional(model.head, |version| version.to_string());
            let round = optional(model.open_round, |round| round.to_string());
            [
                model.id.to_string(),
                model.name.clone(),
                words::model_state(model.state).into(),
                latest,
                head,
                round,
                tokens(model.fund),
            ]
        })
        .collect();
    table(
        ["model", "name", "state", "latest", "head", "open round", "fund"],
        &rows,
    );
}

/// `fee`: what a round's assessment costs, where there is one.
fn print(model: &ModelView, fee: Option<Balance>) {
    println!("model {}: {}", model.id, model.name);
    println!("  state        {}", words::model_state(model.state));
    let owner = optional(model.owner.as_ref(), ToString::to_string);
    println!("  owner        {owner} (organisation {})", model.organisation);
    println!(
        "  latest       {}",
        optional(model.latest, |version| version.to_string())
    );
    println!("  head         {}", optional(model.head, |version| version.to_string()));
    println!(
        "  open round   {}",
        optional(model.open_round, |round| round.to_string())
    );
    println!("  fund         {}", tokens(model.fund));
    println!("  version      {} bytes", model.file_len);
    println!("  update       {} bytes", model.update_len);
    println!("  header hash  {:?}", model.header_hash);
    println!("  parent       {}", optional(model.parent, |parent| parent.to_string()));
    if let Some(base) = &model.frozen_base {
        frozen::print(base);
    }
    println!("  pipeline     {}", pipeline::show(&model.policy.pipeline));
    if let Some(assessment) = &model.policy.assessment {
        assessment::print_rules(assessment, fee);
    }
    println!("  policy       {:#}", policy_file::to_value(&model.policy.into()));
}

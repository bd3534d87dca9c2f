//! Models: registering, listing, funding, policies.

use crate::{
    context::Context,
    failure::{usage, Failure, Result},
    output::{bytes_bar, json_of, optional, parse_tokens, spinner, table, tokens},
};
use quorate_client::{
    calls::{incentives, models},
    pipeline,
    policy::standard,
    Client, Error, Until,
};
use quorate_convert::{check_model, read_header};
use quorate_exact::{ModelHeader, PreAggregator, Rule, ServerOptimiser};
use quorate_primitives::{
    policy::Policy,
    views::{ModelState, ModelView},
    Balance, Hash, ModelId, Root,
};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// How long the validators may take to vote on version 0.
const GENESIS: Duration = Duration::from_secs(600);

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Register a model by its version 0, a canonical file; --account is the organisation's.
    Register {
        file: PathBuf,
        #[arg(long)]
        name: String,
        /// A policy as JSON; see `quorate model policy`.
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        #[command(flatten)]
        rule: RuleArguments,
        /// The model that this one continues in another shape.
        #[arg(long)]
        parent: Option<ModelId>,
    },
    /// All models.
    List,
    /// One model.
    Show { model: ModelId },
    /// Put tokens into a model's fund, for rewards.
    Fund {
        model: ModelId,
        /// Tokens, such as 12.5.
        #[arg(value_parser = parse_tokens)]
        amount: Balance,
    },
    /// Print a policy to start from, as JSON; or a model's; or set a model's.
    Policy {
        model: Option<ModelId>,
        /// Rounds opened from now on follow this policy.
        #[arg(long, value_name = "FILE", requires = "model")]
        set: Option<PathBuf>,
        #[command(flatten)]
        rule: RuleArguments,
    },
}

/// A standard policy in few words.
#[derive(clap::Args, Clone, Debug)]
pub struct RuleArguments {
    #[arg(long, value_parser = pipeline::rule, default_value = "trimmed:200000", help = pipeline::RULES)]
    rule: Rule,
    #[arg(long, value_parser = pipeline::pre, value_name = "PRE", help = pipeline::PRES)]
    pre: Vec<PreAggregator>,
    #[arg(long, value_parser = pipeline::server, default_value = "plain", help = pipeline::SERVERS)]
    server: ServerOptimiser,
    /// Updates in a round.
    #[arg(long, default_value_t = 10)]
    updates: u32,
}

impl RuleArguments {
    fn policy(&self) -> Result<Policy> {
        let pipeline = pipeline::pipeline(&self.pre, self.rule, self.server).map_err(usage)?;
        checked(standard(pipeline, self.updates), "this policy")
    }
}

/// A policy that the chain takes.
fn checked(policy: Policy, what: &str) -> Result<Policy> {
    match policy.check() {
        Ok(()) => Ok(policy),
        Err(error) => Err(usage(format!("the chain would refuse {what}: {error}"))),
    }
}

pub async fn run(context: &Context, command: Command) -> Result {
    match command {
        Command::Register {
            file,
            name,
            policy,
            rule,
            parent,
        } => {
            let policy = match policy {
                Some(path) => read_policy(&path)?,
                None => rule.policy()?,
            };
            register(context, file, &name, &policy, parent).await
        }
        Command::List => {
            let models = context.client().await?.models().await?;
            context.print(&json_of(&models), || list(&models));
            Ok(())
        }
        Command::Show { model } => {
            let model = context.client().await?.model(model).await?;
            context.print(&json_of(&model), || show(&model));
            Ok(())
        }
        Command::Fund { model, amount } => fund(context, model, amount).await,
        Command::Policy {
            model: Some(model),
            set: Some(path),
            ..
        } => {
            let call = models::set_policy(model, &read_policy(&path)?);
            let done = context
                .client()
                .await?
                .submit(&context.account()?, &call, Until::InBlock)
                .await?;
            context.print(&json!({ "block": done.number() }), || {
                println!("set in block {}", done.number())
            });
            Ok(())
        }
        Command::Policy { model: Some(model), .. } => {
            let policy = context.client().await?.model(model).await?.policy;
            println!("{:#}", json_of(&policy));
            Ok(())
        }
        Command::Policy { model: None, rule, .. } => {
            println!("{:#}", json_of(&rule.policy()?));
            Ok(())
        }
    }
}

fn read_policy(path: &Path) -> Result<Policy> {
    let text = std::fs::read_to_string(path).map_err(|error| usage(format!("{}: {error}", path.display())))?;
    let policy: Policy = serde_json::from_str(&text).map_err(|error| usage(format!("{}: {error}", path.display())))?;
    checked(policy, &path.display().to_string())
}

async fn register(context: &Context, file: PathBuf, name: &str, policy: &Policy, parent: Option<ModelId>) -> Result {
    let header = read_header(&file)?;
    check_model(&file, &header)?;
    check_names(&header, policy)?;
    let shape = models::Shape {
        header_hash: Hash::from(quorate_exact::root(&header.encode())),
        header_len: header.header_len() as u32,
        group_len: header.group_len(),
        file_len: header.file_len(),
    };
    let account = context.account()?;
    let client = context.client().await?;
    let root = root_of(&file).await?;
    let call = models::register(name, &shape, root, policy, parent);
    let done = client.submit(&account, &call, Until::InBlock).await?;
    let id = done
        .event("Models.Registered")
        .and_then(|fields| fields.first_chunk())
        .copied();
    let id = id
        .map(ModelId::from_le_bytes)
        .ok_or_else(|| Error::Incompatible("no Models.Registered event".into()))?;
    if !context.is_json() {
        eprintln!("model {id} registered in block {}; uploading version 0", done.number());
    }
    upload(&client, root, &file, header.file_len()).await?;
    let state = decided(&client, id).await?;
    let value = json!({ "model": id, "block": done.number(), "root": root, "state": json_of(&state) });
    context.print(&value, || println!("model {id} is {state:?}"));
    match state {
        ModelState::Active => Ok(()),
        _ => Err(Failure::Check(format!(
            "model {id} is {state:?}: no quorum of validators held version 0"
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
            "tensor {:?} has a name of {} bytes; with a server optimiser at most {LONGEST} are possible. Rename it or use \
             --server plain",
            tensor.name,
            tensor.name.len()
        ))),
    }
}

async fn root_of(file: &Path) -> Result<Root> {
    let file = std::fs::File::open(file).map_err(|error| usage(format!("{}: {error}", file.display())))?;
    let (root, _) = quorate_client::root_of(&file)?;
    Ok(root)
}

/// To every gateway, as far as they take it: one is enough, more are faster.
async fn upload(client: &Client, root: Root, file: &Path, len: u64) -> Result {
    let gateways = client.open_gateways(None).await?;
    let mut taken = 0;
    let mut last = Error::NotFound("a gateway: no validator is registered".into());
    for index in 0..gateways.count() {
        let (bar, progress) = bytes_bar("uploading", len);
        match gateways.upload(index, root, file, None, progress).await {
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

async fn decided(client: &Client, id: ModelId) -> Result<ModelState> {
    let bar = spinner("waiting for the validators' votes on version 0");
    let state = client
        .until("the validators have not decided on version 0", GENESIS, || async {
            let state = client.model(id).await?.state;
            Ok((state != ModelState::Pending).then_some(state))
        })
        .await;
    bar.finish_and_clear();
    Ok(state?)
}

async fn fund(context: &Context, model: ModelId, amount: Balance) -> Result {
    let client = context.client().await?;
    client
        .submit(&context.account()?, &incentives::fund(model, amount), Until::InBlock)
        .await?;
    let fund = client.model(model).await?.fund;
    context.print(&json!({ "model": model, "fund": fund.to_string() }), || {
        println!("fund {}", tokens(fund))
    });
    Ok(())
}

fn list(models: &[ModelView]) {
    let rows: Vec<_> = models
        .iter()
        .map(|model| {
            let latest = optional(model.latest, |version| version.to_string());
            let round = optional(model.open_round, |round| round.to_string());
            [
                model.id.to_string(),
                model.name.clone(),
                format!("{:?}", model.state),
                latest,
                round,
                tokens(model.fund),
            ]
        })
        .collect();
    table(["model", "name", "state", "latest", "open round", "fund"], &rows);
}

fn show(model: &ModelView) {
    println!("model {}: {}", model.id, model.name);
    println!("  state        {:?}", model.state);
    println!("  owner        {} (organisation {})", model.owner, model.organisation);
    println!(
        "  latest       {}",
        optional(model.latest, |version| version.to_string())
    );
    println!(
        "  open round   {}",
        optional(model.open_round, |round| round.to_string())
    );
    println!("  fund         {}", tokens(model.fund));
    println!("  version      {} bytes", model.file_len);
    println!("  update       {} bytes", model.update_len);
    println!("  header hash  {:?}", model.header_hash);
    println!("  parent       {}", optional(model.parent, |parent| parent.to_string()));
    println!("  pipeline     {}", pipeline::show(&model.policy.pipeline));
    println!("  policy       {:#}", json_of(&model.policy));
}

//! From the command line to the commands.

mod artifacts;
mod evaluations;
mod inference;
mod levers;
mod members;
mod shards;

use crate::{
    args::{
        governance::PollCommand, keys as raw_keys, model, organisation::CouncilArguments, round, update, verify,
        version, Cli, Command,
    },
    checked,
    commands::{self, consortium, governance, keys, lineage, preflight, standing},
    context::Context,
    failure::{usage, Result},
};
use clap::CommandFactory;
use quorate_client::{
    calls::{models, rounds},
    council::Majority,
    Call,
};
use serde_json::Value;

/// How the command ended, and what it found out, as JSON.
pub async fn run(cli: Cli) -> (Result, Option<Value>) {
    let context = Context::new(cli.global);
    let done = command(&context, cli.command).await;
    (done, context.into_printed())
}

async fn command(context: &Context, command: Command) -> Result {
    match command {
        Command::Keys(raw_keys::Command::Generate { file, encrypt }) => keys::generate(context, &file, encrypt),
        Command::Keys(raw_keys::Command::Encrypt { file }) => keys::encrypt(context, &file),
        Command::Keys(raw_keys::Command::Inspect { key }) => keys::inspect(context, &context.keys().open(&key)?),
        Command::Convert(arguments) => commands::convert::run(context, arguments).await,
        Command::Compile(arguments) => commands::compile::run(context, &arguments),
        Command::Program(command) => commands::program::run(context, command),
        Command::Model(command) => model(context, command).await,
        Command::Artifact(command) => artifacts::artifact(context, command).await,
        Command::DataSet(command) => commands::data_set::run(context, command),
        Command::Evaluate(arguments) => evaluations::evaluate(context, arguments).await,
        Command::Evaluation(command) => evaluations::evaluation(context, command).await,
        Command::Infer(arguments) => inference::infer(context, arguments).await,
        Command::Request(command) => inference::request(context, command).await,
        Command::Batch(command) => inference::batch(context, command).await,
        Command::Capability(command) => inference::capability(context, &command).await,
        Command::Shard(command) => shards::shard(context, command).await,
        Command::Round(command) => round(context, command).await,
        Command::Update(command) => update(context, command).await,
        Command::Contribute(arguments) => commands::contribute::run(context, arguments.into()).await,
        Command::Version(command) => version(context, command).await,
        Command::Lineage { version } => lineage::run(context, version).await,
        Command::Verify(arguments) => verify(context, arguments).await,
        Command::Organisation(command) => members::organisation(context, command).await,
        Command::Contributor(command) => members::contributor(context, command).await,
        Command::Validator(command) => members::validator(context, command).await,
        Command::Motion(command) => members::motion(context, command).await,
        Command::Poll(command) => match command {
            PollCommand::List => governance::polls(context).await,
            PollCommand::Show { poll } => governance::poll(context, poll).await,
            PollCommand::Open { version, rank } => governance::open_poll(context, version, rank).await,
            PollCommand::Deposit { poll } => governance::place_deposit(context, poll).await,
            PollCommand::Vote { poll, nay } => governance::vote_in_poll(context, poll, !nay).await,
        },
        Command::Parameter(command) => levers::parameter(context, command).await,
        Command::Committee(command) => levers::committee(context, command).await,
        Command::Root(command) => levers::root(context, command).await,
        Command::Doctor => commands::doctor::run(context).await,
        Command::Completions { shell } => {
            commands::shell::completions(Cli::command(), shell);
            Ok(())
        }
        Command::Man { folder } => commands::shell::man(context, Cli::command(), &folder),
        Command::Standing { account_id } => standing::standing(context, account_id).await,
        Command::Claim => standing::claim(context).await,
    }
}

async fn verify(context: &Context, arguments: verify::Arguments) -> Result {
    match (arguments.command, arguments.version) {
        (Some(verify::Command::Evaluation { evaluation, files }), _) => {
            let sources = checked::sources(context, files, (false, &[]))?;
            commands::verify_evaluation::run(context, evaluation, sources).await
        }
        (
            Some(verify::Command::Answer {
                request,
                instructions,
                files,
            }),
            _,
        ) => {
            let sources = checked::sources(context, files, (false, &[]))?;
            commands::verify_answer::run(context, request, instructions.into(), sources).await
        }
        (None, Some(version)) => {
            let what = (arguments.recursive, &arguments.evidence[..]);
            let sources = checked::sources(context, arguments.files, what)?;
            commands::verify::run(context, version, sources).await
        }
        (None, None) => Err(usage(
            "what is to be verified? MODEL@VERSION, evaluation NUMBER, or answer NUMBER",
        )),
    }
}

async fn model(context: &Context, command: model::Command) -> Result {
    use commands::model as run;
    use model::Command;
    match command {
        Command::Register {
            file,
            name,
            policy,
            rule,
            assessment,
            parent,
            frozen,
            licence,
        } => {
            let policy = match policy {
                Some(path) => checked::policy_in(&path)?,
                None => checked::policy_of(&rule, &assessment, Some(&file))?,
            };
            let frozen_base = frozen.as_deref().zip(licence.as_deref());
            run::register(context, &file, &name, policy, (parent, frozen_base)).await
        }
        Command::RetryGenesis { model, file } => run::retry_genesis(context, model, &file).await,
        Command::NewGenesis { model, file, voters } => {
            let (root, call) = run::new_genesis(context, model, &file).await?;
            consortium::propose(context, call, Majority::TwoThirds, checked::voters(context, &voters)?).await?;
            match voters.with.is_empty() {
                true => Ok(()),
                false => run::upload_genesis(context, root, &file).await,
            }
        }
        Command::Upload { file } => run::upload_genesis(context, run::root_of(&file)?, &file).await,
        Command::Name { file, organisation } => commands::naming::name(context, &file, organisation).await,
        Command::List => run::list(context).await,
        Command::Show { model } => run::show(context, model).await,
        Command::VerifyBase { model, base } => commands::frozen::verify(context, model, &base).await,
        Command::Fund { model, amount } => run::fund(context, model, amount).await,
        Command::Withdraw { model, amount } => run::withdraw(context, model, amount).await,
        Command::Policy {
            model: Some(model),
            set: Some(path),
            ..
        } => run::set_policy(context, model, checked::policy_in(&path)?).await,
        Command::Policy { model: Some(model), .. } => run::policy_of(context, model).await,
        Command::Policy {
            model: None,
            rule,
            assessment,
            sized_for,
            ..
        } => {
            run::print_policy(&checked::policy_of(&rule, &assessment, sized_for.as_deref())?);
            Ok(())
        }
        Command::Readers { model, organisations } => {
            let organisations = checked::ascending(organisations);
            consortium::submit(context, &models::admit_readers(model, &organisations)).await
        }
        Command::Freeze { model, council } => owner_or_council(context, models::freeze(model), council).await,
        Command::Unfreeze { model, council } => owner_or_council(context, models::unfreeze(model), council).await,
        Command::Retire { model, council } => owner_or_council(context, models::retire(model), council).await,
    }
}

/// A call of a model's owner, or a motion of the council.
async fn owner_or_council(context: &Context, call: Call, council: CouncilArguments) -> Result {
    let voters = checked::voters(context, &council.voters)?;
    match council.council {
        true => consortium::propose(context, call, Majority::Simple, voters).await,
        false => consortium::submit(context, &call).await,
    }
}

async fn round(context: &Context, command: round::Command) -> Result {
    use commands::round as run;
    match command {
        round::Command::Open { model } => run::open(context, model).await,
        round::Command::Abort { round, council } if council.council => {
            owner_or_council(context, rounds::abort(round), council).await
        }
        round::Command::Abort { round, .. } => run::abort(context, round).await,
        round::Command::Watch { round } => run::watch(context, round).await,
        round::Command::Show { round } => run::show(context, round).await,
    }
}

async fn update(context: &Context, command: update::Command) -> Result {
    use commands::update as run;
    match command {
        update::Command::Submit(submit) => {
            let checked = run::Submit {
                round: submit.round,
                file: submit.file,
                weight: submit.weight,
                base: submit.base,
                gateway: submit.gateway,
                copies: submit.copies,
                state: submit.state,
                wait: !submit.no_wait,
            };
            run::submit(context, checked).await
        }
        update::Command::Withdraw { round } => run::withdraw(context, round).await,
        update::Command::Status { round, contributor } => run::status(context, round, contributor).await,
    }
}

async fn version(context: &Context, command: version::Command) -> Result {
    use commands::version as run;
    use version::Command;
    match command {
        Command::List { model } => run::list(context, model).await,
        Command::Show { version } => run::show(context, version).await,
        Command::Fetch { version, place } => {
            let existing = place.existing();
            match (place.folder, place.output) {
                (Some(folder), _) => {
                    run::fetch_as(context, version, (&place.form, place.base.as_deref()), &folder).await
                }
                (None, Some(output)) => run::fetch(context, version, &output, existing).await,
                (None, None) => Err(usage("give --output FILE, or --as hf FOLDER")),
            }
        }
        Command::Evidence { version, file } => run::evidence(context, version, &file.output, file.existing()).await,
        Command::Promote { version, voters } => {
            context.account()?;
            preflight::version(&context.client().await?, version.model, version.version, false).await?;
            let call = models::promote(version.model, version.version);
            consortium::propose(context, call, Majority::Simple, checked::voters(context, &voters)?).await
        }
        Command::Revoke { version, voters } => {
            context.account()?;
            preflight::version(&context.client().await?, version.model, version.version, false).await?;
            let call = models::revoke(version.model, version.version);
            consortium::propose(context, call, Majority::Simple, checked::voters(context, &voters)?).await
        }
        Command::Unrevoke { version, voters } => {
            context.account()?;
            preflight::version(&context.client().await?, version.model, version.version, true).await?;
            let call = models::unrevoke(version.model, version.version);
            consortium::propose(context, call, Majority::TwoThirds, checked::voters(context, &voters)?).await
        }
    }
}

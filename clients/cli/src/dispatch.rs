//! From the command line to the commands.

use crate::{
    args::keys as raw_keys,
    args::{
        model, organisation::ContributorCommand, organisation::OrganisationCommand, organisation::ValidatorCommand,
        round, update, version, Cli, Command,
    },
    checked,
    commands::{self, consortium, keys, lineage, standing},
    context::Context,
    failure::Result,
};
use quorate_client::{
    calls::{
        consortium::{self as calls, Change, Target},
        models,
    },
    council::Majority,
    Account,
};

pub async fn run(cli: Cli) -> Result {
    let context = Context::new(cli.global);
    let context = &context;
    match cli.command {
        Command::Keys(raw_keys::Command::Generate { file }) => keys::generate(context, file),
        Command::Keys(raw_keys::Command::Inspect { key }) => keys::inspect(context, &Account::load(&key)?),
        Command::Convert(arguments) => {
            let (input, output) = (arguments.input.clone(), arguments.output.clone());
            commands::convert::run(context, input, output, checked::wanted(arguments)?).await
        }
        Command::Model(command) => model(context, command).await,
        Command::Round(command) => round(context, command).await,
        Command::Update(command) => update(context, command).await,
        Command::Version(command) => version(context, command).await,
        Command::Lineage { version } => lineage::run(context, version).await,
        Command::Verify(arguments) => {
            let version = arguments.version;
            commands::verify::run(context, version, checked::sources(arguments)?).await
        }
        Command::Organisation(command) => organisation(context, command).await,
        Command::Contributor(command) => contributor(context, command).await,
        Command::Validator(command) => validator(context, command).await,
        Command::Standing { account_id } => standing::standing(context, account_id).await,
        Command::Claim => standing::claim(context).await,
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
            parent,
        } => {
            let policy = match policy {
                Some(path) => checked::policy_in(&path)?,
                None => checked::policy_of(&rule)?,
            };
            run::register(context, &file, &name, &policy, parent).await
        }
        Command::RetryGenesis { model, file } => run::retry_genesis(context, model, &file).await,
        Command::NewGenesis { model, file, voters } => {
            let (root, call) = run::new_genesis(context, model, &file).await?;
            consortium::propose(context, call, Majority::TwoThirds, checked::voters(&voters)?).await?;
            match voters.with.is_empty() {
                true => Ok(()),
                false => run::upload_genesis(context, root, &file).await,
            }
        }
        Command::Upload { file } => run::upload_genesis(context, run::root_of(&file)?, &file).await,
        Command::List => run::list(context).await,
        Command::Show { model } => run::show(context, model).await,
        Command::Fund { model, amount } => run::fund(context, model, amount).await,
        Command::Withdraw { model, amount } => run::withdraw(context, model, amount).await,
        Command::Policy {
            model: Some(model),
            set: Some(path),
            ..
        } => run::submit(context, &models::set_policy(model, &checked::policy_in(&path)?)).await,
        Command::Policy { model: Some(model), .. } => run::policy_of(context, model).await,
        Command::Policy { model: None, rule, .. } => {
            run::print_policy(&checked::policy_of(&rule)?);
            Ok(())
        }
        Command::Readers { model, organisations } => {
            let organisations = checked::ascending(organisations);
            run::submit(context, &models::admit_readers(model, &organisations)).await
        }
        Command::Freeze { model } => run::submit(context, &models::freeze(model)).await,
        Command::Unfreeze { model } => run::submit(context, &models::unfreeze(model)).await,
        Command::Retire { model } => run::submit(context, &models::retire(model)).await,
    }
}

async fn round(context: &Context, command: round::Command) -> Result {
    use commands::round as run;
    match command {
        round::Command::Open { model } => run::open(context, model).await,
        round::Command::Abort { round } => run::abort(context, round).await,
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
        Command::Fetch { version, output } => run::fetch(context, version, &output).await,
        Command::Evidence { version, output } => run::evidence(context, version, &output).await,
        Command::Promote { version, voters } => {
            let call = models::promote(version.model, version.version);
            consortium::propose(context, call, Majority::Simple, checked::voters(&voters)?).await
        }
        Command::Revoke { version, voters } => {
            let call = models::revoke(version.model, version.version);
            consortium::propose(context, call, Majority::Simple, checked::voters(&voters)?).await
        }
        Command::Unrevoke { version, voters } => {
            let call = models::unrevoke(version.model, version.version);
            consortium::propose(context, call, Majority::TwoThirds, checked::voters(&voters)?).await
        }
    }
}

async fn organisation(context: &Context, command: OrganisationCommand) -> Result {
    use OrganisationCommand as Command;
    match command {
        Command::Admit {
            name,
            organisation_account: account,
            recovery,
            voters,
        } => {
            let change = Change::Admit {
                name,
                account,
                recovery,
            };
            consortium::change(context, &change, checked::voters(&voters)?).await
        }
        Command::Remove { organisation, voters } => {
            consortium::change(context, &Change::Remove { organisation }, checked::voters(&voters)?).await
        }
        Command::Quota {
            organisation,
            quota,
            voters,
        } => {
            let change = Change::SetQuota { organisation, quota };
            consortium::change(context, &change, checked::voters(&voters)?).await
        }
        Command::Changes => consortium::list(context, consortium::List::Changes).await,
        Command::Cancel { change, voters } => {
            let call = calls::cancel_change(change);
            consortium::propose(context, call, Majority::Simple, checked::voters(&voters)?).await
        }
        Command::Suspend {
            organisation,
            long,
            voters,
        } => {
            let target = Target::Organisation(organisation);
            consortium::suspend(context, target, long, checked::voters(&voters)?).await
        }
        Command::Reinstate { organisation, voters } => {
            let call = calls::reinstate(&Target::Organisation(organisation));
            consortium::propose(context, call, Majority::Simple, checked::voters(&voters)?).await
        }
        Command::AllowSuspension { organisation, voters } => {
            let target = Target::Organisation(organisation);
            let change = Change::AllowFastSuspension { target };
            consortium::change(context, &change, checked::voters(&voters)?).await
        }
        Command::SetAccount {
            organisation,
            new_account: account,
            voters,
        } => {
            let change = Change::SetAccount { organisation, account };
            consortium::change(context, &change, checked::voters(&voters)?).await
        }
        Command::TechnicalSeats { organisations, voters } => {
            let seats = checked::ascending(organisations);
            let change = Change::SetTechnicalSeats { seats };
            consortium::change(context, &change, checked::voters(&voters)?).await
        }
        Command::RotateAccount { new_account } => {
            consortium::submit(context, &calls::rotate_account(&new_account)).await
        }
        Command::SetRecovery { recovery } => consortium::submit(context, &calls::set_recovery_account(&recovery)).await,
        Command::RecoverAccount {
            organisation,
            new_account,
        } => consortium::submit(context, &calls::recover_account(organisation, &new_account)).await,
        Command::AcceptAccount { organisation } => {
            consortium::submit(context, &calls::accept_account(organisation)).await
        }
        Command::List => consortium::list(context, consortium::List::Organisations).await,
    }
}

async fn contributor(context: &Context, command: ContributorCommand) -> Result {
    use ContributorCommand as Command;
    match command {
        Command::Consent { organisation, blocks } => consortium::consent(context, organisation, blocks).await,
        Command::Sponsor { consent } => consortium::sponsor(context, &checked::consent(&consent)?).await,
        Command::Unsponsor { contributor } => consortium::submit(context, &calls::unsponsor(&contributor)).await,
        Command::Suspend { contributor } => {
            consortium::submit(context, &calls::suspend(&Target::Contributor(contributor))).await
        }
        Command::Reinstate { contributor } => {
            consortium::submit(context, &calls::reinstate(&Target::Contributor(contributor))).await
        }
        Command::List => consortium::list(context, consortium::List::Contributors).await,
    }
}

async fn validator(context: &Context, command: ValidatorCommand) -> Result {
    use ValidatorCommand as Command;
    match command {
        Command::Register {
            validator,
            organisation,
            endpoint,
            voters,
        } => {
            let change = Change::RegisterValidator {
                validator,
                organisation,
                endpoint: checked::endpoint(endpoint),
            };
            consortium::change(context, &change, checked::voters(&voters)?).await
        }
        Command::Remove { validator, voters } => {
            consortium::change(
                context,
                &Change::RemoveValidator { validator },
                checked::voters(&voters)?,
            )
            .await
        }
        Command::Suspend {
            validator,
            long,
            voters,
        } => {
            let target = Target::Validator(validator);
            consortium::suspend(context, target, long, checked::voters(&voters)?).await
        }
        Command::Reinstate { validator, voters } => {
            let call = calls::reinstate(&Target::Validator(validator));
            consortium::propose(context, call, Majority::Simple, checked::voters(&voters)?).await
        }
        Command::AllowSuspension { validator, voters } => {
            let target = Target::Validator(validator);
            let change = Change::AllowFastSuspension { target };
            consortium::change(context, &change, checked::voters(&voters)?).await
        }
        Command::Move { endpoint } => {
            consortium::submit(context, &calls::update_endpoint(&checked::endpoint(endpoint))).await
        }
        Command::List => consortium::list(context, consortium::List::Validators).await,
    }
}

//! Commands about who takes part and what the bodies decide.

use crate::{
    args::{
        governance::{BodyArguments, MotionCommand, MotionRef},
        organisation::{ContributorCommand, OrganisationCommand, ValidatorCommand, Voters},
    },
    checked,
    commands::{
        consortium::{self, Pin},
        governance, registry, session,
    },
    context::Context,
    failure::Result,
};
use quorate_client::calls::{
    consortium::{self as calls, Change, Target},
    motions::Body,
};

pub async fn organisation(context: &Context, command: OrganisationCommand) -> Result {
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
            consortium::change(context, &change, checked::voters(context, &voters)?).await
        }
        Command::Remove { organisation, voters } => {
            consortium::change(
                context,
                &Change::Remove { organisation },
                checked::voters(context, &voters)?,
            )
            .await
        }
        Command::Quota {
            organisation,
            quota,
            voters,
        } => {
            let change = Change::SetQuota { organisation, quota };
            consortium::change(context, &change, checked::voters(context, &voters)?).await
        }
        Command::Changes => registry::changes(context).await,
        Command::Cancel { change, voters } => {
            consortium::cancel(context, change, checked::voters(context, &voters)?).await
        }
        Command::Suspend {
            organisation,
            long,
            voters,
        } => {
            let target = Target::Organisation(organisation);
            consortium::suspend(context, target, long, checked::voters(context, &voters)?).await
        }
        Command::Reinstate { organisation, voters } => {
            let target = Target::Organisation(organisation);
            consortium::reinstate(context, target, checked::voters(context, &voters)?).await
        }
        Command::AllowSuspension { organisation, voters } => {
            let target = Target::Organisation(organisation);
            let change = Change::AllowFastSuspension { target };
            consortium::change(context, &change, checked::voters(context, &voters)?).await
        }
        Command::SetAccount {
            organisation,
            new_account: account,
            voters,
        } => {
            let change = Change::SetAccount { organisation, account };
            consortium::change(context, &change, checked::voters(context, &voters)?).await
        }
        Command::TechnicalSeats { organisations, voters } => {
            let seats = checked::ascending(organisations);
            let change = Change::SetTechnicalSeats { seats };
            consortium::change(context, &change, checked::voters(context, &voters)?).await
        }
        Command::RotateAccount { new_account } => {
            consortium::submit(context, &calls::rotate_account(&new_account)).await
        }
        Command::SetRecovery { recovery } => consortium::submit(context, &calls::set_recovery_account(&recovery)).await,
        Command::RecoverAccount {
            organisation,
            new_account,
        } => consortium::recover(context, organisation, &new_account).await,
        Command::AcceptAccount { organisation } => consortium::accept(context, organisation).await,
        Command::List => registry::organisations(context).await,
    }
}

pub async fn contributor(context: &Context, command: ContributorCommand) -> Result {
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
        Command::List => registry::contributors(context).await,
    }
}

pub async fn validator(context: &Context, command: ValidatorCommand) -> Result {
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
            consortium::change(context, &change, checked::voters(context, &voters)?).await
        }
        Command::Keys { node } => session::keys(context, &node).await,
        Command::Remove { validator, voters } => {
            consortium::change(
                context,
                &Change::RemoveValidator { validator },
                checked::voters(context, &voters)?,
            )
            .await
        }
        Command::Suspend {
            validator,
            long,
            voters,
        } => {
            let target = Target::Validator(validator);
            consortium::suspend(context, target, long, checked::voters(context, &voters)?).await
        }
        Command::Reinstate { validator, voters } => {
            let target = Target::Validator(validator);
            consortium::reinstate(context, target, checked::voters(context, &voters)?).await
        }
        Command::AllowSuspension { validator, voters } => {
            let target = Target::Validator(validator);
            let change = Change::AllowFastSuspension { target };
            consortium::change(context, &change, checked::voters(context, &voters)?).await
        }
        Command::Move {
            peer_id,
            gateway,
            tls_key_hash,
            no_pin,
        } => {
            let pin = match (tls_key_hash, no_pin) {
                (Some(hash), _) => Pin::Key(hash),
                (None, true) => Pin::None,
                (None, false) => Pin::AsItIs,
            };
            consortium::move_validator(context, peer_id, gateway, pin).await
        }
        Command::List => registry::validators(context).await,
    }
}

pub async fn motion(context: &Context, command: MotionCommand) -> Result {
    let of = |body: BodyArguments| match body.technical {
        true => Body::TechnicalCommittee,
        false => Body::Council,
    };
    let named = |motion: MotionRef| match motion {
        MotionRef::Index(index) => governance::Named::Index(index),
        MotionRef::Hash(hash) => governance::Named::Hash(hash),
    };
    match command {
        MotionCommand::List { body } => governance::motions(context, of(body)).await,
        MotionCommand::Show { motion, body } => governance::motion(context, of(body), named(motion)).await,
        MotionCommand::Vote {
            motion,
            nay,
            with,
            body,
        } => {
            let more = checked::voters(context, &Voters { with })?;
            governance::vote(context, of(body), named(motion), !nay, more).await
        }
        MotionCommand::Close { motion, body } => governance::close(context, of(body), named(motion)).await,
    }
}

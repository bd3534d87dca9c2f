//! Commands about what bodies decide.

use crate::{
    args::{
        levers::{CommitteeCommand, ParameterCommand, RootCommand, Setting, SettingArguments},
        organisation::Voters,
    },
    checked,
    commands::levers as run,
    context::Context,
    failure::Result,
};
use quorate_client::{calls::grandpa, Account};

pub async fn parameter(context: &Context, command: ParameterCommand) -> Result {
    let ParameterCommand::Set { setting } = command else {
        return run::parameters(context).await;
    };
    match setting {
        Setting::GenesisVoting { blocks, how } => set(context, run::GENESIS_VOTING, blocks, &how).await,
        Setting::ChangeDelay { blocks, how } => set(context, run::CHANGE_DELAY, blocks, &how).await,
        Setting::PreimageBaseDeposit { amount, how } => set(context, run::PREIMAGE_BASE_DEPOSIT, amount, &how).await,
        Setting::PreimageByteDeposit { amount, how } => set(context, run::PREIMAGE_BYTE_DEPOSIT, amount, &how).await,
        Setting::PollPeriods { periods, how } => set(context, run::POLL_PERIODS, periods, &how).await,
    }
}

async fn set<T: codec::Encode>(context: &Context, key: (u8, u8), value: Option<T>, how: &SettingArguments) -> Result {
    let value = value.filter(|_| !how.standard);
    run::set(context, key, value, voters(context, &how.voters)?).await
}

pub async fn committee(context: &Context, command: CommitteeCommand) -> Result {
    use CommitteeCommand as Command;
    match command {
        Command::EnterSafeMode { voters: with } => run::safe_mode(context, true, voters(context, &with)?).await,
        Command::ExitSafeMode { voters: with } => run::safe_mode(context, false, voters(context, &with)?).await,
        Command::Pause { call, voters: with } => run::pause(context, &call, true, voters(context, &with)?).await,
        Command::Unpause { call, voters: with } => run::pause(context, &call, false, voters(context, &with)?).await,
        Command::Whitelist { hash, voters: with } => run::whitelist_hash(context, hash, voters(context, &with)?).await,
    }
}

pub async fn root(context: &Context, command: RootCommand) -> Result {
    match command {
        RootCommand::AuthorizeUpgrade { code, voters: with } => {
            run::authorize_upgrade(context, &code, voters(context, &with)?).await
        }
        RootCommand::ApplyUpgrade { file } => run::apply_upgrade(context, &file).await,
        RootCommand::NoteStalled {
            delay,
            final_block,
            voters: with,
        } => {
            run::as_root(
                context,
                grandpa::note_stalled(delay, final_block),
                voters(context, &with)?,
            )
            .await
        }
    }
}

fn voters(context: &Context, with: &Voters) -> Result<Vec<Account>> {
    checked::voters(context, with)
}

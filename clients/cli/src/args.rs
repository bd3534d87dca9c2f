//! The command line's shape. Each command's arguments are beside what it does.

use crate::{claim, consortium, convert, keys, lineage, model, round, update, verify, version};
use clap::{Args, Parser, Subcommand};
use quorate_primitives::{ModelId, VersionIndex};
use std::str::FromStr;

/// Models, rounds, updates and their provenance on a Quorate network.
///
/// Exit codes: 0 done, 1 a check failed, 2 wrong usage or input, 3 network, 4 the chain refused.
#[derive(Parser, Debug)]
#[command(name = "quorate", version)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// WebSocket of a node.
    #[arg(long, global = true, env = "QUORATE_URL", default_value = "ws://127.0.0.1:9944")]
    pub url: String,
    /// Print JSON on standard output, errors included.
    #[arg(long, global = true)]
    pub json: bool,
    /// Who signs: a file with a secret URI, or one such as //Alice.
    #[arg(
        long,
        global = true,
        env = "QUORATE_ACCOUNT",
        hide_env_values = true,
        value_name = "KEY"
    )]
    pub account: Option<String>,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make and inspect keys.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Convert a safetensors file to a canonical version or update.
    Convert(convert::Arguments),
    /// Register, list, fund models; show policies.
    #[command(subcommand)]
    Model(model::Command),
    /// Open and watch rounds.
    #[command(subcommand)]
    Round(round::Command),
    /// Submit an update, or see what became of it.
    #[command(subcommand)]
    Update(update::Command),
    /// List and fetch versions.
    #[command(subcommand)]
    Version(version::Command),
    /// Where a version comes from.
    Lineage(lineage::Arguments),
    /// Derive a version again from its blobs and compare.
    Verify(verify::Arguments),
    /// Admit and list organisations.
    #[command(subcommand)]
    Organisation(consortium::OrganisationCommand),
    /// Sponsor contributors.
    #[command(subcommand)]
    Contributor(consortium::ContributorCommand),
    /// List validators.
    #[command(subcommand)]
    Validator(consortium::ValidatorCommand),
    /// Reputation and unclaimed pay.
    Standing(claim::Arguments),
    /// Claim what was earned.
    Claim,
}

/// `MODEL@VERSION`, both numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionRef {
    pub model: ModelId,
    pub version: VersionIndex,
}

impl FromStr for VersionRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not MODEL@VERSION, such as 0@3");
        let (model, version) = text.split_once('@').ok_or_else(wrong)?;
        let model = model.parse().map_err(|_| wrong())?;
        Ok(Self {
            model,
            version: version.parse().map_err(|_| wrong())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_should_be_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn versions_should_be_named_by_two_numbers() {
        assert_eq!("2@7".parse(), Ok(VersionRef { model: 2, version: 7 }));
        assert!("digits@7".parse::<VersionRef>().is_err());
    }
}

//! The command line as it is written: raw arguments, before [`crate::checked`] makes of them what the commands take.

pub mod convert;
pub mod keys;
pub mod model;
pub mod organisation;
pub mod round;
pub mod update;
pub mod verify;
pub mod version;

use crate::{context::Global, version_ref::VersionRef};
use clap::{Parser, Subcommand};
use quorate_primitives::AccountId;

/// Models, rounds, updates and their provenance on a Quorate network.
///
/// Exit codes: 0 done, 1 a check failed, 2 wrong usage or input, 3 network, 4 the chain refused, 5 the evidence has expired.
#[derive(Parser, Debug)]
#[command(name = "quorate", version)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make and inspect keys.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Convert a safetensors file to a canonical version or update.
    Convert(convert::Arguments),
    /// Register, list, fund models; policies and readers.
    #[command(subcommand)]
    Model(model::Command),
    /// Open and watch rounds.
    #[command(subcommand)]
    Round(round::Command),
    /// Submit an update, or see what became of it.
    #[command(subcommand)]
    Update(update::Command),
    /// List and fetch versions; promote and revoke them.
    #[command(subcommand)]
    Version(version::Command),
    /// Where a version comes from.
    Lineage {
        /// MODEL@VERSION.
        version: VersionRef,
    },
    /// Derive a version again from its blobs and compare.
    Verify(verify::Arguments),
    /// Organisations: admit, list, keep their accounts; changes that wait.
    #[command(subcommand)]
    Organisation(organisation::OrganisationCommand),
    /// Sponsor contributors, or consent to be sponsored.
    #[command(subcommand)]
    Contributor(organisation::ContributorCommand),
    /// Register and list validators.
    #[command(subcommand)]
    Validator(organisation::ValidatorCommand),
    /// Reputation and unclaimed pay.
    Standing {
        /// All contributors and validators unless given.
        account_id: Option<AccountId>,
    },
    /// Claim what was earned.
    Claim,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_should_be_consistent() {
        Cli::command().debug_assert();
    }
}

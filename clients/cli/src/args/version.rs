//! `quorate version`.

use crate::{args::organisation::Voters, version_ref::VersionRef};
use quorate_output::Existing;
use quorate_primitives::ModelId;
use std::path::PathBuf;

/// A file to write.
#[derive(clap::Args, Clone, Debug)]
pub struct OutputArguments {
    /// Where to write it; the file appears when it is whole.
    #[arg(long, short)]
    pub output: PathBuf,
    /// Replace what is there.
    #[arg(long)]
    pub force: bool,
}

impl OutputArguments {
    pub fn existing(&self) -> Existing {
        match self.force {
            true => Existing::Replace,
            false => Existing::Keep,
        }
    }
}

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// All versions of a model.
    List { model: ModelId },
    /// One version: its record, where it stands, and how it was assessed.
    Show {
        /// MODEL@VERSION.
        version: VersionRef,
    },
    /// Fetch a version's file from a gateway, verified. Of a model that is not public: with --account.
    Fetch {
        /// MODEL@VERSION.
        version: VersionRef,
        #[command(flatten)]
        file: OutputArguments,
    },
    /// Write what a version is derived again from to a file, before the chain prunes it after the policy's retention.
    Evidence {
        /// MODEL@VERSION.
        version: VersionRef,
        #[command(flatten)]
        file: OutputArguments,
    },
    /// Propose to the council that a version be promoted: its record then keeps who voted for it.
    Promote {
        /// MODEL@VERSION.
        version: VersionRef,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose to the council that a version, and with it all that descend from it, be declared unfit.
    Revoke {
        /// MODEL@VERSION.
        version: VersionRef,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose to undo a revocation; two thirds of all organisations are needed.
    Unrevoke {
        /// MODEL@VERSION.
        version: VersionRef,
        #[command(flatten)]
        voters: Voters,
    },
}

//! `quorate version`.

use crate::{
    args::{compile::existing, form::FormArguments, organisation::Voters},
    version_ref::VersionRef,
};
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
        existing(self.force)
    }
}

/// Where a version is written to: as it is, or in another form.
#[derive(clap::Args, Clone, Debug)]
pub struct FetchArguments {
    /// With --as: the folder to write. It must not be there, or be empty.
    #[arg(required_unless_present = "output", conflicts_with = "output", requires = "form")]
    pub folder: Option<PathBuf>,
    #[command(flatten)]
    pub form: FormArguments,
    /// The frozen base that an adapter stands on: root and length are checked before anything is written, and adapter_config.json names it as
    /// it is given here. A file, an index, a folder, one of the hub's cache; or the URL of a gateway, which has the file.
    #[arg(long, requires = "form", value_name = "FILE|FOLDER|URL")]
    pub base: Option<String>,
    /// Where to write the version's own file; it appears when it is whole.
    #[arg(long, short, conflicts_with = "form")]
    pub output: Option<PathBuf>,
    /// Replace what is there.
    #[arg(long, requires = "output")]
    pub force: bool,
}

impl FetchArguments {
    pub fn existing(&self) -> Existing {
        existing(self.force)
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
    /// Fetch a version from a gateway, verified: its file, with --output, or with --as hf FOLDER the files that Transformers, PEFT and
    /// PyTorch load. Of a model that is not public: with --account.
    Fetch {
        /// MODEL@VERSION.
        version: VersionRef,
        #[command(flatten)]
        place: FetchArguments,
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

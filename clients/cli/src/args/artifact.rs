//! `quorate artifact`.

use crate::args::{organisation::CouncilArguments, version::OutputArguments};
use quorate_primitives::{availability::ArtifactKind, policy::Access, ArtifactId, OrganisationId};
use std::path::PathBuf;

/// Longest licence that the chain takes, in bytes.
const LONGEST: usize = 1_024;

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Register a program, a data set or weights; --account is the organisation's. The file is checked as the validators do before anything is
    /// sent. A fee is paid for their votes; the deposit returns when its record is pruned.
    Register {
        /// The file, as `quorate compile`, `quorate data-set make` or `quorate convert --frozen` writes it.
        file: PathBuf,
        #[arg(long, value_parser = kind, help = "program, data-set, or weights, the frozen base of adapters")]
        kind: ArtifactKind,
        /// For people: an SPDX identifier such as CC-BY-4.0, or a text of at most 1,024 bytes.
        #[arg(long, value_parser = licence)]
        licence: String,
        #[arg(long, value_parser = access, help = ACCESS)]
        access: Access,
    },
    /// Give the same file again, or another one, when the validators rejected the first; --account is the owner's. The fee is paid again.
    Retry { artifact: ArtifactId, file: PathBuf },
    /// Bring the file to the gateways while the validators' votes on it are awaited, if `register` was interrupted. --account is that of
    /// the organisation that registered it, or of one of its contributors.
    Upload { artifact: ArtifactId, file: PathBuf },
    /// All artifacts.
    List,
    /// One artifact.
    Show { artifact: ArtifactId },
    /// Fetch an artifact's file from a gateway, verified. Of one that is not public: with --account.
    Fetch {
        artifact: ArtifactId,
        #[command(flatten)]
        file: OutputArguments,
    },
    /// Set who may read an artifact; --account is the owner's. The organisations replace those that were admitted before.
    SetAccess {
        artifact: ArtifactId,
        #[arg(value_parser = access, help = ACCESS)]
        access: Access,
        /// Numbers of the organisations that are admitted beside the owner, for contributors and organisations.
        readers: Vec<OrganisationId>,
    },
    /// End an artifact for good; --account is the owner's. Validators keep its bytes, and the chain its deposit, for
    /// some days more; then `prune` returns it.
    Retire {
        artifact: ArtifactId,
        #[command(flatten)]
        council: CouncilArguments,
    },
    /// Remove the record of an artifact that was retired or rejected, when its retention has ended. Anyone may.
    Prune { artifact: ArtifactId },
}

const ACCESS: &str =
    "public, validators, contributors (of admitted organisations) or organisations (their accounts alone)";

fn kind(text: &str) -> Result<ArtifactKind, String> {
    match text {
        "program" => Ok(ArtifactKind::Program),
        "data-set" => Ok(ArtifactKind::DataSet),
        "weights" => Ok(ArtifactKind::Weights),
        _ => Err("an artifact is a program, a data-set or weights".into()),
    }
}

fn access(text: &str) -> Result<Access, String> {
    match text {
        "public" => Ok(Access::Public),
        "validators" => Ok(Access::Validators),
        "contributors" => Ok(Access::Contributors),
        "organisations" => Ok(Access::Organisations),
        _ => Err(format!("not one of {ACCESS}")),
    }
}

/// A text that the chain takes.
fn licence(text: &str) -> Result<String, String> {
    let hidden = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    match text.len() <= LONGEST && !text.trim().is_empty() && !text.contains(hidden) {
        true => Ok(text.into()),
        false => Err("a licence has 1 to 1,024 bytes of visible text".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_should_be_read_and_others_refused() {
        assert_eq!(kind("data-set"), Ok(ArtifactKind::DataSet));
        assert_eq!(access("organisations"), Ok(Access::Organisations));
        assert!(kind("index").is_err() && kind("Program").is_err() && access("").is_err() && access("all").is_err());
        assert_eq!(licence("CC-BY-4.0"), Ok("CC-BY-4.0".into()));
        for text in ["", " \n", "MIT\u{1b}[2J", &"x".repeat(1_025)] {
            assert!(licence(text).is_err(), "{text:?}");
        }
    }
}

//! `quorate evaluate` and `quorate evaluation`.

use crate::{
    output::{parse_some_tokens, parse_tokens},
    version_ref::VersionRef,
};
use quorate_primitives::{ArtifactId, Balance, EvaluationId, OrganisationId};

/// Ask for an attested evaluation of a version.
///
/// Every validator runs the program once for each row of the data set, and a quorum agrees on the sums. --account is an organisation's, or a
/// contributor's that it sponsors; the organisation's fund pays (`quorate evaluation fund`). Program and data set are fetched first, and whether
/// they fit is checked here, before anything is paid.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// MODEL@VERSION.
    pub version: VersionRef,
    /// Number of the program: it has an output `loss`, one f32, and may have an output `correct`, one bool.
    #[arg(long, value_name = "ARTIFACT")]
    pub program: ArtifactId,
    /// Number of the data set, whose columns have the names of the program's inputs.
    #[arg(long, value_name = "ARTIFACT")]
    pub data: ArtifactId,
    /// Pay no more than this, in tokens. What it costs now unless given, and 1 at most.
    #[arg(long, value_name = "TOKENS", value_parser = parse_tokens)]
    pub max_fee: Option<Balance>,
    /// Pay for so many thousands of millions of floating-point operations, and fetch and check nothing here. What needs more does not fit, and
    /// costs the base fee.
    #[arg(long, value_name = "NUMBER")]
    pub operations: Option<u64>,
    /// Wait until the committee has agreed, and print what on.
    #[arg(long)]
    pub wait: bool,
}

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// All evaluations, or those of one version.
    List {
        /// MODEL@VERSION.
        version: Option<VersionRef>,
    },
    /// One evaluation, with its mean loss.
    Show { evaluation: EvaluationId },
    /// What an organisation's evaluations are paid from.
    Funds { organisation: OrganisationId },
    /// Put tokens into an organisation's fund. Anyone may.
    Fund {
        organisation: OrganisationId,
        /// In tokens, such as 12.5.
        #[arg(value_name = "TOKENS", value_parser = parse_some_tokens)]
        amount: Balance,
    },
    /// Take tokens out of the fund of one's own organisation; --account is the organisation's.
    Withdraw {
        /// In tokens, such as 12.5.
        #[arg(value_name = "TOKENS", value_parser = parse_some_tokens)]
        amount: Balance,
    },
    /// Remove the record of an evaluation whose retention has ended. Anyone may.
    Prune { evaluation: EvaluationId },
}

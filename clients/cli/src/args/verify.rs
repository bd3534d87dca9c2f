//! `quorate verify`.

use crate::version_ref::VersionRef;
use quorate_primitives::{AccountId, EvaluationId, RequestId};
use quorate_verify::Level;
use std::path::PathBuf;

/// Everything that the record commits to is computed again and compared: policy, inputs, job, history, settlement, every
/// blob's root, the aggregation itself and, where the policy asks for it, the assessment: measures, gate and scores. Versions, programs, data
/// sets and revealed shards come from gateways. Updates, and versions that did not pass their gate, are shown to validators only: an auditor
/// reads them from a validator's store or a copy of it (--store), or with the attestation key of a validator (--reader). Without them a
/// gate is checked all the same, scores by what updates improve are not. What the chain knows is read from a final block.
/// Exit code 0: the version is what its record states. 1: something differs. 5: nothing differs, but something could not be checked,
/// because a file, the node or room on this machine is missing, or because the chain has pruned the evidence. 6: the version is what its
/// record states, and it did not pass its gate, or it is revoked, or one that it descends from is: do not use it. 2: something given is wrong, or no such version.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// MODEL@VERSION.
    #[arg(required = true)]
    pub version: Option<VersionRef>,
    /// The version and all that it descends from, back to version 0. Shows each version as soon as it is done; whoever is interrupted goes
    /// on with the version below the last one shown.
    #[arg(long)]
    pub recursive: bool,
    /// A file that `quorate version evidence` or a validator exported before the chain pruned the evidence. With --recursive several may
    /// be given, for different versions.
    #[arg(long, value_name = "FILE")]
    pub evidence: Vec<PathBuf>,
    #[command(flatten)]
    pub files: Files,
}

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Compute an evaluation again from version, program and data set, and compare it bit for bit. The first row that differs is named where a
    /// store (--store) or a gateway (--reader) shows the detail that the committee agreed on. Exit codes are those of `verify`.
    Evaluation {
        evaluation: EvaluationId,
        #[command(flatten)]
        files: Files,
    },
    /// Compute a request's answer again from version, program and input, generated tokens by one run over all of them, and compare it bit for
    /// bit. The first token that differs is named. Input and answer are shown to the organisation that asked (--account) and to validators
    /// (--reader). An answer whose block is not final yet is waited for, three minutes at most. Exit codes are those of `verify`.
    Answer {
        request: RequestId,
        /// The most instructions of this processor that are used. The bits are the same with each of them; portable ones are about a hundred
        /// times slower.
        #[arg(long, value_enum, default_value_t)]
        instructions: Instructions,
        #[command(flatten)]
        files: Files,
    },
}

/// Instructions of a processor. Those that it does not have, or whose self-test fails, are not used.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Instructions {
    /// What every processor of its kind has.
    Portable,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512.
    #[default]
    Avx512,
}

impl From<Instructions> for Level {
    fn from(most: Instructions) -> Self {
        match most {
            Instructions::Portable => Self::Scalar,
            Instructions::Avx2 => Self::Avx2,
            Instructions::Avx512 => Self::Avx512,
        }
    }
}

/// Where files come from, beside gateways.
#[derive(clap::Args, Debug)]
pub struct Files {
    /// A validator's blob store, or any folder of files named by their roots; read only. May be given several times.
    #[arg(long, visible_alias = "blobs", value_name = "FOLDER")]
    pub store: Vec<PathBuf>,
    /// Account of the validator whose attestation key --reader-key is.
    #[arg(long, value_name = "ACCOUNT", requires = "reader_key")]
    pub reader: Option<AccountId>,
    /// Attestation (aiwk) key of a validator: a file, or a secret URI.
    #[arg(
        long,
        value_name = "KEY",
        requires = "reader",
        hide_env_values = true,
        env = "QUORATE_READER_KEY"
    )]
    pub reader_key: Option<String>,
}

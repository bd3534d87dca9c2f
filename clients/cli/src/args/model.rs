//! `quorate model`.

use crate::{
    args::organisation::{CouncilArguments, Voters},
    output::parse_some_tokens,
};
use quorate_client::{pipeline, policy_file};
use quorate_exact::{PreAggregator, Rule, ServerOptimiser};
use quorate_primitives::{policy::assessment::MIN_SHARD_ROWS, ArtifactId, Balance, ModelId, OrganisationId, Ppm};
use std::path::PathBuf;

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Register a model by its version 0, a canonical file; --account is the organisation's. A deposit is held, of
    /// which the part for the permanent record is never returned.
    Register {
        /// Version 0, as `quorate convert` writes it.
        file: PathBuf,
        /// What the model is called.
        #[arg(long)]
        name: String,
        /// A policy as JSON; see `quorate model policy`.
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        #[command(flatten)]
        rule: RuleArguments,
        #[command(flatten)]
        assessment: AssessmentArguments,
        /// The model that this one continues in another shape.
        #[arg(long)]
        parent: Option<ModelId>,
        /// What an adapter's tensors are trained on top of, which no round changes: a canonical file, another safetensors file, an index of
        /// shards, or a folder with either, such as one of the hub's cache. Its root and length are recorded for good.
        #[arg(long, value_name = "FILE|FOLDER", requires = "licence")]
        frozen: Option<PathBuf>,
        /// The licence of the frozen base: its SPDX identifier, or a text.
        #[arg(long, value_name = "SPDX", requires = "frozen")]
        licence: Option<String>,
    },
    /// Give another version 0 when the validators rejected the first; --account is the owner's.
    RetryGenesis { model: ModelId, file: PathBuf },
    /// Propose to the council a version to begin anew with, for a model of which no version is clean any more; two thirds of all
    /// organisations are needed. Once the motion is carried the file must come to a gateway: with --with at once, otherwise
    /// by `upload`.
    NewGenesis {
        model: ModelId,
        /// A canonical file of the model's shape.
        file: PathBuf,
        #[command(flatten)]
        voters: Voters,
    },
    /// Bring the file that a model begins with, or begins anew with, to the gateways, while the validators' votes on it are
    /// awaited. `--account` is that of an organisation, or of one of its contributors.
    Upload {
        /// The canonical file whose root is on chain.
        file: PathBuf,
    },
    /// Not the model's name: print root and possession, by which a version is named on chain, and the lengths and hashes that
    /// `models.register` asks for, for whoever signs the call elsewhere, a multisig for instance. The genesis is asked of the node.
    Name {
        /// A canonical file.
        file: PathBuf,
        /// The organisation that owns the model, by number.
        #[arg(long, value_name = "NUMBER")]
        organisation: OrganisationId,
    },
    /// All models.
    List,
    /// One model.
    Show { model: ModelId },
    /// Whether a file, a folder or what a gateway has is the frozen base that a model stands on: root and length are checked.
    VerifyBase {
        model: ModelId,
        /// As for `register --frozen`; or the URL of a gateway, from which the base is fetched.
        #[arg(value_name = "FILE|FOLDER|URL")]
        base: String,
    },
    /// Put tokens into a model's fund, for rewards.
    Fund {
        model: ModelId,
        /// Tokens, such as 12.5.
        #[arg(value_parser = parse_some_tokens)]
        amount: Balance,
    },
    /// Take tokens out of a model's fund; --account is the owner's.
    Withdraw {
        model: ModelId,
        /// Tokens, such as 12.5.
        #[arg(value_parser = parse_some_tokens)]
        amount: Balance,
    },
    /// Print a policy to start from, as JSON; or a model's; or set a model's.
    ///
    /// In the file, losses and parts of rows are numbers as people have them, and operations of an assessment may be "auto": then they are
    /// counted when the policy is sent.
    Policy {
        /// Print or set this model's policy; without it, print one that the options below describe.
        model: Option<ModelId>,
        /// Rounds opened from now on follow this policy.
        #[arg(long, value_name = "FILE", requires = "model")]
        set: Option<PathBuf>,
        /// A version of the model, whose updates the printed policy's phases are long enough for; without it, those of a small model.
        #[arg(long = "for", value_name = "FILE", conflicts_with = "model")]
        sized_for: Option<PathBuf>,
        #[command(flatten)]
        rule: RuleArguments,
        #[command(flatten)]
        assessment: AssessmentArguments,
    },
    /// Name the organisations that may read a model whose access is Contributors or Organisations; --account is the owner's.
    /// The list replaces the former one.
    Readers {
        model: ModelId,
        /// Numbers of organisations.
        organisations: Vec<OrganisationId>,
    },
    /// Let no round be opened for now; --account is the owner's.
    Freeze {
        model: ModelId,
        #[command(flatten)]
        council: CouncilArguments,
    },
    /// Let rounds be opened again; --account is the owner's. What the council froze, only the council unfreezes.
    Unfreeze {
        model: ModelId,
        #[command(flatten)]
        council: CouncilArguments,
    },
    /// Let no round be opened ever again; --account is the owner's.
    Retire {
        model: ModelId,
        #[command(flatten)]
        council: CouncilArguments,
    },
}

/// A standard policy in few words.
#[derive(clap::Args, Clone, Debug)]
pub struct RuleArguments {
    #[arg(long, value_parser = pipeline::rule, default_value = "trimmed:200000", help = pipeline::RULES)]
    pub rule: Rule,
    #[arg(long, value_parser = pipeline::pre, value_name = "PRE", help = pipeline::PRES)]
    pub pre: Vec<PreAggregator>,
    #[arg(long, value_parser = pipeline::server, default_value = "plain", help = pipeline::SERVERS)]
    pub server: ServerOptimiser,
    /// Updates in a round.
    #[arg(long, default_value_t = 10)]
    pub updates: u32,
    /// MiB a second that every machine of a round moves at least: the phases are long enough for all updates, and sealed
    /// shards, at this rate.
    #[arg(long, value_name = "MIB", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    pub rate: u64,
}

/// What versions are assessed by, in few words.
#[derive(clap::Args, Clone, Debug)]
pub struct AssessmentArguments {
    /// Assess every version by this program, which has an output `loss` and perhaps `correct`: see docs/evaluate.md.
    #[arg(long, value_name = "ARTIFACT")]
    pub assess: Option<ArtifactId>,
    /// The public data set that the gate looks at.
    #[arg(long, value_name = "ARTIFACT", requires = "assess")]
    pub benchmark: Option<ArtifactId>,
    /// Gate: let a version pass only if its mean loss is at most this much above its base's.
    #[arg(long, value_name = "LOSS", requires = "assess", value_parser = max_increase)]
    pub max_increase: Option<u32>,
    /// Gate: let a version pass only if it is right in at least this part of the rows, such as 0.9.
    #[arg(long, value_name = "PART", requires = "assess", value_parser = min_correct)]
    pub min_correct: Option<Ppm>,
    /// Pay contributors by what they improve on sealed shards, each of at least so many rows. Weights that they claim do not count then.
    #[arg(long, value_name = "ROWS", requires = "assess", value_parser = clap::value_parser!(u32).range(i64::from(MIN_SHARD_ROWS)..))]
    pub pay_by_improvement: Option<u32>,
}

fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("{text:?} is no number, such as 0.05"))
}

fn max_increase(text: &str) -> Result<u32, String> {
    policy_file::increase(number(text)?)
}

fn min_correct(text: &str) -> Result<Ppm, String> {
    policy_file::part(number(text)?)
}

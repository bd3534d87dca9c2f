//! The command line.

use clap::{Parser, ValueEnum};
use quorate_exact::Rule;
use std::{fmt, path::PathBuf};

/// Learn handwritten digits together on a local Quorate network of four validators, two of ten contributors hostile.
#[derive(Parser, Clone, Debug)]
#[command(name = "quorate-digits", version)]
pub struct Args {
    /// How the updates of a round become one aggregate.
    #[arg(long, value_enum, default_value_t = RuleName::Trimmed)]
    pub rule: RuleName,
    /// Rounds to run.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// Decides the split of the rows, the contributors' shares, the first weights and the order of training.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Leave the network running at the end and print its endpoints; Ctrl-C stops it.
    #[arg(long)]
    pub keep: bool,
    /// Folder of `quorate-node` and `quorate-worker`; the folder of this program unless given.
    #[arg(long)]
    pub bin_dir: Option<PathBuf>,
    /// Folder for databases, blobs and logs; a temporary one, removed at the end, unless given.
    #[arg(long)]
    pub work_dir: Option<PathBuf>,
    /// RPC port of the first validator; each further one has the next.
    #[arg(long, default_value_t = 9_944)]
    pub rpc_port: u16,
    /// p2p port of the first validator; each further one has the next.
    #[arg(long, default_value_t = 30_333)]
    pub p2p_port: u16,
    /// No chain: the same training, aggregated by the reference in this process.
    #[arg(long)]
    pub local_only: bool,
    /// No chain: print accuracies of all rules over this many seeds.
    #[arg(long, value_name = "SEEDS", num_args = 0..=1, default_missing_value = "5")]
    pub table: Option<u64>,
}

/// A rule by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RuleName {
    Trimmed,
    Mean,
    Median,
}

impl RuleName {
    /// The rule: the trimmed mean leaves out f = 2 of 10 at either end.
    pub fn rule(self) -> Rule {
        match self {
            Self::Trimmed => Rule::TrimmedMean { trim_ppm: 200_000 },
            Self::Mean => Rule::WeightedMean,
            Self::Median => Rule::Median,
        }
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trimmed => "trimmed",
            Self::Mean => "mean",
            Self::Median => "median",
        })
    }
}

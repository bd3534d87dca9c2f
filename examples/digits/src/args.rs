//! The command line.

use anyhow::Result;
use clap::Parser;
use quorate_client::pipeline;
use quorate_exact::{Pipeline, PreAggregator, Rule, ServerOptimiser};
use std::path::PathBuf;

/// Learn handwritten digits together on a local Quorate network of four validators, two of ten contributors hostile.
#[derive(Parser, Clone, Debug)]
#[command(name = "quorate-digits", version)]
pub struct Args {
    #[arg(long, value_parser = rule, default_value = "trimmed", help = pipeline::RULES)]
    pub rule: Rule,
    #[arg(long, value_parser = pre, value_name = "PRE", help = pipeline::PRES)]
    pub pre: Vec<PreAggregator>,
    #[arg(long, value_parser = pipeline::server, default_value = "plain", help = pipeline::SERVERS)]
    pub server: ServerOptimiser,
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
    /// Gateway port of the first validator; each further one has the next.
    #[arg(long, default_value_t = 9_101)]
    pub gateway_port: u16,
    /// No chain: the same training, aggregated by the reference in this process.
    #[arg(long)]
    pub local_only: bool,
    /// No chain: print accuracies of all rules over this many seeds.
    #[arg(long, value_name = "SEEDS", num_args = 0..=1, default_missing_value = "5")]
    pub table: Option<u64>,
}

/// Hostile contributors are two of ten.
pub const TRIM_PPM: u32 = 200_000;

impl Args {
    /// What becomes of the updates of every round.
    pub fn pipeline(&self) -> Result<Pipeline> {
        let made = pipeline::pipeline(&self.pre, self.rule, self.server).map_err(anyhow::Error::msg)?;
        let contributors = quorate_digits_task::partition::CONTRIBUTORS as u32;
        made.check_updates(contributors)?;
        Ok(made)
    }

    /// Whether ten rounds must reach the goal: not with the plain mean, and not where an optimiser's rates decide.
    pub fn is_judged(&self) -> bool {
        let mean = self.rule == Rule::WeightedMean && self.pre.is_empty();
        !mean && self.server == ServerOptimiser::Plain
    }
}

/// Reads a rule; one that takes a share of hostile updates and is given none takes two of ten.
fn rule(text: &str) -> std::result::Result<Rule, String> {
    with_share(text, pipeline::rule)
}

fn pre(text: &str) -> std::result::Result<PreAggregator, String> {
    with_share(text, pipeline::pre)
}

fn with_share<T>(text: &str, read: impl Fn(&str) -> std::result::Result<T, String>) -> std::result::Result<T, String> {
    read(text).or_else(|error| match text.contains(':') {
        true => Err(error),
        false => read(&format!("{text}:f={TRIM_PPM}")).map_err(|_| error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hostile_share_should_be_known_and_may_be_given() {
        let parse = |words: &[&str]| {
            let args = Args::try_parse_from([&["quorate-digits"], words].concat());
            args.unwrap().pipeline().unwrap()
        };
        let trimmed = |trim_ppm| Pipeline::from(Rule::TrimmedMean { trim_ppm });
        assert_eq!(parse(&[]), trimmed(TRIM_PPM));
        assert_eq!(parse(&["--rule", "trimmed"]), trimmed(TRIM_PPM));
        assert_eq!(parse(&["--rule", "trimmed:100000"]), trimmed(100_000));
        assert_eq!(parse(&["--rule", "mean"]), Rule::WeightedMean.into());
        let made = parse(&[
            "--rule",
            "multikrum",
            "--pre",
            "nnm",
            "--pre",
            "arc:100000",
            "--server",
            "momentum",
        ]);
        let shown = "nnm:200000 | arc:100000 | multikrum:200000 | momentum:eta=1000000,beta=900000";
        assert_eq!(pipeline::show(&made), shown);
    }

    #[test]
    fn a_pipeline_that_cannot_run_with_ten_updates_should_be_refused() {
        let args = Args::try_parse_from(["quorate-digits", "--rule", "bulyan"]).unwrap();
        let error = args.pipeline().unwrap_err().to_string();
        assert!(error.contains("at least 11"), "{error}");
        assert!(Args::try_parse_from(["quorate-digits", "--rule", "average"]).is_err());
    }
}

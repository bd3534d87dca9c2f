//! `quorate shard`.

use crate::output::parse_tokens;
use quorate_primitives::{Balance, ModelId, RoundId};
use std::path::PathBuf;

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Commit to a data set for the model's next round. --account is an organisation's, or a contributor's that it sponsors; the bond is held
    /// from the organisation's account.
    ///
    /// The data set is checked first, with the policy's program and benchmark as far as the account may read them. Then a salt is drawn and
    /// kept below --state: without it, or without FILE, the shard cannot be revealed and the bond is lost. Copy both, and leave FILE as it is
    /// until its round is assessed. `quorate shard reveal --watch` reveals it in time. The data set becomes public then.
    Commit {
        model: ModelId,
        /// The data set, as `quorate data-set make` writes it. Nobody who contributes may have seen its rows.
        file: PathBuf,
        /// What is held: as much as a round pays contributors in all, unless given. With less a round takes the shard only where more than the
        /// fewest wait: half of it with one more, a third with two more.
        #[arg(long, value_name = "TOKENS", value_parser = parse_tokens)]
        bond: Option<Balance>,
        /// Where the salt is kept until the reveal, in a folder of its own that nobody else can read.
        #[arg(long, value_name = "FOLDER")]
        state: Option<PathBuf>,
    },
    /// Reveal the organisation's shards of all rounds whose updates are sealed, or that of one; upload them, and wait for the votes.
    Reveal {
        round: Option<RoundId>,
        /// Where the data set is now, if it was moved.
        #[arg(long, value_name = "FILE", requires = "round")]
        file: Option<PathBuf>,
        /// Go on until the process is told to end (SIGTERM or SIGINT), and reveal each shard when it is due.
        #[arg(long, conflicts_with = "round")]
        watch: bool,
        /// Where `shard commit` kept the salts.
        #[arg(long, value_name = "FOLDER")]
        state: Option<PathBuf>,
    },
    /// Shards that wait for a round, and those of rounds that are not assessed; of one model, or of all.
    List {
        model: Option<ModelId>,
        /// Those of this round instead, also when it is assessed.
        #[arg(long, value_name = "ROUND", conflicts_with = "model")]
        round: Option<RoundId>,
    },
    /// Take back the organisation's shard that waits for a round of a model; its bond returns.
    Withdraw { model: ModelId },
}

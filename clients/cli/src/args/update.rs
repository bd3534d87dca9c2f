//! `quorate update`.

use quorate_primitives::{AccountId, RoundId};
use std::path::PathBuf;

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Submit a canonical update to a round. Run it again after a crash: it goes on where it stopped.
    Submit(Submit),
    /// Take a commitment back while the round is collecting; nothing else can be submitted to this round afterwards.
    Withdraw { round: RoundId },
    /// What became of an update.
    Status {
        round: RoundId,
        /// The contributor; --account's unless given.
        contributor: Option<AccountId>,
    },
}

#[derive(clap::Args, Debug)]
pub struct Submit {
    pub round: RoundId,
    /// The update's file, as `quorate convert --base --contributor` writes it for this account.
    pub file: PathBuf,
    /// Number of samples that the update was trained on.
    #[arg(long)]
    pub weight: u32,
    /// The version that the update follows, to check the file; fetched unless given.
    #[arg(long, value_name = "FILE")]
    pub base: Option<PathBuf>,
    /// The gateway to begin with, by number; one of the own organisation's validators unless given. Only these get the file before
    /// all commitments are in.
    #[arg(long)]
    pub gateway: Option<usize>,
    /// Gateways that must have taken the file before the update is revealed.
    #[arg(long, default_value_t = 1)]
    pub copies: usize,
    /// Where salts are kept between commitment and reveal, in a folder of their own that nobody else can read.
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
    /// Return when the update is revealed, without waiting for the votes.
    #[arg(long)]
    pub no_wait: bool,
}

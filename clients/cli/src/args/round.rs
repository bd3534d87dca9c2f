//! `quorate round`.

use crate::args::organisation::CouncilArguments;
use quorate_primitives::{ModelId, RoundId};

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Open a round on a model's newest clean version; --account is the model's owner.
    Open { model: ModelId },
    /// End a round that is still collecting, with refunds; --account is the model's owner. The council ends it at any time.
    Abort {
        round: RoundId,
        #[command(flatten)]
        council: CouncilArguments,
    },
    /// Follow a round until it is settled.
    Watch { round: RoundId },
    /// A round and its updates.
    Show { round: RoundId },
}

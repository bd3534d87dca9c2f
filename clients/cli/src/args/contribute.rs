//! `quorate contribute`.

use crate::commands::contribute::{Source, Wanted, Way};
use quorate_primitives::ModelId;
use std::{ffi::OsString, path::PathBuf};

/// Where an update comes from, where it goes, and for how long.
#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("source").required(true).args(["run", "from"])))]
pub struct Arguments {
    pub model: ModelId,
    /// Take part in every round of the model, until the process is told to end (SIGTERM or SIGINT). Without it: in one round, the one
    /// that is open, or the next.
    #[arg(long)]
    pub watch: bool,
    /// A shell command that trains on the base of the round. It is run by `sh -c` in a folder of its own, with QUORATE_MODEL,
    /// QUORATE_ROUND, QUORATE_BASE_VERSION, QUORATE_BASE (the base's file), QUORATE_OUTPUT (where it writes the trained weights, a
    /// safetensors file or a folder of save_pretrained) and QUORATE_WEIGHT_FILE (where it may write the number of samples), and
    /// without QUORATE_ACCOUNT, QUORATE_READER_KEY and QUORATE_PASSPHRASE_FILE: it gets no secret. It is run again when it fails, and
    /// ended when the round takes no commitments any more.
    #[arg(long, value_name = "COMMAND")]
    pub run: Option<OsString>,
    /// A file of trained weights that somebody else puts there for each round; {model}, {round} and {version} (the round's base)
    /// stand for numbers. It must get this name when it is whole.
    #[arg(long, value_name = "TEMPLATE", requires = "weight")]
    pub from: Option<String>,
    /// Number of samples that an update was trained on, unless the command writes it.
    #[arg(long)]
    pub weight: Option<u32>,
    /// The files hold the difference to the base, not the trained weights.
    #[arg(long)]
    pub delta: bool,
    /// Claim what earlier rounds brought, whenever there is something.
    #[arg(long)]
    pub claim: bool,
    /// Gateways that must have taken the file before the update is revealed.
    #[arg(long, default_value_t = 1)]
    pub copies: usize,
    /// Where salts are kept between commitment and reveal, in a folder of their own that nobody else can read; updates that are
    /// being made lie there, too.
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
}

impl From<Arguments> for Wanted {
    fn from(arguments: Arguments) -> Self {
        let way = match (arguments.run, arguments.from) {
            (Some(command), _) => Way::Run(command),
            (None, template) => Way::From(template.unwrap_or_default()),
        };
        Self {
            model: arguments.model,
            watch: arguments.watch,
            source: Source {
                way,
                weight: arguments.weight,
                delta: arguments.delta,
            },
            claim: arguments.claim,
            copies: arguments.copies,
            state: arguments.state,
        }
    }
}

//! `quorate batch`.

use quorate_primitives::BatchId;

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// One batch: who computes it, and how far it is.
    Show { batch: BatchId },
    /// Have every validator that can compute a batch anew whose outcome is provisional.
    ///
    /// Where more than seven validators can answer, seven are drawn for a batch, and what all seven agree on counts 30 blocks later. An
    /// organisation that runs a validator, and that found another answer, can call all of them. A bond is set aside: it comes back if they agree
    /// on something else, and is lost if they agree on the same, or on nothing. --account is the organisation's.
    CallAll { batch: BatchId },
}

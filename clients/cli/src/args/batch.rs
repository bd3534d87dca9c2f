//! `quorate batch`.

use crate::output::parse_tokens;
use quorate_primitives::{Balance, BatchId};

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// The newest batches that have a record, 256 at most: their state, who computes them, and until when they are provisional.
    List,
    /// One batch: who computes it, and how far it is.
    Show { batch: BatchId },
    /// Have every validator that can compute a batch anew whose outcome is provisional.
    ///
    /// Where more than seven validators can answer, seven are drawn for a batch, and what all seven agree on counts 30 blocks later, or later
    /// for a long batch. Until then an organisation that runs a validator, and that found another answer, can call all of them. A bond of ten
    /// times the batch's fees is set aside: it comes back if they agree on something else, and is lost if they agree on the same, or on nothing.
    /// --account is the organisation's. --dry-run shows the bond.
    CallAll {
        batch: BatchId,
        /// Set aside no more than this, in tokens. Without it nothing is sent.
        #[arg(long, value_name = "TOKENS", value_parser = parse_tokens)]
        max_bond: Option<Balance>,
    },
    /// Batches of others of which the worker of the node's validator found another outcome than the seven that were drawn.
    ///
    /// The worker of a validator computes a share of the batches again that it was not drawn for, while it has nothing else to compute and their
    /// outcome is provisional (its `--check-batches`). --url is the validator's own node.
    Disputed,
    /// Call all for each such batch, until told to end.
    ///
    /// --account is the account of the organisation that runs the validator, --url the validator's own node. The first bond of the account that is
    /// lost ends it, with exit code 1: then the own machine is at fault, or all came to no agreement.
    Watch {
        /// Set aside no more than this at a time, in tokens: all bonds of the account's calls together on which nobody has decided, as the chain
        /// knows them.
        #[arg(long, value_name = "TOKENS", value_parser = parse_tokens)]
        max_bond: Balance,
    },
}

use crate::{
    availability::{Claim, Finding, Subject},
    BlockNumber,
};
use alloc::collections::BTreeSet;
use sp_runtime::{DispatchResult, Weight};

/// Votes on availability. Implemented by `availability`, used by whoever asks for votes.
pub trait Availability {
    /// Take a snapshot of the active validators and count their votes on `subject` before block `until`.
    ///
    /// # Errors
    /// The subject is open already, too many are, or there is no validator.
    fn open(subject: Subject, until: BlockNumber) -> DispatchResult;
    /// Votes may name `item` from now on; they are about this claim. Replaces nothing: an item is put once.
    fn put_item(subject: Subject, item: u32, claim: Claim);
    /// Votes on `subject` count before this block; None when it is not open. It moves on by blocks without transactions.
    fn deadline(subject: Subject) -> Option<BlockNumber>;
    /// Items of which more voters say that they hold the bytes than may be wrong, whether or not that decided them: an honest one
    /// holds these. Empty when the subject is not open.
    fn held_by_an_honest_voter(subject: Subject) -> BTreeSet<u32>;
    /// No more votes: forget the subject with its items. Does nothing when it is not open.
    fn close(subject: Subject);
}

/// Told what the votes amount to. Chosen by the kind of subject in the runtime; implemented by `rounds`, `models`, `artifacts`.
pub trait AvailabilityHandler {
    /// An item is decided: called once for each item, within the call that brought the deciding vote. Returns the weight of what
    /// it did.
    fn found(subject: Subject, item: u32, finding: Finding) -> Weight;
    /// Called after the findings of one vote, if it had any and the subject is still open: what is to be done once for all of them,
    /// for instance to close the subject when its last item is decided. Returns the weight of what it did.
    fn voted(_subject: Subject) -> Weight {
        Weight::zero()
    }
    /// The deadline of a subject has passed, and it is about to be closed: the last moment for
    /// [`Availability::held_by_an_honest_voter`]. What it weighs is a part of what `ended` does.
    fn ending(_subject: Subject) {}
    /// The deadline of a subject has passed; whatever is not decided stays so. The subject is closed. Rounds have a clock of
    /// their own and close their subject themselves, so that this finds nothing to do there.
    fn ended(subject: Subject) -> Weight;
    /// The most that one `found` weighs. A vote declares it for each of up to [`crate::availability::MAX_NAMED`] items, so that it
    /// must be the weight of one item alone.
    fn found_weight() -> Weight;
    /// The most that `voted` weighs.
    fn voted_weight() -> Weight {
        Weight::zero()
    }
    /// The most that `ended` weighs.
    fn ended_weight() -> Weight;
}

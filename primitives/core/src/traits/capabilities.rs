use crate::{capability::Need, AccountId};
use alloc::vec::Vec;
use sp_runtime::Weight;

/// What validators declare that their machines can answer. Implemented by `capabilities`.
pub trait Capabilities {
    /// The active validators of the session whose declarations cover `need`, each with the MiB that it declared, in the order of
    /// [`super::Consortium::committee`], without those that are barred and those that are too slow for the deadlines of batches.
    fn capable(need: Need) -> Vec<(AccountId, u32)>;
    /// A validator made no statement in a job of inference that others agreed on. The second time within an era bars it for one.
    fn silent(validator: &AccountId);
    /// The most that `silent` weighs.
    fn silent_weight() -> Weight;
}

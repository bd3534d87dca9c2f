//! Whose fund a purpose's is.

use crate::{Models, Runtime};
use pallet_consortium::NextOrganisation;
use quorate_primitives::{
    purpose::Purpose,
    traits::{FundOwners, Models as _},
    OrganisationId,
};

/// Owners of funds, by purpose.
pub struct Funds;

impl FundOwners for Funds {
    fn owner(purpose: Purpose) -> Option<OrganisationId> {
        match purpose {
            Purpose::Model(model) => Models::owner(model),
            Purpose::Organisation(id) => (id < NextOrganisation::<Runtime>::get()).then_some(id),
            // They have an escrow or a deposit; nobody funds them.
            Purpose::Round(_)
            | Purpose::Evaluation(_)
            | Purpose::Artifact(_)
            | Purpose::Shards(_)
            | Purpose::Request(_)
            | Purpose::Assessment(_)
            | Purpose::Batch(_)
            | Purpose::Reserve => None,
        }
    }
}

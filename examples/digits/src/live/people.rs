//! The accounts of the run.

use crate::{contributors::ORGANISATIONS, partition::CONTRIBUTORS};
use anyhow::Result;
use quorate_client::Account;
use quorate_primitives::{AccountId, OrganisationId};

/// Organisations have tokens and a seat in the council from genesis; contributors have nothing.
pub struct People {
    pub organisations: Vec<Account>,
    pub contributors: Vec<Account>,
}

impl People {
    pub fn new() -> Result<Self> {
        let accounts = |name: &str, count: usize| {
            (0..count)
                .map(|i| Account::from_uri(&format!("//{name}{i}")))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            organisations: accounts("Org", ORGANISATIONS)?,
            contributors: accounts("Contributor", CONTRIBUTORS)?,
        })
    }

    /// Owner of the model: the first organisation.
    pub fn owner(&self) -> &Account {
        &self.organisations[0]
    }

    /// The organisation of a contributor.
    pub fn sponsor(&self, contributor: usize) -> &Account {
        &self.organisations[contributor / 2]
    }

    /// Number of a contributor's organisation: those of genesis are numbered in order.
    pub fn organisation(&self, contributor: usize) -> OrganisationId {
        (contributor / 2) as OrganisationId
    }

    /// A short name for an account.
    pub fn name(&self, id: &AccountId) -> String {
        let find = |accounts: &[Account], name: &str| {
            accounts
                .iter()
                .position(|account| account.id() == *id)
                .map(|i| format!("{name}{i}"))
        };
        find(&self.contributors, "Contributor")
            .or_else(|| find(&self.organisations, "Org"))
            .or_else(|| validator(id))
            .unwrap_or_else(|| id.to_string())
    }
}

fn validator(id: &AccountId) -> Option<String> {
    let names = ["Alice", "Bob", "Charlie", "Dave"];
    let is = |name: &&&str| Account::from_uri(&format!("//{name}")).is_ok_and(|account| account.id() == *id);
    names.iter().find(is).map(|name| name.to_string())
}

//! The consortium's records, as its pallet keeps them.

use crate::{
    calls::consortium::{Change, ChangeId, Endpoint},
    storage::{by_account, by_number},
    Client, Result,
};
use codec::Decode;
use quorate_primitives::{AccountId, BlockNumber, OrganisationId};
use serde::Serialize;

/// How long a suspension holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Decode, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Suspension {
    /// Ends by itself.
    #[codec(index = 0)]
    Fast { until: BlockNumber },
    /// Until a majority reinstates.
    #[codec(index = 1)]
    Long,
}

/// Whether somebody is suspended, and whether a majority may suspend fast.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Decode, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    pub suspension: Option<Suspension>,
    /// The one fast suspension was used.
    pub fast_used: bool,
}

/// A recovery account that does not count yet.
#[derive(Clone, PartialEq, Eq, Debug, Decode, Serialize)]
pub struct NextRecovery {
    pub account: AccountId,
    pub from: BlockNumber,
}

/// The account that an organisation gets its own back with, and the one that replaces it.
#[derive(Clone, PartialEq, Eq, Debug, Decode, Serialize)]
pub struct Recovery {
    pub account: Option<AccountId>,
    pub next: Option<NextRecovery>,
}

impl Recovery {
    /// Whether `account` recovers in block `now`; else the block from which on it does.
    pub fn counts(&self, account: &AccountId, now: BlockNumber) -> Result<bool, BlockNumber> {
        match &self.next {
            Some(next) if next.account == *account && next.from > now => Err(next.from),
            Some(next) if next.from <= now => Ok(next.account == *account),
            _ => Ok(self.account.as_ref() == Some(account)),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Decode, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Organisation {
    pub name: String,
    pub account: AccountId,
    pub recovery: Recovery,
    pub standing: Standing,
    pub admitted_at: BlockNumber,
    /// The most contributors that it may sponsor.
    pub quota: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Decode, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ValidatorState {
    #[codec(index = 0)]
    Registered,
    #[codec(index = 1)]
    Active,
    #[codec(index = 2)]
    Leaving,
}

#[derive(Clone, PartialEq, Eq, Debug, Decode, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Validator {
    pub organisation: OrganisationId,
    pub endpoint: Endpoint,
    pub state: ValidatorState,
    pub standing: Standing,
}

#[derive(Clone, PartialEq, Eq, Debug, Decode, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contributor {
    pub organisation: OrganisationId,
    pub standing: Standing,
    pub suspended_by_organisation: bool,
}

/// A change that two thirds decided and that waits.
#[derive(Clone, PartialEq, Eq, Debug, Decode, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingChange {
    pub change: Change,
    /// Organisations that voted for it.
    pub ayes: u32,
    pub proposed_at: BlockNumber,
    pub enact_at: BlockNumber,
}

/// Who proposed an account for an organisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Decode, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Proposer {
    #[codec(index = 0)]
    Organisation,
    #[codec(index = 1)]
    Recovery,
    #[codec(index = 2)]
    Consortium,
}

/// An account that may accept to speak for an organisation.
#[derive(Clone, PartialEq, Eq, Debug, Decode, Serialize)]
pub struct Proposal {
    pub account: AccountId,
    pub by: Proposer,
    /// First block in which it no longer may.
    pub until: BlockNumber,
}

impl Client {
    /// All organisations, by number.
    pub async fn organisations(&self) -> Result<Vec<(OrganisationId, Organisation)>> {
        sorted(self.map("Consortium", "Organisations", NUMBER).await?)
    }

    pub async fn organisation(&self, id: OrganisationId) -> Result<Option<Organisation>> {
        self.value("Consortium", "Organisations", &by_number(id)).await
    }

    /// The account that was proposed to speak for an organisation.
    pub async fn proposal(&self, id: OrganisationId) -> Result<Option<Proposal>> {
        self.value("Consortium", "Proposals", &by_number(id)).await
    }

    /// Organisations that have a seat in the technical committee while they are not suspended.
    pub async fn technical_seats(&self) -> Result<Vec<OrganisationId>> {
        let seats = self.value("Consortium", "TechnicalSeats", &[]).await?;
        Ok(seats.unwrap_or_default())
    }

    pub async fn validators(&self) -> Result<Vec<(AccountId, Validator)>> {
        sorted(self.map("Consortium", "Validators", ACCOUNT).await?)
    }

    pub async fn validator(&self, account: &AccountId) -> Result<Option<Validator>> {
        self.value("Consortium", "Validators", &by_account(account)).await
    }

    pub async fn contributors(&self) -> Result<Vec<(AccountId, Contributor)>> {
        sorted(self.map("Consortium", "Contributors", ACCOUNT).await?)
    }

    pub async fn contributor(&self, account: &AccountId) -> Result<Option<Contributor>> {
        self.value("Consortium", "Contributors", &by_account(account)).await
    }

    /// Changes that wait for their block, by number.
    pub async fn changes(&self) -> Result<Vec<(ChangeId, PendingChange)>> {
        sorted(self.map("Consortium", "PendingChanges", NUMBER).await?)
    }

    pub async fn change(&self, id: ChangeId) -> Result<Option<PendingChange>> {
        self.value("Consortium", "PendingChanges", &by_number(id)).await
    }
}

/// Bytes of the hash before a key: `Twox64Concat`, `Blake2_128Concat`.
const NUMBER: usize = 8;
const ACCOUNT: usize = 16;

fn sorted<K: Ord, V>(mut all: Vec<(K, V)>) -> Result<Vec<(K, V)>> {
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::{DecodeAll, Encode};
    use pallet_consortium::{recovery, standing, types as pallet};

    fn same<T: Decode>(theirs: impl Encode) -> T {
        T::decode_all(&mut theirs.encode().as_slice()).unwrap()
    }

    #[test]
    fn records_should_be_decoded_as_the_pallet_encodes_them() {
        let (account, other) = (AccountId::new([7; 32]), AccountId::new([8; 32]));
        let long = standing::Standing {
            suspension: Some(standing::Suspension::Long),
            fast_used: false,
        };
        let fast = standing::Standing {
            suspension: Some(standing::Suspension::Fast { until: 9 }),
            fast_used: true,
        };
        let organisation: Organisation = same(pallet::Organisation {
            name: b"University".to_vec().try_into().unwrap(),
            account: account.clone(),
            recovery: recovery::Recovery {
                account: None,
                next: Some(recovery::NextRecovery {
                    account: other.clone(),
                    from: 5,
                }),
            },
            standing: fast,
            admitted_at: 3,
            quota: 4,
        });
        assert_eq!((organisation.name.as_str(), organisation.quota), ("University", 4));
        assert_eq!(organisation.standing.suspension, Some(Suspension::Fast { until: 9 }));
        assert_eq!(organisation.recovery.counts(&other, 4), Err(5));
        assert_eq!(organisation.recovery.counts(&other, 5), Ok(true));
        assert_eq!(organisation.recovery.counts(&account, 5), Ok(false));
        let validator: Validator = same(pallet::Validator {
            organisation: 2,
            endpoint: pallet::Endpoint {
                peer_id: b"12D3".to_vec().try_into().unwrap(),
                gateway: b"https://g".to_vec().try_into().unwrap(),
                tls_key_hash: None,
            },
            state: pallet::ValidatorState::Leaving,
            standing: long,
        });
        assert_eq!((validator.state, validator.organisation), (ValidatorState::Leaving, 2));
        let contributor: Contributor = same(pallet::Contributor {
            organisation: 2,
            standing: long,
            suspended_by_organisation: true,
        });
        assert!(contributor.suspended_by_organisation);
        let change: PendingChange = same(pallet::PendingChange {
            change: pallet::Change::SetQuota {
                organisation: 1,
                quota: 5,
            },
            ayes: 4,
            proposed_at: 8,
            enact_at: 10,
        });
        assert_eq!(
            (change.change, change.enact_at),
            (
                Change::SetQuota {
                    organisation: 1,
                    quota: 5
                },
                10
            )
        );
    }
}

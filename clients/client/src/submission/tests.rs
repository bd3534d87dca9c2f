//! What is known before anything is done.

use super::*;
use crate::policy::standard;
use quorate_exact::Rule;
use quorate_primitives::{update::Encoding, Hash};

fn round(account: &Account, status: Option<UpdateStatus>) -> RoundView {
    let update = status.map(|status| Update {
        contributor: account.id(),
        organisation: 0,
        commitment: Hash::default(),
        weight: 6,
        encoding: Encoding::DenseF32,
        submitted_at: 2,
        status,
        root: None,
        index: None,
        score: None,
    });
    RoundView {
        id: 3,
        model: 2,
        base: 0,
        policy: standard(Rule::Median, 10),
        phase: RoundPhase::Settled,
        opened_at: 1,
        sealed_at: None,
        recorded_at: None,
        version: None,
        job: None,
        refund: None,
        escrow: 0,
        updates: update.into_iter().collect(),
        assessment: None,
    }
}

fn account() -> Account {
    Account::from_uri("//Contributor0").unwrap()
}

#[test]
fn update_that_is_decided_should_be_shown_at_once() {
    for status in [UpdateStatus::Available, UpdateStatus::Expired, UpdateStatus::Withdrawn] {
        let found = settled(&round(&account(), Some(status)), &account(), 0).unwrap();
        assert_eq!(found.map(|update| update.status), Some(status));
    }
}

#[test]
fn update_that_is_under_way_should_be_gone_on_with() {
    for status in [UpdateStatus::Committed, UpdateStatus::Revealed] {
        let found = settled(&round(&account(), Some(status)), &account(), 6).unwrap();
        assert_eq!(found, None);
    }
}

#[test]
fn wrong_weight_should_be_named_before_anything_is_done() {
    let nothing = round(&account(), None);
    assert_eq!(settled(&nothing, &account(), 1).unwrap(), None);
    for weight in [0, nothing.policy.max_weight + 1] {
        let error = settled(&nothing, &account(), weight).unwrap_err().to_string();
        assert!(error.contains(&format!("the weight is {weight}")), "{error}");
    }
}

//! What is known before anything is done.

use super::*;
use crate::fixtures;

fn round(account: &Account, status: Option<UpdateStatus>) -> RoundView {
    let update = status.map(|status| Update {
        weight: 6,
        ..fixtures::update(&account.id(), status)
    });
    RoundView {
        phase: RoundPhase::Settled,
        updates: update.into_iter().collect(),
        ..fixtures::collecting(3, (2, 0))
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

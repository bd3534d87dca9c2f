use crate::{mock::*, types::Target};
use frame_support::assert_ok;
use quorate_primitives::traits::Consortium as _;

#[test]
fn a_peer_shows_its_key_only_while_it_is_in_the_committee() {
    run(|| {
        assert_ok!(register(4, 1));
        assert_ok!(set_keys(4));
        let peer = |number| {
            Consortium::peers()
                .into_iter()
                .find(|peer| peer.validator == account(number))
        };
        assert_eq!(peer(1).unwrap().key, Some(key(1)));
        assert_eq!(peer(1).unwrap().gateway, "http://127.0.0.1:9000");
        assert_eq!(peer(4).unwrap().key, None);
        rotate(2);
        assert_eq!(peer(4).unwrap().key, Some(key(4)));
        assert_ok!(Consortium::suspend(root(), Target::Validator(account(4))));
        assert_eq!(peer(4), None);
    });
}

#[test]
fn a_validator_is_found_by_its_present_and_by_its_next_key() {
    run(|| {
        assert_eq!(Consortium::validator_of(&key(1)), Some(account(1)));
        assert_eq!(Consortium::validator_of(&key(4)), None);
        assert_ok!(register(4, 1));
        assert_ok!(set_keys(4));
        assert_eq!(Consortium::validator_of(&key(4)), Some(account(4)));
    });
}

#[test]
fn a_key_of_a_removed_validator_belongs_to_nobody() {
    run(|| {
        assert_ok!(register(4, 1));
        assert_ok!(set_keys(4));
        assert_ok!(Consortium::remove_validator(root(), account(4)));
        assert_eq!(Consortium::validator_of(&key(4)), None);
    });
}

#[test]
fn a_removed_validator_stays_connected_while_a_session_holds_it() {
    run(|| {
        let has = |number| Consortium::registered_peers().contains(&peer_id(number).into_inner());
        assert_ok!(Consortium::remove_validator(root(), account(3)));
        assert!(has(3));
        rotate(2);
        assert!(!has(3) && has(1));
    });
}

#[test]
fn a_suspended_organisation_keeps_its_account_but_is_not_heard() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Organisation(0)));
        assert_eq!(Consortium::organisation_of(&account(ORGANISATION_0)), None);
        assert_eq!(Consortium::organisation_account(0), Some(account(ORGANISATION_0)));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), None);
        assert_eq!(Consortium::sponsor_of(&account(CONTRIBUTOR)), Some(0));
        assert!(!Consortium::is_active(&account(1)));
        assert!(Consortium::is_active(&account(3)));
    });
}

use crate::{mock::*, types::Target};
use frame_support::assert_ok;
use quorate_primitives::traits::Consortium as _;

#[test]
fn peer_should_show_its_key_only_while_it_is_in_a_session() {
    run(|| {
        assert_ok!(enact(registration(4, 1)));
        assert_ok!(set_keys(4));
        let peer = |number| {
            Consortium::peers()
                .into_iter()
                .find(|peer| peer.validator == account(number))
        };
        assert_eq!(peer(1).unwrap().key, Some(key(1)));
        assert_eq!(peer(1).unwrap().organisation, 0);
        assert_eq!(peer(1).unwrap().gateway, "http://127.0.0.1:9000");
        assert_eq!(peer(4).unwrap().key, None);
        rotate(2);
        assert_eq!(peer(4).unwrap().key, Some(key(4)));
        assert_ok!(Consortium::suspend(root(), Target::Validator(account(4))));
        assert_eq!(peer(4), None);
    });
}

#[test]
fn validator_should_be_found_by_its_present_and_by_its_next_key() {
    run(|| {
        assert_eq!(Consortium::validator_of(&key(1)), Some(account(1)));
        assert_eq!(Consortium::validator_of(&key(4)), None);
        assert_ok!(enact(registration(4, 1)));
        assert_ok!(set_keys(4));
        assert_eq!(Consortium::validator_of(&key(4)), Some(account(4)));
    });
}

#[test]
fn suspended_validator_should_still_be_found_by_its_key() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Validator(account(1))));
        assert_eq!(Consortium::validator_of(&key(1)), Some(account(1)));
    });
}

#[test]
fn key_of_a_removed_validator_should_belong_to_nobody() {
    run(|| {
        assert_ok!(enact(registration(4, 1)));
        assert_ok!(set_keys(4));
        assert_ok!(enact(removal(4)));
        assert_eq!(Consortium::validator_of(&key(4)), None);
    });
}

#[test]
fn removed_validator_should_stay_connected_while_a_session_holds_it() {
    run(|| {
        let has = |number| Consortium::registered_peers().contains(&peer_id(number).into_inner());
        assert_ok!(enact(removal(3)));
        assert!(has(3));
        rotate(2);
        assert!(!has(3) && has(1));
    });
}

#[test]
fn suspended_organisation_should_keep_its_account_but_not_its_say() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Organisation(0)));
        assert_eq!(Consortium::organisation_of(&account(ORGANISATION_0)), None);
        assert_eq!(Consortium::organisation_account(0), Some(account(ORGANISATION_0)));
        assert!(!Consortium::in_good_standing(0) && Consortium::in_good_standing(1));
        assert!(!Consortium::in_good_standing(9));
        assert_eq!(Consortium::admitted(), 2);
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), None);
        assert_eq!(Consortium::sponsor_of(&account(CONTRIBUTOR)), Some(0));
        assert!(!Consortium::is_active(&account(1)));
        assert!(Consortium::is_active(&account(3)));
    });
}

#[test]
fn committee_should_leave_out_suspended_and_removed_validators() {
    run_with(genesis_of(4), || {
        assert_ok!(Consortium::suspend(root(), Target::Validator(account(1))));
        assert_eq!(committee(), accounts(&[2, 3, 4]));
        assert_ok!(Consortium::suspend(root(), Target::Organisation(1)));
        assert_eq!(committee(), accounts(&[3, 4]));
        assert_ok!(enact(removal(3)));
        assert_eq!(committee(), accounts(&[4]));
        wait(FAST);
        assert_eq!(committee(), accounts(&[1, 2, 4]));
    });
}

#[test]
fn accounts_of_organisations_should_be_those_in_good_standing() {
    run(|| {
        assert_ok!(sponsor(ORGANISATION_1, 10));
        assert_ok!(sponsor(ORGANISATION_1, 11));
        assert_eq!(Consortium::accounts_of(&[1, 1, 9]), accounts(&[ORGANISATION_1, 10, 11]));
        let both = accounts(&[ORGANISATION_0, CONTRIBUTOR, ORGANISATION_1, 10, 11]);
        assert_eq!(Consortium::accounts_of(&[0, 1]), both);
        assert_ok!(Consortium::suspend(root(), Target::Contributor(account(10))));
        assert_eq!(Consortium::accounts_of(&[1]), accounts(&[ORGANISATION_1, 11]));
        assert_ok!(Consortium::suspend(root(), Target::Organisation(1)));
        assert_eq!(Consortium::accounts_of(&[1]), []);
    });
}

use crate::{mock::*, types::ValidatorState, Validators};
use quorate_primitives::traits::Consortium as _;
use sp_runtime::BuildStorage;

#[test]
fn the_founding_validators_are_the_first_committee() {
    run(|| {
        assert_eq!(committee(), accounts(&[1, 2, 3]));
        let committee = Consortium::committee();
        assert_eq!(committee[2].organisation, 1);
        assert_eq!(committee[2].key, key(3));
        assert_eq!(Session::validators(), accounts(&[1, 2, 3]));
        assert_eq!(
            Validators::<Test>::get(account(1)).unwrap().state,
            ValidatorState::Active
        );
    });
}

#[test]
fn the_founding_organisations_hold_the_seats() {
    Members::set(Vec::new());
    run(|| assert_eq!(Members::get(), accounts(&[ORGANISATION_0, ORGANISATION_1])));
}

#[test]
fn a_founding_contributor_who_holds_no_token_may_sign() {
    run(|| {
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), Some(0));
        assert_eq!(Balances::free_balance(account(CONTRIBUTOR)), 0);
        assert_eq!(System::sufficients(&account(CONTRIBUTOR)), 1);
    });
}

#[test]
fn a_founding_validator_without_keys_waits() {
    let mut genesis = genesis();
    genesis.session.keys.remove(0);
    run_with(genesis, || {
        assert_eq!(committee(), accounts(&[2, 3]));
        assert_eq!(
            Validators::<Test>::get(account(1)).unwrap().state,
            ValidatorState::Registered
        );
    });
}

#[test]
#[should_panic(expected = "is sponsored twice")]
fn a_contributor_of_two_founders_is_refused() {
    let mut genesis = genesis();
    genesis.consortium.organisations[1]
        .contributors
        .push(account(CONTRIBUTOR));
    let _ = genesis.build_storage();
}

#[test]
#[should_panic(expected = "cannot be registered")]
fn a_founding_validator_of_no_organisation_is_refused() {
    let mut genesis = genesis();
    genesis.consortium.validators[0].organisation = 7;
    let _ = genesis.build_storage();
}

use crate::{mock::*, types::ValidatorState, Organisations, Validators};
use quorate_primitives::{traits::Consortium as _, Hash};
use sp_runtime::BuildStorage;

#[test]
fn founding_validators_should_be_the_first_committee() {
    run(|| {
        assert_eq!(committee(), accounts(&[1, 2, 3]));
        let members = Consortium::committee();
        let third = members.iter().find(|member| member.validator == account(3)).unwrap();
        assert_eq!((third.organisation, &third.key), (1, &key(3)));
        assert_eq!(Session::validators(), accounts(&[1, 2, 3]));
        assert_eq!(
            Validators::<Test>::get(account(1)).unwrap().state,
            ValidatorState::Active
        );
    });
}

#[test]
fn founding_organisations_should_hold_the_seats() {
    run(|| {
        assert_eq!(Council::get(), accounts(&[ORGANISATION_0, ORGANISATION_1]));
        assert_eq!(Technical::get(), accounts(&[ORGANISATION_1]));
    });
}

#[test]
fn founding_contributor_without_token_or_consent_should_sign() {
    run(|| {
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), Some(0));
        assert_eq!(Balances::free_balance(account(CONTRIBUTOR)), 0);
        assert_eq!(System::sufficients(&account(CONTRIBUTOR)), 1);
    });
}

#[test]
fn founding_validator_without_keys_should_wait() {
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
fn founding_members_should_have_recovery_accounts_and_tls_keys() {
    let mut genesis = genesis();
    genesis.consortium.organisations[0].recovery = Some(account(9));
    genesis.consortium.validators[0].gateway = "https://gateway.example".into();
    genesis.consortium.validators[0].tls_key_hash = Some(Hash::repeat_byte(7));
    run_with(genesis, || {
        assert_eq!(Consortium::recovery_account(0), Some(account(9)));
        let endpoint = Validators::<Test>::get(account(1)).unwrap().endpoint;
        assert_eq!(endpoint.tls_key_hash, Some(Hash::repeat_byte(7)));
        assert_eq!(Organisations::<Test>::count(), 2);
    });
}

#[test]
#[should_panic(expected = "is sponsored twice")]
fn contributor_of_two_founders_should_be_refused() {
    let mut genesis = genesis();
    genesis.consortium.organisations[1]
        .contributors
        .push(account(CONTRIBUTOR));
    let _ = genesis.build_storage();
}

#[test]
#[should_panic(expected = "cannot be registered")]
fn founding_validator_of_no_organisation_should_be_refused() {
    let mut genesis = genesis();
    genesis.consortium.validators[0].organisation = 7;
    let _ = genesis.build_storage();
}

#[test]
#[should_panic(expected = "cannot be registered")]
fn founding_gateway_on_the_machine_itself_should_be_refused_where_that_is_not_allowed() {
    let mut genesis = genesis();
    genesis.consortium.private_gateways = false;
    let _ = genesis.build_storage();
}

#[test]
#[should_panic(expected = "cannot be given")]
fn technical_seat_of_no_organisation_should_be_refused() {
    let mut genesis = genesis();
    genesis.consortium.technical = vec![7];
    let _ = genesis.build_storage();
}

use crate::{
    mock::*,
    types::{ValidatorState, MAX_VALIDATORS},
    Error, Event, Validators,
};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;

#[test]
fn a_registered_validator_with_keys_joins_the_set() {
    run(|| {
        assert_ok!(register(4, 1));
        System::assert_last_event(
            Event::ValidatorRegistered {
                validator: account(4),
                organisation: 1,
            }
            .into(),
        );
        assert_ok!(set_keys(4));
        rotate(1);
        assert_eq!(
            Validators::<Test>::get(account(4)).unwrap().state,
            ValidatorState::Active
        );
        assert_eq!(committee(), accounts(&[1, 2, 3]));
        rotate(1);
        assert_eq!(committee(), accounts(&[1, 2, 3, 4]));
    });
}

#[test]
fn a_registered_validator_without_keys_waits() {
    run(|| {
        assert_ok!(register(4, 1));
        rotate(3);
        assert_eq!(committee(), accounts(&[1, 2, 3]));
        assert_eq!(
            Validators::<Test>::get(account(4)).unwrap().state,
            ValidatorState::Registered
        );
        assert!(Consortium::is_active(&account(4)));
    });
}

#[test]
fn nobody_is_registered_twice_or_for_no_organisation() {
    run(|| {
        assert_noop!(register(1, 1), Error::<Test>::ValidatorAlreadyExists);
        assert_noop!(register(4, 9), Error::<Test>::OrganisationNotFound);
    });
}

#[test]
fn every_node_has_its_own_peer_id() {
    run(|| {
        let copy = Consortium::register_validator(root(), account(4), 1, peer_id(1), gateway(), None);
        assert_noop!(copy, Error::<Test>::PeerIdInUse);
    });
}

#[test]
fn an_endpoint_that_cannot_be_reached_is_refused() {
    run(|| {
        for bad in [&b""[..], b"12D3KooW0", b"12D3 KooW"] {
            let bad = bad.to_vec().try_into().unwrap();
            let call = Consortium::register_validator(root(), account(4), 1, bad, gateway(), None);
            assert_noop!(call, Error::<Test>::BadPeerId);
        }
        for bad in [
            &b""[..],
            b"https://",
            b"ftp://host",
            b"http://ho st",
            b"http://h\xc3\xb6st",
        ] {
            let bad = bad.to_vec().try_into().unwrap();
            let call = Consortium::register_validator(root(), account(4), 1, peer_id(4), bad, None);
            assert_noop!(call, Error::<Test>::BadGatewayUrl);
        }
    });
}

#[test]
fn there_are_at_most_32_validators() {
    run(|| {
        for number in 4..=MAX_VALIDATORS as u8 {
            assert_ok!(register(number, 0));
        }
        assert_noop!(register(40, 0), Error::<Test>::MaxValidatorsExceeded);
    });
}

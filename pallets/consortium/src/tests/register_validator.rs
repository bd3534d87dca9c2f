use crate::{
    mock::*,
    types::{Change, Endpoint, ValidatorState, MAX_VALIDATORS},
    Error, Event, Validators,
};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;

fn register_at(endpoint: Endpoint) -> Change {
    Change::RegisterValidator {
        validator: account(4),
        organisation: 1,
        endpoint,
    }
}

#[test]
fn registered_validator_with_keys_should_join_the_set() {
    run(|| {
        assert_ok!(enact(registration(4, 1)));
        System::assert_has_event(
            Event::ValidatorRegistered {
                validator: account(4),
                organisation: 1,
                endpoint: endpoint(4),
            }
            .into(),
        );
        assert_ok!(set_keys(4));
        rotate(1);
        assert_eq!(
            Validators::<Test>::get(account(4)).unwrap().state,
            ValidatorState::Active
        );
        System::assert_has_event(Event::ValidatorActivated { validator: account(4) }.into());
        assert_eq!(committee(), accounts(&[1, 2, 3]));
        rotate(1);
        assert_eq!(committee(), accounts(&[1, 2, 3, 4]));
    });
}

#[test]
fn registered_validator_without_keys_should_wait() {
    run(|| {
        assert_ok!(enact(registration(4, 1)));
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
fn nobody_should_be_registered_twice_or_for_no_organisation() {
    run(|| {
        assert_noop!(propose(registration(1, 1)), Error::<Test>::ValidatorAlreadyExists);
        assert_noop!(propose(registration(4, 9)), Error::<Test>::OrganisationNotFound);
    });
}

#[test]
fn every_node_should_have_its_own_peer_id() {
    run(|| {
        assert_noop!(propose(register_at(endpoint(1))), Error::<Test>::PeerIdInUse);
        assert_ok!(propose(register_at(endpoint(5))));
        assert_noop!(propose(registration(5, 1)), Error::<Test>::PeerIdInUse);
    });
}

#[test]
fn endpoint_that_cannot_be_reached_should_be_refused() {
    run(|| {
        for bad in [&b""[..], b"12D3KooW0", b"12D3 KooW"] {
            let endpoint = Endpoint {
                peer_id: bad.to_vec().try_into().unwrap(),
                ..endpoint(4)
            };
            assert_noop!(propose(register_at(endpoint)), Error::<Test>::BadPeerId);
        }
        for bad in [
            &b""[..],
            b"https://",
            b"ftp://host",
            b"http://ho st",
            b"http://h\xc3\xb6st",
        ] {
            let endpoint = Endpoint {
                gateway: bad.to_vec().try_into().unwrap(),
                ..endpoint(4)
            };
            assert_noop!(propose(register_at(endpoint)), Error::<Test>::BadGatewayUrl);
        }
    });
}

#[test]
fn validators_should_be_at_most_32() {
    run(|| {
        for number in 4..=MAX_VALIDATORS as u8 {
            assert_ok!(enact(registration(number, 0)));
        }
        assert_noop!(propose(registration(40, 0)), Error::<Test>::MaxValidatorsExceeded);
    });
}

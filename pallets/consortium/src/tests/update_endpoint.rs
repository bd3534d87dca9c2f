use crate::{mock::*, Call, Error, Event, Validators};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::Hash;

#[test]
fn a_validator_moves_its_node_and_gateway() {
    run(|| {
        let hash = Some(Hash::repeat_byte(7));
        assert_ok!(Consortium::update_endpoint(signed(1), peer_id(11), gateway(), hash));
        System::assert_last_event(Event::EndpointUpdated { validator: account(1) }.into());
        let endpoint = Validators::<Test>::get(account(1)).unwrap().endpoint;
        assert_eq!(
            (endpoint.peer_id, endpoint.gateway, endpoint.tls_key_hash),
            (peer_id(11), gateway(), hash)
        );
    });
}

#[test]
fn moving_is_free_exactly_when_it_changes_something() {
    run(|| {
        let call = Call::<Test>::update_endpoint {
            peer_id: peer_id(1),
            gateway: gateway(),
            tls_key_hash: None,
        };
        assert!(call.is_feeless(&signed(1)));
        assert!(!call.is_feeless(&signed(2)), "the peer id is taken");
        assert_ok!(Consortium::update_endpoint(signed(1), peer_id(1), gateway(), None));
        assert!(!call.is_feeless(&signed(1)));
    });
}

#[test]
fn the_peer_id_of_another_validator_is_refused() {
    run(|| {
        let copy = Consortium::update_endpoint(signed(1), peer_id(2), gateway(), None);
        assert_noop!(copy, Error::<Test>::PeerIdInUse);
    });
}

#[test]
fn a_leaving_validator_moves_no_more() {
    run(|| {
        assert_ok!(Consortium::remove_validator(root(), account(1)));
        let late = Consortium::update_endpoint(signed(1), peer_id(11), gateway(), None);
        assert_noop!(late, Error::<Test>::ValidatorNotFound);
    });
}

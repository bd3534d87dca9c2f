use crate::{
    mock::*,
    types::{Endpoint, GatewayUrl},
    Call, Error, Event, PrivateGateways, Validators,
};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::Hash;

fn at(url: &str) -> Endpoint {
    Endpoint {
        gateway: GatewayUrl::try_from(url.as_bytes().to_vec()).unwrap(),
        ..endpoint(1)
    }
}

#[test]
fn validator_should_move_its_node_and_gateway() {
    run(|| {
        let moved = Endpoint {
            tls_key_hash: Some(Hash::repeat_byte(7)),
            ..endpoint(11)
        };
        assert_ok!(Consortium::update_endpoint(signed(1), moved.clone()));
        let event = Event::EndpointUpdated {
            validator: account(1),
            endpoint: moved.clone(),
        };
        System::assert_last_event(event.into());
        assert_eq!(Validators::<Test>::get(account(1)).unwrap().endpoint, moved);
    });
}

#[test]
fn moving_should_be_free_exactly_when_it_changes_something() {
    run(|| {
        let call = Call::<Test>::update_endpoint { endpoint: endpoint(1) };
        assert!(call.is_feeless(&signed(1)));
        assert!(!call.is_feeless(&signed(2)), "the peer id is taken");
        assert_ok!(Consortium::update_endpoint(signed(1), endpoint(1)));
        assert!(!call.is_feeless(&signed(1)));
    });
}

#[test]
fn peer_id_of_another_validator_should_be_refused() {
    run(|| {
        let copy = Consortium::update_endpoint(signed(1), endpoint(2));
        assert_noop!(copy, Error::<Test>::PeerIdInUse);
    });
}

#[test]
fn leaving_validator_should_not_move() {
    run(|| {
        assert_ok!(enact(removal(1)));
        let late = Consortium::update_endpoint(signed(1), endpoint(11));
        assert_noop!(late, Error::<Test>::ValidatorNotFound);
    });
}

#[test]
fn gateway_should_name_a_host_and_nothing_else() {
    run(|| {
        for url in [
            "http://127.0.0.1:22/x?y=",
            "https://a.example/",
            "https://me@a.example",
            "a.example",
        ] {
            let call = Consortium::update_endpoint(signed(1), at(url));
            assert_noop!(call, Error::<Test>::BadGatewayUrl);
        }
    });
}

#[test]
fn private_gateway_should_need_a_chain_that_allows_it() {
    run(|| {
        assert_ok!(Consortium::update_endpoint(signed(1), at("http://127.0.0.1:9100")));
        PrivateGateways::<Test>::put(false);
        for url in [
            "http://127.0.0.1:9100",
            "http://localhost",
            "https://[fe80::1]",
            "http://169.254.169.254",
        ] {
            let call = Call::<Test>::update_endpoint { endpoint: at(url) };
            assert!(!call.is_feeless(&signed(1)));
            let call = Consortium::update_endpoint(signed(1), at(url));
            assert_noop!(call, Error::<Test>::PrivateGateway);
        }
        assert_ok!(Consortium::update_endpoint(signed(1), at("https://9.9.9.9")));
    });
}

#[test]
fn tls_key_should_stand_beside_https_only() {
    run(|| {
        let tls_key_hash = Some(Hash::repeat_byte(7));
        let plain = Endpoint {
            tls_key_hash,
            ..at("http://a.example")
        };
        let call = Consortium::update_endpoint(signed(1), plain);
        assert_noop!(call, Error::<Test>::TlsKeyWithoutTls);
    });
}

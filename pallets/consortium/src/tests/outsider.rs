use crate::{mock::*, types::Target, Error};
use frame_support::{assert_noop, dispatch::CheckIfFeeless};
use quorate_primitives::traits::Consortium as _;
use sp_runtime::DispatchError::BadOrigin;

type Call = crate::Call<Test>;

#[test]
fn an_outsider_cannot_register_keys_even_with_a_valid_proof() {
    run(|| {
        assert_noop!(
            set_keys(OUTSIDER),
            pallet_session::Error::<Test>::NoAssociatedValidatorId
        );
    });
}

#[test]
fn an_outsider_cannot_become_a_validator() {
    run(|| {
        let mine = Consortium::register_validator(
            signed(OUTSIDER),
            account(OUTSIDER),
            0,
            peer_id(OUTSIDER),
            gateway(),
            None,
        );
        assert_noop!(mine, BadOrigin);
        let moved = Consortium::update_endpoint(signed(OUTSIDER), peer_id(OUTSIDER), gateway(), None);
        assert_noop!(moved, Error::<Test>::ValidatorNotFound);
        rotate(3);
        assert_eq!(committee(), accounts(&[1, 2, 3]));
    });
}

#[test]
fn an_outsider_cannot_sponsor_an_outsider() {
    run(|| {
        assert_noop!(
            Consortium::sponsor(signed(OUTSIDER), account(OUTSIDER)),
            Error::<Test>::NotAuthorized
        );
        assert_eq!(Consortium::contributor(&account(OUTSIDER)), None);
    });
}

#[test]
fn an_outsider_can_neither_admit_nor_suspend() {
    run(|| {
        assert_noop!(
            Consortium::admit(signed(OUTSIDER), name("Mine"), account(OUTSIDER)),
            BadOrigin
        );
        let target = Target::Contributor(account(CONTRIBUTOR));
        assert_noop!(
            Consortium::suspend(signed(OUTSIDER), target),
            Error::<Test>::NotAuthorized
        );
    });
}

#[test]
fn an_outsider_pays_for_its_calls() {
    run(|| {
        let calls = [
            Call::sponsor {
                contributor: account(9),
            },
            Call::unsponsor {
                contributor: account(CONTRIBUTOR),
            },
            Call::update_endpoint {
                peer_id: peer_id(9),
                gateway: gateway(),
                tls_key_hash: None,
            },
        ];
        for call in calls {
            assert!(!call.is_feeless(&signed(OUTSIDER)), "{call:?}");
        }
    });
}

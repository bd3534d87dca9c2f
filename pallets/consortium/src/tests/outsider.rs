use crate::{mock::*, types::Target, Error};
use frame_support::{assert_noop, dispatch::CheckIfFeeless};
use quorate_primitives::traits::Consortium as _;
use sp_runtime::DispatchError::BadOrigin;

type Call = crate::Call<Test>;

#[test]
fn outsider_should_not_register_keys_even_with_a_valid_proof() {
    run(|| {
        assert_noop!(
            set_keys(OUTSIDER),
            pallet_session::Error::<Test>::NoAssociatedValidatorId
        );
    });
}

#[test]
fn outsider_should_change_nothing_that_needs_votes() {
    run(|| {
        for number in [OUTSIDER, ORGANISATION_0, CONTRIBUTOR] {
            for change in [
                admit(OUTSIDER),
                registration(OUTSIDER, 0),
                remove(1),
                removal(1),
                quota(0, 9),
            ] {
                assert_noop!(Consortium::propose_change(signed(number), change), BadOrigin);
            }
            assert_noop!(Consortium::cancel_change(signed(number), 0), BadOrigin);
        }
    });
}

#[test]
fn outsider_should_not_become_a_validator() {
    run(|| {
        let moved = Consortium::update_endpoint(signed(OUTSIDER), endpoint(OUTSIDER));
        assert_noop!(moved, Error::<Test>::ValidatorNotFound);
        rotate(3);
        assert_eq!(committee(), accounts(&[1, 2, 3]));
    });
}

#[test]
fn outsider_should_not_sponsor_an_outsider() {
    run(|| {
        assert_noop!(sponsor(OUTSIDER, OUTSIDER), Error::<Test>::NotAuthorized);
        assert_eq!(Consortium::contributor(&account(OUTSIDER)), None);
    });
}

#[test]
fn outsider_should_not_suspend() {
    run(|| {
        let target = Target::Contributor(account(CONTRIBUTOR));
        assert_noop!(
            Consortium::suspend(signed(OUTSIDER), target),
            Error::<Test>::NotAuthorized
        );
    });
}

#[test]
fn outsider_should_pay_for_its_calls() {
    run(|| {
        let calls = [
            Call::sponsor {
                contributor: account(9),
                consent: next_consent(0, 9),
            },
            Call::unsponsor {
                contributor: account(CONTRIBUTOR),
            },
            Call::update_endpoint { endpoint: endpoint(9) },
        ];
        for call in calls {
            assert!(!call.is_feeless(&signed(OUTSIDER)), "{call:?}");
        }
    });
}

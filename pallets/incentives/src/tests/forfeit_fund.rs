use crate::{mock::*, Error, Event, Funds};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Escrow;

#[test]
fn fund_should_go_to_the_treasury_when_its_owner_has_left() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
        assert_ok!(Incentives::lock(model(1), round(0), 200));
        remove(1);
        assert_ok!(Incentives::forfeit_fund(signed(OUTSIDER), model(1)));
        System::assert_last_event(
            Event::Forfeited {
                fund: model(1),
                purpose: model(1),
                amount: 300,
            }
            .into(),
        );
        assert_eq!((free(TREASURY), Incentives::escrowed(round(0))), (300, 200));
        assert!(!Funds::<Test>::contains_key(model(1)));
        assert_noop!(
            Incentives::forfeit_fund(signed(OUTSIDER), model(1)),
            Error::<Test>::FundTooSmall
        );
    });
}

#[test]
fn fund_of_an_admitted_owner_should_stay_suspended_or_not() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
        let forfeit = |model| Incentives::forfeit_fund(signed(OUTSIDER), model);
        assert_noop!(forfeit(model(1)), Error::<Test>::OwnerIsAdmitted);
        Suspended::set(vec![1]);
        assert_noop!(forfeit(model(1)), Error::<Test>::OwnerIsAdmitted);
        assert_noop!(forfeit(model(MODELS)), Error::<Test>::PurposeNotFound);
        assert_noop!(forfeit(round(0)), Error::<Test>::PurposeNotFound);
        assert_eq!(Incentives::fund_of(model(1)), 500);
    });
}

#[test]
fn fund_whose_owner_has_left_should_take_nothing_more() {
    run(|| {
        remove(1);
        assert_noop!(Incentives::fund(signed(3), model(1), 500), Error::<Test>::OwnerHasLeft);
        assert_eq!(free(3), RICH);
    });
}

#[test]
fn suspended_owner_should_still_be_given_to() {
    run(|| {
        Suspended::set(vec![1]);
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
    });
}

#[test]
fn escrow_should_come_back_to_the_treasury_when_the_owner_has_left() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
        assert_ok!(Incentives::lock(model(1), round(0), 500));
        remove(1);
        Incentives::give_back(round(0), 100);
        let forfeited = |amount| Event::Forfeited {
            fund: model(1),
            purpose: round(0),
            amount,
        };
        System::assert_last_event(forfeited(100).into());
        Incentives::refund(round(0));
        System::assert_last_event(forfeited(400).into());
        assert_eq!((free(TREASURY), Incentives::fund_of(model(1))), (500, 0));
    });
}

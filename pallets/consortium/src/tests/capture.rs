//! A part of the consortium against the rest, and a consortium that could lose its say.

use crate::{
    mock::*,
    types::{Change, Seats, Target},
    Error,
};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{traits::Consortium as _, OrganisationId};
use sp_runtime::DispatchError::BadOrigin;

/// A motion for which these organisations vote, as far as they have a seat.
fn motion(organisations: &[u8]) -> RuntimeOrigin {
    let seats = Council::get();
    let ayes = organisations
        .iter()
        .filter(|id| {
            Consortium::organisation_account(OrganisationId::from(**id)).is_some_and(|who| seats.contains(&who))
        })
        .count();
    council(ayes as u8)
}

#[test]
fn three_of_five_should_not_take_the_consortium() {
    run_with(genesis_of(5), || {
        let three = || motion(&[0, 1, 2]);
        assert_ok!(Consortium::suspend(three(), Target::Organisation(3)));
        assert_ok!(Consortium::suspend(three(), Target::Organisation(4)));
        assert_eq!(Council::get(), accounts(&[100, 101, 102]));

        // All members that are left agree, and they are still three of five.
        let takeover = [
            admit(9),
            remove(3),
            registration(40, 0),
            removal(4),
            quota(0, 1_024),
            Change::SetAccount {
                organisation: 3,
                account: account(9),
            },
            Change::SetTechnicalSeats {
                seats: Seats::truncate_from(vec![0, 1, 2]),
            },
            Change::Suspend {
                target: Target::Organisation(3),
            },
            Change::AllowFastSuspension {
                target: Target::Organisation(3),
            },
        ];
        for change in takeover {
            assert_noop!(Consortium::propose_change(three(), change), BadOrigin);
        }

        // The two come back by themselves, and cannot be shut out a second time; nor by lifting early.
        wait(FAST);
        assert_eq!(Council::get(), accounts(&[100, 101, 102, 103, 104]));
        for id in [3, 4] {
            let again = Consortium::suspend(three(), Target::Organisation(id));
            assert_noop!(again, Error::<Test>::FastSuspensionUsed);
        }
        let validator = Target::Validator(account(4));
        assert_ok!(Consortium::suspend(three(), validator.clone()));
        assert_ok!(Consortium::reinstate(three(), validator.clone()));
        assert_noop!(
            Consortium::suspend(three(), validator),
            Error::<Test>::FastSuspensionUsed
        );
    });
}

#[test]
fn nine_organisations_should_go_on_with_three_suspended_and_one_key_lost() {
    run_with(genesis_of(9), || {
        for id in [6, 7, 8] {
            assert_ok!(Consortium::suspend(
                motion(&[0, 1, 2, 3, 4, 5]),
                Target::Organisation(id)
            ));
        }
        // Organisation 5 has lost its key: five of nine are a majority, but not two thirds.
        assert_noop!(
            Consortium::propose_change(motion(&[0, 1, 2, 3, 4]), admit(90)),
            BadOrigin
        );
        assert_ok!(Consortium::recover_account(signed(155), 5, account(95)));
        assert_ok!(accept(95, 5));
        assert_eq!(Council::get(), accounts(&[100, 101, 102, 103, 104, 95]));
        assert_ok!(Consortium::propose_change(motion(&[0, 1, 2, 3, 4, 5]), admit(90)));
        // And without any vote, all are back when the suspensions have ended.
        wait(FAST);
        assert_eq!(Council::get().len(), 10);
    });
}

#[test]
fn majority_should_lift_long_suspensions_when_two_thirds_cannot_meet() {
    run_with(genesis_of(9), || {
        for id in [6, 7, 8] {
            let target = Target::Organisation(id);
            assert_ok!(Consortium::propose_change(council(6), Change::Suspend { target }));
        }
        // One in each block.
        wait(DELAY + 2);
        assert_eq!(Council::get().len(), 6);
        let five = || motion(&[0, 1, 2, 3, 4]);
        assert_noop!(Consortium::propose_change(five(), admit(90)), BadOrigin);
        assert_ok!(Consortium::reinstate(five(), Target::Organisation(6)));
        let six = motion(&[0, 1, 2, 3, 4, 6]);
        assert_ok!(Consortium::propose_change(six, admit(90)));
    });
}

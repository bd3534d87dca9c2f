//! The seats in council and technical committee follow the organisations.

use crate::{
    mock::*,
    types::{Change, Seats, Target},
    Error, Event, TechnicalSeats,
};
use frame_support::{assert_noop, assert_ok};

fn seats(ids: &[u32]) -> Seats {
    Seats::truncate_from(ids.to_vec())
}

fn set_seats(ids: &[u32]) -> Change {
    Change::SetTechnicalSeats { seats: seats(ids) }
}

#[test]
fn two_thirds_should_give_the_technical_seats() {
    run_with(genesis_of(4), || {
        assert_eq!(Technical::get(), accounts(&[101]));
        assert_ok!(enact(set_seats(&[0, 2, 3])));
        assert_eq!(Technical::get(), accounts(&[100, 102, 103]));
        System::assert_has_event(
            Event::TechnicalSeatsSet {
                seats: seats(&[0, 2, 3]),
            }
            .into(),
        );
    });
}

#[test]
fn removed_organisation_should_leave_no_seat_behind() {
    run_with(genesis_of(4), || {
        assert_ok!(enact(remove(1)));
        assert_eq!(Council::get(), accounts(&[100, 102, 103]));
        assert_eq!(Technical::get(), []);
        assert_eq!(TechnicalSeats::<Test>::get(), seats(&[]));
        System::assert_has_event(Event::TechnicalSeatsSet { seats: seats(&[]) }.into());
    });
}

#[test]
fn suspended_organisation_should_lose_its_seats_for_that_time() {
    run_with(genesis_of(4), || {
        assert_ok!(Consortium::suspend(root(), Target::Organisation(1)));
        assert_eq!(Technical::get(), []);
        wait(FAST);
        assert_eq!(Technical::get(), accounts(&[101]));
    });
}

#[test]
fn technical_seat_should_follow_the_account() {
    run_with(genesis_of(4), || {
        assert_ok!(Consortium::recover_account(signed(151), 1, account(9)));
        assert_ok!(accept(9, 1));
        assert_eq!(Technical::get(), accounts(&[9]));
    });
}

#[test]
fn technical_seats_should_be_ascending_and_of_organisations() {
    run_with(genesis_of(4), || {
        for ids in [&[1, 0][..], &[1, 1]] {
            assert_noop!(propose(set_seats(ids)), Error::<Test>::SeatsNotAscending);
        }
        assert_noop!(propose(set_seats(&[0, 9])), Error::<Test>::OrganisationNotFound);
    });
}

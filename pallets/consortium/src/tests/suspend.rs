use crate::{
    mock::*,
    standing::Suspension,
    types::{Authority, Change, Target, MAX_ENDINGS},
    Endings, Error, Event, Organisations,
};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;

fn contributor() -> Target {
    Target::Contributor(account(CONTRIBUTOR))
}

fn validator(number: u8) -> Target {
    Target::Validator(account(number))
}

fn each() -> [Target; 3] {
    [Target::Organisation(1), validator(1), contributor()]
}

fn long(target: Target) -> Change {
    Change::Suspend { target }
}

#[test]
fn suspended_validator_should_be_out_until_reinstated() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), validator(1)));
        System::assert_last_event(
            Event::Suspended {
                target: validator(1),
                by: Authority::Consortium,
                until: Some(1 + FAST),
            }
            .into(),
        );
        assert!(!Consortium::is_active(&account(1)));
        rotate(2);
        assert_eq!(Session::validators(), accounts(&[2, 3]));
        assert_ok!(Consortium::reinstate(root(), validator(1)));
        System::assert_last_event(
            Event::Reinstated {
                target: validator(1),
                by: Authority::Consortium,
            }
            .into(),
        );
        assert!(Consortium::is_active(&account(1)));
        rotate(2);
        assert_eq!(Session::validators(), accounts(&[1, 2, 3]));
    });
}

#[test]
fn suspended_organisation_should_lose_seat_and_validators_until_reinstated() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Organisation(1)));
        assert_eq!(Council::get(), accounts(&[ORGANISATION_0]));
        rotate(2);
        assert_eq!(Session::validators(), accounts(&[1, 2]));
        assert_ok!(Consortium::reinstate(root(), Target::Organisation(1)));
        assert_eq!(Council::get(), accounts(&[ORGANISATION_0, ORGANISATION_1]));
        rotate(2);
        assert_eq!(Session::validators(), accounts(&[1, 2, 3]));
    });
}

#[test]
fn fast_suspension_should_end_by_itself_and_not_be_repeated() {
    run(|| {
        for target in each() {
            assert_ok!(Consortium::suspend(root(), target));
        }
        wait(FAST - 1);
        assert_eq!(Council::get(), accounts(&[ORGANISATION_0]));
        assert!(!Consortium::is_active(&account(1)));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), None);
        wait(1);
        assert_eq!(Council::get(), accounts(&[ORGANISATION_0, ORGANISATION_1]));
        assert!(Consortium::is_active(&account(1)));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), Some(0));
        for target in each() {
            System::assert_has_event(Event::SuspensionEnded { target: target.clone() }.into());
            assert_noop!(Consortium::suspend(root(), target), Error::<Test>::FastSuspensionUsed);
        }
        assert_eq!(Endings::<Test>::iter().count(), 0);
    });
}

#[test]
fn lifting_should_not_give_the_majority_another_time() {
    run(|| {
        for target in each() {
            assert_ok!(Consortium::suspend(root(), target.clone()));
            assert_ok!(Consortium::reinstate(root(), target.clone()));
            assert_noop!(Consortium::suspend(root(), target), Error::<Test>::FastSuspensionUsed);
        }
    });
}

#[test]
fn two_thirds_should_allow_the_majority_another_time() {
    run(|| {
        for target in each() {
            let allow = || Change::AllowFastSuspension { target: target.clone() };
            assert_noop!(propose(allow()), Error::<Test>::FastSuspensionAllowed);
            assert_ok!(Consortium::suspend(root(), target.clone()));
            assert_ok!(Consortium::reinstate(root(), target.clone()));
            assert_ok!(enact(allow()));
            System::assert_has_event(Event::FastSuspensionAllowed { target: target.clone() }.into());
            assert_ok!(Consortium::suspend(root(), target.clone()));
            assert_ok!(Consortium::reinstate(root(), target));
        }
    });
}

#[test]
fn long_suspension_should_follow_a_fast_one_without_a_gap_and_last_until_lifted() {
    run(|| {
        for target in each() {
            assert_ok!(Consortium::suspend(root(), target.clone()));
            assert_ok!(enact(long(target.clone())));
            System::assert_has_event(
                Event::Suspended {
                    target: target.clone(),
                    by: Authority::Consortium,
                    until: None,
                }
                .into(),
            );
            assert_noop!(propose(long(target)), Error::<Test>::AlreadySuspended);
        }
        wait(2 * FAST);
        assert_eq!(
            Organisations::<Test>::get(1).unwrap().standing.suspension,
            Some(Suspension::Long)
        );
        assert!(!Consortium::is_active(&account(1)));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), None);
        for target in each() {
            assert_ok!(Consortium::reinstate(root(), target));
        }
        assert_eq!(Council::get().len(), 2);
        assert!(Consortium::is_active(&account(1)));
    });
}

#[test]
fn fast_suspensions_that_end_together_should_be_bounded() {
    run_with(genesis_of(18), || {
        for id in 0..MAX_ENDINGS {
            assert_ok!(Consortium::suspend(root(), Target::Organisation(id)));
        }
        assert_noop!(
            Consortium::suspend(root(), Target::Organisation(16)),
            Error::<Test>::TooManySuspensions
        );
        wait(1);
        assert_ok!(Consortium::suspend(root(), Target::Organisation(16)));
        wait(FAST);
        assert_eq!(Council::get().len(), 18);
    });
}

#[test]
fn organisation_should_suspend_and_reinstate_its_own_contributors_only() {
    run(|| {
        assert_ok!(Consortium::suspend(signed(ORGANISATION_0), contributor()));
        System::assert_last_event(
            Event::Suspended {
                target: contributor(),
                by: Authority::Organisation,
                until: None,
            }
            .into(),
        );
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), None);
        assert_noop!(
            Consortium::reinstate(signed(ORGANISATION_1), contributor()),
            Error::<Test>::NotAuthorized
        );
        assert_ok!(Consortium::reinstate(signed(ORGANISATION_0), contributor()));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), Some(0));
        assert_noop!(
            Consortium::suspend(signed(ORGANISATION_1), contributor()),
            Error::<Test>::NotAuthorized
        );
        assert_noop!(
            Consortium::suspend(signed(ORGANISATION_0), validator(3)),
            Error::<Test>::NotAuthorized
        );
    });
}

#[test]
fn consortium_and_organisation_should_each_lift_what_they_imposed() {
    run(|| {
        assert_ok!(Consortium::suspend(signed(ORGANISATION_0), contributor()));
        assert_ok!(Consortium::suspend(root(), contributor()));
        assert_ok!(Consortium::reinstate(signed(ORGANISATION_0), contributor()));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), None);
        assert_noop!(
            Consortium::reinstate(signed(ORGANISATION_0), contributor()),
            Error::<Test>::NotSuspended
        );
        assert_ok!(Consortium::suspend(signed(ORGANISATION_0), contributor()));
        assert_ok!(Consortium::reinstate(root(), contributor()));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), None);
        assert_ok!(Consortium::reinstate(signed(ORGANISATION_0), contributor()));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), Some(0));
    });
}

#[test]
fn nobody_should_be_suspended_twice_or_reinstated_without_need() {
    run(|| {
        for target in each() {
            assert_noop!(
                Consortium::reinstate(root(), target.clone()),
                Error::<Test>::NotSuspended
            );
            assert_ok!(Consortium::suspend(root(), target.clone()));
            assert_noop!(Consortium::suspend(root(), target), Error::<Test>::AlreadySuspended);
        }
        assert_ok!(Consortium::suspend(signed(ORGANISATION_0), contributor()));
        let again = Consortium::suspend(signed(ORGANISATION_0), contributor());
        assert_noop!(again, Error::<Test>::AlreadySuspended);
    });
}

#[test]
fn suspension_should_leave_a_validator_and_a_seat() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Organisation(1)));
        assert_noop!(
            Consortium::suspend(root(), Target::Organisation(0)),
            Error::<Test>::LastOrganisation
        );
        assert_ok!(Consortium::suspend(root(), validator(1)));
        assert_noop!(Consortium::suspend(root(), validator(2)), Error::<Test>::LastValidator);
        assert_noop!(propose(long(validator(2))), Error::<Test>::LastValidator);
    });
}

#[test]
fn unknown_targets_should_not_be_suspended() {
    run(|| {
        assert_noop!(
            Consortium::suspend(root(), Target::Organisation(9)),
            Error::<Test>::OrganisationNotFound
        );
        assert_noop!(
            Consortium::suspend(root(), validator(9)),
            Error::<Test>::ValidatorNotFound
        );
        let contributor = Target::Contributor(account(9));
        assert_noop!(
            Consortium::suspend(root(), contributor),
            Error::<Test>::ContributorNotFound
        );
    });
}

#[test]
fn only_what_the_consortium_does_should_bar_a_contributor() {
    run(|| {
        let barred = || Consortium::is_barred(&account(CONTRIBUTOR), 0);
        assert_ok!(Consortium::suspend(signed(ORGANISATION_0), contributor()));
        assert!(!barred(), "its own organisation keeps it from acting");
        assert_ok!(Consortium::suspend(root(), contributor()));
        assert!(barred());
        assert_ok!(Consortium::reinstate(root(), contributor()));
        assert!(!barred());
        assert_ok!(Consortium::suspend(root(), Target::Organisation(0)));
        assert!(barred());
        assert!(
            Consortium::is_barred(&account(CONTRIBUTOR), 77),
            "of no organisation any more"
        );
    });
}

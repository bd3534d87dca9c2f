//! Random histories: whatever is called in whatever order, the state stays sound after each step.

use crate::{
    mock::*,
    types::{Change, Seats, Target},
    PendingChanges,
};
use frame_support::assert_ok;
use proptest::prelude::*;
use quorate_primitives::{traits::Consortium as _, MAX_ORGANISATIONS};

/// A kind of step, and three numbers for what it is about.
type Step = (u8, u8, u8, u8);

fn target(kind: u8, number: u8) -> Target {
    match kind % 3 {
        0 => Target::Organisation((number % 8).into()),
        1 => Target::Validator(account(1 + number % 8)),
        _ => Target::Contributor(account(50 + number % 4)),
    }
}

fn change((kind, a, b, c): Step) -> Change {
    let organisation = u32::from(a % 8);
    match kind % 9 {
        0 => admit(100 + a % 10),
        1 => remove(organisation),
        2 => Change::Suspend { target: target(b, c) },
        3 => Change::AllowFastSuspension { target: target(b, c) },
        4 => Change::SetAccount {
            organisation,
            account: account(100 + b % 10),
        },
        5 => registration(1 + a % 8, (b % 8).into()),
        6 => removal(1 + a % 8),
        7 => {
            let ids = (0..MAX_ORGANISATIONS.min(8)).filter(|id| (b >> id) & 1 == 1);
            Change::SetTechnicalSeats {
                seats: Seats::truncate_from(ids.collect()),
            }
        }
        _ => quota(organisation, (b % 4).into()),
    }
}

/// Most steps may be refused; none may do half of what it should.
fn take(step: Step) {
    let (kind, a, b, c) = step;
    let speaker = 100 + a % 10;
    let _ = match kind % 16 {
        0..=3 => Consortium::propose_change(council(a % 8), change((b, c, a, kind))),
        4 => Consortium::cancel_change(
            council(a % 8),
            PendingChanges::<Test>::iter_keys().next().unwrap_or_default(),
        ),
        5 | 6 => Consortium::suspend(council(a % 8), target(b, c)),
        7 => Consortium::reinstate(council(a % 8), target(b, c)),
        8 => Consortium::suspend(signed(speaker), target(2, c)),
        9 => Consortium::reinstate(signed(speaker), target(2, c)),
        10 => sponsor(speaker, 50 + b % 4),
        11 => Consortium::unsponsor(
            signed(if b % 2 == 0 { speaker } else { 50 + c % 4 }),
            account(50 + c % 4),
        ),
        12 => Consortium::update_endpoint(signed(1 + a % 8), endpoint(1 + b % 12)),
        13 => match c % 2 {
            0 => Consortium::rotate_account(signed(speaker), account(100 + b % 10)),
            _ => accept(speaker, (b % 8).into()),
        },
        14 => match b % 2 {
            0 => Consortium::set_recovery_account(signed(speaker), account(150 + c % 8)),
            _ => Consortium::recover_account(signed(150 + c % 8), (c % 8).into(), account(100 + a % 10)),
        },
        _ => match b % 2 {
            0 => set_keys(1 + a % 8),
            _ => Consortium::forget_consent(signed(OUTSIDER), account(50 + c % 4)),
        },
    };
    match kind % 3 {
        0 => rotate(1),
        1 => wait(1),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn state_should_stay_sound_in_any_history(steps in prop::collection::vec(any::<Step>(), 1..120)) {
        run_with(genesis_of(5), || {
            for step in &steps {
                take(*step);
                assert_ok!(Consortium::do_try_state());
                assert!(!Session::validators().is_empty(), "nobody validates");
                assert!(!Council::get().is_empty(), "nobody sits in the council");
            }
            // Whatever was pending or suspended fast comes to its end.
            wait(FAST.max(DELAY));
            assert_eq!(PendingChanges::<Test>::count(), 0);
            assert_eq!(crate::Endings::<Test>::iter().count(), 0);
            assert!(Consortium::admitted() > 0);
        });
    }
}

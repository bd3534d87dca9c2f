use crate::{mock::*, Entries, Event};
use frame_support::assert_ok;
use quorate_primitives::traits::Capabilities as _;

fn silent() {
    Capabilities::silent(&account(1));
}

/// Seven validators, of which five are a quorum: one may be barred.
fn seven(test: impl FnOnce()) {
    with_validators(7, || {
        (0..7).for_each(|validator| declare(validator, 100).unwrap());
        test();
    });
}

#[test]
fn second_silence_within_an_era_should_bar_for_an_era() {
    seven(|| {
        silent();
        assert_eq!(capable(100), [0, 1, 2, 3, 4, 5, 6]);
        System::set_block_number(START + ERA - 1);
        silent();
        let until = START + 2 * ERA - 1;
        System::assert_last_event(
            Event::Barred {
                validator: account(1),
                until,
            }
            .into(),
        );
        assert_eq!(capable(0), [0, 2, 3, 4, 5, 6]);
        System::set_block_number(until - 1);
        assert_eq!(capable(0), [0, 2, 3, 4, 5, 6]);
        System::set_block_number(until);
        assert_eq!(capable(100), [0, 1, 2, 3, 4, 5, 6]);
    });
}

#[test]
fn silences_an_era_apart_should_not_bar() {
    seven(|| {
        silent();
        System::set_block_number(START + ERA);
        silent();
        assert_eq!(capable(100), [0, 1, 2, 3, 4, 5, 6]);
        // But the later one counts with the next.
        System::set_block_number(START + ERA + INTERVAL);
        silent();
        assert_eq!(capable(100), [0, 2, 3, 4, 5, 6]);
    });
}

#[test]
fn bar_should_outlast_what_is_declared_meanwhile_and_not_grow() {
    seven(|| {
        silent();
        System::set_block_number(START + INTERVAL);
        silent();
        let until = entry(1).barred_until;
        assert!(until.is_some());
        System::set_block_number(START + 2 * INTERVAL);
        // Of jobs that began before.
        silent();
        silent();
        assert_ok!(declare(1, 50));
        assert_eq!((entry(1).barred_until, entry(1).silent_at), (until, None));
        assert_eq!(capable(0), [0, 2, 3, 4, 5, 6]);
    });
}

#[test]
fn one_outage_should_be_one_silence_however_many_jobs_it_touches() {
    seven(|| {
        (0..8).for_each(|_| silent());
        System::set_block_number(START + INTERVAL - 1);
        silent();
        assert_eq!((entry(1).silent_at, entry(1).barred_until), (Some(START), None));
    });
}

/// Else whoever is left could stop all answers by saying nothing, and would not be judged for it.
#[test]
fn nobody_should_be_barred_where_the_rest_would_be_no_more_than_a_quorum() {
    let twice = |validator: u32| {
        Capabilities::silent(&account(validator));
        System::set_block_number(now() + INTERVAL);
        Capabilities::silent(&account(validator));
    };
    with_validators(4, || {
        (0..4).for_each(|validator| declare(validator, 100).unwrap());
        twice(1);
        assert_eq!(capable(0), [0, 1, 2, 3]);
    });
    seven(|| {
        twice(1);
        twice(2);
        assert_eq!(capable(0), [0, 2, 3, 4, 5, 6]);
    });
}

#[test]
fn validator_that_declared_nothing_should_have_no_silences() {
    with_validators(4, || {
        silent();
        silent();
        assert_eq!(Entries::<Test>::iter().count(), 0);
        assert_ok!(declare(1, 100));
        assert_eq!(capable(100), [1]);
    });
}

use crate::{mock::*, Entries, Event};
use frame_support::assert_ok;
use quorate_primitives::traits::Capabilities as _;

fn silent() {
    Capabilities::silent(&account(1));
}

#[test]
fn second_silence_within_an_era_should_bar_for_an_era() {
    with_validators(4, || {
        assert_ok!(declare(1, 100));
        silent();
        assert_eq!(capable(100), [1]);
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
        assert!(capable(0).is_empty());
        System::set_block_number(until - 1);
        assert!(capable(0).is_empty());
        System::set_block_number(until);
        assert_eq!(capable(100), [1]);
    });
}

#[test]
fn silences_an_era_apart_should_not_bar() {
    with_validators(4, || {
        assert_ok!(declare(1, 100));
        silent();
        System::set_block_number(START + ERA);
        silent();
        assert_eq!(capable(100), [1]);
        // But the later one counts with the next.
        System::set_block_number(START + ERA + 1);
        silent();
        assert!(capable(100).is_empty());
    });
}

#[test]
fn bar_should_outlast_what_is_declared_meanwhile_and_not_grow() {
    with_validators(4, || {
        assert_ok!(declare(1, 100));
        silent();
        silent();
        let until = entry(1).barred_until;
        System::set_block_number(START + INTERVAL);
        // Of jobs that began before.
        silent();
        silent();
        assert_ok!(declare(1, 50));
        assert_eq!((entry(1).barred_until, entry(1).silent_at), (until, None));
        assert!(capable(0).is_empty());
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

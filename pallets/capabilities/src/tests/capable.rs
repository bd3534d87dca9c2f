use crate::{mock::*, Entries, Event};
use frame_support::assert_ok;
use quorate_primitives::{
    capability::{Capability, Need},
    job::infer::EXACT_VERSION,
    traits::{Capabilities as _, DepartureSink as _},
};

#[test]
fn slow_machines_and_those_of_another_arithmetic_should_not_be_asked() {
    with_validators(3, || {
        let slow = Capability {
            speed: SPEED - 1,
            ..capability(100)
        };
        let other = Capability {
            exact_version: EXACT_VERSION + 1,
            ..capability(100)
        };
        assert_ok!(send(0, declaration(0, slow)));
        assert_ok!(send(1, declaration(1, other)));
        assert_ok!(declare(2, 100));
        assert_eq!(capable(1), [2]);
        let next = Need {
            memory: 1,
            exact_version: EXACT_VERSION + 1,
        };
        assert_eq!(Capabilities::capable(next), [(account(1), 100)]);
    });
}

#[test]
fn validators_that_are_suspended_should_not_be_asked_until_they_are_back() {
    with_validators(3, || {
        (0..3).for_each(|validator| declare(validator, 100).expect("it may"));
        Inactive::set(vec![account(1)]);
        assert_eq!(capable(100), [0, 2]);
        Inactive::set(vec![]);
        assert_eq!(capable(100), [0, 1, 2]);
    });
}

#[test]
fn nothing_should_be_kept_of_a_validator_that_has_left() {
    with_validators(3, || {
        assert_ok!(declare(1, 100));
        Capabilities::validator_left(&account(1));
        System::assert_last_event(Event::Forgotten { validator: account(1) }.into());
        Members::set(vec![member(0)]);
        Capabilities::silent(&account(1));
        Capabilities::validator_left(&account(1));
        assert_eq!(Entries::<Test>::iter().count(), 0);
    });
}

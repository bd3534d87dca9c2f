use crate::{
    mock::*,
    types::{Parameters, MIN_RATE, MIN_TARGET},
    Error, Event,
};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::PPM;
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn new_parameters_should_apply_to_the_next_score() {
    run(|| {
        let parameters = Parameters {
            median_target: PPM,
            score_rate: PPM,
            ..Parameters::DEFAULT
        };
        assert_ok!(Reputation::set_parameters(RuntimeOrigin::root(), parameters));
        System::assert_last_event(Event::ParametersSet { parameters }.into());
        score(1, 0, 100_000, 200_000);
        assert_eq!(reputation(1), 500_000);
        score(1, 0, 50_000, 200_000);
        assert_eq!(reputation(1), 250_000);
    });
}

#[test]
fn parameter_above_one_should_be_refused() {
    run(|| {
        let parameters = Parameters {
            silent_rate: PPM + 1,
            ..Parameters::DEFAULT
        };
        let call = Reputation::set_parameters(RuntimeOrigin::root(), parameters);
        assert_noop!(call, Error::<Test>::OutOfRange);
    });
}

#[test]
fn parameter_without_a_consequence_should_be_refused() {
    run(|| {
        let with = |change: fn(&mut Parameters)| {
            let mut parameters = Parameters::DEFAULT;
            change(&mut parameters);
            parameters
        };
        for parameters in [
            with(|p| p.median_target = 0),
            with(|p| p.median_target = MIN_TARGET - 1),
            with(|p| p.score_rate = 0),
            with(|p| p.invalid_rate = 0),
            with(|p| p.withheld_rate = 0),
            with(|p| p.agreed_rate = MIN_RATE - 1),
            with(|p| p.wrong_rate = 0),
            with(|p| p.silent_rate = 0),
        ] {
            let call = Reputation::set_parameters(RuntimeOrigin::root(), parameters);
            assert_noop!(call, Error::<Test>::OutOfRange);
        }
    });
}

#[test]
fn parameters_should_be_refused_from_others_than_governance() {
    run(|| {
        let call = Reputation::set_parameters(RuntimeOrigin::signed(account(1)), Parameters::DEFAULT);
        assert_noop!(call, BadOrigin);
    });
}

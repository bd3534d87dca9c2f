use crate::{mock::*, types::Parameters, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::PPM;
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn new_parameters_apply_to_the_next_score() {
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
fn a_parameter_above_one_is_refused() {
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
fn only_governance_sets_parameters() {
    run(|| {
        let call = Reputation::set_parameters(RuntimeOrigin::signed(account(1)), Parameters::DEFAULT);
        assert_noop!(call, BadOrigin);
    });
}

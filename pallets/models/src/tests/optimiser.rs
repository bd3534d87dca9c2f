//! Which optimiser state a round's base comes with.

use crate::mock::*;
use frame_support::assert_ok;
use quorate_exact::{Pipeline, Rule, ServerOptimiser};
use quorate_primitives::{policy::Policy, traits::Models as _, ModelId, Root};

fn momentum(beta: u32) -> ServerOptimiser {
    ServerOptimiser::Momentum { eta: 1_000_000, beta }
}

fn adam(bias_correction: bool) -> ServerOptimiser {
    ServerOptimiser::Adam {
        eta: 10_000,
        beta1: 900_000,
        beta2: 990_000,
        tau: 1_000_000,
        bias_correction,
    }
}

fn with(server: ServerOptimiser) -> Policy {
    Policy {
        pipeline: Pipeline {
            server,
            ..Rule::Median.into()
        },
        min_updates: 3,
        ..policy()
    }
}

fn set(id: ModelId, server: ServerOptimiser) {
    assert_ok!(Models::set_policy(signed(OWNER), id, with(server)));
}

/// A version of a round under `server`, with a state of its own.
fn record_with(id: ModelId, server: ServerOptimiser, state: Option<Root>) {
    let latest = crate::Models::<Test>::get(id).unwrap().latest.unwrap();
    let mut origin = origin(latest, root(10));
    origin.outcome.optimiser = state;
    assert_ok!(Models::record(id, origin, &with(server)));
}

fn state_of_base(id: ModelId) -> Option<Root> {
    Models::round_base(id).unwrap().optimiser
}

#[test]
fn round_should_go_on_from_the_state_of_its_base() {
    run(|| {
        let id = active_model();
        set(id, momentum(900_000));
        assert_eq!(state_of_base(id), None, "version 0 has no state");
        record_with(id, momentum(900_000), Some(root(90)));
        assert_eq!(state_of_base(id), Some(root(90)));
        record_with(id, momentum(900_000), Some(root(91)));
        assert_eq!(state_of_base(id), Some(root(91)));
        // Rates and decays may change.
        set(id, momentum(500_000));
        assert_eq!(state_of_base(id), Some(root(91)));
    });
}

#[test]
fn another_kind_of_optimiser_should_start_anew() {
    run(|| {
        let id = active_model();
        set(id, momentum(900_000));
        record_with(id, momentum(900_000), Some(root(90)));
        for other in [ServerOptimiser::Plain, adam(false), adam(true)] {
            set(id, other);
            assert_eq!(state_of_base(id), None, "{other:?}");
        }
        // With bias correction the state holds the powers as well.
        set(id, adam(false));
        record_with(id, adam(false), Some(root(91)));
        set(id, adam(true));
        assert_eq!(state_of_base(id), None);
        set(id, adam(false));
        assert_eq!(state_of_base(id), Some(root(91)));
        // A plain round in between ends the state.
        set(id, ServerOptimiser::Plain);
        record_with(id, ServerOptimiser::Plain, None);
        set(id, adam(false));
        assert_eq!(state_of_base(id), None);
    });
}

#[test]
fn revoked_version_should_take_its_state_with_it() {
    run(|| {
        let id = active_model();
        set(id, momentum(0));
        record_with(id, momentum(0), Some(root(90)));
        record_with(id, momentum(0), Some(root(91)));
        assert_ok!(Models::revoke(RuntimeOrigin::root(), id, 2));
        assert_eq!(state_of_base(id), Some(root(90)));
    });
}

#[test]
fn gateways_should_show_the_state_beside_its_version() {
    run(|| {
        let id = active_model();
        set(id, momentum(0));
        record_with(id, momentum(0), Some(root(90)));
        let states: Vec<_> = Models::gateway_versions(id).iter().map(|blob| blob.optimiser).collect();
        assert_eq!(states, [None, Some(root(90))]);
    });
}

use crate::{mock::*, types::Stage, ActiveRounds, Call, Error, Event, OpenRound};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::traits::Escrow;
use sp_runtime::DispatchError;

#[test]
fn the_owner_opens_a_round_and_the_reward_moves_into_its_escrow() {
    run(|| {
        assert_ok!(Rounds::open_round(signed(1), MODEL));
        assert_eq!(World::escrowed(0), policy().reward);
        let opened = round(0);
        assert_eq!(opened.stage, Stage::Collecting { until: 11 });
        assert_eq!(
            (opened.model, opened.base, opened.base_root, opened.previous_root),
            (MODEL, 0, root(0), None)
        );
        assert_eq!(OpenRound::<Test>::get(MODEL), Some(0));
        let hash = policy().hash();
        let expected = Event::RoundOpened {
            round: 0,
            model: MODEL,
            base: 0,
            policy_hash: hash,
            until: 11,
        };
        assert_eq!(last_event(), expected);
    });
}

#[test]
fn a_round_keeps_the_policy_that_was_in_force_when_it_was_opened() {
    run(|| {
        let id = open_round();
        change(|world| world.set_policy(|policy| policy.bond = 1));
        assert_eq!(round(id).policy, policy());
    });
}

#[test]
fn a_model_has_one_open_round_at_a_time() {
    run(|| {
        open_round();
        assert_noop!(Rounds::open_round(signed(1), MODEL), Error::<Test>::RoundAlreadyOpen);
    });
}

#[test]
fn only_the_owner_in_good_standing_opens_a_round_on_a_model_that_is_ready() {
    run(|| {
        assert_noop!(Rounds::open_round(signed(2), MODEL), Error::<Test>::NotOwner);
        assert_noop!(Rounds::open_round(signed(1), 9), Error::<Test>::ModelNotFound);
        change(|world| world.suspended.insert(1));
        assert_noop!(Rounds::open_round(signed(1), MODEL), Error::<Test>::NotAnOrganisation);
        change(|world| {
            world.suspended.clear();
            world.models.get_mut(&MODEL).unwrap().frozen = true;
        });
        assert_noop!(Rounds::open_round(signed(1), MODEL), Error::<Test>::ModelNotReady);
    });
}

#[test]
fn a_fund_that_is_too_small_opens_nothing() {
    run(|| {
        change(|world| {
            world.treasury += world.funds.insert(MODEL, 0).unwrap();
        });
        assert_noop!(
            Rounds::open_round(signed(1), MODEL),
            DispatchError::Other("fund too small")
        );
        assert!(ActiveRounds::<Test>::get().is_empty());
    });
}

#[test]
fn rounds_that_run_at_once_are_bounded() {
    run(|| {
        for model in 1..5 {
            change(|world| {
                let entry = world.models[&MODEL].clone();
                world.models.insert(model, entry);
                *world.funds.get_mut(&MODEL).unwrap() -= policy().reward;
                world.funds.insert(model, policy().reward);
            });
        }
        for model in 0..4 {
            assert_ok!(Rounds::open_round(signed(1), model));
        }
        assert_noop!(Rounds::open_round(signed(1), 4), Error::<Test>::MaxActiveRoundsExceeded);
    });
}

#[test]
fn opening_a_round_is_free_while_it_would_succeed() {
    run(|| {
        let call = RuntimeCall::Rounds(Call::open_round { model: MODEL });
        assert!(call.is_feeless(&signed(1)));
        assert!(!call.is_feeless(&signed(2)));
        assert!(!call.is_feeless(&RuntimeOrigin::none()));
        open_round();
        assert!(!call.is_feeless(&signed(1)));
    });
}

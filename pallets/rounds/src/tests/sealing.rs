use crate::{
    mock::*,
    types::{RefundReason, Stage},
    Event, PositionOf, SealedOrders,
};
use frame_support::assert_ok;
use quorate_exact::Rule;
use quorate_primitives::{merkle, policy::Policy, traits::Escrow, Hash, EXACT_VERSION};

#[test]
fn the_job_is_made_from_the_round_its_base_and_its_ordered_inputs() {
    run(|| {
        let id = seal(&[1_000, 2_000, 3_000]);
        let (job, spec) = world().last_job();
        assert_eq!(
            (spec.round, spec.model, spec.base, spec.attempt, spec.inputs),
            (id, MODEL, 0, 0, 3)
        );
        assert_eq!((spec.exact_version, spec.policy_hash), (EXACT_VERSION, policy().hash()));
        assert_eq!((spec.base_root, spec.previous_root), (root(0), None));
        assert_eq!((spec.commit, spec.reveal), (5, 5));
        assert_eq!(
            (spec.seed, spec.optimiser),
            (Hash::zero(), None),
            "the mean draws nothing and keeps nothing"
        );
        let inputs = Rounds::inputs(id);
        assert_eq!(spec.inputs_root, merkle::root_of(&inputs));
        let expected = Event::Sealed {
            round: id,
            job,
            inputs_root: spec.inputs_root,
            inputs: 3,
        };
        assert_eq!(last_event(), expected);
        for (index, position) in SealedOrders::<Test>::get(id).unwrap().into_iter().enumerate() {
            assert_eq!(update(id, position).index, Some(index as u32));
            assert_eq!(inputs[index].contributor, update(id, position).contributor);
        }
    });
}

#[test]
fn the_order_follows_the_chain_s_randomness_and_not_the_order_of_submission() {
    let order = |who: &'static [u32], beacon| {
        let mut order = Vec::new();
        run(|| {
            Beacon::set(beacon);
            order = Rounds::inputs(seal(who))
                .into_iter()
                .map(|input| input.contributor)
                .collect();
        });
        order
    };
    let forward = order(&[1_000, 2_000, 3_000, 4_000], 1);
    assert_eq!(forward, order(&[4_000, 3_000, 2_000, 1_000], 1));
    assert!((2..8).any(|beacon| order(&[1_000, 2_000, 3_000, 4_000], beacon) != forward));
}

#[test]
fn a_number_of_updates_with_which_the_pipeline_cannot_run_aborts_the_round() {
    run(|| {
        // No policy like this is taken: Bulyan needs 4f + 3 = 7 updates of 4.
        change(|world| {
            let policy = world.models.get_mut(&MODEL).unwrap().policy.as_mut().unwrap();
            policy.pipeline = Rule::Bulyan { f_ppm: 300_000 }.into();
        });
        let id = decide(&[1_000, 2_000, 3_000, 4_000]);
        let expected = Event::Aborted {
            round: id,
            reason: RefundReason::TooFewUpdates,
        };
        assert_eq!(last_event(), expected);
        assert!(world().jobs.is_empty());
        run_for(1);
        assert_eq!(world().free_of(1), 100_000);
    });
}

#[test]
fn a_job_that_cannot_be_made_refunds_the_round() {
    run(|| {
        change(|world| world.refuse_jobs = true);
        let id = open_round();
        for who in [1_000, 2_000] {
            assert_ok!(submit(id, who));
        }
        run_for(10);
        for who in [1_000, 2_000] {
            assert_ok!(open(id, who));
        }
        hold_all(id, &[0, 1]);
        assert_eq!(count(|event| matches!(event, Event::JobRefused { .. })), 1);
        assert_eq!(
            last_event(),
            Event::Aborted {
                round: id,
                reason: RefundReason::NoJob
            }
        );
        assert_eq!(World::escrowed(id), 0);
        run_for(1);
        assert_eq!(world().free_of(1), 100_000);
        assert_eq!(PositionOf::<Test>::iter_prefix(id).count(), 0);
    });
}

#[test]
fn a_full_round_of_1024_updates_is_sealed_in_one_block_within_its_weight() {
    run(|| {
        change(|world| {
            world.set_policy(|policy: &mut Policy| {
                policy.max_updates = 1_024;
                policy.max_updates_per_organisation = 26;
            })
        });
        let id = open_round();
        let who: Vec<u32> = (0..1_024).map(|n| FIRST * (n / 26 + 1) + n % 26).collect();
        for contributor in &who {
            assert_ok!(submit(id, *contributor));
        }
        assert!(matches!(round(id).stage, Stage::Opening { .. }));
        for contributor in &who {
            assert_ok!(open(id, *contributor));
        }
        let items: Vec<u32> = (0..1_024).collect();
        hold_all(id, &items);
        assert_eq!((round(id).stage, round(id).available), (Stage::Computing, 1_024));
        let mut order = SealedOrders::<Test>::get(id).unwrap().into_inner();
        order.sort();
        assert_eq!(order, items);
    });
}

use crate::{
    mock::*,
    sealing::organisation_cap,
    types::{RefundReason, RoundStage},
    Event, SealedOrders,
};
use frame_support::assert_ok;
use quorate_exact::{Pipeline, Rule};
use quorate_primitives::{
    job::{aggregate::EXACT_VERSION, CommitteeRule, Requester},
    merkle,
    policy::Policy,
    update::UpdateStatus,
    Hash,
};

#[test]
fn job_should_be_made_from_the_round_its_base_and_its_ordered_inputs() {
    run(|| {
        let id = seal(&[1_000, 2_000, 3_000]);
        let (job, spec) = last_job();
        let work = spec.work;
        assert_eq!(
            (spec.requester, spec.committee, spec.attempt),
            (Requester::Round(id), CommitteeRule::All, 0)
        );
        assert_eq!((work.model, work.base, work.inputs), (MODEL, 0, 3));
        assert_eq!((spec.exact_version, work.policy_hash), (EXACT_VERSION, policy().hash()));
        assert_eq!((work.base_root, work.previous_root), (root(0), None));
        assert_eq!((spec.commit, spec.reveal), (10, 10));
        assert_eq!(
            (work.seed, work.optimiser),
            (Hash::zero(), None),
            "the mean draws nothing and keeps nothing"
        );
        let inputs = Rounds::inputs(id);
        assert_eq!(work.inputs_root, merkle::root_of(&inputs));
        let expected = Event::Sealed {
            round: id,
            job,
            inputs_root: work.inputs_root,
            inputs: 3,
        };
        assert_eq!(last_event(), expected);
        for (index, sealed) in SealedOrders::<Test>::get(id).unwrap().into_iter().enumerate() {
            let position = sealed.position;
            assert_eq!(sealed.weight, update(id, position).weight);
            assert_eq!(update(id, position).index, Some(index as u32));
            assert_eq!(inputs[index].contributor, update(id, position).contributor);
        }
    });
}

#[test]
fn order_should_follow_the_randomness_of_the_chain_and_not_the_order_of_submission() {
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
fn number_of_updates_with_which_the_pipeline_cannot_run_should_abort_the_round() {
    run(|| {
        // No policy like this is taken: Bulyan needs 4f + 3 = 7 updates of 4.
        models::change(MODEL, |model| {
            model.policy.pipeline = Rule::Bulyan { f_ppm: 300_000 }.into();
            model.policy.max_updates_per_organisation = 1;
        });
        let id = decide(&[1_000, 2_000, 3_000, 4_000]);
        let expected = Event::Aborted {
            round: id,
            reason: RefundReason::TooFewUpdates { came: 4, needed: 5 },
        };
        assert_eq!(last_event(), expected);
        assert!(Created::get().is_empty());
        run_for(1);
        assert_eq!(ledger().free_of(1), START);
    });
}

#[test]
fn job_that_cannot_be_made_should_refund_the_round() {
    run(|| {
        RefuseJobs::set(true);
        let id = decide(&[1_000, 2_000]);
        assert_eq!(count(|event| matches!(event, Event::JobRefused { .. })), 1);
        assert_eq!(
            last_event(),
            Event::Aborted {
                round: id,
                reason: RefundReason::NoJob
            }
        );
        assert_eq!(escrowed(id), 0);
        run_for(1);
        assert_eq!(ledger().free_of(1), START);
        assert!(ledger().bonds.is_empty());
    });
}

#[test]
fn full_round_of_1024_updates_should_be_sealed_in_one_block() {
    run(|| {
        set_policy(|policy: &mut Policy| {
            policy.max_updates = 1_024;
            policy.max_updates_per_organisation = 26;
        });
        let id = open_round();
        let who: Vec<u32> = (0..1_024).map(|n| FIRST * (n / 26 + 1) + n % 26).collect();
        for contributor in &who {
            assert_ok!(submit(id, *contributor));
        }
        idle();
        assert!(matches!(round(id).stage, RoundStage::Revealing { .. }));
        for contributor in &who {
            assert_ok!(reveal(id, *contributor));
        }
        let items: Vec<u32> = (0..1_024).collect();
        hold_all(id, &items);
        idle();
        assert!(is_computing(id));
        assert_eq!(round(id).available, 1_024);
        let order = SealedOrders::<Test>::get(id).unwrap();
        let mut order: Vec<u32> = order.iter().map(|sealed| sealed.position).collect();
        order.sort();
        assert_eq!(order, items);
    });
}

#[test]
fn round_should_wait_for_a_block_with_room_for_its_seal() {
    use crate::WeightInfo;
    use frame_support::traits::Hooks;
    run(|| {
        let id = revealing(&[1_000, 2_000]);
        assert_ok!(reveal(id, 1_000));
        assert_ok!(reveal(id, 2_000));
        hold_all(id, &[0, 1]);
        let room = <Test as crate::Config>::WeightInfo::seal(1);
        let used = Rounds::on_idle(now(), room);
        assert!(used.all_lte(room));
        assert!(!is_computing(id));
        run_for(1);
        assert!(is_computing(id));
    });
}

/// The trimmed mean with f = ⌊n / 5⌋.
fn trimmed() -> Pipeline {
    Rule::TrimmedMean { trim_ppm: 200_000 }.into()
}

#[test]
fn cap_of_an_organisation_should_hold_for_what_is_sealed() {
    // Of ten updates two are tolerated, of nine only one.
    assert_eq!(organisation_cap(&trimmed(), &[2, 2, 2, 2, 2], 2), Some(2));
    assert_eq!(organisation_cap(&trimmed(), &[2, 2, 2, 2, 1], 2), Some(1));
    assert_eq!(organisation_cap(&trimmed(), &[2, 2, 2, 2, 2], 1), Some(1));
    assert_eq!(
        organisation_cap(&trimmed(), &[2, 1, 1], 2),
        None,
        "of four updates none is tolerated"
    );
    assert_eq!(organisation_cap(&trimmed(), &[], 2), None);
    let mean = Rule::WeightedMean.into();
    assert_eq!(
        organisation_cap(&mean, &[5, 1], 3),
        Some(3),
        "nothing limits the mean but the policy"
    );
}

#[test]
fn surplus_updates_of_an_organisation_should_be_left_out_and_their_bonds_return() {
    run(|| {
        set_policy(|policy| {
            policy.pipeline = trimmed();
            policy.min_updates = 5;
            policy.max_updates = 10;
        });
        // Six of at most ten come: one of organisation 1's two has to go.
        let id = seal(&[1_000, 1_001, 2_000, 3_000, 4_000, 5_000]);
        assert_eq!((round(id).available, job_of(id).1.work.inputs), (5, 5));
        let surplus: Vec<u32> = (0..6)
            .filter(|position| update(id, *position).status == UpdateStatus::Surplus)
            .collect();
        assert_eq!(surplus.len(), 1);
        assert!(surplus[0] < 2);
        assert_eq!(update(id, surplus[0]).index, None);
        let contributor = account(1_000 + surplus[0]);
        let expected = Event::Surplus {
            round: id,
            position: surplus[0],
            contributor,
        };
        assert_eq!(count(|event| *event == expected), 1);
        score(id, |_| 1);
        run_for(1);
        assert!(is_over(id, RoundEnd::Settled));
        assert_eq!(ledger().free_of(1), START);
    });
}

#[test]
fn round_should_abort_when_its_pipeline_tolerates_no_update_of_those_that_came() {
    run(|| {
        models::change(MODEL, |model| {
            model.policy.pipeline = trimmed();
        });
        let id = decide(&[1_000, 2_000]);
        let expected = Event::Aborted {
            round: id,
            reason: RefundReason::NotTolerated,
        };
        assert_eq!(last_event(), expected);
        run_for(1);
        assert_eq!((ledger().free_of(1), ledger().fund_of(MODEL)), (START, FUND));
    });
}

#[test]
fn round_should_abort_when_too_few_updates_are_left_within_the_cap() {
    run(|| {
        set_policy(|policy| {
            policy.pipeline = trimmed();
            policy.min_updates = 6;
            policy.max_updates = 10;
        });
        let id = decide(&[1_000, 1_001, 2_000, 3_000, 4_000, 5_000]);
        let expected = Event::Aborted {
            round: id,
            reason: RefundReason::TooFewUpdates { came: 5, needed: 6 },
        };
        assert_eq!(last_event(), expected);
    });
}

#[test]
fn round_without_voters_should_be_refunded() {
    run(|| {
        RefuseVotes::set(true);
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        run_to(11);
        assert!(events().contains(&Event::Aborted {
            round: id,
            reason: RefundReason::NoVotes
        }));
        run_for(1);
        assert_eq!((ledger().free_of(1), ledger().free_of(2)), (START, START));
    });
}

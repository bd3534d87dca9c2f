//! Evidence, and what is left when it goes.

use crate::{
    mock::*, schedule::Budget, types::RoundStage, weights::WeightInfo as _, Agenda, Contributors, Event, Expiries,
    Kept, Outcomes, Rounds as Stored, Updates, Usages,
};

fn nothing_is_left_of(id: u32) {
    assert!(!Stored::<Test>::contains_key(id) && !Kept::<Test>::contains_key(id.to_be_bytes()));
    assert!(!Contributors::<Test>::contains_key(id) && !Outcomes::<Test>::contains_key(id));
    assert_eq!(Updates::<Test>::iter_prefix(id).count(), 0);
    assert_eq!(
        Agenda::<Test>::iter_keys().count() + Expiries::<Test>::iter_keys().count(),
        0
    );
}

#[test]
fn evidence_should_be_removed_when_retention_counted_from_settlement_ends() {
    run(|| {
        set_policy(|policy| policy.retention = 400);
        let id = whole_round(&[1_000, 2_000]);
        run_for(399);
        assert!(Stored::<Test>::contains_key(id));
        assert_eq!(Rounds::round_view(id).unwrap().updates.len(), 2);
        run_for(1);
        nothing_is_left_of(id);
        assert_eq!(Rounds::round_view(id), None);
        let expected = Event::RetentionEnded {
            round: id,
            model: MODEL,
        };
        assert_eq!(count(|event| *event == expected), 1);
        assert_eq!(Pruned::get(), vec![job_of(id).0]);
        assert_eq!(Settled::get().len(), 1, "the roots stay");
    });
}

#[test]
fn both_jobs_of_a_round_with_a_retry_should_be_forgotten() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let (first, _) = job_of(id);
        disagree(id);
        score(id, |_| 1);
        run_for(302);
        nothing_is_left_of(id);
        assert_eq!(Pruned::get(), vec![first, job_of(id).0]);
    });
}

#[test]
fn evidence_should_be_removed_in_pages() {
    run(|| {
        let (id, _) = scored_by_thirty(150);
        run_for(3);
        assert!(is_over(id, RoundEnd::Settled));
        run_for(300);
        let end = RoundEnd::Settled;
        assert_eq!(round(id).stage, RoundStage::Pruning { next: 128, end });
        assert_eq!(Rounds::round_view(id), None, "half of the evidence proves nothing");
        run_for(1);
        nothing_is_left_of(id);
        for organisation in 1..=30 {
            let usage = Usages::<Test>::get(organisation);
            assert_eq!((usage.kept_rounds, usage.kept_updates, usage.kept_bytes), (0, 0, 0));
        }
    });
}

#[test]
fn evidence_should_go_as_far_as_there_is_room() {
    run(|| {
        let (id, _) = scored_by_thirty(150);
        run_for(3);
        let RoundStage::Over { until, .. } = round(id).stage else {
            panic!("the round is over")
        };
        System::set_block_number(until);
        let prune = <Test as crate::Config>::WeightInfo::prune;
        let room = <Test as crate::Config>::WeightInfo::look(1).saturating_add(prune(50));
        Rounds::drive_expiries(&mut Budget::new(room));
        let end = RoundEnd::Settled;
        assert_eq!(round(id).stage, RoundStage::Pruning { next: 32, end });
        run_for(2);
        nothing_is_left_of(id);
    });
}

#[test]
fn much_that_is_to_be_removed_should_not_delay_pay() {
    run(|| {
        let (first, _) = scored_by_thirty(600);
        run_for(11);
        let RoundStage::Over { until, .. } = round(first).stage else {
            panic!("{:?}", round(first).stage)
        };
        set_policy(|policy| {
            policy.max_updates = 2;
            policy.max_updates_per_organisation = 1;
        });
        run_to(until);
        let next = |id| match round(id).stage {
            RoundStage::Pruning { next, .. } => next,
            stage => panic!("{stage:?}"),
        };
        assert_eq!(next(first), 128);
        let second = whole_round(&[1_000, 2_000]);
        assert_eq!(next(first), 256, "the second round was paid while the first is removed");
        assert!(is_over(second, RoundEnd::Settled));
    });
}

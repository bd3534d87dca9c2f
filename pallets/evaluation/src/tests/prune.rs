use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok, traits::Hooks, weights::Weight};
use quorate_primitives::{job::Verdict::Agreed, payload::tagged};

#[test]
fn jobs_should_go_after_their_retention_and_the_root_over_their_statements_stay() {
    run(|| {
        assert_ok!(request(ASKER));
        let (first, _) = job(0);
        disagree(0);
        agree(0, DONE, &[Agreed; 4]);
        let (second, _) = job(0);
        run_to(RETENTION);
        assert!(Pruned::get().is_empty());
        // A full block has no time for it.
        System::set_block_number(1 + RETENTION);
        Evaluation::on_idle(1 + RETENTION, Weight::from_parts(1_000, 0));
        assert!(Pruned::get().is_empty());
        run_to(1 + RETENTION);
        assert_eq!(Pruned::get(), [first, second]);
        let statements_root = tagged(b"statements", &(Some(first), second));
        assert_eq!(entry(0).statements_root, Some(statements_root));
        assert_eq!(
            last_event(),
            Event::EvidencePruned {
                evaluation: 0,
                statements_root,
            }
        );
    });
}

#[test]
fn jobs_should_go_in_the_order_in_which_evaluations_ended() {
    run(|| {
        assert_ok!(request(ASKER));
        assert_ok!(request(OWNER));
        agree(1, DONE, &[Agreed; 4]);
        run_to(10);
        agree(0, DONE, &[Agreed; 4]);
        run_to(1 + RETENTION);
        assert_eq!(Pruned::get(), [job(1).0]);
        run_to(9 + RETENTION);
        assert_eq!(Pruned::get().len(), 1);
        run_to(10 + RETENTION);
        assert_eq!(Pruned::get(), [job(1).0, job(0).0]);
    });
}

#[test]
fn record_should_be_pruned_by_anyone_after_its_retention() {
    run(|| {
        let prune = || Evaluation::prune(signed(OUTSIDER), 0);
        assert_noop!(prune(), Error::<Test>::EvaluationNotFound);
        assert_ok!(request(ASKER));
        assert_noop!(prune(), Error::<Test>::StillComputing);
        agree(0, DONE, &[Agreed; 4]);
        run_to(LONG_RETENTION);
        assert_noop!(prune(), Error::<Test>::StillRetained);
        run_to(1 + LONG_RETENTION);
        assert_ok!(prune());
        assert_eq!(last_event(), Event::Pruned { evaluation: 0 });
        assert_eq!(Evaluation::evaluation(0), None);
        assert_eq!(Evaluation::by_version(0, 0, 0, 9), []);
        // Its number is not given again.
        assert_ok!(request(ASKER));
        assert_eq!(Evaluation::evaluation(1).map(|view| view.id), Some(1));
    });
}

#[test]
fn record_should_stay_while_its_jobs_are_kept() {
    run(|| {
        assert_ok!(request(ASKER));
        agree(0, DONE, &[Agreed; 4]);
        // No block had time for the jobs.
        System::set_block_number(1 + LONG_RETENTION);
        assert_noop!(Evaluation::prune(signed(OUTSIDER), 0), Error::<Test>::StillRetained);
        run_to(1 + LONG_RETENTION);
        assert_ok!(Evaluation::prune(signed(OUTSIDER), 0));
    });
}

use crate::{mock::*, Event};
use frame_support::{assert_ok, traits::Hooks, weights::Weight};
use quorate_primitives::{job::Verdict::Agreed, payload::tagged};

#[test]
fn jobs_should_go_after_their_retention_and_the_root_over_their_statements_stay() {
    run(|| {
        ask(ASKER);
        run_to(3);
        let (first, _) = job(0);
        disagree(0);
        answer(0, &rows(0), &[Agreed; 4]);
        let (second, _) = job(0);
        run_to(2 + RETENTION);
        assert!(Pruned::get().is_empty());
        System::set_block_number(3 + RETENTION);
        // A full block has no time for it.
        Inference::on_idle(3 + RETENTION, Weight::from_parts(1_000, 0));
        assert!(Pruned::get().is_empty());
        run_to(4 + RETENTION);
        assert_eq!(Pruned::get(), [first, second]);
        let statements_root = tagged(b"statements", &(Some(first), second));
        assert_eq!(batch(0).statements_root, Some(statements_root));
        assert_eq!(
            last_event(),
            Event::EvidencePruned {
                batch: 0,
                statements_root
            }
        );
    });
}

#[test]
fn records_should_go_by_themselves_after_their_retention() {
    run(|| {
        // One that ends at once, and a batch of forty.
        assert_ok!(request(OWNER));
        assert_ok!(Inference::cancel(signed(OWNER), 0));
        for _ in 0..40 {
            ask(ASKER);
        }
        run_to(3);
        answer(0, &rows(0), &[Agreed; 4]);
        run_to(2 + LONG_RETENTION);
        assert_eq!(Inference::request_record(0), None);
        assert!(Inference::request_record(1).is_some());
        // A few in each block.
        run_to(4 + LONG_RETENTION);
        assert_eq!(Inference::batch(0), None);
        assert_eq!(crate::Requests::<Test>::iter().count(), 24);
        Inference::do_try_state().unwrap();
        run_to(8 + LONG_RETENTION);
        assert_eq!(crate::Requests::<Test>::iter().count(), 0);
        assert_eq!(crate::ByOrganisation::<Test>::iter().count(), 0);
        assert!(Inference::gateway_organisations().is_empty());
        // Numbers are not given again.
        assert_eq!(ask(ASKER), 41);
    });
}

#[test]
fn records_of_what_has_not_ended_should_stay() {
    run(|| {
        ask(ASKER);
        run_to(3);
        run_to(2 * LONG_RETENTION);
        assert!(Inference::request_record(0).is_some() && Inference::batch(0).is_some());
        answer(0, &rows(0), &[Agreed; 4]);
        run_to(2 * LONG_RETENTION + 10);
        assert!(Inference::request_record(0).is_some());
    });
}

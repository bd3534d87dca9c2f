use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{
    crypto::AttestationId,
    update::Subject,
    views::{Against, BlobRef, RoundPhase},
};
use sp_core::Pair;

fn public(position: u32) -> AttestationId {
    key(position).public()
}

#[test]
fn a_validator_is_asked_for_what_it_has_not_spoken_about() {
    run(|| {
        let id = open_round();
        for who in [1_000, 2_000, 3_000] {
            assert_ok!(submit(id, who));
        }
        assert!(Rounds::vote_tasks(&public(1)).is_empty());
        run_for(10);
        assert!(Rounds::vote_tasks(&public(1)).is_empty());
        assert_ok!(open(id, 1_000));
        assert_ok!(open(id, 3_000));
        let task = Rounds::vote_tasks(&public(1)).pop().unwrap();
        assert_eq!(
            (task.subject, task.voter, task.model, task.until),
            (Subject::Round(id), 1, MODEL, 21)
        );
        assert_eq!(
            task.against,
            Against::Base(BlobRef {
                root: root(0),
                len: FILE_LEN
            })
        );
        assert_eq!(task.items.iter().map(|item| item.item).collect::<Vec<_>>(), vec![0, 2]);
        assert_eq!(
            task.items[0].blob,
            BlobRef {
                root: own_root(id, 1_000),
                len: UPDATE_LEN
            }
        );
        hold(id, 1, &[0]);
        assert_eq!(Rounds::vote_tasks(&public(1)).pop().unwrap().items.len(), 1);
        hold(id, 1, &[2]);
        assert!(Rounds::vote_tasks(&public(1)).is_empty());
        assert!(Rounds::vote_tasks(&public(9)).is_empty());
        change(|world| world.silenced.insert(900));
        assert!(Rounds::vote_tasks(&public(0)).is_empty());
    });
}

#[test]
fn a_view_shows_a_round_with_its_updates_and_escrow() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let view = Rounds::round_view(id).unwrap();
        assert_eq!((view.phase, view.escrow), (RoundPhase::Computing, policy().reward));
        assert_eq!((view.updates.len(), view.job), (2, Some(job_of(id).0)));
        assert_eq!(Rounds::open_round_of(MODEL), Some(id));
        assert_eq!(Rounds::round_view(9), None);
        let context = Rounds::job_context(id).unwrap();
        assert_eq!(
            (context.base.root, context.previous, context.update_len),
            (root(0), None, UPDATE_LEN)
        );
        assert_eq!(context.inputs, Rounds::inputs(id));
    });
}

#[test]
fn rounds_are_listed_from_a_number_on() {
    run(|| {
        for _ in 0..3 {
            whole_round(&[1_000, 2_000]);
        }
        let ids = |from, limit| {
            Rounds::rounds(from, limit)
                .iter()
                .map(|view| view.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(0, 2), vec![0, 1]);
        assert_eq!(ids(1, 100), vec![1, 2]);
        assert!(ids(3, 100).is_empty());
    });
}

#[test]
fn gateways_take_what_is_committed_and_show_what_is_opened() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        let uploads = Rounds::gateway_uploads();
        assert_eq!((uploads.len(), uploads[0].len, uploads[0].root), (2, UPDATE_LEN, None));
        assert!(Rounds::gateway_updates().is_empty());
        run_for(10);
        assert_ok!(open(id, 1_000));
        assert_eq!(Rounds::gateway_uploads()[0].root, Some(own_root(id, 1_000)));
        assert_eq!(
            Rounds::gateway_updates(),
            vec![BlobRef {
                root: own_root(id, 1_000),
                len: UPDATE_LEN
            }]
        );
        hold_all(id, &[0]);
        assert_eq!(Rounds::gateway_uploads().len(), 1);
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
        assert!(Rounds::gateway_uploads().is_empty() && Rounds::gateway_updates().is_empty());
    });
}

#[test]
fn updates_are_shown_until_retention_ends() {
    run(|| {
        whole_round(&[1_000, 2_000]);
        assert_eq!(Rounds::gateway_updates().len(), 2);
        run_for(99);
        assert_eq!(Rounds::gateway_updates().len(), 2);
        run_for(1);
        assert!(Rounds::gateway_updates().is_empty());
    });
}

use crate::mock::*;
use quorate_primitives::views::JobStage;

#[test]
fn a_member_is_told_what_it_has_not_done_yet() {
    with_committee(4, || {
        let id = create(1);
        let tasks = |member: u32| Attestation::job_tasks(&member_key(member));
        assert!(tasks(9).is_empty());
        assert_eq!(tasks(3)[0].stage, JobStage::Commit);
        assert_eq!((tasks(3)[0].member, tasks(3)[0].until), (3, 1 + COMMIT));
        commit_all(id, &[outcome(0); 3]);
        assert!(tasks(0).is_empty());

        go_to(1 + COMMIT);
        assert!(tasks(3).is_empty(), "a transaction in the next block would be late");
        go_to(2 + COMMIT);
        let commit = commitment(id, 0, &outcome(0));
        assert_eq!(
            tasks(0)[0].stage,
            JobStage::Reveal {
                closed_at: 2 + COMMIT,
                commit
            }
        );
        assert!(tasks(3).is_empty());
        reveal_all(id, &[outcome(0); 1]);
        assert!(tasks(0).is_empty());
        Muted::set(vec![account(1)]);
        assert!(tasks(1).is_empty());
    });
}

#[test]
fn pages_are_asked_for_after_the_end() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 3]);
        assert_eq!(Attestation::page_task(id), None);
        assert_eq!(Attestation::active_jobs().len(), 1);
        go_to(2 + REVEAL);
        assert_eq!(
            Attestation::page_task(id).map(|task| (task.page, task.outcome)),
            Some((0, outcome(0)))
        );
        assert!(Attestation::active_jobs().is_empty());
    });
}

fn member_key(number: u32) -> quorate_primitives::crypto::AttestationId {
    member(number).key
}

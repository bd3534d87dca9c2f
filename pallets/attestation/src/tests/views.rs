use crate::mock::*;
use quorate_primitives::{
    committee::Member,
    crypto::AttestationId,
    job::{JobPhase, Verdict},
    views::tasks::JobStage,
};

fn key(number: u32) -> AttestationId {
    member(number).key
}

#[test]
fn member_should_be_given_what_it_has_not_done_yet() {
    with_committee(4, || {
        let id = create(1);
        let tasks = |member: u32| Attestation::member_tasks(&key(member));
        assert!(tasks(9).is_empty());
        assert_eq!(tasks(3)[0].stage, JobStage::Commit);
        assert_eq!((tasks(3)[0].member, tasks(3)[0].until), (3, 1 + COMMIT));
        commit_all(id, &[outcome(0); 3]);
        assert!(tasks(0).is_empty());

        let until = 1 + GRACE;
        go_to(until - 1);
        assert!(tasks(3).is_empty(), "a transaction in the next block would be late");
        go_to(until);
        let commit = commitment(id, 0, &outcome(0));
        assert_eq!(tasks(0)[0].stage, JobStage::Reveal { since: until, commit });
        assert_eq!(tasks(0)[0].spec, spec(1).convert());
        assert!(tasks(3).is_empty());
        reveal_all(id, &[outcome(0); 1]);
        assert!(tasks(0).is_empty());
        Inactive::set(vec![account(1)]);
        assert!(tasks(1).is_empty());
    });
}

#[test]
fn reveal_task_should_keep_the_block_that_ended_commit_when_deadlines_shift() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        NoTransactions::set(true);
        go_to(4);
        let task = &Attestation::member_tasks(&key(0))[0];
        assert!(matches!(task.stage, JobStage::Reveal { since: 1, .. }));
        assert_eq!(task.until, 4 + REVEAL);
    });
}

#[test]
fn key_change_in_mid_job_should_cost_nobody_a_verdict() {
    with_committee(4, || {
        let before = create(1);
        commit_all(before, &[outcome(0); 4]);
        // Validator 2 has another key from the next session on; a later committee names that one.
        let renewed = Member {
            key: key(20),
            ..member(2)
        };
        Members::mutate(|members| members[2] = renewed);
        let after = create(2);

        let tasks = Attestation::member_tasks(&key(2));
        assert_eq!((tasks.len(), tasks[0].id, tasks[0].member), (1, before, 2));
        assert!(matches!(tasks[0].stage, JobStage::Reveal { .. }));
        let tasks = Attestation::member_tasks(&key(20));
        assert_eq!((tasks.len(), tasks[0].id, tasks[0].member), (1, after, 2));
        assert_eq!(Attestation::holder_of(&key(2)), Some(account(2)));
        assert_eq!(Attestation::holder_of(&key(20)), Some(account(2)));
        assert_eq!(Attestation::holder_of(&key(9)), None);

        // The old key still signs for the old job.
        reveal_all(before, &[outcome(0); 4]);
        assert_eq!(verdicts(before)[2], quorate_primitives::job::Verdict::Agreed);
        assert_eq!(Attestation::holder_of(&key(2)), None);
    });
}

#[test]
fn active_jobs_should_be_listed_until_they_are_closed() {
    with_committee(4, || {
        let id = create(1);
        let listed = Attestation::active_jobs();
        assert_eq!((listed.len(), listed[0].id), (1, id));
        assert_eq!(Attestation::job(id), Some(listed[0].job.clone()));
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 4]);
        assert!(Attestation::active_jobs().is_empty());
        assert!(Attestation::job(id).is_some());
    });
}

#[test]
fn report_should_show_each_members_statements_and_verdict() {
    with_committee(4, || {
        let id = create(1);
        let report = || Attestation::job_report(id).expect("the job exists");
        commit_all(id, &[outcome(0); 2]);
        let committed: Vec<bool> = report().members.iter().map(|member| member.committed).collect();
        assert_eq!(committed, [true, true, false, false]);
        assert_eq!(report().phase, JobPhase::Commit { until: 1 + COMMIT });
        assert_eq!(report().agreed, None);
        Inactive::set(vec![account(3)]);
        assert!(report().members[2].active && !report().members[3].active);
        Inactive::set(Vec::new());
        let answers = [outcome(0), outcome(0), outcome(0), outcome(1)];
        for member in [2, 3] {
            send(commit_call(id, member, &answers[member as usize])).expect("it is in time");
        }
        reveal_all(id, &answers);
        assert_eq!(report().agreed, Some(outcome(0)));
        let liar = &report().members[3];
        assert_eq!((&liar.validator, liar.revealed), (&account(3), Some(outcome(1))));
        let verdicts: Vec<_> = report().members.iter().map(|member| member.verdict).collect();
        assert_eq!(verdicts[2..], [Some(Verdict::Agreed), Some(Verdict::Wrong)]);
        prune(id);
        assert_eq!(Attestation::job_report(id), None);
    });
}

//! A second kind of work, without an edit to the pallet.

use crate::{mock::*, Error, Event};
use frame_support::{assert_err, assert_ok};
use quorate_primitives::{
    job::{CommitteeRule, JobEnd, JobSpec, Requester, Verdict},
    traits::Jobs as _,
    Hash, JobId,
};

fn label_spec() -> JobSpec<Label> {
    JobSpec {
        requester: Requester::Round(1),
        attempt: 0,
        exact_version: 3,
        commit: COMMIT,
        reveal: REVEAL,
        committee: CommitteeRule::All,
        work: Label { blob: Hash::zero() },
    }
}

fn create_label() -> JobId {
    Attestation::create(label_spec()).expect("there is room for the job")
}

fn label(n: u8) -> TestOutcome {
    TestOutcome::Label(Hash::repeat_byte(n))
}

#[test]
fn job_of_the_second_kind_should_run_from_commit_to_verdicts() {
    with_committee(4, || {
        let id = create_label();
        System::assert_last_event(
            Event::JobCreated {
                job: id,
                requester: Requester::Round(1),
                kind: 7,
                attempt: 0,
                committee: 4,
                quorum: 3,
                until: 1 + COMMIT,
            }
            .into(),
        );
        let answers = [label(1), label(1), label(1), label(2)];
        commit_all(id, &answers);
        reveal_all(id, &answers);
        assert_eq!(job(id).agreed, Some(label(1)));
        assert_eq!(verdicts(id)[2..], [Verdict::Agreed, Verdict::Wrong]);
    });
}

#[test]
fn each_kind_should_reach_its_own_handler() {
    with_committee(4, || {
        let (sum, labels) = (create(1), create_label());
        assert_ne!(sum, labels);
        commit_all(labels, &[label(1); 4]);
        reveal_all(labels, &[label(1); 4]);
        assert_eq!(SumCalls::get(), vec![]);
        assert_eq!(
            LabelCalls::get(),
            vec![
                HandlerCall::Agreed(labels, label(1)),
                HandlerCall::Closed(labels, JobEnd::Agreed(label(1)))
            ]
        );
        commit_all(sum, &[outcome(0); 4]);
        reveal_all(sum, &[outcome(0); 4]);
        assert_eq!((SumCalls::get().len(), LabelCalls::get().len()), (2, 2));
    });
}

#[test]
fn reveal_should_be_refused_when_its_kind_is_not_the_jobs() {
    with_committee(4, || {
        let id = create(1);
        // The commit is a hash: nothing shows that another kind hides in it.
        let answers = [outcome(0), outcome(0), outcome(0), label(1)];
        commit_all(id, &answers);
        assert_err!(send(reveal_call(id, 3, &label(1))), invalid(Error::WrongKind));
        reveal_all(id, &answers[..3]);
        go_to(1 + REVEAL);
        assert_eq!(verdicts(id)[3], Verdict::Wrong);
        assert_ok!(Attestation::do_try_state());
    });
}

use crate::{mock::*, Call, Error, Event};
use frame_support::{assert_err, assert_noop, assert_ok};
use quorate_primitives::{job::JobPhase, payload, Hash};
use sp_runtime::traits::BadOrigin;

#[test]
fn commit_should_be_refused_when_the_member_has_committed() {
    with_committee(4, || {
        let id = create(1);
        assert_ok!(send(commit_call(id, 2, &outcome(0))));
        assert_eq!(job(id).statements[2].commit, Some(commitment(id, 2, &outcome(0))));
        System::assert_last_event(
            Event::Committed {
                job: id,
                member: 2,
                validator: account(2),
                commit: commitment(id, 2, &outcome(0)),
            }
            .into(),
        );
        assert_err!(send(commit_call(id, 2, &outcome(0))), invalid(Error::AlreadySubmitted));
        assert_err!(send(commit_call(id, 2, &outcome(1))), invalid(Error::AlreadySubmitted));
        assert_noop!(run(commit_call(id, 2, &outcome(1))), Error::<Test>::AlreadySubmitted);
    });
}

#[test]
fn commit_should_be_refused_when_the_origin_is_not_authorized() {
    with_committee(4, || {
        let id = create(1);
        let Call::commit {
            job,
            member,
            commit,
            signature,
        } = commit_call(id, 0, &outcome(0))
        else {
            unreachable!()
        };
        for origin in [
            RuntimeOrigin::none(),
            RuntimeOrigin::root(),
            RuntimeOrigin::signed(account(0)),
        ] {
            assert_noop!(
                Attestation::commit(origin, job, member, commit, signature.clone()),
                BadOrigin
            );
        }
    });
}

#[test]
fn pool_should_keep_one_commit_of_a_member_and_job() {
    with_committee(4, || {
        let (one, two) = (create(1), create(2));
        let tag = |job, member, n| validate(&commit_call(job, member, &outcome(n))).unwrap().provides;
        assert_eq!(tag(one, 0, 0), tag(one, 0, 1));
        assert_ne!(tag(one, 0, 0), tag(one, 1, 0));
        assert_ne!(tag(one, 0, 0), tag(two, 0, 0));
        let validity = validate(&commit_call(one, 0, &outcome(0))).unwrap();
        assert!(validity.propagate);
        assert_eq!(validity.longevity, 64);
        assert!(validity.requires.is_empty());
    });
}

#[test]
fn commit_should_be_refused_in_anothers_name() {
    with_committee(4, || {
        let id = create(1);
        let commit = commitment(id, 0, &outcome(0));
        let by_another = sign(1, &payload::commit_payload(genesis(), id, 0, commit));
        assert_err!(
            send(Call::commit {
                job: id,
                member: 0,
                commit,
                signature: by_another
            }),
            bad_proof()
        );
        let of_another = sign(1, &payload::commit_payload(genesis(), id, 1, commit));
        assert_err!(
            send(Call::commit {
                job: id,
                member: 0,
                commit,
                signature: of_another
            }),
            bad_proof()
        );
        assert_err!(send(commit_call(id, 4, &outcome(0))), invalid(Error::NotInCommittee));
    });
}

#[test]
fn signature_should_be_good_for_one_chain_job_call_and_body() {
    with_committee(4, || {
        let (one, two) = (create(1), create(2));
        let commit = commitment(one, 0, &outcome(0));
        let refused = |message: Vec<u8>| {
            let signature = sign(0, &message);
            assert_err!(
                send(Call::commit {
                    job: one,
                    member: 0,
                    commit,
                    signature
                }),
                bad_proof()
            );
        };
        refused(payload::commit_payload(Hash::repeat_byte(5), one, 0, commit));
        refused(payload::commit_payload(genesis(), two, 0, commit));
        refused(payload::commit_payload(genesis(), one, 0, Hash::repeat_byte(5)));
        refused(payload::reveal_payload(genesis(), one, 0, &outcome(0), salt(0)));
        assert_ok!(send(commit_call(one, 0, &outcome(0))));
    });
}

#[test]
fn commit_should_stay_possible_when_the_job_is_on_another_fork() {
    with_committee(4, || {
        create(1);
        let elsewhere = payload::job_id(Hash::repeat_byte(5), &spec(1).convert::<TestWork>());
        assert_err!(send(commit_call(elsewhere, 0, &outcome(0))), unknown(Error::UnknownJob));
    });
}

#[test]
fn commit_should_count_in_the_last_block_before_the_deadline_and_not_at_it() {
    with_committee(4, || {
        let id = create_retry(1);
        go_to(COMMIT);
        for member in 0..3 {
            assert_ok!(send(commit_call(id, member, &outcome(0))));
        }
        // What the pool sees: the next height, before the hooks of that block have run.
        System::set_block_number(1 + COMMIT);
        assert_err!(send(commit_call(id, 3, &outcome(0))), invalid(Error::PhaseOver));
        System::set_block_number(COMMIT);
        go_to(1 + COMMIT);
        assert!(matches!(job(id).phase, JobPhase::Reveal { .. }));
        assert_err!(send(commit_call(id, 3, &outcome(0))), invalid(Error::PhaseOver));
    });
}

#[test]
fn reveal_should_begin_at_once_when_all_have_committed() {
    with_committee(4, || {
        let id = create(1);
        go_to(3);
        commit_all(id, &[outcome(0); 3]);
        assert!(matches!(job(id).phase, JobPhase::Commit { .. }));
        assert_ok!(send(commit_call(id, 3, &outcome(0))));
        let (since, until) = (3, 3 + REVEAL);
        assert_eq!(job(id).phase, JobPhase::Reveal { since, until });
        System::assert_last_event(
            Event::RevealStarted {
                job: id,
                commits: 4,
                until: 3 + REVEAL,
            }
            .into(),
        );
    });
}

#[test]
fn commit_of_a_removed_member_should_be_refused_and_not_awaited() {
    with_committee(4, || {
        let id = create(1);
        Inactive::set(vec![account(3)]);
        assert_err!(send(commit_call(id, 3, &outcome(0))), invalid(Error::NotActive));
        commit_all(id, &[outcome(0); 3]);
        assert!(matches!(job(id).phase, JobPhase::Reveal { since: 1, .. }));
    });
}

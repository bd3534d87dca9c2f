use crate::{mock::*, Call, Error, Event};
use frame_support::{assert_err, assert_noop, assert_ok};
use quorate_primitives::{
    job::{JobEnd, JobPhase},
    payload, Hash,
};
use sp_runtime::traits::BadOrigin;

#[test]
fn handler_should_be_called_at_the_quorum_and_again_when_all_are_in() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 2]);
        assert_eq!(SumCalls::get(), vec![]);
        assert_ok!(send(reveal_call(id, 2, &outcome(0))));
        assert_eq!(SumCalls::get(), vec![HandlerCall::Agreed(id, outcome(0))]);
        assert_eq!(job(id).agreed, Some(outcome(0)));
        System::assert_last_event(
            Event::Agreed {
                job: id,
                outcome: outcome(0),
            }
            .into(),
        );
        assert_ok!(send(reveal_call(id, 3, &outcome(0))));
        assert_eq!(
            SumCalls::get(),
            vec![
                HandlerCall::Agreed(id, outcome(0)),
                HandlerCall::Closed(id, JobEnd::Agreed(outcome(0)))
            ]
        );
        assert_eq!(job(id).phase, JobPhase::Closed { at: 1 });
    });
}

#[test]
fn late_reveal_should_count_in_the_last_block_before_the_deadline() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 3]);
        go_to(REVEAL);
        assert_ok!(send(reveal_call(id, 3, &outcome(0))));
        assert_eq!(job(id).phase, JobPhase::Closed { at: REVEAL });
    });
}

#[test]
fn reveal_should_be_refused_at_the_deadline() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 3]);
        System::set_block_number(1 + REVEAL);
        assert_err!(send(reveal_call(id, 3, &outcome(0))), invalid(Error::PhaseOver));
        System::set_block_number(REVEAL);
        go_to(1 + REVEAL);
        assert_eq!(job(id).phase, JobPhase::Closed { at: 1 + REVEAL });
        assert_err!(send(reveal_call(id, 3, &outcome(0))), invalid(Error::PhaseOver));
    });
}

#[test]
fn reveal_should_be_refused_before_commit_is_closed() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 3]);
        assert_err!(send(reveal_call(id, 0, &outcome(0))), unknown(Error::TooEarly));
    });
}

#[test]
fn reveal_should_be_refused_when_it_does_not_open_the_commit() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        assert_err!(send(reveal_call(id, 0, &outcome(1))), invalid(Error::DoesNotOpen));
        let other_salt = [99; 32];
        let signature = sign(0, &payload::reveal_payload(genesis(), id, 0, &outcome(0), other_salt));
        let call = Call::reveal {
            job: id,
            member: 0,
            outcome: outcome(0),
            salt: other_salt,
            signature,
        };
        assert_err!(send(call), invalid(Error::DoesNotOpen));
    });
}

#[test]
fn copied_commit_should_open_for_nobody_else() {
    with_committee(4, || {
        let id = create(1);
        assert_ok!(send(commit_call(id, 0, &outcome(0))));
        let copied = job(id).statements[0].commit.unwrap();
        let signature = sign(1, &payload::commit_payload(genesis(), id, 1, copied));
        assert_ok!(send(Call::commit {
            job: id,
            member: 1,
            commit: copied,
            signature
        }));
        for member in 2..4 {
            assert_ok!(send(commit_call(id, member, &outcome(0))));
        }
        assert_ok!(send(reveal_call(id, 0, &outcome(0))));
        let signature = sign(1, &payload::reveal_payload(genesis(), id, 1, &outcome(0), salt(0)));
        let call = Call::reveal {
            job: id,
            member: 1,
            outcome: outcome(0),
            salt: salt(0),
            signature,
        };
        assert_err!(send(call), invalid(Error::DoesNotOpen));
    });
}

#[test]
fn reveal_should_be_refused_when_the_member_has_revealed() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        assert_ok!(send(reveal_call(id, 0, &outcome(0))));
        assert_err!(send(reveal_call(id, 0, &outcome(0))), invalid(Error::AlreadySubmitted));
        assert_noop!(run(reveal_call(id, 0, &outcome(0))), Error::<Test>::AlreadySubmitted);
    });
}

#[test]
fn reveal_should_be_refused_when_the_member_never_committed() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 3]);
        go_to(1 + GRACE);
        assert_err!(send(reveal_call(id, 3, &outcome(0))), unknown(Error::NotCommitted));
    });
}

#[test]
fn reveal_should_be_refused_in_anothers_name_or_for_another_chain_or_job() {
    with_committee(4, || {
        let (one, two) = (create(1), create(2));
        commit_all(one, &[outcome(0); 4]);
        commit_all(two, &[outcome(0); 4]);
        let refused = |signer: u32, message: Vec<u8>| {
            let signature = sign(signer, &message);
            let call = Call::reveal {
                job: one,
                member: 0,
                outcome: outcome(0),
                salt: salt(0),
                signature,
            };
            assert_err!(send(call), bad_proof());
        };
        refused(1, payload::reveal_payload(genesis(), one, 0, &outcome(0), salt(0)));
        refused(
            0,
            payload::reveal_payload(Hash::repeat_byte(5), one, 0, &outcome(0), salt(0)),
        );
        refused(0, payload::reveal_payload(genesis(), two, 0, &outcome(0), salt(0)));
        refused(
            0,
            payload::commit_payload(genesis(), one, 0, commitment(one, 0, &outcome(0))),
        );
        // Another job's commit does not open this one, whatever is signed.
        let Call::reveal {
            outcome: revealed,
            salt,
            signature,
            ..
        } = reveal_call(two, 0, &outcome(0))
        else {
            unreachable!()
        };
        assert_err!(
            send(Call::reveal {
                job: one,
                member: 0,
                outcome: revealed,
                salt,
                signature
            }),
            bad_proof()
        );
        assert_err!(send(reveal_call(one, 4, &outcome(0))), invalid(Error::NotInCommittee));
    });
}

#[test]
fn reveal_should_be_refused_when_the_origin_is_not_authorized() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        let signature = sign(0, b"anything");
        assert_noop!(
            Attestation::reveal(RuntimeOrigin::root(), id, 0, outcome(0), salt(0), signature),
            BadOrigin
        );
    });
}

#[test]
fn reveal_of_a_removed_member_should_be_refused_and_not_awaited() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        Inactive::set(vec![account(3)]);
        assert_err!(send(reveal_call(id, 3, &outcome(0))), invalid(Error::NotActive));
        reveal_all(id, &[outcome(0); 3]);
        assert_eq!(job(id).phase, JobPhase::Closed { at: 1 });
    });
}

#[test]
fn committee_of_one_should_agree_with_itself() {
    with_committee(1, || {
        let id = create(1);
        commit_all(id, &[outcome(0)]);
        reveal_all(id, &[outcome(0)]);
        assert_eq!(
            SumCalls::get().last(),
            Some(&HandlerCall::Closed(id, JobEnd::Agreed(outcome(0))))
        );
    });
}

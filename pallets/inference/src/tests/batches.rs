use crate::{mock::*, types::Group, Event, OpenBatches, WaitingList};
use frame_support::{assert_ok, traits::Hooks, BoundedVec};
use quorate_primitives::{
    availability::Finding,
    job::{
        infer::{self, EXACT_VERSION},
        CommitteeRule::Named,
        Requester,
        Verdict::Agreed,
    },
    merkle,
    views::{
        inference::{RequestFailure, RequestState},
        BlobRef,
    },
    RequestId, Root,
};

/// A second version, which is asked by its number.
fn two_versions() {
    models::change(0, |model| {
        let version = model.versions[0];
        model.versions.push(version);
    });
}

fn requests(id: u32) -> Vec<RequestId> {
    batch(id).requests.to_vec()
}

#[test]
fn what_waits_for_the_same_should_become_one_job() {
    run(|| {
        two_versions();
        ask_of(ASKER, Some(0), 3);
        ask_of(OWNER, Some(1), 4);
        ask_of(OWNER, Some(0), 5);
        run_to(2);
        assert!(OpenBatches::<Test>::get().is_empty(), "their block has no batch yet");
        next_block();
        assert_eq!(requests(0), [0, 2]);
        let (job, spec) = job(0);
        let everybody = Named {
            members: BoundedVec::truncate_from((0..VALIDATORS).map(account).collect()),
            quorum: 3,
        };
        assert_eq!(
            (spec.requester, spec.attempt, spec.exact_version, spec.committee),
            (Requester::Batch(0), 0, EXACT_VERSION, everybody)
        );
        // Ten blocks, one for the operations, one for what is fetched.
        assert_eq!((spec.commit, spec.reveal), (12, 7));
        let work = spec.work;
        assert_eq!((work.batch, work.model, work.version, work.requests), (0, 0, 0, 2));
        assert_eq!(
            (work.version_root, work.version_len),
            (Root::repeat_byte(1), models::FILE_LEN)
        );
        assert_eq!(
            (work.program, work.program_root, work.program_len),
            (PROGRAM, Root::repeat_byte(3), 100)
        );
        let asked = |id: RequestId, operations| infer::Request {
            id,
            input: BlobRef {
                root: named(id).root,
                len: LEN,
            },
            task: GENERATE,
            operations,
            memory: MEMORY,
        };
        assert_eq!(work.requests_root, merkle::root_of(&[asked(0, 3), asked(2, 5)]));
        assert_eq!(
            last_event(),
            Event::BatchMade {
                batch: 0,
                model: 0,
                version: 0,
                program: PROGRAM,
                requests: 2,
                job,
            }
        );
        assert_eq!(state(1), RequestState::Waiting);
        next_block();
        assert_eq!(requests(1), [1]);
        assert!(WaitingList::<Test>::get().is_empty());
    });
}

#[test]
fn seed_should_be_drawn_when_what_is_taken_is_decided() {
    run(|| {
        let seed = |drawn: u8| {
            Drawn::put(Root::repeat_byte(drawn));
            ask(ASKER);
            frame_system::Pallet::<Test>::set_block_number(System::block_number() + 1);
            let id = crate::NextBatch::<Test>::get();
            Inference::on_finalize(System::block_number());
            answer(id, &rows(id), &[Agreed]);
            batch(id).work.seed
        };
        let seeds = [seed(1), seed(1), seed(2)];
        assert!(seeds[0] != seeds[1] && seeds[1] != seeds[2] && seeds[0] != seeds[2]);
        // What came in the block itself is not in it: its author could have left it out when it knew the seed.
        ask(ASKER);
        Inference::on_finalize(System::block_number());
        assert_eq!(state(3), RequestState::Waiting);
    });
}

#[test]
fn organisations_should_take_turns_and_none_lead_more_batches_than_it_may() {
    run(|| {
        two_versions();
        // Each is of another group than the one before it.
        for number in 0..6 {
            ask_of(ASKER, Some(number % 2), 1_000);
        }
        run_to(3);
        ask_of(3, Some(0), 1_000);
        run_to(10);
        // Two are all that one organisation may have at a time.
        let led: Vec<_> = OpenBatches::<Test>::get().iter().map(|open| open.led_by).collect();
        assert_eq!(led, [ASKER, ASKER, 3]);
        assert_eq!(requests(0), [0, 2]);
        assert_eq!(requests(1), [1, 3]);
        // Whoever leads it: a batch has room for others' requests of its group.
        assert_eq!(requests(2), [6, 4]);
        // There is no room for a fourth, whoever asks.
        ask_of(OWNER, Some(1), 1);
        run_to(12);
        assert_eq!(crate::NextBatch::<Test>::get(), 3);
        answer(0, &rows(0), &[Agreed]);
        run_to(13);
        assert_eq!(requests(3), [5, 7]);
    });
}

#[test]
fn committee_should_have_the_time_for_what_it_was_asked_before() {
    run(|| {
        two_versions();
        ask_of(ASKER, Some(0), 1_000);
        ask_of(OWNER, Some(1), 100);
        run_to(4);
        // Twenty blocks for the operations, one for what is fetched.
        assert_eq!(job(0).1.commit, 10 + 21);
        assert_eq!(job(1).1.commit, 10 + 21 + 3);
        // When a quorum agreed on the first its time is over.
        agree(0, &rows(0));
        let quote = Inference::quote(0, None, PROGRAM, LEN, 50).unwrap();
        assert_eq!(quote.commit, 10 + 3 + 2);
    });
}

#[test]
fn requests_that_no_batch_takes_in_time_should_cost_nothing() {
    run(|| {
        RefuseJobs::put(true);
        for _ in 0..20 {
            ask(ASKER);
        }
        run_to(1 + MAX_WAIT);
        assert_eq!(fund(ASKER), RICH - 20 * FEE);
        assert!(matches!(last_event(), Event::JobRefused { batch: 0, .. }));
        // A few in each block.
        next_block();
        assert_eq!(WaitingList::<Test>::get().len(), 12);
        next_block();
        next_block();
        assert_eq!(state(19), RequestState::Failed(RequestFailure::Expired));
        assert_eq!((fund(ASKER), ledger().treasury, entry(19).cost), (RICH, 0, 0));
    });
}

/// By long batches of its own an organisation would otherwise have validators fetch the inputs of its other requests for nothing.
#[test]
fn request_that_expires_after_a_turn_of_its_organisation_should_cost_its_base_and_any_other_nothing() {
    run(|| {
        two_versions();
        two_versions();
        // The batches of the first two are made in blocks 2 and 3: the organisation may have no other.
        ask_of(ASKER, Some(0), 1_000);
        ask_of(ASKER, Some(1), 1_000);
        let passed_over = ask_of(ASKER, Some(2), 1);
        run_to(3);
        let in_its_block = ask_of(ASKER, Some(2), 1);
        ask_of(OWNER, Some(0), 1_000);
        run_to(5);
        assert!(OpenBatches::<Test>::get().is_full());
        let after = ask_of(ASKER, Some(2), 1);
        let others = ask_of(3, Some(2), 1);
        run_to(6 + MAX_WAIT);
        let costs = [passed_over, in_its_block, after, others].map(|id| {
            assert_eq!(state(id), RequestState::Failed(RequestFailure::Expired));
            entry(id).cost
        });
        assert_eq!((costs, ledger().treasury), ([KEPT, 0, 0, 0], KEPT));
        assert_eq!(fund(3), RICH);
        // When nothing of it is open its turn is forgotten.
        for id in 0..3 {
            answer(id, &rows(id), &[Agreed]);
        }
        assert!(!crate::Asked::<Test>::contains_key(ASKER));
    });
}

#[test]
fn requests_should_wait_where_a_job_cannot_be_made_now() {
    run(|| {
        RefuseJobs::put(true);
        ask(ASKER);
        run_to(5);
        assert_eq!(state(0), RequestState::Waiting);
        RefuseJobs::put(false);
        next_block();
        assert_eq!(state(0), RequestState::Computing { batch: 0 });
    });
}

#[test]
fn version_that_is_served_no_more_should_cost_nothing_and_keep_nobody_waiting() {
    run(|| {
        two_versions();
        for _ in 0..20 {
            ask_of(ASKER, Some(1), 1);
        }
        ask_of(OWNER, Some(0), 1);
        models::change(0, |model| model.versions.truncate(1));
        run_to(6);
        assert_eq!(state(20), RequestState::Computing { batch: 0 });
        assert!((0..20).all(|id| state(id) == RequestState::Failed(RequestFailure::Expired)));
        assert_eq!(fund(ASKER), RICH);
        // The mock knows of no version that is not there.
        for id in 0..20 {
            crate::Requests::<Test>::mutate(id, |request| request.as_mut().unwrap().group.version = 0);
        }
    });
}

#[test]
fn version_that_is_revoked_and_program_that_is_retired_meanwhile_should_answer_and_say_so() {
    run(|| {
        assert_ok!(request(ASKER));
        retire(PROGRAM);
        // The program's bytes stay for its retention.
        assert!(Inference::vote_context(0).is_some());
        find(0, Finding::Held);
        models::change(0, |model| model.revoked.insert(0));
        run_to(3);
        answer(0, &rows(0), &[Agreed; 4]);
        let view = Inference::request_record(0).unwrap();
        assert!(matches!(view.state, RequestState::Answered { .. }) && !view.clean);
    });
}

#[test]
fn batch_should_have_a_bound_of_requests_and_of_operations() {
    run(|| {
        two_versions();
        for by in [ASKER, OWNER, 3] {
            for _ in 0..100 {
                ask_of(by, Some(0), 1);
            }
        }
        run_to(3);
        assert_eq!((requests(0).len(), WaitingList::<Test>::get().len()), (256, 44));
        assert_eq!(requests(0)[..4], [0, 100, 200, 1]);
    });
}

#[test]
fn end_of_a_block_should_weigh_what_waits() {
    run(|| {
        let idle = Inference::on_initialize(1);
        ask(ASKER);
        let one = Inference::on_initialize(1);
        assert!(idle.all_lt(one));
        for _ in 0..99 {
            ask(ASKER);
        }
        let many = Inference::on_initialize(1);
        assert!(one.all_lt(many) && many.all_lt(Inference::heaviest_end()));
        let group = Group {
            model: 0,
            version: 0,
            program: PROGRAM,
        };
        assert!(WaitingList::<Test>::get().iter().all(|waiting| waiting.group == group));
    });
}

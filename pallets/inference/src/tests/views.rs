use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{
    availability::Finding,
    job::{
        infer::{AnswerStatus, ROW_BYTES},
        Verdict::Agreed,
    },
    views::{
        gateway::RequestBlob,
        inference::{AnswerPageTask, BatchState, BatchView, InferTask, RequestQuote, RequestState, RequestView},
        BlobRef,
    },
    RequestId, Root,
};

fn input(id: RequestId) -> BlobRef {
    BlobRef {
        root: named(id).root,
        len: LEN,
    }
}

#[test]
fn quote_should_tell_what_a_request_costs_and_how_long_it_may_take() {
    run(|| {
        let quote = |version, program, len, operations| Inference::quote(0, version, program, len, operations);
        // Ten blocks, one for the operations, one for what is held, one for what is fetched.
        let expected = RequestQuote {
            fee: FEE,
            reading: READING,
            commit: 12,
        };
        assert_eq!(quote(None, PROGRAM, LEN, OPERATIONS), Some(expected));
        assert_eq!(quote(Some(0), PROGRAM, LEN, OPERATIONS), Some(expected));
        assert_eq!(quote(Some(1), PROGRAM, LEN, OPERATIONS), None);
        assert_eq!(quote(None, 9, LEN, OPERATIONS), None);
        assert_eq!(quote(None, PROGRAM, 0, OPERATIONS), None);
        assert_eq!(quote(None, PROGRAM, LEN, 1_001), None);
    });
}

#[test]
fn views_should_say_who_asked_for_what_and_what_became_of_it() {
    run(|| {
        assert_ok!(request(CONTRIBUTOR));
        let mut expected = RequestView {
            id: 0,
            asked_by: account(CONTRIBUTOR),
            organisation: ASKER,
            model: 0,
            version: 0,
            program: PROGRAM,
            input: input(0),
            task: GENERATE,
            operations: OPERATIONS,
            memory: MEMORY,
            fee: FEE,
            reading: READING,
            cost: FEE,
            clean: true,
            state: RequestState::Pending { until: 1 + VOTING },
            requested_at: 1,
            ended_at: None,
        };
        assert_eq!(Inference::request_record(0), Some(expected.clone()));
        find(0, Finding::Held);
        run_to(3);
        let (job, spec) = job(0);
        let mut expected_batch = BatchView {
            id: 0,
            model: 0,
            version: 0,
            file: BlobRef {
                root: Root::repeat_byte(1),
                len: models::FILE_LEN,
            },
            frozen_base: None,
            program: PROGRAM,
            program_file: BlobRef {
                root: Root::repeat_byte(3),
                len: 100,
            },
            requests: vec![0],
            requests_root: spec.work.requests_root,
            seed: spec.work.seed,
            job,
            first_job: None,
            state: BatchState::Computing,
            members: vec![],
            quorum: 0,
            escalation: None,
            call_bond: None,
            provisional: None,
            outcome: None,
            statements_root: None,
            created_at: 2,
            ended_at: None,
        };
        assert_eq!(Inference::batch(0), Some(expected_batch.clone()));
        let rows = rows(0);
        answer(0, &rows, &[Agreed; 4]);
        expected.cost = COST;
        expected.state = RequestState::Answered {
            batch: 0,
            row: rows[0].clone(),
        };
        expected.ended_at = Some(3);
        assert_eq!(Inference::request_record(0), Some(expected));
        expected_batch.outcome = Some(outcome(&rows));
        expected_batch.state = BatchState::Ended { at: 3 };
        expected_batch.ended_at = Some(3);
        assert_eq!(Inference::batch(0), Some(expected_batch));
        assert_eq!((Inference::request_record(1), Inference::batch(1)), (None, None));
    });
}

#[test]
fn member_should_be_given_what_its_job_names() {
    run(|| {
        ask(ASKER);
        ask(OWNER);
        run_to(3);
        let (_, spec) = job(0);
        let Some(InferTask { requests, seed, .. }) = Inference::infer_task(0) else {
            panic!("no task");
        };
        assert_eq!(quorate_primitives::merkle::root_of(&requests), spec.work.requests_root);
        assert_eq!((seed, requests.len()), (spec.work.seed, 2));
        assert_eq!(Inference::infer_task(1), None);
    });
}

#[test]
fn next_page_should_be_a_duty_as_long_as_it_is_in_time() {
    run(|| {
        for _ in 0..70 {
            ask(ASKER);
        }
        run_to(3);
        assert_eq!(Inference::page_tasks(), []);
        let rows = rows(0);
        agree(0, &rows);
        let task = |page| AnswerPageTask {
            batch: 0,
            outcome: outcome(&rows),
            requests: 70,
            page,
        };
        assert_eq!(Inference::page_tasks(), [task(0)]);
        let detail = BlobRef {
            root: Root::repeat_byte(9),
            len: 70 * ROW_BYTES,
        };
        assert_eq!(Inference::gateway_rows(), [(0, detail)]);
        assert_ok!(show(0, 0, &rows));
        assert_eq!(Inference::page_tasks(), [task(1)]);
        run_to(1 + SETTLING);
        assert_eq!(Inference::page_tasks(), [task(1)]);
        run_to(2 + SETTLING);
        assert_eq!(Inference::page_tasks(), []);
    });
}

#[test]
fn gateways_should_know_what_is_open_and_the_newest_answers_of_each_organisation() {
    run(|| {
        assert_ok!(request(ASKER));
        let pending = RequestBlob {
            request: 0,
            organisation: ASKER,
            input: input(0),
            answer: None,
            pending: true,
        };
        assert_eq!(Inference::gateway_requests(ASKER), std::slice::from_ref(&pending));
        find(0, Finding::Held);
        let held = RequestBlob {
            pending: false,
            ..pending
        };
        assert_eq!(Inference::gateway_requests(ASKER), std::slice::from_ref(&held));
        run_to(3);
        answer(0, &rows(0), &[Agreed]);
        let answered = RequestBlob {
            answer: Some(row(0, AnswerStatus::Answered, 3).answer),
            ..held
        };
        assert_eq!(Inference::gateway_requests(ASKER), [answered]);
        assert_eq!(Inference::gateway_organisations(), [ASKER]);
        // However much one asks: others keep theirs.
        for _ in 0..10 {
            ask(OWNER);
        }
        run_to(6);
        answer(1, &rows(1), &[Agreed]);
        let shown = |of| {
            Inference::gateway_requests(of)
                .into_iter()
                .map(|blob| blob.request)
                .collect::<Vec<_>>()
        };
        assert_eq!((shown(ASKER), shown(OWNER)), (vec![0], vec![7, 8, 9, 10]));
        assert_eq!(Inference::gateway_organisations(), [ASKER, OWNER]);
        assert_eq!(Inference::gateway_reads(OWNER), 6);
    });
}

#[test]
fn requests_and_batches_should_be_listed_in_pages() {
    run(|| {
        for number in 0..150u32 {
            let by = [ASKER, OWNER, OWNER][number as usize % 3];
            assert_ok!(request(by));
            assert_ok!(Inference::cancel(signed(by), number.into()));
        }
        let ids = |views: Vec<RequestView>| views.into_iter().map(|view| view.id).collect::<Vec<_>>();
        assert_eq!(ids(Inference::requests(148, 9)), [148, 149]);
        assert_eq!(ids(Inference::requests(5, 2)), [5, 6]);
        assert_eq!(Inference::requests(0, 1_000).len(), 64);
        assert_eq!(ids(Inference::by_organisation(ASKER, 0, 3)), [0, 3, 6]);
        assert_eq!(ids(Inference::by_organisation(ASKER, 100, 3)), [102, 105, 108]);
        assert_eq!(ids(Inference::by_organisation(OWNER, 4, 3)), [4, 5, 7]);
        assert_eq!(Inference::by_organisation(OWNER, 0, 1_000).len(), 64);
        assert_eq!(Inference::by_organisation(3, 0, 9), []);
        ask(ASKER);
        run_to(3);
        assert_eq!(Inference::list_batches(0, 9).len(), 1);
        assert_eq!(Inference::list_batches(1, 9), []);
    });
}

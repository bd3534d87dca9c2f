use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{
    job::{EvaluateOutcome, Verdict::Agreed},
    views::{BlobRef, EvaluationState, EvaluationView, Quote},
    Root,
};

fn ids(views: Vec<EvaluationView>) -> Vec<u32> {
    views.into_iter().map(|view| view.id).collect()
}

#[test]
fn quote_should_tell_what_a_request_costs_and_how_long_it_may_take() {
    run(|| {
        let quote = |version, program, data| Evaluation::quote(0, version, program, data, OPERATIONS);
        let expected = Quote { fee: FEE, commit: 16 };
        assert_eq!(quote(0, PROGRAM, DATA), Some(expected));
        assert_eq!(quote(1, PROGRAM, DATA), None);
        assert_eq!(quote(0, DATA, DATA), None);
        assert_eq!(quote(0, PROGRAM, PROGRAM), None);
        assert_eq!(Evaluation::quote(0, 0, PROGRAM, DATA, 101), None);
    });
}

#[test]
fn view_should_say_who_asked_for_what() {
    run(|| {
        assert_ok!(request(CONTRIBUTOR));
        let (job, spec) = job(0);
        let expected = EvaluationView {
            id: 0,
            asked_by: account(CONTRIBUTOR),
            organisation: ASKER,
            work: spec.work,
            clean: true,
            fee: FEE,
            state: EvaluationState::Computing,
            job,
            first_job: None,
            statements_root: None,
            requested_at: 1,
            ended_at: None,
        };
        assert_eq!(Evaluation::evaluation(0), Some(expected));
        assert_eq!(Evaluation::evaluation(1), None);
    });
}

fn shown() -> Vec<u32> {
    Evaluation::gateway_evaluations()
}

/// One after the other, each with a detail. Returns their numbers.
fn evaluate(by: u32, times: u32) -> Vec<u32> {
    let one = |_| {
        let id = crate::NextEvaluation::<Test>::get();
        assert_ok!(request(by));
        agree(id, DONE, &[Agreed; 4]);
        id
    };
    (0..times).map(one).collect()
}

#[test]
fn details_should_be_shown_of_what_runs_and_of_the_newest_of_each_organisation() {
    run(|| {
        let detail = Some(BlobRef {
            root: Root::repeat_byte(9),
            len: 50,
        });
        assert_ok!(request(ASKER));
        assert_eq!(shown(), [0]);
        assert_eq!(Evaluation::gateway_detail(0), None, "nobody has agreed on it yet");
        agree(0, DONE, &[Agreed; 4]);
        assert_eq!((shown(), Evaluation::gateway_detail(0)), (vec![0], detail));
        assert_ok!(request(OWNER));
        // However much one asks for: others keep theirs.
        let own = evaluate(OWNER, 20);
        assert_eq!(shown(), [vec![0, 1], own[12..].to_vec()].concat());
        // When the jobs go, the details do.
        for block in 0..40 {
            run_to(RETENTION + 1 + block);
        }
        assert_eq!(shown(), [1]);
    });
}

#[test]
fn what_failed_or_did_not_fit_should_take_no_detail_s_place() {
    run(|| {
        let own = evaluate(ASKER, 8);
        for _ in 0..20 {
            let id = crate::NextEvaluation::<Test>::get();
            assert_ok!(request(ASKER));
            agree(id, EvaluateOutcome::Unfit, &[Agreed; 4]);
            assert_ok!(request(ASKER));
            disagree(id + 1);
            disagree(id + 1);
        }
        assert_eq!(shown(), own);
    });
}

#[test]
fn newcomer_should_find_a_place_where_all_are_taken_by_whoever_has_most() {
    run(|| {
        for id in 5..=10 {
            consortium::admit(id, id);
            set_fund(ASKER, fund(ASKER) - 300);
            set_fund(id, 300);
        }
        let of: Vec<Vec<u32>> = [1, 2, 3, 4, 5, 6, 7, 8].map(|by| evaluate(by, 8)).into();
        assert_eq!(shown(), of.concat());
        let newcomers = [evaluate(9, 1), evaluate(10, 1)].concat();
        let lost = of
            .concat()
            .into_iter()
            .filter(|id| !shown().contains(id))
            .collect::<Vec<_>>();
        // The oldest of two that had eight.
        assert_eq!(lost, [of[6][0], of[7][0]]);
        assert!(newcomers.iter().all(|id| shown().contains(id)));
        assert_eq!(shown().len(), 64);
    });
}

#[test]
fn evaluations_should_be_listed_in_pages_by_number_and_by_version() {
    run(|| {
        models::change(0, |model| {
            let version = model.versions[0];
            model.versions.push(version);
        });
        for number in 0..300u32 {
            let version = u32::from(number % 3 == 0);
            let asked = Evaluation::request(signed(ASKER), 0, version, PROGRAM, DATA, OPERATIONS, FEE);
            assert_ok!(asked);
            agree(number, DONE, &[Agreed; 4]);
        }
        assert_eq!(ids(Evaluation::evaluations(298, 9)), [298, 299]);
        assert_eq!(ids(Evaluation::evaluations(5, 2)), [5, 6]);
        assert_eq!(Evaluation::evaluations(0, 1_000).len(), 64);
        assert_eq!(ids(Evaluation::by_version(0, 1, 0, 3)), [0, 3, 6]);
        assert_eq!(ids(Evaluation::by_version(0, 1, 250, 3)), [252, 255, 258]);
        assert_eq!(ids(Evaluation::by_version(0, 1, 252, 2)), [252, 255]);
        assert_eq!(ids(Evaluation::by_version(0, 0, 254, 3)), [254, 256, 257]);
        assert_eq!(Evaluation::by_version(0, 0, 0, 1_000).len(), 64);
        assert_eq!(Evaluation::by_version(0, 2, 0, 9), []);
        assert_eq!(Evaluation::by_version(0, 1, 300, 9), []);
    });
}

use crate::{mock::*, types::BatchStage, Error, Event};
use codec::Encode;
use frame_support::{
    assert_noop, assert_ok,
    pallet_prelude::{InvalidTransaction, TransactionSource, TransactionValidityError, UnknownTransaction},
};
use quorate_primitives::{
    job::{
        infer::{answer_page_hashes, AnswerPage, AnswerRow, AnswerStatus},
        Verdict::Agreed,
    },
    views::inference::{RequestFailure, RequestState},
};
use sp_runtime::DispatchError;

/// A batch of 130 requests of two organisations, on which a quorum agreed.
fn agreed() -> Vec<AnswerRow> {
    for by in [ASKER, OWNER] {
        for _ in 0..65 {
            ask(by);
        }
    }
    run_to(3);
    let rows = rows(0);
    agree(0, &rows);
    rows
}

fn authorize(page: u32, rows: &[AnswerRow]) -> Result<Vec<Vec<u8>>, TransactionValidityError> {
    let shown = rows.chunks(64).nth(page as usize).unwrap_or_default().to_vec();
    let (rows, pages) = (AnswerPage::truncate_from(shown), answer_page_hashes(rows));
    Inference::authorize_answer(TransactionSource::External, &0, &page, &rows, &pages)
        .map(|(validity, _)| validity.provides)
}

#[test]
fn pages_should_prove_themselves_and_come_in_order() {
    run(|| {
        let rows = agreed();
        assert_noop!(show(0, 1, &rows), Error::<Test>::PageOutOfOrder);
        assert_noop!(show(1, 0, &rows), Error::<Test>::BatchNotFound);
        assert_eq!(authorize(0, &rows), Ok(vec![("QuorateAnswer", 0u32, 0u32).encode()]));
        assert_ok!(show(0, 0, &rows));
        assert_eq!(
            last_event(),
            Event::PageSettled {
                batch: 0,
                page: 0,
                pages: 3
            }
        );
        assert_noop!(show(0, 0, &rows), Error::<Test>::PageOutOfOrder);
        Inference::do_try_state().unwrap();
        assert_ok!(show(0, 1, &rows));
        assert_ok!(show(0, 2, &rows));
        assert_noop!(show(0, 2, &rows), Error::<Test>::PageOutOfOrder);
        assert_eq!(batch(0).settled, 130);
        close(0, &rows, &[Agreed; 4]);
        assert_noop!(show(0, 2, &rows), Error::<Test>::NotSettling);
        let all = 130 * (COST - READING + share(130));
        assert_eq!((earned(3), ledger().treasury), (all / 4, all % 4));
    });
}

#[test]
fn rows_that_no_quorum_agreed_on_should_be_refused_and_cost_nothing() {
    run(|| {
        let rows = agreed();
        let mut wrong = rows.clone();
        wrong[5].operations = 0;
        assert_noop!(show(0, 0, &wrong), Error::<Test>::BadPage);
        assert_noop!(show(0, 0, &rows[..64]), Error::<Test>::BadPage);
        assert_noop!(show(0, 0, &[]), Error::<Test>::BadPage);
        let bad = Error::<Test>::BadPage.encode()[0];
        assert_eq!(authorize(0, &wrong), Err(InvalidTransaction::Custom(bad).into()));
        // What may still become right is not banned.
        let early = Error::<Test>::PageOutOfOrder.encode()[0];
        assert_eq!(authorize(1, &rows), Err(UnknownTransaction::Custom(early).into()));
        let signed = Inference::answer(
            signed(ASKER),
            0,
            0,
            AnswerPage::truncate_from(rows[..64].to_vec()),
            answer_page_hashes(&rows),
        );
        assert_noop!(signed, DispatchError::BadOrigin);
    });
}

#[test]
fn rows_should_wait_for_a_quorum() {
    run(|| {
        ask(ASKER);
        run_to(3);
        let rows = rows(0);
        assert_noop!(show(0, 0, &rows), Error::<Test>::TooEarly);
        disagree(0);
        assert_noop!(show(0, 0, &rows), Error::<Test>::TooEarly);
        disagree(0);
        assert_noop!(show(0, 0, &rows), Error::<Test>::NotSettling);
    });
}

/// A quorum that agreed on rows of other requests agreed on nothing.
#[test]
fn rows_should_be_those_of_the_batch_in_its_order() {
    run(|| {
        ask(ASKER);
        ask(ASKER);
        run_to(3);
        let mut rows = rows(0);
        rows.swap(0, 1);
        agree(0, &rows);
        assert_noop!(show(0, 0, &rows), Error::<Test>::BadPage);
        close(0, &rows, &[Agreed; 4]);
        run_to(3 + SETTLING);
        next_block();
        assert_eq!(state(0), RequestState::Failed(RequestFailure::NoJob));
        assert_eq!((fund(ASKER), earned(0)), (RICH, 0));
    });
}

#[test]
fn requests_whose_rows_nobody_shows_in_time_should_cost_nothing_and_the_others_be_paid() {
    run(|| {
        let rows = agreed();
        assert_ok!(show(0, 0, &rows));
        run_to(3 + SETTLING);
        assert_noop!(show(0, 1, &rows), Error::<Test>::NotSettling);
        next_block();
        assert_eq!(batch(0).stage, BatchStage::Failing(RequestFailure::NoJob));
        for _ in 0..10 {
            next_block();
            Inference::do_try_state().unwrap();
        }
        // The job is not closed yet.
        assert_eq!((batch(0).settled, batch(0).ended_at()), (130, None));
        close(0, &rows, &[Agreed; 4]);
        let cost = 32 * (COST - READING + share(130));
        assert_eq!((fund(ASKER), fund(OWNER)), (RICH - cost, RICH - cost));
        assert_eq!(earned(0), cost * 2 / 4);
        let failed = RequestState::Failed(RequestFailure::NoJob);
        assert_eq!(
            crate::Requests::<Test>::iter_values()
                .filter(|request| request.state == failed)
                .count(),
            66
        );
    });
}

#[test]
fn time_for_rows_should_move_on_by_blocks_without_transactions() {
    run(|| {
        let rows = agreed();
        NoTransactions::put(true);
        run_to(3 + 2 * SETTLING);
        NoTransactions::put(false);
        assert_ok!(show(0, 0, &rows));
        run_to(2 + 3 * SETTLING);
        assert_ok!(show(0, 1, &rows));
        run_to(3 + 3 * SETTLING);
        assert_noop!(show(0, 2, &rows), Error::<Test>::NotSettling);
    });
}

#[test]
fn every_row_should_be_shown_by_gateways_and_what_came_to_nothing_should_not() {
    run(|| {
        for _ in 0..4 {
            ask(ASKER);
        }
        assert_ok!(Inference::cancel(signed(ASKER), 3));
        run_to(3);
        let rows = [
            row(0, AnswerStatus::Fault, 1),
            row(1, AnswerStatus::Answered, 1),
            row(2, AnswerStatus::Unfit, 1),
        ];
        answer(0, &rows, &[Agreed]);
        let shown: Vec<_> = Inference::gateway_requests(ASKER)
            .into_iter()
            .map(|blob| (blob.request, blob.answer))
            .collect();
        let expected: Vec<_> = rows.iter().map(|row| (row.request, Some(row.answer.clone()))).collect();
        assert_eq!(shown, expected);
    });
}

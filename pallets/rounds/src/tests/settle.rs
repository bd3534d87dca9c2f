use crate::{mock::*, types::RoundStage, Call, Error, Event, RoundScores};
use codec::Encode;
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    job::{
        aggregate::{page_hashes, PageHashes, ScoreRow},
        JobEnd,
    },
    traits::JobHandler,
};
use sp_runtime::{
    traits::BadOrigin,
    transaction_validity::{InvalidTransaction, TransactionValidityError, UnknownTransaction},
};

fn code(error: Error<Test>) -> u8 {
    error.encode()[0]
}

fn unknown(error: Error<Test>) -> Result<(), TransactionValidityError> {
    Err(UnknownTransaction::Custom(code(error)).into())
}

fn invalid(error: Error<Test>) -> Result<(), TransactionValidityError> {
    Err(InvalidTransaction::Custom(code(error)).into())
}

/// What the pool says of a page.
fn checked(id: u32, page: u32, rows: &[ScoreRow]) -> Result<(), TransactionValidityError> {
    show_page(id, page, rows).map(|done| done.unwrap())
}

/// A round of 70 updates whose job runs.
fn sealed() -> u32 {
    set_policy(|policy| {
        policy.max_updates = 70;
        policy.max_updates_per_organisation = 70;
    });
    let who: Vec<u32> = (0..70).map(|n| FIRST * (n % 7 + 1) + n).collect();
    seal(&who)
}

/// Its job agreed on these rows.
fn scoring() -> (u32, Vec<ScoreRow>) {
    let id = sealed();
    let rows = rows_of(id, |position| 1_000 + position);
    agree_on(id, outcome_of(&rows));
    (id, rows)
}

#[test]
fn pages_should_come_in_order_each_once() {
    run(|| {
        let (id, rows) = scoring();
        assert_eq!(checked(id, 1, &rows), unknown(Error::PageOutOfOrder));
        assert_ok!(checked(id, 0, &rows));
        let expected = Event::PageSettled {
            round: id,
            page: 0,
            pages: 2,
        };
        assert_eq!(last_event(), expected);
        assert_eq!(checked(id, 0, &rows), unknown(Error::PageOutOfOrder));
        assert_eq!(checked(id, 2, &rows), unknown(Error::PageOutOfOrder));
        assert!(matches!(round(id).stage, RoundStage::Scoring { .. }));
        assert_ok!(checked(id, 1, &rows));
        let expected = Event::Scored {
            round: id,
            updates: 70,
            median: 1_034,
            organisations: 7,
        };
        assert_eq!(last_event(), expected);
        assert_eq!(round(id).stage, RoundStage::Vesting { until: now() });
        assert_eq!(checked(id, 2, &rows), invalid(Error::NotScoring));
    });
}

#[test]
fn page_should_belong_to_the_agreed_outcome() {
    run(|| {
        let (id, rows) = scoring();
        let hashes = page_hashes(&rows);
        let mut richer = rows.clone();
        richer[5].score = 1_000_000;
        let refused = |rows: &[ScoreRow], pages: PageHashes| {
            let sent = send(page_call(id, 0, rows, pages)).map(|_| ());
            assert_eq!(sent, invalid(Error::BadPage));
        };
        refused(&richer[..64], hashes.clone());
        refused(&rows[..63], hashes.clone());
        refused(&[], hashes.clone());
        // Rows and hashes that fit each other, but not what was agreed.
        refused(&richer[..64], page_hashes(&richer));
        let mut fewer = hashes.clone();
        fewer.pop();
        refused(&rows[..64], fewer);
        refused(&rows[..64], PageHashes::default());
        assert_ok!(checked(id, 0, &rows));
    });
}

#[test]
fn page_should_wait_until_the_job_is_closed() {
    run(|| {
        let id = sealed();
        let rows = rows_of(id, |_| 1);
        let outcome = outcome_of(&rows);
        assert_eq!(checked(id, 0, &rows), unknown(Error::TooEarly));
        let (job, spec) = job_of(id);
        Rounds::agreed(job, &spec, &outcome);
        assert_eq!(checked(id, 0, &rows), unknown(Error::TooEarly));
        Rounds::closed(job, &spec, JobEnd::Agreed(outcome));
        assert_ok!(checked(id, 0, &rows));
        assert_eq!(checked(9, 0, &rows), unknown(Error::RoundNotFound));
    });
}

#[test]
fn page_should_come_as_a_general_transaction() {
    run(|| {
        let (id, rows) = scoring();
        let Call::settle {
            round,
            page,
            rows,
            pages,
        } = page_call(id, 0, &rows[..64], page_hashes(&rows))
        else {
            panic!("another call")
        };
        let refused = Rounds::settle(signed(1), round, page, rows, pages);
        assert_noop!(refused, BadOrigin);
    });
}

#[test]
fn scores_should_land_on_the_updates_of_the_sealed_order() {
    run(|| {
        let id = seal(&[1_000, 2_000, 3_000]);
        score(id, |position| 100 * (position + 1));
        for position in 0..3 {
            assert_eq!(update(id, position).score, Some(100 * (position + 1)));
        }
    });
}

#[test]
fn scores_that_never_came_should_pay_validators_and_return_the_rest_to_the_fund() {
    run(|| {
        let (id, rows) = scoring();
        assert_ok!(checked(id, 0, &rows));
        run_for(policy().retention - 1);
        assert!(matches!(round(id).stage, RoundStage::Scoring { .. }));
        run_for(1);
        assert_eq!(count(|event| matches!(event, Event::ScoresMissing { .. })), 1);
        assert!(!RoundScores::<Test>::contains_key(id));
        run_for(2);
        assert!(is_over(id, RoundEnd::Settled));
        let validators: u128 = policy().reward / 5;
        assert_eq!(ledger().claims.values().sum::<u128>(), validators);
        assert_eq!((ledger().fund_of(MODEL), ledger().treasury), (FUND - validators, 0));
        assert!((0..70).all(|position| update(id, position).score.is_none()));
        assert!(Results::get().is_empty() && ledger().bonds.is_empty());
        assert_eq!(Settled::get().len(), 1);
    });
}

#[test]
fn page_should_be_refused_from_the_deadline_on() {
    run(|| {
        let (id, rows) = scoring();
        let RoundStage::Scoring { until } = round(id).stage else {
            panic!("{:?}", round(id).stage)
        };
        run_to(until - 1);
        System::set_block_number(until);
        assert_eq!(checked(id, 0, &rows), invalid(Error::NotScoring));
    });
}

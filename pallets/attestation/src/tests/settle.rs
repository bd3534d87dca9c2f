use crate::{mock::*, Call, Error, Event};
use frame_support::{assert_err, assert_noop, assert_ok};
use quorate_primitives::{
    job::{PageHashes, ScorePage},
    payload, JobId,
};
use sp_runtime::{traits::BadOrigin, DispatchError};

fn page(id: JobId, number: u32) -> Call<Test> {
    let rows = rows()
        .chunks(64)
        .nth(number as usize)
        .map(|rows| rows.to_vec())
        .unwrap_or_default();
    with_rows(id, number, ScorePage::truncate_from(rows))
}

fn with_rows(id: JobId, number: u32, page_rows: ScorePage) -> Call<Test> {
    Call::settle {
        job: id,
        page: number,
        rows: page_rows,
        pages: payload::page_hashes(&rows()),
    }
}

fn closed_job() -> JobId {
    let id = create(1);
    commit_all(id, &[outcome(0); 4]);
    reveal_all(id, &[outcome(0); 4]);
    id
}

#[test]
fn pages_are_taken_in_order_each_once() {
    with_committee(4, || {
        let id = closed_job();
        assert_err!(send(page(id, 1)), unknown(Error::PageOutOfOrder));
        assert_ok!(send(page(id, 0)));
        System::assert_last_event(
            Event::PageSettled {
                job: id,
                page: 0,
                pages: 2,
            }
            .into(),
        );
        assert_err!(send(page(id, 0)), unknown(Error::PageOutOfOrder));
        assert_ok!(send(page(id, 1)));
        assert_err!(send(page(id, 1)), unknown(Error::PageOutOfOrder));
        assert_err!(send(page(id, 2)), unknown(Error::PageOutOfOrder));
        assert_eq!(job(id).pages_settled, 2);
        assert_eq!(Heard::get()[2..], [Told::Page(id, 0, 64), Told::Page(id, 1, 36)]);
    });
}

#[test]
fn a_page_belongs_to_the_agreed_outcome() {
    with_committee(4, || {
        let id = closed_job();
        let first = ScorePage::truncate_from(rows()[..64].to_vec());
        let mut richer = first.clone();
        richer[5].score = 1_000_000;
        assert_err!(send(with_rows(id, 0, richer.clone())), invalid(Error::BadPage));
        let short = ScorePage::truncate_from(first[..63].to_vec());
        assert_err!(send(with_rows(id, 0, short)), invalid(Error::BadPage));
        assert_err!(send(with_rows(id, 0, ScorePage::default())), invalid(Error::BadPage));

        // Rows and hashes that fit each other, but not what was agreed.
        let mut forged = rows();
        forged[5].score = 1_000_000;
        let pages = payload::page_hashes(&forged);
        assert_err!(
            send(Call::settle {
                job: id,
                page: 0,
                rows: richer,
                pages
            }),
            invalid(Error::BadPage)
        );
        let mut fewer = payload::page_hashes(&rows());
        fewer.pop();
        let call = Call::settle {
            job: id,
            page: 0,
            rows: first.clone(),
            pages: fewer,
        };
        assert_err!(send(call), invalid(Error::BadPage));
        let call = Call::settle {
            job: id,
            page: 0,
            rows: first,
            pages: PageHashes::default(),
        };
        assert_err!(send(call), invalid(Error::BadPage));
        assert_ok!(send(page(id, 0)));
    });
}

#[test]
fn there_is_nothing_to_settle_before_the_end_or_without_an_agreement() {
    with_committee(4, || {
        let id = create(1);
        assert_err!(send(page(id, 0)), unknown(Error::TooEarly));
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 3]);
        assert_err!(send(page(id, 0)), unknown(Error::TooEarly));

        let failed = create(2);
        go_to(2 + COMMIT);
        assert_err!(send(page(failed, 0)), invalid(Error::NoAgreement));
    });
}

#[test]
fn a_page_that_the_handler_refuses_leaves_no_trace() {
    with_committee(4, || {
        let id = closed_job();
        RefusePages::set(true);
        assert_noop!(run(page(id, 0)), DispatchError::Other("too late"));
        assert_eq!(job(id).pages_settled, 0);
    });
}

#[test]
fn only_the_extension_gives_the_origin() {
    with_committee(4, || {
        let id = closed_job();
        let Call::settle { job, page, rows, pages } = page(id, 0) else {
            unreachable!()
        };
        assert_noop!(
            Attestation::settle(RuntimeOrigin::signed(account(0)), job, page, rows, pages),
            BadOrigin
        );
    });
}

//! What calls and blocks weigh: here nothing but what the handler was told, since the pallet's own weights are zero.

use crate::{mock::*, Call};
use frame_support::{traits::Hooks, weights::Weight};
use quorate_primitives::{job::ScorePage, payload};

fn both() -> Weight {
    AGREED_WEIGHT.saturating_add(CLOSED_WEIGHT)
}

#[test]
fn a_commit_weighs_the_handlers_part_only_when_it_closes_the_job() {
    with_committee(4, || {
        Muted::set(vec![account(2), account(3)]);
        let id = create(1);
        let first = weigh(commit_call(id, 0, &outcome(0)));
        assert_eq!(first, (CLOSED_WEIGHT, Some(Weight::zero())));
        let last = weigh(commit_call(id, 1, &outcome(0)));
        assert_eq!(last, (CLOSED_WEIGHT, Some(CLOSED_WEIGHT)));
    });
}

#[test]
fn a_reveal_weighs_what_it_brings_about() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        let told: Vec<Weight> = (0..4)
            .map(|member| weigh(reveal_call(id, member, &outcome(0))))
            .map(|(declared, actual)| {
                assert_eq!(declared, both());
                actual.expect("a reveal says what it weighed")
            })
            .collect();
        assert_eq!(told, [Weight::zero(), Weight::zero(), AGREED_WEIGHT, CLOSED_WEIGHT]);
    });
}

#[test]
fn the_only_member_s_reveal_weighs_both() {
    with_committee(1, || {
        let id = create(1);
        commit_all(id, &[outcome(0)]);
        assert_eq!(weigh(reveal_call(id, 0, &outcome(0))), (both(), Some(both())));
    });
}

#[test]
fn a_page_weighs_by_its_rows() {
    with_committee(1, || {
        let id = create(1);
        commit_all(id, &[outcome(0)]);
        reveal_all(id, &[outcome(0)]);
        let call = Call::settle {
            job: id,
            page: 0,
            rows: ScorePage::truncate_from(rows()),
            pages: payload::page_hashes(&rows()),
        };
        let (declared, actual) = weigh(call);
        assert_eq!((declared, actual), (Weight::from_parts(64_000_000, 640), None));
    });
}

#[test]
fn a_block_weighs_the_jobs_that_it_closes() {
    with_committee(4, || {
        let jobs = [create(1), create(2)];
        commit_all(jobs[0], &[outcome(0); 3]);
        let due = 2 + COMMIT;
        System::set_block_number(due);
        // One job goes on to its reveals, the other is closed for want of commits.
        assert_eq!(Attestation::on_initialize(due), CLOSED_WEIGHT);
        assert_eq!(Heard::get().len(), 1);
    });
}

use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{availability::Finding, job::Verdict, views::inference::RequestState};

/// A contributor asks, its organisation's fund pays, and the members that agree share what it cost.
#[test]
fn committee_should_answer_what_a_contributor_asks_and_share_what_was_used() {
    run(|| {
        // The fee is set aside at once, and validators vote on the input.
        assert_ok!(request(CONTRIBUTOR));
        assert_eq!(fund(ASKER), RICH - FEE);
        find(0, Finding::Held);
        assert_eq!(state(0), RequestState::Waiting);
        // In the next block it is in a batch.
        run_to(3);
        assert_eq!(state(0), RequestState::Computing { batch: 0 });
        // Three of five millions of operations were needed. Three of four members agree; the fourth lied.
        let rows = rows(0);
        let verdicts = [Verdict::Agreed, Verdict::Agreed, Verdict::Wrong, Verdict::Agreed];
        answer(0, &rows, &verdicts);
        let row = rows[0].clone();
        assert_eq!(state(0), RequestState::Answered { batch: 0, row });
        let cost = COST;
        let paid: Vec<_> = (0..4).map(earned).collect();
        assert_eq!(paid, [cost / 3, cost / 3, 0, cost / 3]);
        // Three quarters of what was not used are back, and what cannot be shared goes to the treasury.
        assert_eq!((fund(ASKER), ledger().treasury), (RICH - cost, cost % 3));
    });
}

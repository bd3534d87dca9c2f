use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{job::Verdict, views::EvaluationState};

/// A contributor asks, its organisation's fund pays, and the members that agree share the fee.
#[test]
fn committee_should_evaluate_what_a_contributor_asks_for_and_share_the_fee() {
    run(|| {
        // The fee is set aside at once.
        assert_ok!(request(CONTRIBUTOR));
        assert_eq!(fund(ASKER), RICH - FEE);
        assert_eq!(entry(0).state, EvaluationState::Computing);
        // Three of four members agree; the fourth lied.
        let verdicts = [Verdict::Agreed, Verdict::Agreed, Verdict::Wrong, Verdict::Agreed];
        agree(0, DONE, &verdicts);
        assert_eq!(entry(0).state, EvaluationState::Done(DONE));
        let paid: Vec<_> = (0..4).map(earned).collect();
        assert_eq!(paid, [FEE / 3, FEE / 3, 0, FEE / 3]);
        // What cannot be shared goes to the treasury.
        assert_eq!(ledger().treasury, FEE % 3);
    });
}

use crate::mock::*;
use quorate_primitives::{job::Verdict, traits::Reputation as _};

#[test]
fn reputation_should_follow_scores_and_verdicts() {
    run(|| {
        // An update that scores the median of its round raises a newcomer from 0.5 towards 0.8.
        score(1, 0, 400_000, 400_000);
        assert_eq!(reputation(1), 530_000);
        // Scores well above it bring a rank in the governance.
        excel(1, 0, 2);
        assert_eq!(ranks(), [(account(1), 1)]);
        // A validator that reveals a wrong outcome loses half of its reputation.
        judge(2, Verdict::Wrong);
        assert_eq!(Reputation::validator(&account(2)), 250_000);
    });
}

use crate::mock::*;
use frame_support::assert_ok;

/// Two contributors improve a model and share the reward by what their updates were worth.
#[test]
fn round_should_make_a_version_of_updates_and_pay_for_them() {
    run(|| {
        // The model's owner opens a round; two contributors commit to their updates, of which nobody learns anything yet.
        let id = open_round();
        let contributors = [1_000, 2_000];
        for who in contributors {
            assert_ok!(submit(id, who));
        }
        // At the deadline they show the roots that they committed to.
        run_for(policy().deadlines.collect);
        for who in contributors {
            assert_ok!(reveal(id, who));
        }
        // A quorum of validators holds every byte: the updates are sealed, and a job runs.
        hold_all(id, &[0, 1]);
        idle();
        assert!(is_computing(id));
        // A quorum computes the same version; anybody shows its scores.
        score(id, |position| [250_000, 750_000][position as usize]);
        assert_eq!(round(id).version, Some(1));
        // There is no time to challenge it here: the next block pays.
        run_for(1);
        assert!(is_over(id, RoundEnd::Settled));
        assert_eq!((claim_of(1_000), claim_of(2_000)), (17_500, 52_500));
    });
}

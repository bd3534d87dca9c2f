use crate::mock::*;
use quorate_primitives::job::{JobPhase, Verdict};

/// A liar is outvoted, and a validator that is slow costs the others two blocks.
#[test]
fn job_should_end_with_the_outcome_of_the_quorum() {
    with_committee(4, || {
        // A requester asks for the sum of 100 numbers; the chain snapshots the committee.
        let id = create(1);
        let answers = [outcome(0), outcome(0), outcome(0), outcome(1)];
        // Three of four commit to a hash that hides their answer; the fourth does so within the grace.
        commit_all(id, &answers[..3]);
        go_to(System::block_number() + GRACE - 1);
        send(commit_call(id, 3, &answers[3])).expect("the grace is not over");
        // All are in: they reveal what they committed to.
        assert!(matches!(job(id).phase, JobPhase::Reveal { .. }));
        reveal_all(id, &answers);
        assert_eq!(job(id).agreed, Some(outcome(0)));
        assert_eq!(verdicts(id)[2..], [Verdict::Agreed, Verdict::Wrong]);
    });
}

//! Seeds of pipelines that draw, and optimiser states of jobs.

use crate::{
    mock::*,
    types::{RefundReason, RoundStage, SEED_BLOCKS},
    Event,
};
use frame_support::assert_ok;
use quorate_exact::{Pipeline, PreAggregation, PreAggregator, Rule};
use quorate_primitives::{job::AggregateOutcome, merkle, views::RoundPhase, Hash, RoundId};

fn bucketing() -> Pipeline {
    Pipeline {
        pre: PreAggregation::One(PreAggregator::Bucketing { size: 2 }),
        ..Rule::Median.into()
    }
}

/// A round whose updates are decided in this block.
fn decided() -> RoundId {
    // The median of three buckets tolerates one faulty update.
    set_policy(|policy| {
        policy.pipeline = bucketing();
        policy.min_updates = 5;
        policy.max_updates = 10;
    });
    decide(&[1_000, 2_000, 3_000, 4_000, 5_000])
}

/// Blocks drawn from so far.
fn drawn(id: RoundId) -> Option<u32> {
    match round(id).stage {
        RoundStage::Drawing { blocks, .. } => Some(blocks),
        _ => None,
    }
}

#[test]
fn job_should_wait_for_the_blocks_that_its_seed_is_drawn_from() {
    run(|| {
        let id = decided();
        let sealed = now();
        assert_eq!((drawn(id), round(id).sealed_at), (Some(0), Some(sealed)));
        assert_eq!(round(id).phase(), RoundPhase::Computing);
        let expected = Event::DrawingStarted {
            round: id,
            inputs: 5,
            blocks: SEED_BLOCKS,
        };
        assert_eq!(last_event(), expected);
        let inputs = Rounds::inputs(id);
        run_to(sealed + 1);
        assert_eq!(
            drawn(id),
            Some(0),
            "the randomness at hand is that of the sealing block"
        );
        run_to(sealed + SEED_BLOCKS);
        assert_eq!(drawn(id), Some(SEED_BLOCKS - 1));
        assert!(Created::get().is_empty());
        Rounds::do_try_state().unwrap();
        run_for(1);
        assert!(is_computing(id));
        let (job, spec) = job_of(id);
        assert_ne!(spec.work.seed, Hash::zero());
        assert_eq!((spec.work.inputs, spec.work.inputs_root), (5, merkle::root_of(&inputs)));
        let expected = Event::Sealed {
            round: id,
            job,
            inputs_root: spec.work.inputs_root,
            inputs: 5,
        };
        assert_eq!(last_event(), expected);
        agree(id);
        assert_eq!(round(id).version, Some(1));
    });
}

#[test]
fn retry_should_have_the_same_seed() {
    run(|| {
        let id = decided();
        run_for(SEED_BLOCKS + 1);
        let (_, first) = job_of(id);
        run_for(3);
        disagree(id);
        let (_, second) = job_of(id);
        assert_eq!((first.attempt, second.attempt), (0, 1));
        assert_eq!(first.work.seed, second.work.seed);
    });
}

#[test]
fn every_block_after_the_seal_should_count_and_the_sealing_one_should_not() {
    /// The seed when the author of one block drew something else.
    fn seed(changed: u32, other: Option<u64>) -> Hash {
        let mut seed = Hash::zero();
        run(|| {
            let id = decided();
            for block in 0..=SEED_BLOCKS {
                Drawn::set(if block == changed { other } else { Some(0) });
                run_for(1);
            }
            seed = job_of(id).1.work.seed;
        });
        seed
    }
    let usual = seed(u32::MAX, None);
    assert_eq!(seed(0, Some(1)), usual);
    for block in 1..=SEED_BLOCKS {
        assert_ne!(seed(block, Some(1)), usual, "block {block}");
        assert_ne!(seed(block, None), usual, "block {block} without randomness");
    }
}

#[test]
fn rounds_should_have_seeds_of_their_own() {
    run(|| {
        let first = decided();
        run_for(SEED_BLOCKS + 1);
        agree(first);
        let second = decided();
        run_for(SEED_BLOCKS + 1);
        assert_ne!(job_of(first).1.work.seed, job_of(second).1.work.seed);
    });
}

#[test]
fn round_that_draws_should_be_refunded_when_the_council_aborts_it_or_the_job_cannot_be_made() {
    run(|| {
        let id = decided();
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
        run_for(1);
        assert_eq!((escrowed(id), ledger().free_of(1)), (0, START));
        RefuseJobs::set(true);
        let id = decided();
        run_for(SEED_BLOCKS + 1);
        let expected = Event::Aborted {
            round: id,
            reason: RefundReason::NoJob,
        };
        assert!(events().contains(&expected));
        assert_eq!(escrowed(id), 0);
        run_for(1);
        assert_eq!(ledger().free_of(1), START);
    });
}

#[test]
fn job_and_its_retry_should_go_on_from_the_state_that_the_base_came_with() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        assert_eq!(job_of(id).1.work.optimiser, None);
        let made = AggregateOutcome {
            optimiser: Some(root(90)),
            ..outcome(id)
        };
        agree_on(id, made);
        let next = seal(&[1_000, 2_000]);
        assert_eq!(job_of(next).1.work.optimiser, Some(root(90)));
        disagree(next);
        let (_, retried) = job_of(next);
        assert_eq!((retried.attempt, retried.work.optimiser), (1, Some(root(90))));
    });
}

//! Seeds of pipelines that draw, and optimiser states of jobs.

use crate::{
    mock::*,
    types::{RefundReason, Stage, SEED_BLOCKS},
    Error, Event,
};
use frame_support::assert_noop;
use quorate_exact::{Pipeline, PreAggregation, PreAggregator, Rule};
use quorate_primitives::{
    job::{JobEnd, Outcome},
    merkle,
    traits::{Escrow, JobHandler},
    views::RoundPhase,
    Hash, RoundId,
};

fn bucketing() -> Pipeline {
    Pipeline {
        pre: PreAggregation::One(PreAggregator::Bucketing { size: 2 }),
        ..Rule::Median.into()
    }
}

/// A round whose updates are decided in this block.
fn decided() -> RoundId {
    change(|world| world.set_policy(|policy| policy.pipeline = bucketing()));
    decide(&[1_000, 2_000, 3_000])
}

/// Blocks drawn from so far.
fn drawn(id: RoundId) -> Option<u32> {
    match round(id).stage {
        Stage::Drawing { blocks, .. } => Some(blocks),
        _ => None,
    }
}

#[test]
fn the_job_waits_for_the_blocks_that_its_seed_is_drawn_from() {
    run(|| {
        let id = decided();
        let sealed = now();
        assert_eq!((drawn(id), round(id).sealed_at), (Some(0), Some(sealed)));
        assert_eq!(round(id).phase(), RoundPhase::Computing);
        let expected = Event::DrawingStarted {
            round: id,
            inputs: 3,
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
        assert!(world().jobs.is_empty());
        Rounds::do_try_state().unwrap();
        run_for(1);
        assert_eq!(round(id).stage, Stage::Computing);
        let (job, spec) = job_of(id);
        assert_ne!(spec.seed, Hash::zero());
        assert_eq!((spec.inputs, spec.inputs_root), (3, merkle::root_of(&inputs)));
        let expected = Event::Sealed {
            round: id,
            job,
            inputs_root: spec.inputs_root,
            inputs: 3,
        };
        assert_eq!(last_event(), expected);
        agree(id);
        assert_eq!(round(id).version, Some(1));
    });
}

#[test]
fn a_retry_has_the_same_seed() {
    run(|| {
        let id = decided();
        run_for(SEED_BLOCKS + 1);
        let (_, first) = job_of(id);
        run_for(3);
        disagree(id);
        let (_, second) = job_of(id);
        assert_eq!((first.attempt, second.attempt), (0, 1));
        assert_eq!(first.seed, second.seed);
    });
}

#[test]
fn every_block_after_the_seal_counts_and_the_sealing_one_does_not() {
    /// The seed when the author of one block drew something else.
    fn seed(changed: u32, other: Option<u64>) -> Hash {
        let mut seed = Hash::zero();
        run(|| {
            let id = decided();
            for block in 0..=SEED_BLOCKS {
                Drawn::set(if block == changed { other } else { Some(0) });
                run_for(1);
            }
            seed = job_of(id).1.seed;
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
fn rounds_of_one_block_have_seeds_of_their_own() {
    run(|| {
        let first = decided();
        run_for(SEED_BLOCKS + 1);
        agree(first);
        let second = decided();
        run_for(SEED_BLOCKS + 1);
        assert_ne!(job_of(first).1.seed, job_of(second).1.seed);
    });
}

#[test]
fn a_round_that_draws_cannot_be_aborted_and_a_job_that_cannot_be_made_refunds_it() {
    run(|| {
        change(|world| world.refuse_jobs = true);
        let id = decided();
        assert_noop!(Rounds::abort(RuntimeOrigin::root(), id), Error::<Test>::TooLateToAbort);
        run_for(SEED_BLOCKS + 1);
        let expected = Event::Aborted {
            round: id,
            reason: RefundReason::NoJob,
        };
        assert!(events().contains(&expected));
        assert_eq!(World::escrowed(id), 0);
        run_for(1);
        assert_eq!(world().free_of(1), 100_000);
    });
}

#[test]
fn a_job_goes_on_from_the_state_that_the_base_came_with_and_so_does_its_retry() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let (job, spec) = job_of(id);
        assert_eq!(spec.optimiser, None);
        let made = Outcome {
            optimiser: Some(root(90)),
            ..outcome()
        };
        Rounds::agreed(job, &spec, &made);
        Rounds::closed(job, &spec, JobEnd::Agreed(made));
        let next = seal(&[1_000, 2_000]);
        assert_eq!(job_of(next).1.optimiser, Some(root(90)));
        disagree(next);
        let (_, retried) = job_of(next);
        assert_eq!((retried.attempt, retried.optimiser), (1, Some(root(90))));
    });
}

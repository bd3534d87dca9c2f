//! One organisation never has more in a job than the pipeline tolerates of the updates that were sealed.

use crate::{mock::*, sealing::organisation_cap};
use quorate_exact::{Pipeline, PreAggregation, PreAggregator, Rule};
use quorate_primitives::update::{Update, UpdateStatus};
use rand::{rngs::StdRng, Rng, SeedableRng};

fn dice() -> StdRng {
    let given = std::env::var("QUORATE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(rand::random::<u32>);
    println!("QUORATE_SEED={seed}");
    StdRng::seed_from_u64(seed.into())
}

/// Each rule, alone or behind one or two pre-aggregators.
fn pipeline(dice: &mut StdRng) -> Pipeline {
    let f_ppm = dice.random_range(0..500_000);
    let (tau, nu, iterations) = (1 << 16, 1, 3);
    let rule = match dice.random_range(0..10) {
        0 => Rule::WeightedMean,
        1 => Rule::Median,
        2 => Rule::TrimmedMean { trim_ppm: f_ppm },
        3 => Rule::MeaMed { f_ppm },
        4 => Rule::Krum { f_ppm },
        5 => Rule::MultiKrum { f_ppm },
        6 => Rule::Bulyan { f_ppm: f_ppm / 2 },
        7 => Rule::MinimumDiameter { f_ppm },
        8 => Rule::GeometricMedian { nu, iterations },
        _ => Rule::CentredClipping { tau, iterations },
    };
    let stage = |dice: &mut StdRng| match dice.random_range(0..4) {
        0 => PreAggregator::Clip { tau },
        1 => PreAggregator::Arc { f_ppm },
        2 => PreAggregator::Nnm { f_ppm },
        _ => PreAggregator::Bucketing {
            size: dice.random_range(1..4),
        },
    };
    let pre = match dice.random_range(0..3) {
        0 => PreAggregation::None,
        1 => PreAggregation::One(stage(dice)),
        _ => PreAggregation::Two(stage(dice), stage(dice)),
    };
    Pipeline {
        pre,
        ..Pipeline::from(rule)
    }
}

#[test]
fn cap_should_be_the_largest_that_the_pipeline_tolerates_of_what_is_left_with_it() {
    let mut dice = dice();
    for _ in 0..20_000 {
        let pipeline = pipeline(&mut dice);
        let organisations = dice.random_range(0..40);
        let counts: Vec<u32> = (0..organisations).map(|_| dice.random_range(1..12)).collect();
        let most = dice.random_range(1..10);
        let left = |cap: u32| counts.iter().map(|count| cap.min(*count)).sum::<u32>();
        let fits = |cap: u32| pipeline.tolerated(left(cap)).is_none_or(|tolerated| cap <= tolerated);
        let largest = counts.iter().copied().max().unwrap_or(0).min(most);
        let found = organisation_cap(&pipeline, &counts, most);
        assert_eq!(
            found,
            (1..=largest).rev().find(|cap| fits(*cap)),
            "{pipeline:?} {counts:?}"
        );
    }
}

/// Whole rounds, of which some updates are never revealed, and some never voted on.
#[test]
fn no_organisation_should_have_more_than_is_tolerated_of_what_was_sealed_whatever_expires() {
    let (mut dice, mut sealed, mut surplus) = (dice(), 0, 0);
    for _ in 0..300 {
        let pipeline = pipeline(&mut dice);
        run(|| {
            // Also policies that the registry would not take: the seal relies on none of its checks.
            models::change(MODEL, |model| {
                model.policy.pipeline = pipeline;
                model.policy.min_updates = 1;
                model.policy.max_updates = 64;
                model.policy.max_updates_per_organisation = dice.random_range(1..4);
            });
            let cap = model(MODEL).policy.max_updates_per_organisation;
            let mut who = Vec::new();
            for organisation in 1..=dice.random_range(1..16) {
                let number = dice.random_range(1..=cap);
                who.extend((0..number).map(|n| organisation * FIRST + n));
            }
            let id = revealing(&who);
            let mut held = Vec::new();
            for (position, contributor) in (0..).zip(&who) {
                if dice.random_bool(0.8) {
                    reveal(id, *contributor).unwrap();
                    if dice.random_bool(0.8) {
                        held.push(position);
                    }
                }
            }
            hold_all(id, &held);
            run_for(21);
            // The state's own check has looked at every block; what it looks at is there.
            if is_computing(id) || round(id).sealed_at.is_some() {
                sealed += 1;
                let updates: Vec<Update> = (0..who.len() as u32).map(|position| update(id, position)).collect();
                surplus += updates
                    .iter()
                    .filter(|update| update.status == UpdateStatus::Surplus)
                    .count();
                let inputs: Vec<&Update> = updates.iter().filter(|update| update.index.is_some()).collect();
                let tolerated = pipeline.tolerated(inputs.len() as u32).unwrap_or(u32::MAX);
                let of = |organisation| inputs.iter().filter(|input| input.organisation == organisation).count();
                for input in &inputs {
                    assert!(of(input.organisation) as u32 <= tolerated, "{pipeline:?}");
                }
            }
        });
    }
    println!("{sealed} rounds were sealed, {surplus} updates left out");
    assert!(sealed > 50 && surplus > 10);
}

//! One run: a scene learns for some rounds in one case.

use anyhow::Result;
use quorate_digits_task::{network::Weights, plain};

use crate::{
    case::{Case, Outcome},
    round::Aggregator,
    scene::Scene,
};

/// Learn for `rounds` rounds.
///
/// # Errors
/// What the reference should never report of rows that passed the door.
pub fn learn(scene: &Scene, case: &Case, rounds: u32) -> Result<Outcome> {
    let mut aggregator = Aggregator::new(&scene.header, &case.pipeline, Weights::start(scene.seed));
    let mut outcome = Outcome::default();
    for round in 1..=rounds {
        let played = aggregator.play(scene, case, round)?;
        outcome.refused += played.refused;
        outcome.aborted += u32::from(played.aborted);
        let accuracy = plain::accuracy(aggregator.weights(), scene.held_out());
        outcome.accuracies.push(accuracy);
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::Attack;
    use quorate_exact::Rule;

    fn run(rule: Rule, attack: Attack, rounds: u32) -> Outcome {
        let case = Case {
            pipeline: rule.into(),
            attack,
            hostile: 2,
        };
        learn(&Scene::new(10, 1).unwrap(), &case, rounds).unwrap()
    }

    #[test]
    fn infinity_should_be_refused_at_the_door() {
        let outcome = run(Rule::Median, Attack::Infinity, 2);
        assert_eq!((outcome.refused, outcome.aborted), (4, 0));
        let absent = run(Rule::Median, Attack::Absent, 2);
        assert_eq!(outcome.accuracies, absent.accuracies);
    }

    #[test]
    fn mean_should_be_ruined_and_trimmed_mean_should_not() {
        let attack = Attack::Reversed { factor: -5.0 };
        let trimmed = Rule::TrimmedMean { trim_ppm: 200_000 };
        assert!(run(Rule::WeightedMean, attack, 4).accuracy() < 0.4);
        assert!(run(trimmed, attack, 4).accuracy() > 0.8);
    }

    #[test]
    fn same_seed_should_give_the_same_run() {
        let attack = Attack::OptimalLittleIsEnough;
        assert_eq!(run(Rule::Median, attack, 2), run(Rule::Median, attack, 2));
    }

    #[test]
    fn rule_with_too_few_updates_should_abort() {
        let outcome = run(Rule::Bulyan { f_ppm: 200_000 }, Attack::None, 2);
        assert_eq!((outcome.refused, outcome.aborted), (0, 2));
    }
}

//! What hostile contributors send. Definitions and default parameters are ByzFL's.

use quorate_digits_task::seed::{rng, Purpose};
use rand::Rng;
use std::fmt;

use crate::{
    search::SEARCH,
    vector::{add_scaled, deviation, mean, round},
};

/// What the hostile do; all of them together.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Attack {
    /// They are not there: the reference that a pipeline is held against.
    Absent,
    /// They are honest.
    None,
    /// The opposite of the honest mean. (Allen-Zhu et al., ICLR 2021.)
    SignFlip,
    /// The honest mean times −tau. (Xie, Koyejo, Gupta, UAI 2019.)
    InnerProduct { tau: f64 },
    /// The same with the tau, found by a line search, that moves the aggregate farthest from the honest mean.
    OptimalInnerProduct,
    /// "A little is enough": the honest mean plus tau standard deviations of each coordinate. (Baruch et al., NeurIPS 2019.)
    LittleIsEnough { tau: f64 },
    /// The same with the tau, found by a line search, that moves the aggregate farthest from the honest mean.
    OptimalLittleIsEnough,
    /// Ours: of the vectors of both families, ALIE's in either direction, the one that leaves least of the honest mean in the
    /// aggregate.
    Adaptive,
    /// What the first honest contributor sends, so that it counts more often. (Karimireddy, He, Jaggi, ICLR 2022.)
    Mimic,
    /// Independent normal variates.
    Gaussian { mean: f64, deviation: f64 },
    /// They train on 9 − digit instead of the digit.
    LabelFlip,
    /// Their own honest update times a factor: the digits example's.
    Reversed { factor: f32 },
    /// Nothing but infinity: refused at the door.
    Infinity,
}

/// Every attack of the table, in its order.
pub const ATTACKS: [Attack; 11] = [
    Attack::None,
    Attack::SignFlip,
    Attack::InnerProduct { tau: 2.0 },
    Attack::OptimalInnerProduct,
    Attack::LittleIsEnough { tau: 1.5 },
    Attack::OptimalLittleIsEnough,
    Attack::Adaptive,
    Attack::Mimic,
    Attack::Gaussian {
        mean: 0.0,
        deviation: 1.0,
    },
    Attack::LabelFlip,
    Attack::Reversed { factor: -5.0 },
];

/// What an aggregate is like.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Effect {
    /// Its distance from the honest mean.
    pub distance: f64,
    /// How much of the honest mean is in it: 1 of the honest mean itself, below 0 where it leads back.
    pub progress: f64,
}

/// What the hostile know.
pub struct Knowledge<'a> {
    /// The honest updates of the round, at least one.
    pub honest: &'a [Vec<f32>],
    /// What each of the hostile has learnt from its own rows; empty where [`Attack::trains`] says no.
    pub own: &'a [Vec<f32>],
    /// Number of the hostile.
    pub hostile: usize,
    /// The run's seed and the round, for draws.
    pub seed: u64,
    pub round: u32,
}

impl Attack {
    /// Whether the hostile train, as the honest do or on flipped labels.
    pub fn trains(self) -> bool {
        matches!(self, Self::None | Self::LabelFlip | Self::Reversed { .. })
    }

    /// One update for each of the hostile. `effect` says what the aggregate is like if all of them send the vector that it is
    /// given; None if there is none.
    pub fn updates(self, knowledge: &Knowledge, mut effect: impl FnMut(&[f32]) -> Option<Effect>) -> Vec<Vec<f32>> {
        let honest = knowledge.honest;
        let mut distance = |vector: &[f32]| effect(vector).map_or(0.0, |effect| effect.distance);
        let alike = |vector: Vec<f32>| vec![vector; knowledge.hostile];
        match self {
            Self::Absent => Vec::new(),
            Self::None | Self::LabelFlip => knowledge.own.to_vec(),
            Self::SignFlip => alike(inner_product(honest, 1.0)),
            Self::InnerProduct { tau } => alike(inner_product(honest, tau)),
            Self::OptimalInnerProduct => {
                let tau = SEARCH.factor(|tau| distance(&inner_product(honest, tau)));
                alike(inner_product(honest, tau))
            }
            Self::LittleIsEnough { tau } => alike(little_is_enough(honest, tau)),
            Self::OptimalLittleIsEnough => {
                let tau = SEARCH.factor(|tau| distance(&little_is_enough(honest, tau)));
                alike(little_is_enough(honest, tau))
            }
            Self::Adaptive => alike(adaptive(honest, effect)),
            Self::Mimic => alike(honest[0].clone()),
            Self::Gaussian { mean, deviation } => alike(gaussian(knowledge, mean, deviation)),
            Self::Reversed { factor } => {
                let turned = |row: &Vec<f32>| row.iter().map(|x| x * factor).collect();
                knowledge.own.iter().map(turned).collect()
            }
            Self::Infinity => alike(vec![f32::INFINITY; honest[0].len()]),
        }
    }
}

fn inner_product(honest: &[Vec<f32>], tau: f64) -> Vec<f32> {
    round(&mean(honest).iter().map(|x| -tau * x).collect::<Vec<f64>>())
}

fn little_is_enough(honest: &[Vec<f32>], tau: f64) -> Vec<f32> {
    round(&add_scaled(&mean(honest), tau, &deviation(honest)))
}

/// The first of the best, should several leave equally little.
fn adaptive(honest: &[Vec<f32>], mut effect: impl FnMut(&[f32]) -> Option<Effect>) -> Vec<f32> {
    let factors = (0..21).map(|k| 0.1 * 2f64.powf(f64::from(k) / 2.0));
    let candidates = factors.flat_map(|tau| {
        [
            inner_product(honest, tau),
            little_is_enough(honest, tau),
            little_is_enough(honest, -tau),
        ]
    });
    let mut best = (f64::INFINITY, inner_product(honest, 1.0));
    for candidate in candidates {
        match effect(&candidate) {
            Some(found) if found.progress < best.0 => best = (found.progress, candidate),
            _ => (),
        }
    }
    best.1
}

/// One vector for all of the hostile, by the method of Box and Muller.
fn gaussian(knowledge: &Knowledge, mean: f64, deviation: f64) -> Vec<f32> {
    let mut rng = rng(knowledge.seed, Purpose::Attack { round: knowledge.round });
    let mut draw = || {
        let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
        let angle = std::f64::consts::TAU * rng.random::<f64>();
        (mean + deviation * radius * angle.cos()) as f32
    };
    (0..knowledge.honest[0].len()).map(|_| draw()).collect()
}

impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("absent"),
            Self::None => f.write_str("none"),
            Self::SignFlip => f.write_str("sign flip"),
            Self::InnerProduct { tau } => write!(f, "IPM {tau}"),
            Self::OptimalInnerProduct => f.write_str("IPM optimised"),
            Self::LittleIsEnough { tau } => write!(f, "ALIE {tau}"),
            Self::OptimalLittleIsEnough => f.write_str("ALIE optimised"),
            Self::Adaptive => f.write_str("adaptive"),
            Self::Mimic => f.write_str("mimic"),
            Self::Gaussian { .. } => f.write_str("Gaussian"),
            Self::LabelFlip => f.write_str("label flip"),
            Self::Reversed { factor } => write!(f, "own times {factor}"),
            Self::Infinity => f.write_str("infinity"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn honest() -> Vec<Vec<f32>> {
        vec![vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0], vec![7.0, 8.0, 9.0]]
    }

    fn knowledge<'a>(honest: &'a [Vec<f32>], own: &'a [Vec<f32>], seed: u64) -> Knowledge<'a> {
        Knowledge {
            honest,
            own,
            hostile: 2,
            seed,
            round: 1,
        }
    }

    /// The vector that all of the hostile send.
    fn sent(attack: Attack, effect: impl FnMut(&[f32]) -> Option<Effect>) -> Vec<f32> {
        let honest = honest();
        let updates = attack.updates(&knowledge(&honest, &[], 1), effect);
        assert_eq!(updates.len(), 2);
        assert_eq!(updates[0], updates[1]);
        updates[0].clone()
    }

    fn unasked(_: &[f32]) -> Option<Effect> {
        panic!("this attack asks for no effect")
    }

    #[test]
    fn plain_attacks_should_be_those_done_by_hand() {
        assert_eq!(sent(Attack::SignFlip, unasked), [-4.0, -5.0, -6.0]);
        assert_eq!(sent(Attack::InnerProduct { tau: 2.0 }, unasked), [-8.0, -10.0, -12.0]);
        // The deviation of each coordinate is 3.
        assert_eq!(sent(Attack::LittleIsEnough { tau: 1.5 }, unasked), [8.5, 9.5, 10.5]);
        assert_eq!(sent(Attack::Mimic, unasked), [1.0, 2.0, 3.0]);
        assert!(sent(Attack::Infinity, unasked).iter().all(|x| *x == f32::INFINITY));
    }

    /// The aggregate here is a mean that leaves out everything beyond 20 in its first coordinate.
    #[test]
    fn optimised_attacks_should_go_as_far_as_they_help() {
        let effect = |hostile: &[f32]| {
            let distance = match hostile[0].abs() {
                x if x <= 20.0 => f64::from((hostile[0] - 4.0).abs()),
                _ => 0.0,
            };
            Some(Effect {
                distance,
                progress: 0.0,
            })
        };
        let ipm = sent(Attack::OptimalInnerProduct, effect);
        assert!((-20.0..-18.0).contains(&ipm[0]), "{ipm:?}");
        assert_eq!(ipm[1] / ipm[0], 1.25);
        let alie = sent(Attack::OptimalLittleIsEnough, effect);
        assert!((18.0..20.0).contains(&alie[0]), "{alie:?}");
        assert!((alie[1] - alie[0] - 1.0).abs() < 1e-5);
    }

    /// As if all candidates beyond 10 were thrown away: of the others IPM's lowest is −4 · 1.6 · √2 = −9.05, ALIE's
    /// 4 − 3 · 3.2 · √2 = −9.58.
    #[test]
    fn adaptive_attack_should_take_what_leaves_least() {
        let effect = |hostile: &[f32]| {
            let kept = (hostile[0].abs() <= 10.0).then_some(hostile[0])?;
            Some(Effect {
                distance: 0.0,
                progress: f64::from(kept),
            })
        };
        let adaptive = sent(Attack::Adaptive, effect);
        assert!((adaptive[0] - 4.0 + 9.6 * 2f32.sqrt()).abs() < 1e-4, "{adaptive:?}");
        assert_eq!(sent(Attack::Adaptive, |_| None), [-4.0, -5.0, -6.0]);
    }

    #[test]
    fn attacks_on_own_updates_should_turn_or_repeat_them() {
        let honest = honest();
        let own = [vec![1.0, -2.0, 0.5], vec![3.0, 0.0, 1.0]];
        let all = |attack: Attack| attack.updates(&knowledge(&honest, &own, 1), unasked);
        assert_eq!(all(Attack::Reversed { factor: -5.0 })[0], [-5.0, 10.0, -2.5]);
        assert_eq!(all(Attack::LabelFlip), own);
        assert_eq!(all(Attack::None), own);
        assert!(all(Attack::Absent).is_empty());
    }

    #[test]
    fn gaussian_should_follow_the_seed() {
        let honest = vec![vec![0.0; 10_000]];
        let draw = |seed| {
            let attack = Attack::Gaussian {
                mean: 3.0,
                deviation: 2.0,
            };
            attack.updates(&knowledge(&honest, &[], seed), unasked).remove(0)
        };
        let row = draw(5);
        assert_eq!(row, draw(5));
        assert_ne!(row, draw(6));
        let n = row.len() as f64;
        let mean = row.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
        let variance = row.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / n;
        assert!((mean - 3.0).abs() < 0.1, "{mean}");
        assert!((variance.sqrt() - 2.0).abs() < 0.1, "{variance}");
    }
}

//! What goes wrong in a round.

use crate::stage::Stage;
use quorate_byzantine::Behaviour;
use quorate_localnet::{Link, Part};
use rand::{seq::SliceRandom, Rng};

/// Seconds by which a clock is off.
const OFF: i64 = 5;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    Nothing,
    Kill(usize, Part, Stage),
    Pause(usize, Part, Stage),
    /// One validator is cut off from all others.
    Isolated(usize, Link, Stage),
    /// Two groups, neither with a quorum.
    Split(Vec<usize>, Stage),
    SlowLinks(usize),
    /// A gateway that gives a few bytes a second.
    Drip(usize),
    /// A clock that is so many seconds ahead.
    Clock(usize, i64),
    /// Too many workers for a quorum.
    WorkersDown(Vec<usize>),
    /// All are killed, and started again.
    Blackout(Stage),
    Byzantine(Vec<usize>, Behaviour),
}

impl Fault {
    /// As many may err as the protocol tolerates.
    pub fn draw(rng: &mut impl Rng, validators: usize) -> Self {
        let tolerated = (validators - 1) / 3;
        let mut all: Vec<usize> = (0..validators).collect();
        all.shuffle(rng);
        let victim = all[0];
        let stage = Stage::ALL[rng.random_range(0..Stage::ALL.len())];
        let part = [Part::Node, Part::Worker, Part::Both][rng.random_range(0..3)];
        match rng.random_range(0..12) {
            0 => Self::Nothing,
            1 | 2 => Self::Kill(victim, part, stage),
            3 => Self::Pause(victim, part, stage),
            4 => {
                let link = [Link::Cut, Link::Held][rng.random_range(0..2)];
                Self::Isolated(victim, link, stage)
            }
            5 => Self::Split(sorted(&all[..validators / 2]), stage),
            6 => Self::SlowLinks(victim),
            7 => Self::Drip(victim),
            8 => Self::Clock(victim, [OFF, -OFF][rng.random_range(0..2)]),
            9 => Self::WorkersDown(sorted(&all[..tolerated + 1])),
            10 => Self::Blackout(stage),
            _ => {
                let kinds = [Behaviour::WrongResult, Behaviour::WrongScores, Behaviour::Silent];
                Self::Byzantine(sorted(&all[..tolerated]), kinds[rng.random_range(0..kinds.len())])
            }
        }
    }

    /// Whether the round may end without a version.
    pub fn may_fail(&self) -> bool {
        matches!(self, Self::WorkersDown(_) | Self::Blackout(_) | Self::Split(..))
    }

    /// The stage in which it happens, if it is not there from the beginning.
    pub fn stage(&self) -> Option<Stage> {
        match self {
            Self::Kill(_, _, stage)
            | Self::Pause(_, _, stage)
            | Self::Isolated(_, _, stage)
            | Self::Split(_, stage)
            | Self::Blackout(stage) => Some(*stage),
            _ => None,
        }
    }

    /// Whether it ends with the version, and not only with the round: what follows needs everybody.
    pub fn lasts_until_recorded(&self) -> bool {
        matches!(self, Self::Pause(..) | Self::Isolated(..) | Self::Drip(_))
    }

    /// Validators to which nothing happens, or the first one if it happens to all.
    pub fn spared(&self, validators: usize) -> Vec<usize> {
        let hit = |index: &usize| match self {
            Self::Kill(victim, ..)
            | Self::Pause(victim, ..)
            | Self::Isolated(victim, ..)
            | Self::SlowLinks(victim)
            | Self::Drip(victim)
            | Self::Clock(victim, _) => victim == index,
            Self::Split(victims, _) | Self::WorkersDown(victims) | Self::Byzantine(victims, _) => {
                victims.contains(index)
            }
            Self::Nothing | Self::Blackout(_) => false,
        };
        let spared: Vec<usize> = (0..validators).filter(|index| !hit(index)).collect();
        match spared.is_empty() {
            true => vec![0],
            false => spared,
        }
    }
}

fn sorted(all: &[usize]) -> Vec<usize> {
    let mut all = all.to_vec();
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn faults_should_be_drawn_by_the_seed_and_spare_somebody() {
        let draw = |seed| {
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
            (0..200).map(|_| Fault::draw(&mut rng, 7)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        for fault in draw(3) {
            let spared = fault.spared(7);
            assert!(!spared.is_empty(), "{fault:?}");
            if let Fault::Byzantine(victims, _) = &fault {
                assert_eq!(victims.len(), 2, "at most what is tolerated");
            }
            if let Fault::WorkersDown(victims) | Fault::Byzantine(victims, _) = &fault {
                assert!(spared.iter().all(|index| !victims.contains(index)), "{fault:?}");
            }
        }
    }
}

//! What the rule guarantees, drawn: a Monte-Carlo run over many consortia. `--nocapture` shows the curves.

use crate::{
    rule,
    types::{Parameters, INITIAL},
};
use quorate_primitives::{traits::RoundResult, Ppm, PPM};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SEED: u64 = 20_260_901;
const CONSORTIA: usize = 200;
const ROUNDS: usize = 60;

/// Seven honest contributors with data of different use, and three attackers.
const KINDS: [&str; 5] = [
    "honest, weakest",
    "honest, median",
    "scaled by 5",
    "replay and noise",
    "replay",
];
const HONEST: usize = 7;

/// Scores of one round. An honest score is the contributor's worth with the noise of a round. A replayed aggregate is
/// projected out: what stays is rounding, or the chance overlap of the noise with the true direction.
fn scores(worth: &[f64; HONEST], random: &mut ChaCha8Rng) -> [Ppm; HONEST + 3] {
    let mut scores = [0; HONEST + 3];
    let mut honest = |worth: f64| worth * random.random_range(0.85..1.15);
    for (score, worth) in scores.iter_mut().zip(worth) {
        *score = (honest(*worth) * 1e6) as Ppm;
    }
    scores[HONEST] = (honest(0.6) / 5.0 * 1e6) as Ppm;
    scores[HONEST + 1] = (random.random_range(0.0..0.08) * 1e6) as Ppm;
    scores[HONEST + 2] = (random.random_range(0.0..0.005) * 1e6) as Ppm;
    scores
}

/// Reputations of each kind after each round of one consortium.
fn consortium(random: &mut ChaCha8Rng) -> Vec<[Ppm; KINDS.len()]> {
    let mut worth = [0.0; HONEST];
    worth
        .iter_mut()
        .for_each(|worth| *worth = random.random_range(0.4..0.8));
    worth.sort_by(f64::total_cmp);
    let mut reputations = [INITIAL; HONEST + 3];
    let mut curve = Vec::new();
    for _ in 0..ROUNDS {
        let scores = scores(&worth, random);
        let mut sorted = scores;
        sorted.sort();
        let median = sorted[(sorted.len() - 1) / 2];
        for (reputation, score) in reputations.iter_mut().zip(scores) {
            let result = RoundResult {
                score,
                median,
                organisations: 5,
            };
            *reputation = rule::scored(&Parameters::DEFAULT, *reputation, &result).unwrap();
        }
        let [weakest, _, _, middle, _, _, _, scaled, noise, replay] = reputations;
        curve.push([weakest, middle, scaled, noise, replay]);
    }
    curve
}

#[test]
fn honest_contributors_should_rise_and_attackers_fall() {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let curves: Vec<_> = (0..CONSORTIA).map(|_| consortium(&mut random)).collect();
    println!("seed {SEED}, {CONSORTIA} consortia, reputation after each tenth round (lowest / mean / highest)");
    let mut ends = Vec::new();
    for (kind, name) in KINDS.iter().enumerate() {
        print!("{name:>17}");
        for round in (9..ROUNDS).step_by(10) {
            let all = || curves.iter().map(move |curve| curve[round][kind]);
            let mean = all().map(f64::from).sum::<f64>() / CONSORTIA as f64;
            let part = |value: Ppm| f64::from(value) / f64::from(PPM);
            let (low, high) = (all().min().unwrap(), all().max().unwrap());
            print!("  {:.2}/{:.2}/{:.2}", part(low), mean / f64::from(PPM), part(high));
            if round == ROUNDS - 1 {
                ends.push((low, high));
            }
        }
        println!();
    }
    let [weakest, median, scaled, noise, replay] = ends[..] else {
        panic!("one end for each kind")
    };
    assert!(
        median.0 > 700_000,
        "the median honest contributor ends well above the start: {median:?}"
    );
    assert!(
        weakest.0 > scaled.1,
        "the weakest honest contributor stays above every scaler: {weakest:?} {scaled:?}"
    );
    assert!(
        scaled.1 < 300_000 && noise.1 < 150_000 && replay.1 < 20_000,
        "{scaled:?} {noise:?} {replay:?}"
    );
}

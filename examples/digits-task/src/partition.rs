//! Who trains on which rows: shares by a Dirichlet distribution, and favourite digits.

use rand::{seq::SliceRandom, Rng};

use crate::{
    data::{Row, CLASSES},
    seed::{rng, Purpose},
};

/// Contributors of the example.
pub const CONTRIBUTORS: usize = 10;
/// Favourite digits of each.
pub const FAVOURITES: usize = 3;
/// Concentration of the Dirichlet distribution of shares; whole, so that a gamma variate is a sum of exponential ones.
const CONCENTRATION: u32 = 4;
/// Smallest share of the rows, as a part of the average share.
const LEAST_SHARE: f64 = 0.4;

/// What one contributor holds.
pub struct Shard {
    pub favourites: [u8; FAVOURITES],
    pub rows: Vec<Row>,
}

/// Deal the rows out to `contributors`, a multiple of ten. Every row goes to one contributor; favourites make half of a contributor's rows as far as the
/// supply of digits allows.
pub fn partition(rows: &[Row], contributors: usize, seed: u64) -> Vec<Shard> {
    let mut rng = rng(seed, Purpose::Partition);
    let mut piles: Vec<Vec<&Row>> = (0..CLASSES)
        .map(|d| rows.iter().filter(|r| r.digit as usize == d).collect())
        .collect();
    piles.iter_mut().for_each(|pile| pile.shuffle(&mut rng));
    let sizes = sizes(&shares(contributors, &mut rng), rows.len());
    let favourites = favourites(contributors, &mut rng);
    let mut shards: Vec<Shard> = favourites
        .into_iter()
        .map(|favourites| Shard {
            favourites,
            rows: Vec::new(),
        })
        .collect();
    // One row each in turn, favourites first: nobody finds the piles empty because another came before.
    deal(
        &mut shards,
        &mut piles,
        &sizes.iter().map(|n| n / 2).collect::<Vec<_>>(),
        true,
        &mut rng,
    );
    deal(&mut shards, &mut piles, &sizes, false, &mut rng);
    shards.iter_mut().for_each(|shard| shard.rows.shuffle(&mut rng));
    shards
}

fn shares(contributors: usize, rng: &mut impl Rng) -> Vec<f64> {
    loop {
        let gamma: Vec<f64> = (0..contributors)
            .map(|_| (0..CONCENTRATION).map(|_| -(1.0 - rng.random::<f64>()).ln()).sum())
            .collect();
        let total: f64 = gamma.iter().sum();
        if gamma.iter().all(|g| g / total >= LEAST_SHARE / contributors as f64) {
            return gamma.iter().map(|g| g / total).collect();
        }
    }
}

/// Whole numbers of rows that sum to `rows`: rounded down, the rest to the largest remainders.
fn sizes(shares: &[f64], rows: usize) -> Vec<usize> {
    let exact: Vec<f64> = shares.iter().map(|share| share * rows as f64).collect();
    let mut sizes: Vec<usize> = exact.iter().map(|x| x.floor() as usize).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()));
    let rest = rows - sizes.iter().sum::<usize>();
    order.into_iter().take(rest).for_each(|i| sizes[i] += 1);
    sizes
}

/// Three distinct digits each; every digit is a favourite of equally many contributors.
fn favourites(contributors: usize, rng: &mut impl Rng) -> Vec<[u8; FAVOURITES]> {
    let mut digits: Vec<u8> = (0..contributors * FAVOURITES).map(|i| (i % CLASSES) as u8).collect();
    loop {
        digits.shuffle(rng);
        let dealt: Vec<[u8; FAVOURITES]> = digits.chunks(FAVOURITES).map(|c| [c[0], c[1], c[2]]).collect();
        if dealt.iter().all(|[a, b, c]| a != b && b != c && a != c) {
            return dealt;
        }
    }
}

fn deal(shards: &mut [Shard], piles: &mut [Vec<&Row>], sizes: &[usize], favourite: bool, rng: &mut impl Rng) {
    loop {
        let mut dealt = false;
        for (shard, size) in shards.iter_mut().zip(sizes) {
            if shard.rows.len() >= *size {
                continue;
            }
            if let Some(digit) = choose(piles, |d| shard.favourites.contains(&d) == favourite, rng)
                .or_else(|| choose(piles, |_| !favourite, rng))
            {
                shard.rows.extend(piles[digit].pop().cloned());
                dealt = true;
            }
        }
        if !dealt {
            return;
        }
    }
}

/// A digit that is left and wanted; each as likely as its pile is high.
fn choose(piles: &[Vec<&Row>], wanted: impl Fn(u8) -> bool, rng: &mut impl Rng) -> Option<usize> {
    let height = |d: usize| if wanted(d as u8) { piles[d].len() } else { 0 };
    let total: usize = (0..piles.len()).map(height).sum();
    if total == 0 {
        return None;
    }
    let mut at = rng.random_range(0..total);
    (0..piles.len()).find(|&d| {
        let here = at < height(d);
        at = at.saturating_sub(height(d));
        here
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data;

    #[test]
    fn shares_and_favourites_should_be_as_described() {
        for seed in 0..20 {
            let rows = data::split(seed).unwrap().train;
            let shards = partition(&rows, CONTRIBUTORS, seed);
            assert_eq!(shards.iter().map(|s| s.rows.len()).sum::<usize>(), rows.len());
            for shard in &shards {
                let (all, liked) = (
                    shard.rows.len(),
                    shard
                        .rows
                        .iter()
                        .filter(|r| shard.favourites.contains(&r.digit))
                        .count(),
                );
                assert!(all >= 57, "seed {seed}: {all} rows");
                let part = liked as f64 / all as f64;
                assert!((0.4..0.75).contains(&part), "seed {seed}: favourites make {part}");
            }
        }
    }

    #[test]
    fn equal_seeds_should_give_equal_shards() {
        let rows = data::split(3).unwrap().train;
        let (a, b) = (partition(&rows, CONTRIBUTORS, 3), partition(&rows, CONTRIBUTORS, 3));
        assert!(a
            .iter()
            .zip(&b)
            .all(|(a, b)| a.rows == b.rows && a.favourites == b.favourites));
    }
}

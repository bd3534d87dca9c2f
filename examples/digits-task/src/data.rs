//! The digits, and their split into rows to train on and rows held out.

use anyhow::{ensure, Context, Result};
use flate2::read::GzDecoder;
use rand::seq::SliceRandom;
use std::io::Read;

use crate::seed::{rng, Purpose};

/// Pixels of one image.
pub const PIXELS: usize = 64;
/// Digits there are.
pub const CLASSES: usize = 10;
/// Rows to train on; the others are held out.
pub const TRAIN_ROWS: usize = 1_437;

const FILE: &[u8] = include_bytes!("../data/digits.csv.gz");

/// One image: pixels in 0..=1, and the digit that it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub pixels: [f32; PIXELS],
    pub digit: u8,
}

/// Rows to train on, and rows that no contributor ever sees.
pub struct Split {
    pub train: Vec<Row>,
    pub held_out: Vec<Row>,
}

/// Every row of the data set, in its order.
pub fn load() -> Result<Vec<Row>> {
    let mut text = String::new();
    GzDecoder::new(FILE)
        .read_to_string(&mut text)
        .context("unpacking the digits")?;
    text.lines()
        .enumerate()
        .map(|(n, line)| parse(line).with_context(|| format!("row {}", n + 1)))
        .collect()
}

/// The data set, split once by `seed`.
pub fn split(seed: u64) -> Result<Split> {
    let mut rows = load()?;
    rows.shuffle(&mut rng(seed, Purpose::Split));
    let held_out = rows.split_off(TRAIN_ROWS);
    Ok(Split { train: rows, held_out })
}

fn parse(line: &str) -> Result<Row> {
    let values = line
        .split(',')
        .map(|v| v.trim().parse::<u8>())
        .collect::<Result<Vec<_>, _>>()?;
    ensure!(
        values.len() == PIXELS + 1,
        "{} columns; {} were expected",
        values.len(),
        PIXELS + 1
    );
    ensure!(
        values[..PIXELS].iter().all(|v| *v <= 16) && values[PIXELS] < 10,
        "a value is out of range"
    );
    let mut pixels = [0.0; PIXELS];
    for (pixel, value) in pixels.iter_mut().zip(&values) {
        *pixel = f32::from(*value) / 16.0;
    }
    Ok(Row {
        pixels,
        digit: values[PIXELS],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_should_be_in_exactly_one_part() {
        let split = split(1).unwrap();
        assert_eq!((split.train.len(), split.held_out.len()), (1_437, 360));
        let mut parts: Vec<Row> = split.train.into_iter().chain(split.held_out).collect();
        let mut all = load().unwrap();
        let key = |row: &Row| (row.digit, row.pixels.map(f32::to_bits));
        parts.sort_by_key(key);
        all.sort_by_key(key);
        assert!(parts == all);
    }
}

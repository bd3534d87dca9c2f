//! Rows to learn from, and shards of rows that nobody learns from.

use anyhow::{ensure, Context, Result};
use quorate_digits_task::{
    data::{self, Row, PIXELS},
    measured::Rows,
    seed::{rng, Purpose},
};
use rand::seq::SliceRandom;
use std::path::Path;

/// Suppliers of shards.
pub const SUPPLIERS: usize = 4;
/// MNIST's images are so many pixels wide and high.
const SIDE: usize = 28;
/// Pixels of MNIST that become one: its images, with a border, are 32 wide.
const BLOCK: usize = 4;
const BORDER: usize = 2;

/// All rows of the task.
pub struct Task {
    pub name: &'static str,
    rows: Vec<Row>,
    /// Rows to learn from.
    pub train: usize,
    /// Rows of each shard.
    pub shard: usize,
}

/// The task, split by a seed.
pub struct Split {
    pub train: Vec<Row>,
    held_out: Vec<Row>,
}

impl Split {
    /// The file of a data set: so many of the rows that nobody learns from, after the first `taken`.
    pub fn data_set(&self, taken: usize, rows: usize) -> Result<Vec<u8>> {
        let held_out = self.held_out.get(taken..taken + rows);
        let held_out = held_out.with_context(|| format!("there are no {rows} rows after the first {taken}"))?;
        Rows::new(held_out)?.file()
    }

    /// Those of all suppliers, so many rows each.
    pub fn shards(&self, taken: usize, rows: usize) -> Result<Vec<Vec<u8>>> {
        (0..SUPPLIERS)
            .map(|supplier| self.data_set(taken + supplier * rows, rows))
            .collect()
    }
}

impl Task {
    /// The digits of the repository: shards are small.
    pub fn digits() -> Result<Self> {
        let rows = data::load()?;
        Ok(Self {
            name: "digits",
            rows,
            train: 1_397,
            shard: 100,
        })
    }

    /// MNIST's, ten thousand of them: `folder` has a file of numbers from 0 to 1 for each digit.
    pub fn mnist(folder: &Path) -> Result<Self> {
        let mut rows = Vec::new();
        for digit in 0..10u8 {
            let path = folder.join(format!("{digit}.json"));
            let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
            let value: serde_json::Value = serde_json::from_slice(&text)?;
            let data = value["data"].as_array().context("an array of numbers")?;
            ensure!(data.len() % (SIDE * SIDE) == 0, "{}: broken images", path.display());
            let data: Option<Vec<f32>> = data.iter().map(|x| x.as_f64().map(|x| x as f32)).collect();
            let data = data.context("numbers alone")?;
            rows.extend(data.chunks_exact(SIDE * SIDE).map(|image| Row {
                pixels: smaller(image),
                digit,
            }));
        }
        Ok(Self {
            name: "MNIST",
            rows,
            train: 6_000,
            shard: 1_000,
        })
    }

    /// Split by `seed`.
    pub fn split(&self, seed: u64) -> Result<Split> {
        let mut rows = self.rows.clone();
        rows.shuffle(&mut rng(seed, Purpose::Split));
        ensure!(self.train < rows.len(), "the task has {} rows", rows.len());
        let held_out = rows.split_off(self.train);
        Ok(Split { train: rows, held_out })
    }
}

/// Means of blocks.
fn smaller(image: &[f32]) -> [f32; PIXELS] {
    let mut pixels = [0.0; PIXELS];
    for (i, x) in image.iter().enumerate() {
        let (row, column) = ((i / SIDE + BORDER) / BLOCK, (i % SIDE + BORDER) / BLOCK);
        pixels[row * 8 + column] += x / (BLOCK * BLOCK) as f32;
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_of_ink_should_stay_one_within_its_border() {
        let pixels = smaller(&[1.0; SIDE * SIDE]);
        assert_eq!(pixels[9], 1.0);
        assert_eq!((pixels[0], pixels[1]), (0.25, 0.5));
        assert_eq!(pixels.iter().sum::<f32>() * 16.0, (SIDE * SIDE) as f32);
    }

    #[test]
    fn shards_should_have_rows_that_nobody_learns_from() {
        let task = Task::digits().unwrap();
        let split = task.split(3).unwrap();
        let shards = split.shards(0, task.shard).unwrap();
        assert_eq!((split.train.len(), shards.len()), (1_397, SUPPLIERS));
        assert_eq!(shards[3], split.data_set(300, 100).unwrap());
        let mut checker = quorate_data_set::Checker::default();
        let mut rows = 0;
        checker.push(&shards[0], |_, _| rows += 1).unwrap();
        assert_eq!((checker.finish().unwrap().rows(), rows), (100, 100));
        let error = split.data_set(400, 1).unwrap_err().to_string();
        assert!(error.contains("after the first 400"), "{error}");
    }
}

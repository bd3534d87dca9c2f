//! `quorate data-set`.

use crate::args::version::OutputArguments;
use std::{ops::Range, path::PathBuf};

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Make a data set of arrays: the first axis of each are the rows. A program is evaluated on columns that have the names, the elements and
    /// the number of axes of its inputs, and labels are a column like others.
    Make(MakeArguments),
    /// What a data set has, after a check of every byte.
    Show { file: PathBuf },
}

#[derive(clap::Args, Debug)]
pub struct MakeArguments {
    /// A column, as NumPy writes it: <f4, <i8, <i4, |i1, |u1 or |b1, in C's order. May be given several times.
    #[arg(long = "column", value_name = "NAME=FILE.npy", required = true)]
    pub columns: Vec<String>,
    /// The shape of a column's row, if it is another one than the array's: numbers, such as 1,784, and names of --size.
    #[arg(long = "shape", value_name = "NAME=SHAPE")]
    pub shapes: Vec<String>,
    /// A dimension that has a size of its own in each row, and those sizes, as i64: of an axis that has it in --shape, so many elements from
    /// the first on belong to the row, and the rest is padding.
    #[arg(long = "size", value_name = "DIMENSION=FILE.npy")]
    pub sizes: Vec<String>,
    /// Rows to take, such as 0..1000: without the last one. All unless given.
    #[arg(long, value_name = "FROM..TO", value_parser = range)]
    pub rows: Option<Range<usize>>,
    #[command(flatten)]
    pub file: OutputArguments,
}

fn range(text: &str) -> Result<Range<usize>, String> {
    let wrong = || format!("{text:?}: rows such as 0..1000 were expected");
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let from = from.parse().map_err(|_| wrong())?;
    let to = to.parse().map_err(|_| wrong())?;
    match from < to {
        true => Ok(from..to),
        false => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_should_be_some() {
        assert_eq!(range("3..10"), Ok(3..10));
        for wrong in ["", "3", "3..3", "4..3", "..4", "0..", "-1..3", "0..=3"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }
}

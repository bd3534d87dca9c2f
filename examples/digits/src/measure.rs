//! What the validators measure versions by: a program with a loss, and the rows that no contributor sees as a data set.

use anyhow::{Context, Result};
use quorate_evaluation::{
    assessment::{measures, Measures, SetRecord, BENCHMARK},
    evaluate, operations, Tally,
};
use quorate_exact::infer::Tensor;
use quorate_program::{Program, Value};
use std::path::Path;

use crate::{
    data::Row,
    measured::{program, wrong, Rows},
    network::{Weights, TENSORS},
};

/// What versions are measured by.
pub struct Yardstick {
    program: Program,
    held_out: Rows,
}

impl Yardstick {
    /// `version`: a file of the model, for the names and shapes of its tensors.
    pub fn new(version: &Path, held_out: &[Row]) -> Result<Self> {
        Ok(Self {
            program: program(version)?,
            held_out: Rows::new(held_out)?,
        })
    }

    /// The program's file.
    pub fn program(&self) -> Vec<u8> {
        self.program.encode()
    }

    /// The file of the data set.
    pub fn data_set(&self) -> Result<Vec<u8>> {
        self.held_out.file()
    }

    /// Thousands of millions of operations of a round's assessment: the base and the version.
    pub fn operations(&self) -> Result<u64> {
        operations(&self.program, 2 * self.held_out.set.rows()).context("few rows of a small network")
    }

    /// What a quorum has to agree on of a version beside its base, by the reference.
    pub fn measure(&self, base: &Weights, version: &Weights) -> Result<Measures> {
        let rows = self.held_out.set.rows();
        let record = SetRecord {
            place: BENCHMARK,
            rows,
            counted: rows,
            before: self.tally(base)?.into(),
            after: self.tally(version)?.into(),
        };
        measures(&[record]).context("there are rows")
    }

    fn tally(&self, weights: &Weights) -> Result<Tally> {
        let of = |wanted: &quorate_program::ModelTensor| {
            let at = TENSORS.iter().position(|(name, _)| *name == wanted.name);
            let values = weights.0[at.context("a tensor of the network")?].clone();
            let tensor = Tensor::new(TENSORS[at.context("just found")?].1.to_vec(), values);
            anyhow::Ok(Value::F32(tensor.map_err(wrong)?))
        };
        let tensors = self
            .program
            .graph()
            .tensors
            .iter()
            .map(of)
            .collect::<Result<Vec<_>>>()?;
        let (tally, _) = evaluate(
            &self.program,
            &tensors,
            &self.held_out.set,
            self.held_out.rows.iter().cloned(),
        )
        .map_err(wrong)?;
        Ok(tally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data::{self, PIXELS},
        file::{header, model_file},
    };

    #[test]
    fn measures_should_be_those_of_the_network() {
        let split = data::split(1).unwrap();
        let header = header().unwrap();
        let first = Weights::start(1);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("version");
        std::fs::write(&path, model_file(&header, &first)).unwrap();
        let yardstick = Yardstick::new(&path, &split.held_out).unwrap();
        assert_eq!(yardstick.operations().unwrap(), 1);
        assert!(yardstick.program().len() < 4_096 && yardstick.data_set().unwrap().len() > 360 * 4 * PIXELS);
        let trained = crate::contributors::Contributors::new(&split, 1);
        let delta = trained.contribute(&first, 1, 0).unwrap().delta;
        let mut second = first.clone();
        for (tensor, delta) in second.0.iter_mut().zip(&delta.0) {
            tensor.iter_mut().zip(delta).for_each(|(x, delta)| *x += delta);
        }
        let measured = yardstick.measure(&first, &second).unwrap();
        for (weights, part) in [(&first, measured.correct_before), (&second, measured.correct)] {
            let candle = weights.accuracy(&split.held_out).unwrap();
            // Sums in another order may decide between two digits that are as likely.
            assert!((f64::from(part) / 1e6 - candle).abs() < 0.01, "{part} and {candle}");
        }
        assert!(
            measured.increase < 0 && measured.loss < measured.loss_before,
            "{measured:?}"
        );
    }
}

//! What the validators measure versions by: a program with a loss, and the rows that no contributor sees as a data set.

use anyhow::{Context, Result};
use quorate_compile::{cross_entropy, mlp, TemplateOptions, Weights as Tensors};
use quorate_convert::Source;
use quorate_data_set::{DataSet, Row as DataRow};
use quorate_evaluation::{
    assessment::{measures, Measures, SetRecord, BENCHMARK},
    evaluate, operations, Tally,
};
use quorate_exact::infer::Tensor;
use quorate_program::{Input, Program, Type, Value};
use std::path::Path;

use crate::{
    data::{Row, PIXELS},
    network::{Weights, TENSORS},
};

/// What versions are measured by.
pub struct Yardstick {
    program: Program,
    set: DataSet,
    rows: Vec<DataRow>,
}

impl Yardstick {
    /// `version`: a file of the model, for the names and shapes of its tensors.
    pub fn new(version: &Path, held_out: &[Row]) -> Result<Self> {
        let weights = Tensors::new(Source::open(version).map_err(anyhow::Error::msg)?);
        let options = TemplateOptions {
            weights: &weights,
            config: None,
            length: (1, 1),
            tokenizer: None,
        };
        let compiled = mlp(&options).context("compiling the network")?;
        let program = cross_entropy(&compiled.program, None, "label")?;
        let column = |name: &str, size: usize, element| Input {
            name: name.into(),
            shape: match element {
                Type::F32 => vec![1.into(), (size as i64).into()],
                _ => vec![(size as i64).into()],
            },
            element,
        };
        let columns = vec![column("x", PIXELS, Type::F32), column("label", 1, Type::I64)];
        let set = DataSet::new(columns, Vec::new(), held_out.len() as u64).map_err(wrong)?;
        let rows = held_out.iter().map(row).collect::<Result<_>>()?;
        Ok(Self { program, set, rows })
    }

    /// The program's file.
    pub fn program(&self) -> Vec<u8> {
        self.program.encode()
    }

    /// The file of the data set.
    pub fn data_set(&self) -> Result<Vec<u8>> {
        let mut file = self.set.header();
        for row in &self.rows {
            file.extend(self.set.write_row(row).map_err(wrong)?);
        }
        Ok(file)
    }

    /// Thousands of millions of operations of a round's assessment: the base and the version.
    pub fn operations(&self) -> Result<u64> {
        operations(&self.program, 2 * self.set.rows()).context("few rows of a small network")
    }

    /// What a quorum has to agree on of a version beside its base, by the reference.
    pub fn measure(&self, base: &Weights, version: &Weights) -> Result<Measures> {
        let rows = self.set.rows();
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
        let (tally, _) = evaluate(&self.program, &tensors, &self.set, self.rows.iter().cloned()).map_err(wrong)?;
        Ok(tally)
    }
}

fn row(row: &Row) -> Result<DataRow> {
    let pixels = Tensor::new(vec![1, PIXELS], row.pixels.to_vec()).map_err(wrong)?;
    let label = Tensor::new(vec![1], vec![i64::from(row.digit)]).map_err(wrong)?;
    Ok(DataRow {
        sizes: Default::default(),
        values: vec![Value::F32(pixels), Value::I64(label)],
    })
}

fn wrong(error: impl std::fmt::Debug) -> anyhow::Error {
    anyhow::anyhow!("{error:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data,
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

//! What versions are measured by: the network with the loss of a row, and rows as a data set.

use anyhow::{Context, Result};
use quorate_compile::{cross_entropy, mlp, TemplateOptions, Weights as Tensors};
use quorate_convert::Source;
use quorate_data_set::{DataSet, Row as DataRow};
use quorate_exact::infer::Tensor;
use quorate_program::{Input, Program, Type, Value};
use std::path::Path;

use crate::data::{Row, PIXELS};

/// The program with outputs `loss` and `correct`; `version` is a file of the model, for the names and shapes of its tensors.
pub fn program(version: &Path) -> Result<Program> {
    let weights = Tensors::new(Source::open(version).map_err(anyhow::Error::msg)?);
    let options = TemplateOptions {
        weights: &weights,
        config: None,
        length: (1, 1),
        tokenizer: None,
    };
    let compiled = mlp(&options).context("compiling the network")?;
    Ok(cross_entropy(&compiled.program, None, "label")?)
}

/// Rows as a data set has them.
pub struct Rows {
    /// Its header.
    pub set: DataSet,
    pub rows: Vec<DataRow>,
}

impl Rows {
    pub fn new(rows: &[Row]) -> Result<Self> {
        let column = |name: &str, shape: Vec<i64>, element| Input {
            name: name.into(),
            shape: shape.into_iter().map(Into::into).collect(),
            element,
        };
        let columns = vec![
            column("x", vec![1, PIXELS as i64], Type::F32),
            column("label", vec![1], Type::I64),
        ];
        Ok(Self {
            set: DataSet::new(columns, Vec::new(), rows.len() as u64).map_err(wrong)?,
            rows: rows.iter().map(row).collect::<Result<_>>()?,
        })
    }

    /// The file of the data set.
    pub fn file(&self) -> Result<Vec<u8>> {
        let mut file = self.set.header();
        for row in &self.rows {
            file.extend(self.set.write_row(row).map_err(wrong)?);
        }
        Ok(file)
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

/// An error of a crate without `std::error`.
pub fn wrong(error: impl std::fmt::Debug) -> anyhow::Error {
    anyhow::anyhow!("{error:?}")
}

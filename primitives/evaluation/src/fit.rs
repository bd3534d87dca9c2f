//! Which column is which input.

use alloc::{string::String, vec::Vec};
use core::fmt;

use quorate_data_set::{DataSet, Row};
use quorate_program::{Program, Type, Value};

/// The columns of a data set as the inputs of a program, and its outputs `loss` and `correct`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fit {
    columns: Vec<usize>,
    loss: usize,
    correct: Option<usize>,
}

/// Why a program cannot be evaluated on a data set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Misfit {
    /// No column has the name of this input, or it has other elements or another number of axes.
    Input(String),
    /// The program has no output `loss`, an f32 with no axes.
    Loss,
    /// The program's output `correct` is not a bool with no axes.
    Correct,
}

impl Fit {
    /// # Errors
    /// As [`Misfit`] says, the first one in the order of the inputs, `loss`, `correct`.
    pub fn new(program: &Program, data: &DataSet) -> Result<Self, Misfit> {
        let graph = program.graph();
        let column = |input: &quorate_program::Input| {
            let fits = |column: &quorate_program::Input| {
                column.name == input.name && column.element == input.element && column.shape.len() == input.shape.len()
            };
            let found = data.columns().iter().position(fits);
            found.ok_or_else(|| Misfit::Input(input.name.clone()))
        };
        let columns = graph.inputs.iter().map(column).collect::<Result<_, _>>()?;
        let output = |name: &str, element: Type| {
            let at = graph.outputs.iter().position(|output| output.name == name)?;
            let value = graph
                .outputs
                .get(at)
                .and_then(|output| program.types().get(output.value as usize));
            let fits = value.is_some_and(|value| value.element == element && value.shape.is_empty());
            Some(fits.then_some(at))
        };
        let loss = output("loss", Type::F32).flatten().ok_or(Misfit::Loss)?;
        let correct = match output("correct", Type::Bool) {
            Some(found) => Some(found.ok_or(Misfit::Correct)?),
            None => None,
        };
        Ok(Self { columns, loss, correct })
    }

    /// The inputs of a row's run.
    pub fn inputs(&self, row: &Row) -> Vec<Value> {
        self.columns
            .iter()
            .filter_map(|&column| row.values.get(column).cloned())
            .collect()
    }

    /// The number of the output `loss`.
    pub fn loss(&self) -> usize {
        self.loss
    }

    /// The number of the output `correct`, if there is one.
    pub fn correct(&self) -> Option<usize> {
        self.correct
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(name) => write!(
                f,
                "the data set has no column {name:?} with this input's elements and number of axes"
            ),
            Self::Loss => f.write_str("the program has no output \"loss\" that is one f32"),
            Self::Correct => f.write_str("the program's output \"correct\" is not one bool"),
        }
    }
}

impl core::error::Error for Misfit {}

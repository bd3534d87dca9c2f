//! Whether a program is causal (section 22): whether each row of what depends on its dimension depends on the rows up to it alone, by
//! arithmetic that does not know how many there are. Then it can go on from a kept past, and one run has the rows of all shorter ones.

use alloc::{format, string::String, vec};

use crate::{expression::Expression, op::Op, program::Program, types::ValueType};

/// What is known of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Of tensors and constants alone.
    Fixed,
    /// Axis 0 is the dimension, and row t depends on the rows 0 … t.
    Rows,
}

impl Program {
    /// The dimension over which the program is causal, so that its rows can be computed in pieces.
    ///
    /// # Errors
    /// What stands against it, for people.
    pub fn causal(&self) -> Result<&str, String> {
        let [dimension] = self.graph().dimensions.as_slice() else {
            return Err("it has not exactly one dimension".into());
        };
        if dimension.min != 1 {
            return Err(format!(
                "dimension {} is at least {}: no piece may be shorter",
                dimension.name, dimension.min
            ));
        }
        let check = Check {
            program: self,
            rows: Expression::dimension(&dimension.name),
        };
        check.all()?;
        Ok(&dimension.name)
    }
}

struct Check<'a> {
    program: &'a Program,
    rows: Expression,
}

impl Check<'_> {
    fn all(&self) -> Result<(), String> {
        let graph = self.program.graph();
        let mut kinds = vec![Kind::Fixed; self.program.types().len()];
        for (input, kind) in graph.inputs.iter().zip(&mut kinds) {
            let Some((_, others)) = input.shape.split_first().filter(|(first, _)| **first == self.rows) else {
                return Err(format!(
                    "input {:?} has not the dimension as its first axis",
                    input.name
                ));
            };
            if !self.free(others) {
                return Err(format!("input {:?} has the dimension in a further axis", input.name));
            }
            *kind = Kind::Rows;
        }
        for (index, node) in graph.nodes.iter().enumerate() {
            let own = self
                .node(&node.op, &node.operands, &kinds)
                .map_err(|why| format!("node {index} ({}) {why}", node.op.name()))?;
            for result in self.program.results(index) {
                let value = self.of(result as u32);
                let known = match (own, value.shape.split_first()) {
                    (Kind::Rows, Some((first, others))) => *first == self.rows && self.free(others),
                    (Kind::Rows, None) => false,
                    (Kind::Fixed, _) => self.free(&value.shape),
                };
                if !known {
                    return Err(format!("node {index} ({}) moves rows to another axis", node.op.name()));
                }
                kinds[result] = own;
            }
        }
        match graph
            .outputs
            .iter()
            .find(|output| kinds[output.value as usize] != Kind::Rows)
        {
            Some(output) => Err(format!("output {:?} is not of rows", output.name)),
            None => Ok(()),
        }
    }

    fn of(&self, value: u32) -> &ValueType {
        &self.program.types()[value as usize]
    }

    fn free(&self, shape: &[Expression]) -> bool {
        shape.iter().all(|d| d.constant().is_some())
    }

    /// What a node's results are.
    fn node(&self, op: &Op, operands: &[u32], kinds: &[Kind]) -> Result<Kind, &'static str> {
        let kind = |operand: usize| {
            operands
                .get(operand)
                .map_or(Kind::Fixed, |&value| kinds[value as usize])
        };
        let rank = |operand: usize| self.of(operands[operand]).shape.len();
        if (0..operands.len()).all(|operand| kind(operand) == Kind::Fixed) {
            return match op.expressions().iter().all(|e| e.constant().is_some()) {
                true => Ok(Kind::Fixed),
                false => Err("depends on how many rows there are"),
            };
        }
        // Shapes of rows have the dimension as their first axis; where a piece begins must not depend on it.
        let shaped = matches!(op, Op::Reshape { .. } | Op::Expand { .. });
        if !shaped && op.expressions().iter().any(|e| e.constant().is_none()) {
            return Err("depends on how many rows there are");
        }
        let fixed = |from: usize| (from..operands.len()).all(|operand| kind(operand) == Kind::Fixed);
        let holds = match op {
            Op::Unary(_) | Op::Not | Op::Cast { .. } => true,
            Op::Binary(_) | Op::Compare(_) | Op::Logic(_) | Op::Where | Op::QuantizeLinear | Op::DequantizeLinear => {
                self.aligned(operands, kinds)
            }
            Op::Linear => kind(0) == Kind::Rows && rank(0) > 1 && fixed(1),
            Op::MatMulInteger => kind(0) == Kind::Rows && rank(0) > 1 && fixed(1),
            // Of matrices of rows each row has its own; a single matrix has its rows alone.
            Op::MatMul => match (kind(0), kind(1)) {
                (Kind::Rows, Kind::Fixed) => {
                    rank(1) <= rank(0) && (rank(1) < rank(0) || rank(0) == 2 || self.of(operands[1]).shape[0].is(1))
                }
                (Kind::Rows, Kind::Rows) => rank(0) == rank(1) && rank(0) > 2,
                _ => false,
            },
            Op::LayerNorm { .. } | Op::RmsNorm { .. } | Op::BatchNorm { .. } => {
                kind(0) == Kind::Rows && rank(0) > 1 && fixed(1)
            }
            Op::Softmax { axis } | Op::ArgMax { axis, .. } | Op::TopK { axis, .. } => *axis > 0,
            Op::Concat { axis } => *axis > 0 && (0..operands.len()).all(|operand| kind(operand) == Kind::Rows),
            Op::Slice { axis, .. } | Op::Split { axis, .. } | Op::Pad { axis, .. } | Op::Resize { axis, .. } => {
                *axis > 0
            }
            Op::Reduce { axes, .. } => !axes.contains(&0),
            Op::Transpose { order } => order.first() == Some(&0),
            // The first axis stays, as `all` sees: so do the rows.
            Op::Reshape { .. } => true,
            Op::Expand { shape } => shape.len() == rank(0),
            Op::Gather { axis } => match (kind(0), kind(1)) {
                (Kind::Fixed, Kind::Rows) => *axis == 0,
                (Kind::Rows, Kind::Fixed) => *axis > 0,
                _ => false,
            },
            Op::Rope { .. } => kind(0) == Kind::Rows,
            Op::Attention { causal, .. } => {
                *causal && operands.len() == 3 && (0..3).all(|operand| kind(operand) == Kind::Rows)
            }
            Op::Conv { .. } | Op::ConvTranspose { .. } => kind(0) == Kind::Rows && fixed(1),
            Op::MaxPool { .. } | Op::AveragePool { .. } => true,
            Op::DynamicQuantizeLinear | Op::Lstm | Op::Gru { .. } => false,
        };
        match holds {
            true => Ok(Kind::Rows),
            false => Err("takes more of the rows than those up to its own"),
        }
    }

    /// Whether elements of one row meet those of the same row, or one for all rows.
    fn aligned(&self, operands: &[u32], kinds: &[Kind]) -> bool {
        let rank = operands
            .iter()
            .map(|&operand| self.of(operand).shape.len())
            .max()
            .unwrap_or(0);
        operands.iter().all(|&operand| {
            let shape = &self.of(operand).shape;
            match kinds[operand as usize] {
                Kind::Rows => shape.len() == rank,
                Kind::Fixed => shape.len() < rank || shape.first().is_some_and(|d| d.is(1)),
            }
        })
    }
}

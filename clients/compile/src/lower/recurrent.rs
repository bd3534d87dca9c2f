//! LSTM and GRU, in one direction or both.

use quorate_program::{Constant, Expression, Op, Type};

use super::{slice::Cut, Entry, Lowering};
use crate::{
    build::Id,
    error::{unsupported, Answer, Reason},
    onnx::Node,
};

impl Lowering {
    pub(super) fn recurrent(&mut self, node: &Node) -> Answer {
        let lstm = node.op == "LSTM";
        self.check_recurrent(node, lstm)?;
        let x = self.operand(node, 0)?;
        let (weights, hidden) = (self.operand(node, 1)?, self.operand(node, 2)?);
        let x = if node.int_or("layout", 0) != 0 {
            self.build.transpose(x, &[1, 0, 2])?
        } else {
            x
        };
        let directions: &[bool] = match node.text("direction") {
            "" | "forward" => &[false],
            "reverse" => &[true],
            "bidirectional" => &[false, true],
            other => return Err(Reason::Attribute(format!("direction: {other:?}"))),
        };
        let (mut all, mut ends, mut cells) = (Vec::new(), Vec::new(), Vec::new());
        for (index, &reverse) in directions.iter().enumerate() {
            let mut operands = vec![
                self.reversed(x, reverse)?,
                self.direction(weights, index)?,
                self.direction(hidden, index)?,
            ];
            operands.push(self.state(node, 5, index, x, hidden)?);
            if lstm {
                operands.push(self.state(node, 6, index, x, hidden)?);
            }
            if let Some(biases) = self.optional(node, 3)? {
                let biases = self.plain(&biases)?;
                let biases = self.direction(biases, index)?;
                let rows = self.build.shape(biases).first().and_then(Expression::size);
                let half = rows.ok_or(Reason::Missing(3))? / 2;
                operands.push(self.part(biases, 0, 0, half)?);
                operands.push(self.part(biases, 0, half, half)?);
            }
            let op = match lstm {
                true => Op::Lstm,
                false => Op::Gru {
                    linear_before_reset: node.int_or("linear_before_reset", 0) != 0,
                },
            };
            let results = self.build.node(op, &operands)?;
            all.push(self.reversed(results[0], reverse)?);
            ends.push(results[1]);
            cells.extend(results.get(2));
        }
        let batch_first = node.int_or("layout", 0) != 0;
        let all = self.stacked(&all, 1)?;
        let all = if batch_first {
            self.build.transpose(all, &[2, 0, 1, 3])?
        } else {
            all
        };
        self.set(node, 0, Entry::plain(all));
        for (result, states) in [(1, ends), (2, cells)] {
            if !states.is_empty() {
                let id = self.stacked(&states, 0)?;
                let id = if batch_first {
                    self.build.transpose(id, &[1, 0, 2])?
                } else {
                    id
                };
                self.set(node, result, Entry::plain(id));
            }
        }
        Ok(())
    }

    fn check_recurrent(&self, node: &Node, lstm: bool) -> Answer {
        let functions: &[&str] = if lstm {
            &["sigmoid", "tanh", "tanh"]
        } else {
            &["sigmoid", "tanh"]
        };
        let own: Vec<String> = node
            .texts("activations")
            .iter()
            .map(|name| name.to_ascii_lowercase())
            .collect();
        let standard = own.chunks(functions.len()).all(|chunk| chunk == functions);
        if !standard || node.floats("clip").is_some() || node.int_or("input_forget", 0) != 0 {
            return unsupported("other activations, clipping or coupled gates");
        }
        if self.optional(node, 4)?.is_some() {
            return unsupported("lengths of sequences: a program is for one request at its own length");
        }
        match lstm && self.optional(node, 7)?.is_some() {
            true => unsupported("peepholes"),
            false => Ok(()),
        }
    }

    /// The sequence from its end, for the other direction.
    fn reversed(&mut self, x: Id, reverse: bool) -> Answer<Id> {
        if !reverse {
            return Ok(x);
        }
        let steps = self.build.shape(x).first().cloned().ok_or(Reason::Missing(0))?;
        let cut = Cut {
            axis: 0,
            start: steps.minus(&Expression::from(1))?,
            count: steps,
            step: -1,
        };
        let entry = self.cuts(&Entry::plain(x), vec![cut])?;
        self.plain(&entry)
    }

    /// What belongs to a direction of [directions, …].
    fn direction(&mut self, x: Id, index: usize) -> Answer<Id> {
        let part = self.part(x, 0, index, 1)?;
        let shape = self.build.shape(part).get(1..).unwrap_or(&[]).to_vec();
        self.build.reshape(part, shape)
    }

    /// The first state of a direction, [batch, units]; zeros if the model has none.
    fn state(&mut self, node: &Node, operand: usize, index: usize, x: Id, hidden: Id) -> Answer<Id> {
        if let Some(entry) = self.optional(node, operand)? {
            let id = self.plain(&entry)?;
            let id = if node.int_or("layout", 0) != 0 {
                self.build.transpose(id, &[1, 0, 2])?
            } else {
                id
            };
            return self.direction(id, index);
        }
        let batch = self.build.shape(x).get(1).cloned().ok_or(Reason::Missing(0))?;
        let units = self.build.shape(hidden).get(2).cloned().ok_or(Reason::Missing(2))?;
        let zero = self.build.constant(Constant {
            shape: Vec::new(),
            element: Type::F32,
            bytes: vec![0; 4],
        });
        self.build.one(
            Op::Expand {
                shape: vec![batch, units],
            },
            &[zero],
        )
    }

    /// Results of all directions along a new axis.
    fn stacked(&mut self, parts: &[Id], axis: usize) -> Answer<Id> {
        let mut wide = Vec::new();
        for &part in parts {
            let mut shape = self.build.shape(part).to_vec();
            shape.insert(axis, Expression::from(1));
            wide.push(self.build.reshape(part, shape)?);
        }
        match wide[..] {
            [only] => Ok(only),
            _ => self.build.one(Op::Concat { axis: axis as u32 }, &wide),
        }
    }
}

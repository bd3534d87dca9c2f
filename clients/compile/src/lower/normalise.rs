//! Softmax and normalisations.

use quorate_program::{
    op::{Binary, Reduction, Unary},
    Expression, NodeFault, Op,
};

use super::{layout::stored, Entry, Lowering};
use crate::{
    build::{axis_of, real, Id},
    error::{unsupported, Answer, Reason},
    onnx::Node,
};

impl Lowering {
    pub(super) fn normalise(&mut self, node: &Node) -> Answer {
        match node.op.as_str() {
            "Softmax" | "LogSoftmax" => self.softmax(node),
            "BatchNormalization" => self.batch_norm(node),
            "InstanceNormalization" => self.instance_norm(node),
            _ => self.layer_norm(node),
        }
    }

    fn softmax(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        let shape = self.shape(&entry);
        let rank = shape.len();
        let axis = axis_of(node.int_or("axis", if self.opset < 13 { 1 } else { -1 }), rank)?;
        // Before opset 13 all axes from this one on are one.
        if self.opset < 13 && axis + 1 < rank && !shape[axis + 1..].iter().all(|size| size.is(1)) {
            let x = self.plain(&entry)?;
            let mut flat = shape[..axis].to_vec();
            flat.push(quorate_program::shapes::elements(&shape[axis..])?);
            let id = self.build.reshape(x, flat)?;
            let id = self.soft(node, id, axis)?;
            let id = self.build.reshape(id, shape)?;
            return self.set_plain(node, id);
        }
        let last = entry.last;
        let x = if last {
            self.channels_last(&entry)?
        } else {
            self.plain(&entry)?
        };
        let axis = if last { stored(axis, rank) } else { axis };
        let id = self.soft(node, x, axis)?;
        self.set(node, 0, Self::ordered(id, last));
        Ok(())
    }

    fn soft(&mut self, node: &Node, x: Id, axis: usize) -> Answer<Id> {
        if node.op == "Softmax" {
            return self.build.one(Op::Softmax { axis: axis as u32 }, &[x]);
        }
        let along = |how| Op::Reduce {
            axes: vec![axis as u32],
            how,
            keep: true,
        };
        let largest = self.build.one(along(Reduction::Max), &[x])?;
        let below = self.build.binary(Binary::Sub, x, largest)?;
        let powers = self.build.unary(Unary::Exp, below)?;
        let sum = self.build.one(along(Reduction::Sum), &[powers])?;
        let log = self.build.unary(Unary::Log, sum)?;
        self.build.binary(Binary::Sub, below, log)
    }

    fn batch_norm(&mut self, node: &Node) -> Answer {
        if node.int_or("training_mode", 0) != 0 || node.outputs.iter().skip(1).any(|name| !name.is_empty()) {
            return unsupported("training: export the model for inference");
        }
        let entry = self.entry(node, 0)?;
        let x = self.channels_last(&entry)?;
        let mut operands = vec![x];
        for operand in 1..5 {
            operands.push(self.operand(node, operand)?);
        }
        let epsilon = real(node.float_or("epsilon", 1e-5))?;
        let id = self.build.one(Op::BatchNorm { epsilon }, &operands)?;
        let last = self.shape(&entry).len() >= 3;
        self.set(node, 0, Self::ordered(id, last));
        Ok(())
    }

    /// Each channel of each image by itself.
    fn instance_norm(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        let rank = self.shape(&entry).len();
        if rank < 3 {
            return Err(Reason::Fault(NodeFault::Rank { operand: 0, got: rank }));
        }
        let (g, b) = (self.operand(node, 1)?, self.operand(node, 2)?);
        let x = self.channels_last(&entry)?;
        let mean = Op::Reduce {
            axes: (1..rank as u32 - 1).collect(),
            how: Reduction::Mean,
            keep: true,
        };
        let epsilon = self.build.floats(&[], &[node.float_or("epsilon", 1e-5)]);
        let centre = self.build.one(mean.clone(), &[x])?;
        let d = self.build.binary(Binary::Sub, x, centre)?;
        let squares = self.build.unary(Unary::Square, d)?;
        let variance = self.build.one(mean, &[squares])?;
        let variance = self.build.binary(Binary::Add, variance, epsilon)?;
        let deviation = self.build.unary(Unary::Sqrt, variance)?;
        let y = self.build.binary(Binary::Div, d, deviation)?;
        let y = self.build.binary(Binary::Mul, y, g)?;
        let y = self.build.binary(Binary::Add, y, b)?;
        self.set(node, 0, Entry::last(y));
        Ok(())
    }

    fn layer_norm(&mut self, node: &Node) -> Answer {
        if node.outputs.iter().skip(1).any(|name| !name.is_empty()) {
            return unsupported("mean and deviation as outputs");
        }
        let entry = self.entry(node, 0)?;
        let shape = self.shape(&entry);
        let axis = axis_of(node.int_or("axis", -1), shape.len())?;
        let x = self.plain(&entry)?;
        let flat = |axis: usize| -> Answer<Vec<Expression>> {
            let mut flat = shape[..axis].to_vec();
            flat.push(quorate_program::shapes::elements(&shape[axis..])?);
            Ok(flat)
        };
        let rows = self.build.reshape(x, flat(axis)?)?;
        let last = self.build.shape(rows).last().cloned().unwrap_or_default();
        let mut operands = vec![rows];
        for operand in 1..3 {
            let Some(entry) = self.optional(node, operand)? else {
                continue;
            };
            let id = self.plain(&entry)?;
            let whole = quorate_program::shapes::elements(self.build.shape(id))?;
            operands.push(match whole == last {
                true => self.build.reshape(id, vec![last.clone()])?,
                false => return unsupported("weights that do not have all elements of the normalised axes"),
            });
        }
        let epsilon = real(node.float_or("epsilon", 1e-5))?;
        let op = match node.op.as_str() {
            "RMSNormalization" => Op::RmsNorm { epsilon },
            _ => Op::LayerNorm { epsilon },
        };
        let id = self.build.one(op, &operands)?;
        let id = self.build.reshape(id, shape)?;
        self.set_plain(node, id)
    }
}

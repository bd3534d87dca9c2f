//! Quantised operations.

use quorate_program::{Constant, Expression, Op, Type};

use super::{Entry, Lowering};
use crate::{
    build::{axis_of, Id},
    error::{unsupported, Answer},
    onnx::Node,
};

impl Lowering {
    pub(super) fn quantised(&mut self, node: &Node) -> Answer {
        let x = self.operand(node, 0)?;
        let id = match node.op.as_str() {
            "DynamicQuantizeLinear" => {
                let ids = self.build.node(Op::DynamicQuantizeLinear, &[x])?;
                for (result, id) in ids.into_iter().enumerate() {
                    self.set(node, result, Entry::plain(id));
                }
                return Ok(());
            }
            "MatMulInteger" => self.matmul_integer(node, x)?,
            _ => {
                if node.int_or("block_size", 0) != 0 {
                    return unsupported("scales of blocks");
                }
                let scale = self.operand(node, 1)?;
                let scale = self.along(node, x, scale)?;
                let zero = match self.optional(node, 2)? {
                    Some(entry) => {
                        let id = self.plain(&entry)?;
                        Some(self.along(node, x, id)?)
                    }
                    None => None,
                };
                match (node.op.as_str(), zero) {
                    ("DequantizeLinear", None) => self.build.one(Op::DequantizeLinear, &[x, scale])?,
                    ("DequantizeLinear", Some(zero)) => self.build.one(Op::DequantizeLinear, &[x, scale, zero])?,
                    (_, zero) => {
                        let zero = zero.unwrap_or_else(|| self.zero(Type::U8));
                        self.build.one(Op::QuantizeLinear, &[x, scale, zero])?
                    }
                }
            }
        };
        self.set_plain(node, id)
    }

    fn zero(&mut self, element: Type) -> Id {
        self.build.constant(Constant {
            shape: Vec::new(),
            element,
            bytes: vec![0; element.bytes()],
        })
    }

    /// Scales and zeros of an axis, so that they are broadcast along it.
    fn along(&mut self, node: &Node, x: Id, parameter: Id) -> Answer<Id> {
        let (rank, own) = (self.build.shape(x).len(), self.build.shape(parameter).to_vec());
        let [len] = &own[..] else { return Ok(parameter) };
        if len.is(1) {
            return self.build.reshape(parameter, Vec::new());
        }
        let axis = axis_of(node.int_or("axis", 1), rank)?;
        let mut shape = vec![Expression::from(1); rank - axis];
        shape[0] = len.clone();
        self.build.reshape(parameter, shape)
    }

    fn matmul_integer(&mut self, node: &Node, a: Id) -> Answer<Id> {
        let b = self.operand(node, 1)?;
        let weights = self.turned(b)?;
        let (of_a, of_b) = (self.build.of(a).element, self.build.of(b).element);
        let mut zero = |operand: usize, element: Type| -> Answer<Id> {
            match self.optional(node, operand)? {
                Some(entry) => self.plain(&entry),
                None => Ok(self.zero(element)),
            }
        };
        let (zero_a, zero_b) = (zero(2, of_a)?, zero(3, of_b)?);
        let one = self.build.shape(zero_a).iter().all(|size| size.is(1));
        if !one {
            return unsupported("a zero point for each row of the left operand");
        }
        let zero_a = self.build.reshape(zero_a, Vec::new())?;
        self.build.one(Op::MatMulInteger, &[a, zero_a, weights, zero_b])
    }
}

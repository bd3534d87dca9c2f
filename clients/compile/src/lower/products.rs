//! Matrix products: by weights `[n, k]` where an operand depends on no input.

use quorate_program::{op::Binary, Expression, NodeFault, Op};

use super::Lowering;
use crate::{
    build::Id,
    error::{Answer, Reason},
    onnx::Node,
};

impl Lowering {
    pub(super) fn product(&mut self, node: &Node) -> Answer {
        let (a, b) = (self.operand(node, 0)?, self.operand(node, 1)?);
        let id = match node.op.as_str() {
            "Gemm" => self.gemm(node, a, b)?,
            _ => self.matmul(a, b)?,
        };
        self.set_plain(node, id)
    }

    /// A matrix with its axes changed.
    pub(super) fn turned(&mut self, x: Id) -> Answer<Id> {
        match self.build.shape(x).len() {
            2 => self.build.transpose(x, &[1, 0]),
            got => Err(Reason::Fault(NodeFault::Rank { operand: 0, got })),
        }
    }

    fn matmul(&mut self, a: Id, b: Id) -> Answer<Id> {
        let (rank_a, rank_b) = (self.build.shape(a).len(), self.build.shape(b).len());
        if rank_a == 0 || rank_b == 0 {
            return Err(Reason::Fault(NodeFault::Rank { operand: 0, got: 0 }));
        }
        if rank_b == 2 && self.build.is_weight(b) {
            let weights = self.turned(b)?;
            return self.build.one(Op::Linear, &[a, weights]);
        }
        // A vector is a row on the left and a column on the right; that axis is left out again.
        let one = Expression::from(1);
        let a = match rank_a {
            1 => {
                let shape = vec![one.clone(), self.build.shape(a)[0].clone()];
                self.build.reshape(a, shape)?
            }
            _ => a,
        };
        let b = match rank_b {
            1 => {
                let shape = vec![self.build.shape(b)[0].clone(), one];
                self.build.reshape(b, shape)?
            }
            _ => b,
        };
        let product = self.build.one(Op::MatMul, &[a, b])?;
        let mut shape = self.build.shape(product).to_vec();
        if rank_b == 1 {
            shape.pop();
        }
        if rank_a == 1 {
            shape.remove(shape.len() - if rank_b == 1 { 1 } else { 2 });
        }
        self.build.reshape(product, shape)
    }

    fn gemm(&mut self, node: &Node, a: Id, b: Id) -> Answer<Id> {
        let a = if node.int_or("transA", 0) != 0 {
            self.turned(a)?
        } else {
            a
        };
        let weights = if node.int_or("transB", 0) != 0 {
            b
        } else {
            self.turned(b)?
        };
        let (alpha, beta) = (node.float_or("alpha", 1.0), node.float_or("beta", 1.0));
        let scaled = |own: &mut Self, x: Id, by: f32| match by == 1.0 {
            true => Ok(x),
            false => {
                let factor = own.build.floats(&[], &[by]);
                own.build.binary(Binary::Mul, x, factor)
            }
        };
        let bias = match self.optional(node, 2)?.filter(|_| beta != 0.0) {
            Some(entry) => {
                let id = self.plain(&entry)?;
                Some(scaled(self, id, beta)?)
            }
            None => None,
        };
        let columns = self.build.shape(weights).first().cloned();
        let fits = bias
            .filter(|&bias| alpha == 1.0 && columns.as_ref().is_some_and(|n| self.build.shape(bias) == [n.clone()]));
        if let Some(bias) = fits {
            return self.build.one(Op::Linear, &[a, weights, bias]);
        }
        let product = self.build.one(Op::Linear, &[a, weights])?;
        let product = scaled(self, product, alpha)?;
        match bias {
            Some(bias) => self.build.binary(Binary::Add, product, bias),
            None => Ok(product),
        }
    }
}

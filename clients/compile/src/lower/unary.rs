//! Functions of one element.

use quorate_program::{
    op::{Binary, Clip, Comparison, HardSigmoid, Unary},
    Constant, Expression, Op, Type,
};

use super::{known::Known, Entry, Lowering};
use crate::{
    build::{real, Id},
    error::{unsupported, Answer, Reason},
    onnx::Node,
};

impl Lowering {
    pub(super) fn unary_op(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        if let Some(known) = self
            .known(&entry)
            .filter(|known| known.element != Type::F32 || entry.id.is_none())
        {
            if let Some(result) = self.unary_known(node, &known)? {
                self.set(node, 0, Entry::known(result));
                return Ok(());
            }
        }
        let (ids, last) = self.aligned(&[entry])?;
        let x = ids[0];
        let id = self.unary_of(node, x)?;
        self.set(node, 0, Self::ordered(id, last));
        Ok(())
    }

    fn unary_known(&mut self, node: &Node, x: &Known) -> Answer<Option<Known>> {
        let each = |f: &dyn Fn(&Expression) -> Answer<Expression>| {
            let data = x.data.iter().map(f).collect::<Answer<Vec<_>>>()?;
            Ok(Some(Known { data, ..x.clone() }))
        };
        match node.op.as_str() {
            // They are whole already.
            "Floor" | "Ceil" | "Round" => Ok(Some(x.clone())),
            // An f32 that may be 0 becomes −0.
            "Neg" if x.element == Type::F32 && x.data.iter().any(|value| self.bounds.range(value).0 <= 0) => Ok(None),
            "Neg" => each(&|value| Ok(value.times(&Expression::from(-1))?)),
            "Not" if x.numbers().is_some() => each(&|value| Ok(Expression::from(i64::from(value.is(0))))),
            "Abs" if x.data.iter().all(|value| self.bounds.range(value).0 >= 0) => Ok(Some(x.clone())),
            "Sqrt" => {
                let root = |value: &Expression| value.constant().map(|n| (n, (n.max(0) as f64).sqrt() as i64));
                let roots: Option<Vec<(i64, i64)>> = x.data.iter().map(root).collect();
                let exact = roots.filter(|all| all.iter().all(|(n, root)| root * root == *n));
                let data = exact.map(|all| all.iter().map(|(_, root)| Expression::from(*root)).collect());
                Ok(data.map(|data| Known { data, ..x.clone() }))
            }
            _ => Ok(None),
        }
    }

    fn unary_of(&mut self, node: &Node, x: Id) -> Answer<Id> {
        let function = match node.op.as_str() {
            "Abs" => Unary::Abs,
            "Cos" => Unary::Cos,
            "Erf" => Unary::Erf,
            "Exp" => Unary::Exp,
            "Log" => Unary::Log,
            "Neg" => Unary::Neg,
            "Relu" => Unary::Relu,
            "Sigmoid" => Unary::Sigmoid,
            "Sin" => Unary::Sin,
            "Sqrt" => Unary::Sqrt,
            "Tanh" => Unary::Tanh,
            "Gelu" => match node.text("approximate") {
                "" | "none" => Unary::Gelu,
                "tanh" => Unary::GeluTanh,
                other => return Err(Reason::Attribute(format!("approximate: {other:?}"))),
            },
            "Swish" if node.float_or("alpha", 1.0) == 1.0 => Unary::Silu,
            "HardSigmoid" => line(node.float_or("alpha", 0.2), node.float_or("beta", 0.5))?,
            "Clip" => return self.clip(node, x),
            "Not" => return self.build.one(Op::Not, &[x]),
            "HardSwish" => {
                let gate = self.build.unary(line(1.0 / 6.0, 0.5)?, x)?;
                return self.build.binary(Binary::Mul, x, gate);
            }
            "Reciprocal" => {
                let one = self.build.floats(&[], &[1.0]);
                return self.build.binary(Binary::Div, one, x);
            }
            "LeakyRelu" => {
                let alpha = self.build.floats(&[], &[node.float_or("alpha", 0.01)]);
                return self.leaky(x, alpha);
            }
            // A value of a program is a number: one that is not ends the run.
            "IsNaN" => {
                let shape = self.build.shape(x).to_vec();
                let no = self.never();
                return self.build.one(Op::Expand { shape }, &[no]);
            }
            _ => return unsupported("programs have it for sizes only, not for tensors of numbers"),
        };
        self.build.unary(function, x)
    }

    fn never(&mut self) -> Id {
        self.build.constant(Constant {
            shape: Vec::new(),
            element: Type::Bool,
            bytes: vec![0],
        })
    }

    pub(super) fn leaky(&mut self, x: Id, slope: Id) -> Answer<Id> {
        let zero = self.build.floats(&[], &[0.0]);
        let below = self.build.one(Op::Compare(Comparison::Less), &[x, zero])?;
        let scaled = self.build.binary(Binary::Mul, x, slope)?;
        self.build.one(Op::Where, &[below, scaled, x])
    }

    fn clip(&mut self, node: &Node, x: Id) -> Answer<Id> {
        let bound = |name: &str, operand: usize, missing: f32| -> Answer<f32> {
            match self.opset < 11 {
                true => Ok(node.float_or(name, missing)),
                false => Ok(self.number(node, operand)?.unwrap_or(missing)),
            }
        };
        let (low, high) = (bound("min", 1, f32::NEG_INFINITY)?, bound("max", 2, f32::INFINITY)?);
        self.build.unary(
            Unary::Clip(Clip {
                high: real(high)?,
                low: real(low)?,
            }),
            x,
        )
    }
}

fn line(alpha: f32, beta: f32) -> Answer<Unary> {
    Ok(Unary::HardSigmoid(HardSigmoid {
        alpha: real(alpha)?,
        beta: real(beta)?,
    }))
}

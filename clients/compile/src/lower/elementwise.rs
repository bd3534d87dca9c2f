//! Operations on elements of one or several tensors.

use quorate_program::{
    op::{Binary, Comparison, Logic, Unary},
    Expression, Op, Type,
};

use super::{
    known::{self, Known, Whole},
    Entry, Lowering,
};
use crate::{
    build::Id,
    error::{unsupported, Answer, Reason},
    onnx::Node,
};

impl Lowering {
    pub(super) fn cast(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        let to = match node.op.as_str() {
            "CastLike" => self.element(&self.entry(node, 1)?),
            _ => node.element("to")?,
        };
        if self.element(&entry) == to {
            self.set(node, 0, entry);
            return Ok(());
        }
        let whole = self.known(&entry).filter(|known| {
            let fits = |value: &Expression| match (to, value.constant()) {
                (Type::Bool, None) => self.bounds.range(value).0 > 0,
                (Type::F32, _) => self.bounds.range(value).1 < 1 << 24 && self.bounds.range(value).0 > -(1 << 24),
                (Type::I64 | Type::Bool, _) => true,
                (Type::I32, _) => i32::try_from(self.bounds.range(value).1).is_ok(),
                _ => false,
            };
            known.data.iter().all(fits)
        });
        if let Some(mut whole) = whole {
            whole.element = to;
            if to == Type::Bool {
                whole
                    .data
                    .iter_mut()
                    .for_each(|value| *value = Expression::from(i64::from(!value.is(0))));
            }
            self.set(node, 0, Entry::known(whole));
            return Ok(());
        }
        let (ids, last) = self.aligned(&[entry])?;
        let id = self.build.one(Op::Cast { to }, &ids)?;
        self.set(node, 0, Self::ordered(id, last));
        Ok(())
    }

    pub(super) fn elementwise(&mut self, node: &Node) -> Answer {
        let entries: Vec<Entry> = (0..node.inputs.len())
            .map(|operand| self.entry(node, operand))
            .collect::<Answer<_>>()?;
        if let Some(known) = self.elementwise_known(node, &entries)? {
            self.set(node, 0, Entry::known(known));
            return Ok(());
        }
        if node.op == "Where" {
            if let Some(entry) = self.chosen(&entries)? {
                self.set(node, 0, entry);
                return Ok(());
            }
        }
        let (ids, last) = self.aligned(&entries)?;
        let id = self.elementwise_of(node, &ids)?;
        self.set(node, 0, Self::ordered(id, last));
        Ok(())
    }

    /// Where with a condition that holds nowhere: its last operand.
    fn chosen(&mut self, entries: &[Entry]) -> Answer<Option<Entry>> {
        let [condition, a, b] = entries else {
            return Err(Reason::Missing(2));
        };
        let Some(id) = condition.id else { return Ok(None) };
        let spread = self
            .build
            .producer(id)
            .filter(|made| matches!(made.op, Op::Expand { .. }));
        let source = spread.map_or(id, |made| made.operands[0]);
        let never = self
            .build
            .constant_of(source)
            .is_some_and(|c| c.bytes.iter().all(|&byte| byte == 0));
        let shapes = [condition, a, b].map(|entry| self.shape(entry));
        let [condition, a, shape] = &shapes;
        let whole = quorate_program::shapes::broadcast(&quorate_program::shapes::broadcast(condition, a)?, shape)?;
        Ok((never && whole == *shape).then(|| b.clone()))
    }

    fn elementwise_known(&mut self, node: &Node, entries: &[Entry]) -> Answer<Option<Known>> {
        // f32 that a model has as they are stay tensors; only those that came from sizes are followed.
        let followed = entries
            .iter()
            .any(|entry| entry.id.is_none() || self.element(entry) != Type::F32);
        // What is computed of sizes is no tensor: then what the model's file has is meant.
        let sizes = entries
            .iter()
            .any(|entry| entry.id.is_none() && entry.known.as_ref().is_some_and(|known| known.numbers().is_none()));
        let known = |entry: &Entry| self.known(entry).or_else(|| entry.literal.clone().filter(|_| sizes));
        let known: Option<Vec<Known>> = entries.iter().map(known).collect();
        let Some(known) = known.filter(|_| followed) else {
            return Ok(None);
        };
        let function = match node.op.as_str() {
            "Add" | "Sum" => Whole::Add,
            "Sub" => Whole::Sub,
            "Mul" => Whole::Mul,
            "Div" => Whole::Div,
            "Mod" => Whole::Mod,
            "Max" => Whole::Max,
            "Min" => Whole::Min,
            "Where" => {
                let [condition, a, b] = &known[..] else {
                    return Err(Reason::Missing(2));
                };
                return Ok(known::select(condition, a, b));
            }
            "And" | "Or" | "Xor" => {
                let [a, b] = &known[..] else {
                    return Err(Reason::Missing(1));
                };
                let how = if node.op == "And" { Whole::Min } else { Whole::Max };
                return match node.op.as_str() {
                    "Xor" => Ok(None),
                    _ => known::whole(&self.bounds, how, a, b),
                };
            }
            op => {
                let ([a, b], Some(how)) = (&known[..], comparison(op)) else {
                    return Ok(None);
                };
                return known::compare(&self.bounds, how, a, b);
            }
        };
        let mut all = known.into_iter();
        let Some(mut result) = all.next() else { return Ok(None) };
        for next in all {
            match known::whole(&self.bounds, function, &result, &next)? {
                Some(sum) => result = sum,
                None => return Ok(None),
            }
        }
        Ok(Some(result))
    }

    fn elementwise_of(&mut self, node: &Node, ids: &[Id]) -> Answer<Id> {
        let two = || match ids {
            [a, b] => Ok([*a, *b]),
            _ => Err(Reason::Missing(1)),
        };
        let function = match node.op.as_str() {
            "Add" | "Sum" | "Mean" => Binary::Add,
            "Sub" => Binary::Sub,
            "Mul" => Binary::Mul,
            "Div" => Binary::Div,
            "Max" => Binary::Max,
            "Min" => Binary::Min,
            "And" => return self.build.one(Op::Logic(Logic::And), &two()?),
            "Or" => return self.build.one(Op::Logic(Logic::Or), &two()?),
            "Xor" => return self.build.one(Op::Logic(Logic::Xor), &two()?),
            "Where" => return self.build.one(Op::Where, ids),
            "Pow" => {
                let [x, _] = two()?;
                return self.power(node, x);
            }
            "PRelu" => {
                let [x, slope] = two()?;
                return self.leaky(x, slope);
            }
            "Mod" => return unsupported("programs have remainders for sizes only"),
            op => {
                let how =
                    comparison(op).ok_or_else(|| Reason::Unsupported("programs do not have this operation".into()))?;
                return self.build.one(Op::Compare(how), &two()?);
            }
        };
        let (first, rest) = ids.split_first().ok_or(Reason::Missing(0))?;
        let mut result = *first;
        for &next in rest {
            result = match (function, self.build.of(result).element) {
                // Of integers by their comparison.
                (Binary::Max | Binary::Min, element) if element != Type::F32 => {
                    let less = self.build.one(Op::Compare(Comparison::Less), &[result, next])?;
                    let (a, b) = if function == Binary::Max {
                        (next, result)
                    } else {
                        (result, next)
                    };
                    self.build.one(Op::Where, &[less, a, b])?
                }
                _ => self.build.binary(function, result, next)?,
            };
        }
        if node.op == "Mean" {
            let count = self.build.floats(&[], &[ids.len() as f32]);
            result = self.build.binary(Binary::Div, result, count)?;
        }
        Ok(result)
    }

    fn power(&mut self, node: &Node, x: Id) -> Answer<Id> {
        match self.number(node, 1)? {
            Some(1.0) => Ok(x),
            Some(2.0) => self.build.unary(Unary::Square, x),
            Some(3.0) => self.build.unary(Unary::Cube, x),
            Some(0.5) => self.build.unary(Unary::Sqrt, x),
            other => unsupported(format!(
                "the exponent is {}; programs have 1, 2, 3 and 0.5",
                other.unwrap_or(f32::NAN)
            )),
        }
    }
}

fn comparison(op: &str) -> Option<Comparison> {
    Some(match op {
        "Equal" => Comparison::Equal,
        "Greater" => Comparison::Greater,
        "GreaterOrEqual" => Comparison::GreaterOrEqual,
        "Less" => Comparison::Less,
        "LessOrEqual" => Comparison::LessOrEqual,
        _ => return None,
    })
}

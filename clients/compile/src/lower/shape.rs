//! Operations that make values of shapes.

use quorate_program::{Constant, Expression, Op, Type};

use super::{
    known::{self, Known, MAX_KNOWN},
    Entry, Lowering,
};
use crate::{
    error::{Answer, Reason},
    onnx::Node,
};

impl Lowering {
    pub(super) fn shape_op(&mut self, node: &Node) -> Answer {
        match node.op.as_str() {
            "Range" => return self.range(node),
            "ConstantOfShape" => return self.constant_of_shape(node),
            _ => {}
        }
        let entry = self.entry(node, 0)?;
        let shape = self.shape(&entry);
        let known = match node.op.as_str() {
            "Size" => Known::scalar(quorate_program::shapes::elements(&shape)?),
            _ => {
                let rank = shape.len() as i64;
                let clamped = |axis: i64| (if axis < 0 { axis + rank } else { axis }).clamp(0, rank) as usize;
                let (start, end) = (clamped(node.int_or("start", 0)), clamped(node.int_or("end", rank)));
                Known::row(shape.get(start..end.max(start)).unwrap_or(&[]).to_vec())
            }
        };
        self.set(node, 0, Entry::known(known));
        Ok(())
    }

    /// start, start + step … below the limit: as many as there can be at most, and of them those that are there.
    fn range(&mut self, node: &Node) -> Answer {
        let what = |operand| -> Answer<Expression> {
            let row = self
                .row(node, operand, "a bound of the range")?
                .ok_or(Reason::Missing(operand))?;
            row.first().cloned().ok_or(Reason::Missing(operand))
        };
        let (start, limit, step) = (what(0)?, what(1)?, what(2)?);
        let element = self.element(&self.entry(node, 0)?);
        let (Some(start), Some(step)) = (start.constant(), step.constant().filter(|&step| step != 0)) else {
            return known::missing("the start or step of the range");
        };
        let room = match step > 0 {
            true => limit.minus(&Expression::from(start))?,
            false => Expression::from(start).minus(&limit)?,
        };
        let size = step.unsigned_abs() as i64;
        let count = room.plus(&Expression::from(size - 1))?.quotient(size)?;
        let count = count.ok_or_else(|| Reason::NotFolded("the length of the range".into()))?;
        let (least, most) = self.bounds.range(&count);
        if least < 0 || (least < 1 && count.constant().is_none()) || most > 1 << 20 {
            return known::missing("the length of the range, from 1 to 2^20,");
        }
        let end = step.checked_mul(most).and_then(|span| span.checked_add(start));
        if end.is_none_or(|end| end.unsigned_abs().max(start.unsigned_abs()) >= 1 << 24) {
            return known::missing("the range within 2^24");
        }
        let value = |index: i64| start + index * step;
        if let Some(count) = count.constant().filter(|&count| count <= MAX_KNOWN as i64) {
            let mut row = Known::row((0..count).map(|index| Expression::from(value(index))).collect());
            row.element = element;
            self.set(node, 0, Entry::known(row));
            return Ok(());
        }
        let bytes = (0..most).flat_map(|index| match element {
            Type::I64 => value(index).to_le_bytes().to_vec(),
            Type::I32 => (value(index) as i32).to_le_bytes().to_vec(),
            _ => (value(index) as f32).to_le_bytes().to_vec(),
        });
        let all = Constant {
            shape: vec![most as u64],
            element,
            bytes: bytes.collect(),
        };
        let all = self.build.constant(all);
        let id = match count.constant() {
            Some(_) => all,
            None => {
                let op = Op::Slice {
                    axis: 0,
                    count,
                    start: Expression::default(),
                    step: 1,
                };
                self.build.one(op, &[all])?
            }
        };
        self.set_plain(node, id)
    }

    fn constant_of_shape(&mut self, node: &Node) -> Answer {
        let shape = self.row(node, 0, "the shape")?.ok_or(Reason::Missing(0))?;
        let value = match node.tensor("value") {
            Some(value) => value?,
            None => Constant {
                shape: Vec::new(),
                element: Type::F32,
                bytes: vec![0; 4],
            },
        };
        let value = Constant {
            shape: Vec::new(),
            ..value
        };
        if value.len() != Some(value.bytes.len() as u64) {
            return Err(Reason::Attribute("value: one number was expected".into()));
        }
        let sizes: Option<Vec<usize>> = shape.iter().map(Expression::size).collect();
        let small = sizes.and_then(|sizes| known::count(&sizes).map(|count| (sizes, count)));
        if let (Some((sizes, count)), Some(one)) = (small, Known::of(&value)) {
            let data = one.data.iter().cloned().cycle().take(count).collect();
            let element = value.element;
            self.set(
                node,
                0,
                Entry::known(Known {
                    element,
                    shape: sizes,
                    data,
                }),
            );
            return Ok(());
        }
        let id = self.build.constant(value);
        let id = self.build.one(Op::Expand { shape }, &[id])?;
        self.set_plain(node, id)
    }
}

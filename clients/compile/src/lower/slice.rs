//! Slice: a program clamps nothing, so that what is clamped has to be certain.

use quorate_program::{Expression, NodeFault, Op, Type};

use super::{
    known::{self, Known},
    layout::stored,
    Entry, Lowering,
};
use crate::{
    build::axis_of,
    error::{unsupported, Answer, Reason},
    onnx::Node,
};

/// Farther than any axis is long.
const FAR: i64 = 1 << 40;

/// Some elements along an axis.
pub struct Cut {
    pub axis: usize,
    pub start: Expression,
    pub count: Expression,
    pub step: i64,
}

impl Lowering {
    pub(super) fn slice(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        let shape = self.shape(&entry);
        let attribute = |name: &str| {
            node.ints(name)
                .map(|ints| ints.iter().map(|&i| Expression::from(i)).collect::<Vec<_>>())
        };
        let row = |name: &str, operand: usize| match attribute(name) {
            Some(row) => Ok(Some(row)),
            None => self.places(node, operand, name),
        };
        let starts = row("starts", 1)?.ok_or(Reason::Missing(1))?;
        let ends = row("ends", 2)?.ok_or(Reason::Missing(2))?;
        let axes = match node.ints("axes") {
            Some(axes) => axes.to_vec(),
            None => self
                .numbers(node, 3, "axes")?
                .unwrap_or_else(|| (0..starts.len() as i64).collect()),
        };
        let steps = self.numbers(node, 4, "steps")?.unwrap_or_else(|| vec![1; starts.len()]);
        if ends.len() != starts.len() || axes.len() != starts.len() || steps.len() != starts.len() {
            return Err(Reason::Attribute(
                "starts, ends, axes and steps are not equally many".into(),
            ));
        }
        let mut cuts = Vec::new();
        for (((start, end), axis), step) in starts.iter().zip(&ends).zip(axes).zip(steps) {
            let axis = axis_of(axis, shape.len())?;
            cuts.extend(self.cut(axis, &shape[axis], [start, end], step)?);
        }
        let result = self.cuts(&entry, cuts)?;
        self.set(node, 0, result);
        Ok(())
    }

    /// Bounds, where numbers as large as 2^63 − 1 mean the end.
    fn places(&self, node: &Node, operand: usize, what: &str) -> Answer<Option<Vec<Expression>>> {
        let entry = self.optional(node, operand)?;
        let constant = entry
            .and_then(|entry| entry.id)
            .and_then(|id| self.build.constant_of(id));
        match constant.filter(|constant| constant.element == Type::I64) {
            Some(constant) => {
                let words = constant
                    .bytes
                    .chunks_exact(8)
                    .filter_map(|word| word.try_into().ok().map(i64::from_le_bytes));
                Ok(Some(
                    words.map(|place| Expression::from(place.clamp(-FAR, FAR))).collect(),
                ))
            }
            None => self.row(node, operand, what),
        }
    }

    /// What ONNX takes from an axis; none if it is all of it.
    fn cut(&self, axis: usize, size: &Expression, [start, end]: [&Expression; 2], step: i64) -> Answer<Option<Cut>> {
        if step == 0 {
            return Err(Reason::Fault(NodeFault::Parameter("step")));
        }
        let zero = Expression::default();
        // The last place of all, and the first, for steps up and down.
        let (low, high) = match step > 0 {
            true => (zero.clone(), size.clone()),
            false => (Expression::from(-1), size.minus(&Expression::from(1))?),
        };
        let place = |given: &Expression, lowest: &Expression| -> Answer<Expression> {
            let from_end = match self.bounds.at_most(&zero, given)? {
                Some(positive) => !positive,
                None => return known::missing("whether a bound of the slice is negative"),
            };
            // A very negative end of a step down is before the first.
            let given = if from_end {
                size.plus(given).unwrap_or_else(|_| Expression::from(-1))
            } else {
                given.clone()
            };
            if self.bounds.at_most(&given, lowest)? == Some(true) {
                return Ok(lowest.clone());
            }
            if self.bounds.at_most(&high, &given)? == Some(true) {
                return Ok(high.clone());
            }
            let inside = self
                .bounds
                .at_most(lowest, &given)?
                .zip(self.bounds.at_most(&given, &high)?);
            match inside {
                Some((true, true)) => Ok(given),
                _ => known::missing("whether a bound of the slice is inside"),
            }
        };
        let first = place(start, if step > 0 { &low } else { &zero })?;
        let behind = place(end, &low)?;
        let room = if step > 0 {
            behind.minus(&first)?
        } else {
            first.minus(&behind)?
        };
        let size_of = step.unsigned_abs() as i64;
        let count = room.plus(&Expression::from(size_of - 1))?.quotient(size_of)?;
        let count = count.ok_or(Reason::Fault(NodeFault::Parameter("step")))?;
        let all = first.is(0) && count == *size && step == 1;
        Ok((!all).then_some(Cut {
            axis,
            start: first,
            count,
            step,
        }))
    }

    /// Applies cuts one after the other.
    pub(super) fn cuts(&mut self, entry: &Entry, cuts: Vec<Cut>) -> Answer<Entry> {
        if cuts.is_empty() {
            return Ok(entry.clone());
        }
        if let (Some(known), [cut]) = (self.known(entry), &cuts[..]) {
            if let ([_], Some(start), Some(count)) = (&known.shape[..], cut.start.size(), cut.count.size()) {
                let place = |index: usize| usize::try_from(start as i64 + index as i64 * cut.step).ok();
                let taken = (0..count).map(|index| place(index).and_then(|place| known.data.get(place).cloned()));
                if let Some(data) = taken.collect::<Option<Vec<_>>>() {
                    let shape = vec![data.len()];
                    return Ok(Entry::known(Known { data, shape, ..known }));
                }
            }
        }
        if cuts.iter().any(|cut| self.bounds.range(&cut.count).1 < 1) {
            return unsupported("a tensor without elements: programs have none");
        }
        let last = entry.last;
        let mut id = if last {
            self.channels_last(entry)?
        } else {
            self.plain(entry)?
        };
        let rank = self.build.shape(id).len();
        for cut in cuts {
            let axis = if last { stored(cut.axis, rank) } else { cut.axis } as u32;
            let op = Op::Slice {
                axis,
                count: cut.count,
                start: cut.start,
                step: cut.step,
            };
            id = self.build.one(op, &[id])?;
        }
        Ok(Self::ordered(id, last))
    }
}

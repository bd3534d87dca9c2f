//! Reductions and choices.

use quorate_program::{op::Reduction, Expression, Op};

use super::{
    known::{self, Known, Whole},
    layout::stored,
    Entry, Lowering,
};
use crate::{
    build::axis_of,
    error::{unsupported, Answer, Reason},
    onnx::Node,
};

impl Lowering {
    pub(super) fn reduce_op(&mut self, node: &Node) -> Answer {
        match node.op.as_str() {
            "ArgMax" => self.arg_max(node),
            "TopK" => self.top_k(node),
            _ => self.reduce(node),
        }
    }

    fn reduce(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        let shape = self.shape(&entry);
        let rank = shape.len();
        let keep = node.int_or("keepdims", 1) != 0;
        let given = self.axes(node, 1)?.filter(|axes| !axes.is_empty());
        let mut axes = match given {
            Some(axes) => axes
                .into_iter()
                .map(|axis| axis_of(axis, rank))
                .collect::<Answer<Vec<_>>>()?,
            None if node.int_or("noop_with_empty_axes", 0) != 0 => {
                self.set(node, 0, entry);
                return Ok(());
            }
            None => (0..rank).collect(),
        };
        axes.sort_unstable();
        axes.dedup();
        if let Some(known) = self.known(&entry).filter(|_| entry.id.is_none() && rank == 1) {
            if let Some(value) = self.reduced_known(node, &known)? {
                let row = Known {
                    element: known.element,
                    ..Known::row(vec![value])
                };
                let row = if keep { row } else { row.shaped(Vec::new()) };
                self.set(node, 0, Entry::known(row));
                return Ok(());
            }
        }
        let how = match node.op.as_str() {
            "ReduceL1" => Reduction::L1,
            "ReduceL2" => Reduction::L2,
            "ReduceMax" => Reduction::Max,
            "ReduceMean" => Reduction::Mean,
            "ReduceMin" => Reduction::Min,
            "ReduceSum" => Reduction::Sum,
            "ReduceSumSquare" => Reduction::SumSquare,
            _ => return unsupported("programs have products of sizes only, not of tensors"),
        };
        if rank == 0 || axes.is_empty() {
            return unsupported("a reduction of no axes");
        }
        let last = entry.last;
        let x = if last {
            self.channels_last(&entry)?
        } else {
            self.plain(&entry)?
        };
        let mut own: Vec<u32> = axes
            .iter()
            .map(|&axis| if last { stored(axis, rank) } else { axis } as u32)
            .collect();
        own.sort_unstable();
        // With channels last, what is left keeps that order unless the batch or the channels are gone.
        let kept: Vec<usize> = (0..rank).filter(|axis| !axes.contains(axis)).collect();
        let in_order = kept
            .windows(2)
            .all(|pair| stored(pair[0], rank) < stored(pair[1], rank));
        let whole = kept.starts_with(&[0, 1]) && kept.len() >= 3;
        let result = match (last, keep) {
            (false, _) => Entry::plain(self.build.one(Op::Reduce { axes: own, how, keep }, &[x])?),
            (true, true) => Entry::last(self.build.one(Op::Reduce { axes: own, how, keep }, &[x])?),
            (true, false) if whole => Entry::last(self.build.one(Op::Reduce { axes: own, how, keep }, &[x])?),
            (true, false) if in_order => Entry::plain(self.build.one(Op::Reduce { axes: own, how, keep }, &[x])?),
            (true, false) => {
                let id = self.build.one(
                    Op::Reduce {
                        axes: own,
                        how,
                        keep: true,
                    },
                    &[x],
                )?;
                let id = self.plain(&Entry::last(id))?;
                let left = kept.iter().map(|&axis| shape[axis].clone()).collect();
                Entry::plain(self.build.reshape(id, left)?)
            }
        };
        self.set(node, 0, result);
        Ok(())
    }

    /// A reduction of sizes.
    fn reduced_known(&self, node: &Node, row: &Known) -> Answer<Option<Expression>> {
        let function = match node.op.as_str() {
            "ReduceProd" => Whole::Mul,
            "ReduceSum" => Whole::Add,
            "ReduceMax" => Whole::Max,
            "ReduceMin" => Whole::Min,
            _ => return Ok(None),
        };
        let mut parts = row.data.iter().map(|value| Known {
            element: row.element,
            ..Known::scalar(value.clone())
        });
        let Some(mut result) = parts.next() else {
            return Ok(None);
        };
        for part in parts {
            match known::whole(&self.bounds, function, &result, &part)? {
                Some(next) => result = next,
                None => return Ok(None),
            }
        }
        Ok(result.data.into_iter().next())
    }

    fn arg_max(&mut self, node: &Node) -> Answer {
        if node.int_or("select_last_index", 0) != 0 {
            return unsupported("select_last_index: programs have the first of equal ones");
        }
        let x = self.operand(node, 0)?;
        let axis = axis_of(node.int_or("axis", 0), self.build.shape(x).len())? as u32;
        let keep = node.int_or("keepdims", 1) != 0;
        let id = self.build.one(Op::ArgMax { axis, keep }, &[x])?;
        self.set_plain(node, id)
    }

    fn top_k(&mut self, node: &Node) -> Answer {
        let x = self.operand(node, 0)?;
        let axis = axis_of(node.int_or("axis", -1), self.build.shape(x).len())? as u32;
        let k = match node.int("k") {
            Some(k) => Expression::from(k),
            None => self
                .row(node, 1, "k")?
                .and_then(|row| row.into_iter().next())
                .ok_or(Reason::Missing(1))?,
        };
        let largest = node.int_or("largest", 1) != 0;
        let ids = self.build.node(Op::TopK { axis, k, largest }, &[x])?;
        for (result, id) in ids.into_iter().enumerate() {
            self.set(node, result, Entry::plain(id));
        }
        Ok(())
    }
}

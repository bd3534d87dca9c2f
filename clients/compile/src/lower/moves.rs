//! Operations that move elements.

use quorate_program::{op::Fill, Expression, Op, Type};

use super::{
    known::{self, Known},
    layout::stored,
    slice::Cut,
    Entry, Lowering,
};
use crate::{
    build::{axis_of, real, Id},
    error::{Answer, Reason},
    onnx::Node,
};

impl Lowering {
    pub(super) fn move_op(&mut self, node: &Node) -> Answer {
        match node.op.as_str() {
            "Concat" => self.concat(node),
            "Expand" => self.expand(node),
            "Flatten" => self.flatten(node),
            "Gather" => self.gather(node),
            "GatherND" => self.gather_nd(node),
            "Pad" => self.pad(node),
            "Reshape" => self.reshape(node),
            "Slice" => self.slice(node),
            "Split" => self.split(node),
            "Squeeze" => self.squeeze(node),
            "Unsqueeze" => self.unsqueeze(node),
            "Tile" => self.tile(node),
            "Transpose" => self.transpose(node),
            _ => self.depth(node),
        }
    }

    fn expand(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        let wanted = self.row(node, 1, "the shape")?.ok_or(Reason::Missing(1))?;
        let shape = quorate_program::shapes::broadcast(&self.shape(&entry), &wanted)?;
        let result = self.expanded(&entry, shape)?;
        self.set(node, 0, result);
        Ok(())
    }

    fn expanded(&mut self, entry: &Entry, shape: Vec<Expression>) -> Answer<Entry> {
        if self.shape(entry) == shape {
            return Ok(entry.clone());
        }
        let sizes: Option<Vec<usize>> = shape.iter().map(Expression::size).collect();
        let small = sizes.and_then(|sizes| known::count(&sizes).map(|total| (sizes, total)));
        if let (Some(known), Some((sizes, total)), None) = (self.known(entry), small, entry.id) {
            let zeros = Known {
                element: known.element,
                data: vec![Expression::default(); total],
                shape: sizes,
            };
            if let Some(sum) = known::whole(&self.bounds, known::Whole::Add, &known, &zeros)? {
                return Ok(Entry::known(sum));
            }
        }
        let id = self.plain(entry)?;
        Ok(Entry::plain(self.build.one(Op::Expand { shape }, &[id])?))
    }

    fn pad(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        let shape = self.shape(&entry);
        let rank = shape.len();
        let pads = match self.opset < 11 {
            true => node
                .ints("pads")
                .map(<[i64]>::to_vec)
                .ok_or_else(|| Reason::Attribute("pads is missing".into()))?,
            false => self.numbers(node, 1, "the padding")?.ok_or(Reason::Missing(1))?,
        };
        let axes = match self.numbers(node, 3, "its axes")? {
            Some(axes) => axes
                .into_iter()
                .map(|axis| axis_of(axis, rank))
                .collect::<Answer<Vec<_>>>()?,
            None => (0..rank).collect(),
        };
        if pads.len() != 2 * axes.len() {
            return Err(Reason::Attribute("pads: two for each axis were expected".into()));
        }
        let float = self.element(&entry) == Type::F32;
        let fill = match node.text("mode") {
            "" | "constant" if float => {
                let value = if self.opset < 11 {
                    Some(node.float_or("value", 0.0))
                } else {
                    self.number(node, 2)?
                };
                Fill::Constant(real(value.unwrap_or(0.0))?)
            }
            "" | "constant" => {
                let value = self
                    .numbers(node, 2, "what is padded with")?
                    .and_then(|row| row.first().copied());
                Fill::Integer(value.unwrap_or(0))
            }
            "edge" => Fill::Edge,
            "reflect" => Fill::Reflect,
            mode => {
                return Err(Reason::Attribute(format!(
                    "mode: {mode:?}; programs have constant, edge and reflect"
                )))
            }
        };
        let last = entry.last;
        let mut id = if last {
            self.channels_last(&entry)?
        } else {
            self.plain(&entry)?
        };
        for (index, &axis) in axes.iter().enumerate() {
            let (before, after) = (pads[index], pads[index + axes.len()]);
            let own = if last { stored(axis, rank) } else { axis } as u32;
            // Less than nothing takes away.
            let (cut_before, cut_after) = (before.min(0).saturating_neg(), after.min(0).saturating_neg());
            let cut = cut_before.saturating_add(cut_after);
            if cut > 0 {
                let count = shape[axis].minus(&Expression::from(cut))?;
                let start = Expression::from(cut_before);
                id = self.build.one(
                    Op::Slice {
                        axis: own,
                        count,
                        start,
                        step: 1,
                    },
                    &[id],
                )?;
            }
            let size = |pad: i64| u32::try_from(pad.max(0)).map_err(|_| Reason::Attribute("pads: too large".into()));
            let (before, after) = (size(before)?, size(after)?);
            if before.max(after) > 0 {
                let op = Op::Pad {
                    after,
                    axis: own,
                    before,
                    fill,
                };
                id = self.build.one(op, &[id])?;
            }
        }
        self.set(node, 0, Self::ordered(id, last));
        Ok(())
    }

    fn tile(&mut self, node: &Node) -> Answer {
        let mut entry = self.entry(node, 0)?;
        let repeats = self.row(node, 1, "how often")?.ok_or(Reason::Missing(1))?;
        let shape = self.shape(&entry);
        if repeats.len() != shape.len() {
            return Err(Reason::Attribute("repeats: one for each axis was expected".into()));
        }
        for (axis, times) in repeats.iter().enumerate() {
            match (times.constant(), shape[axis].is(1)) {
                (Some(1), _) => {}
                (_, true) => {
                    let mut shape = self.shape(&entry);
                    shape[axis] = times.clone();
                    entry = self.expanded(&entry, shape)?;
                }
                (Some(times), false) if (2..=64).contains(&times) => {
                    let id = self.plain(&entry)?;
                    let copies = vec![id; times as usize];
                    entry = Entry::plain(self.build.one(Op::Concat { axis: axis as u32 }, &copies)?);
                }
                _ => return known::missing("how often an axis is repeated, at most 64 times,"),
            }
        }
        self.set(node, 0, entry);
        Ok(())
    }

    fn transpose(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        let rank = self.shape(&entry).len();
        let order: Vec<usize> = match node.ints("perm") {
            Some(order) => order.iter().map(|&axis| axis_of(axis, rank)).collect::<Answer<_>>()?,
            None => (0..rank).rev().collect(),
        };
        if order.len() != rank {
            return Err(Reason::Attribute("perm: one for each axis was expected".into()));
        }
        let Some(id) = entry.id else {
            let id = self.plain(&entry)?;
            let id = self.build.transpose(id, &order)?;
            return self.set_plain(node, id);
        };
        // Where the stored axes already stand in the wanted order, or in that of channels last, nothing moves.
        let from: Vec<usize> = order
            .iter()
            .map(|&axis| if entry.last { stored(axis, rank) } else { axis })
            .collect();
        let in_order = |place: &dyn Fn(usize) -> usize| (0..rank).all(|axis| from[axis] == place(axis));
        let result = if in_order(&|axis| axis) {
            Entry::plain(id)
        } else if (entry.last || rank == 4) && rank >= 3 && in_order(&|axis| stored(axis, rank)) {
            Entry::last(id)
        } else {
            Entry::plain(self.build.transpose(id, &from)?)
        };
        self.set(node, 0, result);
        Ok(())
    }

    /// DepthToSpace and SpaceToDepth: Reshape, Transpose, Reshape.
    fn depth(&mut self, node: &Node) -> Answer {
        let x = self.operand(node, 0)?;
        let size = node
            .int("blocksize")
            .filter(|&size| size > 0)
            .ok_or_else(|| Reason::Attribute("blocksize is missing".into()))?;
        let block = Expression::from(size);
        let [n, c, h, w] = match self.build.shape(x) {
            [n, c, h, w] => [n.clone(), c.clone(), h.clone(), w.clone()],
            shape => {
                return Err(Reason::Fault(quorate_program::NodeFault::Rank {
                    operand: 0,
                    got: shape.len(),
                }))
            }
        };
        let part = |whole: &Expression, by: &Expression| -> Answer<Expression> {
            whole
                .divided(by)?
                .ok_or_else(|| Reason::Attribute("blocksize: an axis is no multiple of it".into()))
        };
        let id = match node.op.as_str() {
            "SpaceToDepth" => {
                let (rows, columns) = (part(&h, &block)?, part(&w, &block)?);
                let split = vec![
                    n.clone(),
                    c.clone(),
                    rows.clone(),
                    block.clone(),
                    columns.clone(),
                    block.clone(),
                ];
                let id = self.build.reshape(x, split)?;
                let id = self.build.transpose(id, &[0, 3, 5, 1, 2, 4])?;
                let depth = c.times(&block)?.times(&block)?;
                self.build.reshape(id, vec![n, depth, rows, columns])?
            }
            _ => {
                let depth = part(&c, &block.times(&block)?)?;
                let (split, order) = match node.text("mode") {
                    "CRD" => (
                        vec![
                            n.clone(),
                            depth.clone(),
                            block.clone(),
                            block.clone(),
                            h.clone(),
                            w.clone(),
                        ],
                        [0, 1, 4, 2, 5, 3],
                    ),
                    _ => (
                        vec![
                            n.clone(),
                            block.clone(),
                            block.clone(),
                            depth.clone(),
                            h.clone(),
                            w.clone(),
                        ],
                        [0, 3, 4, 1, 5, 2],
                    ),
                };
                let id = self.build.reshape(x, split)?;
                let id = self.build.transpose(id, &order)?;
                self.build
                    .reshape(id, vec![n, depth, h.times(&block)?, w.times(&block)?])?
            }
        };
        self.set_plain(node, id)
    }

    /// A part of the model's axis.
    pub(super) fn part(&mut self, x: Id, axis: usize, start: usize, count: usize) -> Answer<Id> {
        let cut = Cut {
            axis,
            start: Expression::from(start as i64),
            count: Expression::from(count as i64),
            step: 1,
        };
        let entry = self.cuts(&Entry::plain(x), vec![cut])?;
        self.plain(&entry)
    }
}

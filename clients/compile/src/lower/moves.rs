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
    error::{unsupported, Answer, Reason},
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

    fn concat(&mut self, node: &Node) -> Answer {
        let entries: Vec<Entry> = (0..node.inputs.len())
            .map(|operand| self.entry(node, operand))
            .collect::<Answer<_>>()?;
        // Lists may be empty, and make nothing longer.
        let entries: Vec<Entry> = entries
            .into_iter()
            .filter(|entry| !self.shape(entry).iter().any(|size| size.is(0)))
            .collect();
        let rank = entries.first().map_or(0, |entry| self.shape(entry).len());
        let axis = axis_of(
            node.int("axis")
                .ok_or_else(|| Reason::Attribute("axis is missing".into()))?,
            rank,
        )?;
        let rows: Option<Vec<Known>> = entries.iter().map(|entry| self.known(entry)).collect();
        let followed = entries
            .iter()
            .any(|entry| entry.id.is_none() || self.element(entry) != Type::F32);
        if let Some(rows) = rows.filter(|_| rank == 1 && followed) {
            let element = rows[0].element;
            let data = rows.into_iter().flat_map(|row| row.data).collect();
            self.set(
                node,
                0,
                Entry::known(Known {
                    element,
                    ..Known::row(data)
                }),
            );
            return Ok(());
        }
        let last = rank >= 3 && entries.iter().any(|entry| entry.last);
        let ids = entries.iter().map(|entry| {
            if last {
                self.channels_last(entry)
            } else {
                self.plain(entry)
            }
        });
        let ids: Vec<Id> = ids.collect::<Answer<_>>()?;
        let axis = if last { stored(axis, rank) } else { axis } as u32;
        let id = match ids[..] {
            [only] => only,
            _ => self.build.one(Op::Concat { axis }, &ids)?,
        };
        self.set(node, 0, Self::ordered(id, last));
        Ok(())
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

    fn flatten(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        let shape = self.shape(&entry);
        let axis = match node.int_or("axis", 1) {
            axis if axis == shape.len() as i64 => shape.len(),
            axis => axis_of(axis, shape.len())?,
        };
        let (before, behind) = shape.split_at(axis);
        let shape = vec![
            quorate_program::shapes::elements(before)?,
            quorate_program::shapes::elements(behind)?,
        ];
        let id = self.plain(&entry)?;
        let id = self.build.reshape(id, shape)?;
        self.set_plain(node, id)
    }

    fn gather(&mut self, node: &Node) -> Answer {
        let (entry, indices) = (self.entry(node, 0)?, self.entry(node, 1)?);
        let shape = self.shape(&entry);
        let axis = axis_of(node.int_or("axis", 0), shape.len())?;
        let places = self
            .known(&indices)
            .and_then(|known| known.numbers().map(|numbers| (known.shape, numbers)));
        if let (Some(known), Some((shape, numbers)), 1) = (self.known(&entry), &places, shape.len()) {
            let len = known.data.len() as i64;
            let place = |&index: &i64| usize::try_from(if index < 0 { index + len } else { index }).ok();
            let data: Option<Vec<Expression>> = numbers
                .iter()
                .map(|index| place(index).and_then(|place| known.data.get(place).cloned()))
                .collect();
            let data = data.ok_or_else(|| Reason::Attribute("an index outside its axis".into()))?;
            let element = known.element;
            self.set(
                node,
                0,
                Entry::known(Known {
                    element,
                    data,
                    shape: shape.clone(),
                }),
            );
            return Ok(());
        }
        let mut id = self.plain(&indices)?;
        if self.build.of(id).element != Type::I64 {
            id = self.build.one(Op::Cast { to: Type::I64 }, &[id])?;
        }
        let x = self.plain(&entry)?;
        let id = self.build.one(Op::Gather { axis: axis as u32 }, &[x, id])?;
        self.set_plain(node, id)
    }

    /// With one index for each element it is a Gather of the flat tensor.
    fn gather_nd(&mut self, node: &Node) -> Answer {
        let (x, indices) = (self.operand(node, 0)?, self.operand(node, 1)?);
        let (shape, at) = (self.build.shape(x).to_vec(), self.build.shape(indices).to_vec());
        let depth = at.last().and_then(Expression::size).ok_or(Reason::Missing(1))?;
        if node.int_or("batch_dims", 0) != 0 || depth > shape.len() || depth == 0 {
            return unsupported("GatherND with batch_dims, or of more axes than there are");
        }
        // The place in the flattened first axes: a sum of products of the index's parts.
        let mut flat: Option<Id> = None;
        for (axis, _) in shape.iter().take(depth).enumerate() {
            let part = Op::Slice {
                axis: at.len() as u32 - 1,
                count: 1.into(),
                start: Expression::from(axis as i64),
                step: 1,
            };
            let part = self.build.one(part, &[indices])?;
            let part = self.build.reshape(part, at[..at.len() - 1].to_vec())?;
            let behind = quorate_program::shapes::elements(shape.get(axis + 1..depth).unwrap_or(&[]))?;
            let scaled = match behind.constant() {
                Some(1) => part,
                Some(behind) => {
                    let factor = self.build.integers(&[], &[behind]);
                    self.build.binary(quorate_program::op::Binary::Mul, part, factor)?
                }
                None if axis == 0 && shape[0].is(1) => continue,
                None => return known::missing("the size of an axis of GatherND"),
            };
            flat = Some(match flat {
                Some(sum) => self.build.binary(quorate_program::op::Binary::Add, sum, scaled)?,
                None => scaled,
            });
        }
        let flat = flat.ok_or(Reason::Missing(1))?;
        let first = quorate_program::shapes::elements(&shape[..depth])?;
        let rows = std::iter::once(first).chain(shape[depth..].iter().cloned()).collect();
        let x = self.build.reshape(x, rows)?;
        let id = self.build.one(Op::Gather { axis: 0 }, &[x, flat])?;
        self.set_plain(node, id)
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

    fn reshape(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        let own = self.shape(&entry);
        let wanted = match node.ints("shape") {
            Some(shape) => shape.iter().map(|&size| Expression::from(size)).collect(),
            None => self.row(node, 1, "the shape")?.ok_or(Reason::Missing(1))?,
        };
        let keeps_zero = node.int_or("allowzero", 0) != 0;
        let mut shape = Vec::new();
        let mut inferred = None;
        for (axis, size) in wanted.iter().enumerate() {
            shape.push(match size.constant() {
                Some(0) if !keeps_zero => own
                    .get(axis)
                    .cloned()
                    .ok_or_else(|| Reason::Attribute("a 0 in the shape that stands for no axis".into()))?,
                Some(-1) if inferred.is_none() => {
                    inferred = Some(axis);
                    Expression::from(1)
                }
                Some(-1) => return Err(Reason::Attribute("two sizes of -1".into())),
                _ => size.clone(),
            });
        }
        if let Some(axis) = inferred {
            let (all, rest) = (
                quorate_program::shapes::elements(&own)?,
                quorate_program::shapes::elements(&shape)?,
            );
            let divided = all.divided(&rest)?;
            shape[axis] =
                divided.ok_or_else(|| Reason::NotFolded(format!("the size that -1 stands for, {all} / {rest},")))?;
        }
        self.reshaped(node, &entry, shape)
    }

    /// The same elements in another shape.
    fn reshaped(&mut self, node: &Node, entry: &Entry, shape: Vec<Expression>) -> Answer {
        if let Some(known) = self.known(entry).filter(|_| entry.id.is_none()) {
            let sizes: Option<Vec<usize>> = shape.iter().map(Expression::size).collect();
            let sizes = sizes.filter(|sizes| known::count(sizes) == Some(known.data.len()));
            let sizes = sizes.ok_or_else(|| Reason::Attribute("the shape does not fit".into()))?;
            self.set(node, 0, Entry::known(known.shaped(sizes)));
            return Ok(());
        }
        if self.shape(entry) == shape {
            self.set(node, 0, entry.clone());
            return Ok(());
        }
        // With channels last, what does not touch batch and channels is a Reshape of the places between them.
        let own = self.shape(entry);
        let between = shape.len() >= 3 && shape.get(..2) == own.get(..2);
        if let Some(id) = entry.id.filter(|_| entry.last && between) {
            let order = std::iter::once(0).chain(2..shape.len()).chain(std::iter::once(1));
            let stored = order.map(|axis| shape[axis].clone()).collect();
            let id = self.build.reshape(id, stored)?;
            self.set(node, 0, Entry::last(id));
            return Ok(());
        }
        let id = self.plain(entry)?;
        let id = self.build.reshape(id, shape)?;
        self.set_plain(node, id)
    }

    fn split(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        let shape = self.shape(&entry);
        let axis = axis_of(node.int_or("axis", 0), shape.len())?;
        let parts = node.outputs.len() as i64;
        if parts == 0 {
            return unsupported("no outputs");
        }
        let given = match node.ints("split") {
            Some(sizes) => Some(sizes.iter().map(|&size| Expression::from(size)).collect()),
            None => self.row(node, 1, "the sizes of the parts")?,
        };
        let sizes: Vec<Expression> = match given {
            Some(sizes) => sizes,
            None => {
                let whole = shape[axis].divided(&Expression::from(parts))?;
                match (whole, shape[axis].constant()) {
                    (Some(part), _) => vec![part; parts as usize],
                    // Since opset 18 the last part is smaller.
                    (None, Some(size)) => {
                        let part = (size + parts - 1) / parts;
                        let mut sizes = vec![Expression::from(part); parts as usize];
                        sizes[parts as usize - 1] = Expression::from(size - part * (parts - 1));
                        sizes
                    }
                    _ => return known::missing("the size of the parts"),
                }
            }
        };
        if let Some(known) = self
            .known(&entry)
            .filter(|known| entry.id.is_none() && known.shape.len() == 1)
        {
            let mut rest = known.data.as_slice();
            for (result, size) in sizes.iter().enumerate() {
                let split = size.size().and_then(|size| rest.split_at_checked(size));
                let (part, behind) = split.ok_or_else(|| Reason::NotFolded("the sizes of the parts".into()))?;
                rest = behind;
                let part = Known {
                    element: known.element,
                    ..Known::row(part.to_vec())
                };
                self.set(node, result, Entry::known(part));
            }
            return Ok(());
        }
        let last = entry.last;
        let id = if last {
            self.channels_last(&entry)?
        } else {
            self.plain(&entry)?
        };
        let own = if last { stored(axis, shape.len()) } else { axis } as u32;
        let ids = self.build.node(Op::Split { axis: own, sizes }, &[id])?;
        for (result, id) in ids.into_iter().enumerate() {
            self.set(node, result, Self::ordered(id, last));
        }
        Ok(())
    }

    fn squeeze(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        let shape = self.shape(&entry);
        let axes = match self.axes(node, 1)? {
            Some(axes) => axes
                .into_iter()
                .map(|axis| axis_of(axis, shape.len()))
                .collect::<Answer<Vec<_>>>()?,
            None => (0..shape.len()).filter(|&axis| shape[axis].is(1)).collect(),
        };
        if axes.iter().any(|&axis| !shape[axis].is(1)) {
            return unsupported("an axis that is not 1 for all sizes");
        }
        let kept: Vec<usize> = (0..shape.len()).filter(|axis| !axes.contains(axis)).collect();
        let left: Vec<Expression> = kept.iter().map(|&axis| shape[axis].clone()).collect();
        self.reshaped(node, &entry, left)
    }

    fn unsqueeze(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        let mut shape = self.shape(&entry);
        let axes = self.axes(node, 1)?.ok_or(Reason::Missing(1))?;
        let rank = shape.len() + axes.len();
        let mut axes: Vec<usize> = axes
            .into_iter()
            .map(|axis| axis_of(axis, rank))
            .collect::<Answer<_>>()?;
        axes.sort_unstable();
        axes.iter()
            .for_each(|&axis| shape.insert(axis.min(shape.len()), Expression::from(1)));
        self.reshaped(node, &entry, shape)
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

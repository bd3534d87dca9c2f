//! Concat and Split.

use quorate_program::{Expression, Op, Type};

use super::{
    known::{self, Known},
    layout::stored,
    Entry, Lowering,
};
use crate::{
    build::{axis_of, Id},
    error::{unsupported, Answer, Reason},
    onnx::Node,
};

impl Lowering {
    pub(super) fn concat(&mut self, node: &Node) -> Answer {
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

    pub(super) fn split(&mut self, node: &Node) -> Answer {
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
}

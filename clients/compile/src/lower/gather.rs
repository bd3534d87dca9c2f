//! Gather and GatherND.

use quorate_program::{op::Binary, Expression, Op, Type};

use super::{
    known::{self, Known},
    Entry, Lowering,
};
use crate::{
    build::{axis_of, Id},
    error::{unsupported, Answer, Reason},
    onnx::Node,
};

impl Lowering {
    pub(super) fn gather(&mut self, node: &Node) -> Answer {
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
    pub(super) fn gather_nd(&mut self, node: &Node) -> Answer {
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
                    self.build.binary(Binary::Mul, part, factor)?
                }
                None if axis == 0 && shape[0].is(1) => continue,
                None => return known::missing("the size of an axis of GatherND"),
            };
            flat = Some(match flat {
                Some(sum) => self.build.binary(Binary::Add, sum, scaled)?,
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
}

//! Other shapes of the same elements.

use quorate_program::Expression;

use super::{known, Entry, Lowering};
use crate::{
    build::axis_of,
    error::{unsupported, Answer, Reason},
    onnx::Node,
};

impl Lowering {
    pub(super) fn flatten(&mut self, node: &Node) -> Answer {
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

    pub(super) fn reshape(&mut self, node: &Node) -> Answer {
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

    pub(super) fn squeeze(&mut self, node: &Node) -> Answer {
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

    pub(super) fn unsqueeze(&mut self, node: &Node) -> Answer {
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
}

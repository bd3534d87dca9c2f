//! Where channels are: a model has images as [batch, channels, height, width], a program as [batch, height, width, channels]. What comes
//! from a convolution stays in the program's order as long as nobody needs the other.

use quorate_program::{Expression, NodeFault};

use super::{known, Entry, Lowering};
use crate::{
    build::Id,
    error::{Answer, Reason},
};

/// For each axis with channels last, the model's axis that is there.
fn order(rank: usize) -> Vec<usize> {
    std::iter::once(0).chain(2..rank).chain(std::iter::once(1)).collect()
}

/// Where the model's axis is with channels last.
pub fn stored(axis: usize, rank: usize) -> usize {
    match axis {
        0 => 0,
        1 => rank - 1,
        axis => axis - 1,
    }
}

impl Entry {
    /// A value with its channels behind all else.
    pub fn last(id: Id) -> Self {
        Self {
            id: Some(id),
            last: true,
            ..Self::default()
        }
    }
}

impl Lowering {
    /// The shape with the model's axes.
    pub(super) fn shape(&self, entry: &Entry) -> Vec<Expression> {
        match (entry.id, &entry.known) {
            (Some(id), _) => {
                let shape = self.build.shape(id);
                match entry.last {
                    true => (0..shape.len())
                        .map(|axis| shape[stored(axis, shape.len())].clone())
                        .collect(),
                    false => shape.to_vec(),
                }
            }
            (None, Some(known)) => known.expressions(),
            (None, None) => Vec::new(),
        }
    }

    /// The value with the model's axes.
    pub(super) fn plain(&mut self, entry: &Entry) -> Answer<Id> {
        match (entry.id, &entry.known) {
            (Some(id), _) if entry.last => {
                let rank = self.build.shape(id).len();
                let order: Vec<usize> = (0..rank).map(|axis| stored(axis, rank)).collect();
                self.build.transpose(id, &order)
            }
            (Some(id), _) => Ok(id),
            (None, Some(known)) => match known.constant() {
                Some(constant) => Ok(self.build.constant(constant)),
                None if known.data.is_empty() => known::missing("a tensor without elements"),
                None => known::missing("a value that depends on sizes, as an operand of arithmetic,"),
            },
            (None, None) => known::missing("a tensor without elements"),
        }
    }

    /// The value that an output is.
    pub fn output(&mut self, entry: &Entry) -> Answer<Id> {
        self.plain(entry)
    }

    /// An operand with the model's axes.
    pub(super) fn operand(&mut self, node: &crate::onnx::Node, operand: usize) -> Answer<Id> {
        let entry = self.entry(node, operand)?;
        self.plain(&entry)
    }

    /// The value with channels behind all else; of at least two axes.
    pub(super) fn channels_last(&mut self, entry: &Entry) -> Answer<Id> {
        match entry.id.filter(|_| entry.last) {
            Some(id) => Ok(id),
            None => {
                let id = self.plain(entry)?;
                match self.build.shape(id).len() {
                    got @ 0..=1 => Err(Reason::Fault(NodeFault::Rank { operand: 0, got })),
                    rank => self.build.transpose(id, &order(rank)),
                }
            }
        }
    }

    /// Values of an elementwise operation, all in one order of axes, and whether that has channels last.
    pub(super) fn aligned(&mut self, entries: &[Entry]) -> Answer<(Vec<Id>, bool)> {
        let ranks: Vec<usize> = entries.iter().map(|entry| self.shape(entry).len()).collect();
        let rank = ranks.iter().copied().max().unwrap_or(0);
        let last = rank >= 3
            && entries
                .iter()
                .zip(&ranks)
                .any(|(entry, &own)| entry.last && own == rank);
        let mut ids = Vec::with_capacity(entries.len());
        for (entry, own) in entries.iter().zip(ranks) {
            let one = self.shape(entry).iter().all(|size| size.is(1));
            ids.push(match last && !(entry.last && own == rank) {
                // One element has no order; fewer axes are those behind.
                true if one => {
                    let id = self.plain(entry)?;
                    self.build.reshape(id, Vec::new())?
                }
                true => {
                    let id = self.plain(entry)?;
                    let mut shape = vec![Expression::from(1); rank - own];
                    shape.extend_from_slice(self.build.shape(id));
                    let id = self.build.reshape(id, shape)?;
                    self.build.transpose(id, &order(rank))?
                }
                false if last => self.channels_last(entry)?,
                false => self.plain(entry)?,
            });
        }
        Ok((ids, last))
    }

    /// A value in the order that [`Self::aligned`] found.
    pub(super) fn ordered(id: Id, last: bool) -> Entry {
        match last {
            true => Entry::last(id),
            false => Entry::plain(id),
        }
    }
}

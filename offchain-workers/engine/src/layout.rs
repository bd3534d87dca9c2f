//! Where the coordinates of an update lie, and on which grid.

use quorate_exact::{ModelHeader, Role, Scale};
use std::ops::Range;

/// Consecutive coordinates of one tensor.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    /// First coordinate, and the one after the last, counted over all `train` and `stat` tensors.
    pub first: u64,
    pub end: u64,
    pub scale: Scale,
    /// Shift of the products; none for `stat`.
    pub shift: Option<u32>,
    pub name: String,
}

/// The part of a range of coordinates that lies in one tensor.
pub(crate) struct Piece<'a> {
    /// Relative to the start of the range.
    pub range: Range<usize>,
    /// `train` coordinates of the whole range that come before it.
    pub train_before: usize,
    pub span: &'a Span,
}

#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub header_len: u64,
    pub coordinates: u64,
    pub file_len: u64,
    pub update_len: u64,
    /// Coordinates of all `train` tensors.
    pub train: u64,
    spans: Vec<Span>,
}

impl Layout {
    pub fn new(header: &ModelHeader) -> Self {
        let s_max = header.s_max();
        let updated = header.tensors.iter().filter(|tensor| tensor.is_updated());
        let spans = updated.clone().map(|tensor| Span {
            first: tensor.begin / 4,
            end: tensor.end / 4,
            scale: tensor.scale,
            shift: s_max.and_then(|s_max| tensor.gram_shift(s_max)),
            name: tensor.name.clone(),
        });
        Self {
            header_len: header.header_len(),
            coordinates: header.coordinates(),
            file_len: header.file_len(),
            update_len: header.header_len() + header.group_len(),
            train: updated
                .filter(|tensor| tensor.role == Role::Train)
                .map(|tensor| tensor.numel())
                .sum(),
            spans: spans.collect(),
        }
    }

    /// Byte at which a coordinate lies in every file of the model.
    pub fn offset(&self, coordinate: u64) -> u64 {
        self.header_len + 4 * coordinate
    }

    /// `train` coordinates before this one.
    pub fn train_before(&self, coordinate: u64) -> u64 {
        let train = self
            .spans
            .iter()
            .filter(|span| span.shift.is_some() && span.first < coordinate);
        train.map(|span| span.end.min(coordinate) - span.first).sum()
    }

    /// The tensors of `first .. first + len`, in order.
    pub fn pieces(&self, first: u64, len: usize) -> impl Iterator<Item = Piece<'_>> {
        let end = first + len as u64;
        let from = self.spans.partition_point(|span| span.end <= first);
        let mut train = 0;
        self.spans[from..]
            .iter()
            .take_while(move |span| span.first < end)
            .map(move |span| {
                let start = (span.first.max(first) - first) as usize;
                let stop = (span.end.min(end) - first) as usize;
                let train_before = train;
                if span.shift.is_some() {
                    train += stop - start;
                }
                Piece {
                    range: start..stop,
                    train_before,
                    span,
                }
            })
    }
}

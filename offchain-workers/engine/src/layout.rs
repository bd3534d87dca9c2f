//! Where the coordinates of an update lie, and on which grid.

use crate::walk::Stripe;
use quorate_exact::{detail::TILE, ModelHeader, Role, Scale};
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

/// Consecutive coordinates of one tile of the sum tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Run {
    pub first: u64,
    pub len: usize,
    /// Byte at which they begin in the part of a file that they lie in.
    pub at: usize,
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

    /// The coordinates in some bytes of a file, which no coordinate reaches out of: no run reaches from one tile into the next.
    pub fn runs(&self, bytes: Stripe) -> impl Iterator<Item = Run> + use<> {
        let bytes = bytes.until(self.offset(self.coordinates));
        let start = bytes.start.max(self.header_len);
        let before = (start - bytes.start) as usize;
        let first = (start - self.header_len) / 4;
        let end = bytes.end.saturating_sub(self.header_len) / 4;
        let mut next = first;
        std::iter::from_fn(move || {
            let run = Run {
                first: next,
                len: end.min((next / TILE + 1) * TILE).checked_sub(next)? as usize,
                at: before + 4 * (next - first) as usize,
            };
            next += run.len as u64;
            (run.len > 0).then_some(run)
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selftest::header;

    #[test]
    fn runs_should_cover_every_coordinate_once_and_no_border_of_a_tile() {
        let layout = Layout::new(&header(&[300, 2_000]));
        let file = Stripe {
            start: 0,
            end: layout.file_len,
        };
        for size in [1024, 16 << 10, 1 << 21] {
            let mut next = 0;
            for block in file.blocks(size) {
                for run in layout.runs(block) {
                    assert_eq!(run.first, next);
                    assert_eq!(layout.offset(run.first), block.start + run.at as u64);
                    assert!(run.at + 4 * run.len <= block.len());
                    next += run.len as u64;
                    assert_eq!((next - 1) / TILE, run.first / TILE);
                }
            }
            assert_eq!(next, layout.coordinates, "{size}");
        }
    }
}

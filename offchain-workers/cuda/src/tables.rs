//! The lists that the kernels of a slice read: rows, terms, divisors.

use crate::{
    device::Address,
    launch::{encode_divisor, MapLists, Row},
    layout::{Layout, Slice, TileShape},
};
use quorate_exact::{Combine, RowMap};
use quorate_kernels::{Finish, TileOp};

/// A list of rows on the device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct List {
    /// Where it starts.
    pub at: Address,
    /// Rows.
    pub n: u32,
}

/// Lists of one slice: their bytes, and where on the device each will be.
#[derive(Debug)]
pub struct Tables {
    /// To be copied to [`Layout::tables`].
    pub bytes: Vec<u8>,
    /// The updates as they came.
    pub raw: List,
    /// What each map reads, and the map.
    pub stages: Vec<(List, MapLists)>,
    /// What the rule reads.
    pub combine: Option<List>,
    /// Whose products are asked for.
    pub products: Option<List>,
}

/// Builds [`Tables`] for memory that starts at `base`.
struct Builder<'a> {
    base: Address,
    layout: &'a Layout,
    bytes: Vec<u8>,
}

impl Builder<'_> {
    fn place(&self, offset: usize) -> Address {
        self.base + offset as u64
    }

    /// Row `index` of the rows at `offset`.
    fn row(&self, offset: usize, index: usize) -> Address {
        self.place(offset + 4 * self.layout.stride * index)
    }

    fn put(&mut self, bytes: impl IntoIterator<Item = u8>) -> Address {
        let at = self.place(self.layout.tables + self.bytes.len());
        self.bytes.extend(bytes);
        // Kernels read lists with loads of 16 bytes.
        self.bytes.resize(self.bytes.len().next_multiple_of(16), 0);
        at
    }

    fn list(&mut self, rows: impl IntoIterator<Item = (Address, u32)>, raw: bool) -> List {
        let rows: Vec<[u8; Row::BYTES]> = rows
            .into_iter()
            .map(|(values, weight)| Row { values, weight, raw }.encode())
            .collect();
        List {
            n: rows.len() as u32,
            at: self.put(rows.into_iter().flatten()),
        }
    }

    fn rows(&mut self, offset: usize, n: usize, raw: bool) -> List {
        let rows: Vec<_> = (0..n).map(|i| (self.row(offset, i), 0)).collect();
        self.list(rows, raw)
    }

    fn map(&mut self, map: &RowMap) -> MapLists {
        let mut first = vec![0u32];
        let mut terms = Vec::new();
        for row in &map.rows {
            for &(index, weight) in &row.terms {
                terms.extend(index.to_le_bytes());
                terms.extend(weight.to_le_bytes());
            }
            first.push((terms.len() / 8) as u32);
        }
        MapLists {
            targets: map.rows.len() as u32,
            first: self.put(first.into_iter().flat_map(u32::to_le_bytes)),
            terms: self.put(terms),
            divisors: self.put(map.rows.iter().flat_map(|row| encode_divisor(row.den))),
        }
    }

    /// The rows that a rule reads; those that do not count are left out.
    fn combine(&mut self, combine: &Combine, offset: usize, n: usize) -> List {
        let rows: Vec<(usize, u32)> = match combine {
            Combine::Weighted { weights, .. } => {
                let weights = weights.iter().copied().enumerate();
                weights.filter(|&(_, weight)| weight > 0).collect()
            }
            Combine::Sorted { .. } => (0..n).map(|i| (i, 0)).collect(),
            Combine::AroundMedian { rows, .. } => rows.iter().map(|&row| (row as usize, 0)).collect(),
        };
        let rows: Vec<_> = rows.into_iter().map(|(i, w)| (self.row(offset, i), w)).collect();
        self.list(rows, false)
    }
}

impl Tables {
    /// Of a slice whose memory starts at `base`.
    pub fn new(work: &TileOp, shape: &TileShape, slice: &Slice, layout: &Layout, base: Address) -> Self {
        let mut builder = Builder {
            base,
            layout,
            bytes: Vec::new(),
        };
        let raw = builder.rows(layout.rows, shape.n, true);
        // Where the rows of each stage are, the updates first.
        let places: Vec<(usize, usize)> = std::iter::once((layout.rows, shape.n))
            .chain(layout.stages.iter().copied().zip(shape.stages.iter().copied()))
            .collect();
        let needs_rows = slice.train || matches!(work.finish, Finish::Aggregate { .. });
        let mut stages = Vec::new();
        if needs_rows {
            for (stage, &(offset, n)) in work.maps.iter().zip(&places) {
                let map = if slice.train { &stage.train } else { &stage.stat };
                stages.push((builder.rows(offset, n, false), builder.map(map)));
            }
        }
        let &(offset, n) = places.last().unwrap_or(&(layout.rows, shape.n));
        let combine = match &work.finish {
            Finish::Aggregate { train, .. } if slice.train => Some(builder.combine(train, offset, n)),
            Finish::Aggregate { stat, .. } => Some(builder.combine(stat, offset, n)),
            _ => None,
        };
        let previous = shape.previous.then_some(builder.place(layout.previous));
        let with_others = |builder: &Builder<'_>, (offset, n): (usize, usize), others: &[Option<Address>]| {
            let rows = (0..n).map(|i| builder.row(offset, i));
            rows.chain(others.iter().copied().flatten())
                .map(|at| (at, 0))
                .collect::<Vec<_>>()
        };
        let products = match &work.finish {
            _ if !slice.train => None,
            Finish::Norms => Some(with_others(&builder, (offset, n), &[])),
            Finish::Pairs => Some(with_others(&builder, (offset, n), &[previous])),
            Finish::Aggregate { products: true, .. } => {
                let aggregate = Some(builder.place(layout.aggregate));
                Some(with_others(&builder, (layout.rows, shape.n), &[aggregate, previous]))
            }
            Finish::Aggregate { .. } => None,
        };
        let products = products.map(|rows| builder.list(rows, false));
        Self {
            bytes: builder.bytes,
            raw,
            stages,
            combine,
            products,
        }
    }
}

//! A round's products: the inner products that its scores follow from and that its detail blob commits to.

use alloc::{vec, vec::Vec};
use core::fmt;

use crate::{
    gram::{bounded_sum, fits, scaled_dot, Gram, GramError, GRAM_BITS},
    rule::MAX_UPDATES,
};

/// Which inner products a round has. Its rows are the updates, the aggregate `a` and, where there is one, the previous
/// aggregate `p`, in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProductsShape {
    /// Number of updates, 1 to 1,024.
    pub updates: usize,
    /// Whether the products of all pairs of rows are there: see [`Pipeline::first_stage_pairs`](crate::Pipeline).
    pub pairs: bool,
    /// Whether there is a previous aggregate.
    pub previous: bool,
}

/// Why products cannot be made or added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProductsError {
    /// No updates, or more than 1,024.
    Updates {
        /// Number of updates.
        n: usize,
    },
    /// Flags above 3.
    Flags {
        /// The flags found.
        got: u8,
    },
    /// Another number of entries than the shape has.
    Entries {
        /// Entries of the shape.
        expected: usize,
        /// Entries given.
        got: usize,
    },
    /// The tile has another number of rows than the shape.
    Rows {
        /// Rows of the shape.
        expected: usize,
        /// Rows given.
        got: usize,
    },
    /// The other products have another shape.
    Shape,
    /// The rows of a tile differ in length.
    RowLength {
        /// Index of the row.
        row: usize,
    },
    /// An entry exceeds 2^95.
    TooWide,
}

impl ProductsShape {
    /// The byte that stands for it beside n: 1 for pairs, 2 for a previous aggregate.
    pub fn flags(&self) -> u8 {
        u8::from(self.pairs) | u8::from(self.previous) << 1
    }

    /// The shape of `updates` updates with these flags.
    ///
    /// # Errors
    /// `Updates`, `Flags`.
    pub fn from_flags(updates: usize, flags: u8) -> Result<Self, ProductsError> {
        if flags > 3 {
            return Err(ProductsError::Flags { got: flags });
        }
        let shape = Self {
            updates,
            pairs: flags & 1 != 0,
            previous: flags & 2 != 0,
        };
        shape.check().map(|()| shape)
    }

    /// Number of rows: the updates, `a`, maybe `p`.
    pub fn rows(&self) -> usize {
        self.updates.saturating_add(1 + usize::from(self.previous))
    }

    /// The rows of each entry, in the order of the entries. Row `updates` is `a`, the one after it `p`.
    pub fn entries(&self) -> impl Iterator<Item = (usize, usize)> {
        let (n, rows, pairs) = (self.updates, self.rows(), self.pairs);
        (0..rows).flat_map(move |x| {
            // Without pairs an update meets itself, a and p.
            let others = if pairs {
                x.saturating_add(1)
            } else {
                n.max(x.saturating_add(1))
            };
            core::iter::once((x, x)).chain((others..rows).map(move |y| (x, y)))
        })
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        let (n, rows) = (self.updates, self.rows());
        match (self.pairs, self.previous) {
            (true, _) => rows.saturating_mul(rows.saturating_add(1)) / 2,
            (false, false) => n.saturating_mul(2).saturating_add(1),
            (false, true) => n.saturating_mul(3).saturating_add(3),
        }
    }

    /// Never: there is always `a`.
    pub fn is_empty(&self) -> bool {
        false
    }

    fn check(&self) -> Result<(), ProductsError> {
        match (1..=MAX_UPDATES as usize).contains(&self.updates) {
            true => Ok(()),
            false => Err(ProductsError::Updates { n: self.updates }),
        }
    }

    /// Where the product of rows x and y lies.
    fn index(&self, x: usize, y: usize) -> Option<usize> {
        let (x, y) = (x.min(y), x.max(y));
        let (n, rows) = (self.updates, self.rows());
        if y >= rows {
            return None;
        }
        if self.pairs {
            // Rows 0..x have rows, rows − 1, … entries: x · rows − x (x − 1) / 2 in all.
            return Some(x * rows - x * x.saturating_sub(1) / 2 + y - x);
        }
        let width = rows - n + 1;
        match (x < n, y < n) {
            (true, true) => (x == y).then_some(x * width),
            (true, false) => Some(x * width + 1 + y - n),
            // aa, ap, pp lie behind the updates.
            _ => Some(n * width + (x - n) + (y - n)),
        }
    }
}

/// Inner products over the `train` coordinates, each value times 2^(s_max − s).
///
/// Integer sums: tiles and shards may come in any order and grouping. A partial sum beyond the bound is an error although
/// later tiles might bring it back: then, by Cauchy and Schwarz, a squared norm is beyond it for good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Products {
    shape: ProductsShape,
    entries: Vec<i128>,
}

impl Products {
    /// The products of zero rows.
    ///
    /// # Errors
    /// `Updates`.
    pub fn new(shape: ProductsShape) -> Result<Self, ProductsError> {
        shape.check()?;
        Ok(Self {
            shape,
            entries: vec![0; shape.len()],
        })
    }

    /// The products with these entries, in the order of [`ProductsShape::entries`].
    ///
    /// # Errors
    /// `Updates`, `Entries`, `TooWide`.
    pub fn from_entries(shape: ProductsShape, entries: Vec<i128>) -> Result<Self, ProductsError> {
        shape.check()?;
        if entries.len() != shape.len() {
            return Err(ProductsError::Entries {
                expected: shape.len(),
                got: entries.len(),
            });
        }
        match entries.iter().all(|&entry| fits(entry)) {
            true => Ok(Self { shape, entries }),
            false => Err(ProductsError::TooWide),
        }
    }

    /// Which products these are.
    pub fn shape(&self) -> ProductsShape {
        self.shape
    }

    /// The entries, in the order of [`ProductsShape::entries`].
    pub fn entries(&self) -> &[i128] {
        &self.entries
    }

    /// The product of rows x and y, where row n is `a` and row n + 1 is `p`; none where the shape has none.
    pub fn get(&self, x: usize, y: usize) -> Option<i128> {
        self.entries.get(self.shape.index(x, y)?).copied()
    }

    /// `u_i · u_i`.
    pub fn uu(&self, i: usize) -> Option<i128> {
        self.update(i, i)
    }

    /// `u_i · a`.
    pub fn ua(&self, i: usize) -> Option<i128> {
        self.update(i, self.shape.updates)
    }

    /// `u_i · p`; none without a previous aggregate.
    pub fn up(&self, i: usize) -> Option<i128> {
        self.update(i, self.shape.updates.saturating_add(1))
    }

    /// `u_i · u_j`; none of two updates where the shape has no pairs.
    pub fn pair(&self, i: usize, j: usize) -> Option<i128> {
        self.update(i, j).filter(|_| j < self.shape.updates)
    }

    /// `a · a`.
    pub fn aa(&self) -> i128 {
        self.get(self.shape.updates, self.shape.updates).unwrap_or(0)
    }

    /// `a · p`; none without a previous aggregate.
    pub fn ap(&self) -> Option<i128> {
        self.get(self.shape.updates, self.shape.updates.saturating_add(1))
    }

    /// `p · p`; none without a previous aggregate.
    pub fn pp(&self) -> Option<i128> {
        let p = self.shape.updates.saturating_add(1);
        self.get(p, p)
    }

    /// The matrix of the updates alone, as the first stage sees them; none without pairs.
    pub fn gram(&self) -> Option<Gram> {
        let n = self.shape.updates;
        let upper = (0..n)
            .flat_map(|i| (i..n).map(move |j| (i, j)))
            .map(|(i, j)| self.pair(i, j))
            .collect::<Option<Vec<i128>>>()?;
        Gram::from_upper(n, upper).ok()
    }

    /// Adds the products of one tile: `rows` are consecutive values of all updates, of `a` and, where the shape has it, of
    /// `p`, all of one tensor, whose scale lies `shift = s_max − s` below the largest scale of the model's `train` tensors.
    ///
    /// # Errors
    /// `Rows`, `RowLength`, `TooWide`; the products are then unspecified.
    pub fn add_tile(&mut self, rows: &[&[i32]], shift: u32) -> Result<(), ProductsError> {
        if rows.len() != self.shape.rows() {
            return Err(ProductsError::Rows {
                expected: self.shape.rows(),
                got: rows.len(),
            });
        }
        let width = rows.first().map_or(0, |row| row.len());
        if let Some(row) = rows.iter().position(|row| row.len() != width) {
            return Err(ProductsError::RowLength { row });
        }
        for ((x, y), entry) in self.shape.entries().zip(&mut self.entries) {
            let (Some(x), Some(y)) = (rows.get(x), rows.get(y)) else {
                continue;
            };
            *entry = scaled_dot(x, y, shift)
                .and_then(|dot| bounded_sum(*entry, dot))
                .ok_or(ProductsError::TooWide)?;
        }
        Ok(())
    }

    /// Adds the products of other coordinates of the same rows.
    ///
    /// # Errors
    /// `Shape`, `TooWide`; the products are then unspecified.
    pub fn merge(&mut self, other: &Self) -> Result<(), ProductsError> {
        if self.shape != other.shape {
            return Err(ProductsError::Shape);
        }
        for (entry, &more) in self.entries.iter_mut().zip(&other.entries) {
            *entry = bounded_sum(*entry, more).ok_or(ProductsError::TooWide)?;
        }
        Ok(())
    }

    /// The bytes that are hashed: n as u32, the flags, then the entries as i128, all little-endian.
    pub fn encode(&self) -> Vec<u8> {
        let n = crate::rule::count(self.shape.updates);
        let mut bytes = Vec::with_capacity(self.entries.len().saturating_mul(16).saturating_add(5));
        bytes.extend(n.to_le_bytes());
        bytes.push(self.shape.flags());
        bytes.extend(self.entries.iter().flat_map(|entry| entry.to_le_bytes()));
        bytes
    }

    fn update(&self, i: usize, y: usize) -> Option<i128> {
        self.get(i, y).filter(|_| i < self.shape.updates)
    }
}

impl From<GramError> for ProductsError {
    fn from(error: GramError) -> Self {
        match error {
            GramError::Rows { n } => Self::Updates { n },
            GramError::Size { expected, got } => Self::Rows { expected, got },
            GramError::RowLength { row } => Self::RowLength { row },
            GramError::TooWide => Self::TooWide,
        }
    }
}

impl fmt::Display for ProductsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Updates { n } => write!(f, "products of {n} updates; 1 to {MAX_UPDATES} are possible"),
            Self::Flags { got } => write!(f, "flags {got} of products; 0 to 3 are known"),
            Self::Entries { expected, got } => write!(f, "{got} products; {expected} were expected"),
            Self::Rows { expected, got } => write!(f, "{got} rows; {expected} were expected"),
            Self::Shape => f.write_str("products of another number or kind of rows"),
            Self::RowLength { row } => write!(f, "row {row} differs in length from row 0"),
            Self::TooWide => write!(
                f,
                "an inner product exceeds 2^{GRAM_BITS}: bring the scales of the tensors closer"
            ),
        }
    }
}

impl core::error::Error for ProductsError {}

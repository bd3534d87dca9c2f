//! The kernels as functions: each checks nothing, picks the grid and lays out the arguments in the order of the source.
//!
//! All take places on the device. A buffer of values starts at a multiple of 16 bytes and is readable up to the next multiple of
//! four values. Lists of rows are made of [`Row`]s.

use crate::{
    device::{Address, Argument, Device, DeviceError},
    kernel::{Kernel, NETWORKS},
};
use quorate_exact::grid::{limit_bits, Scale};
use Argument::{Double, Float, Long, Word};

/// Coordinates that a block of [`Kernel::Dots`] takes.
const DOTS_CHUNK: u64 = 8192;
/// Coordinates that a block of [`Kernel::Gram`] takes.
const GRAM_SPAN: u64 = 32_768;
/// Rows of the square of the matrix that a block of [`Kernel::Gram`] computes.
const GRAM_SIDE: u64 = 64;
/// Columns of a block of [`Kernel::SelectMean`].
const SELECT_COLUMNS: u64 = 8;

/// `Row` of the sources.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Where its values are.
    pub values: Address,
    /// Weight in a weighted mean.
    pub weight: u32,
    /// Whether the values are f32 that have still to be quantized.
    pub raw: bool,
}

impl Row {
    /// Size on the device.
    pub const BYTES: usize = 16;

    /// As the device reads it.
    pub fn encode(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.values.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.weight.to_le_bytes());
        bytes[12..].copy_from_slice(&u32::from(self.raw).to_le_bytes());
        bytes
    }
}

/// `Divisor` of the sources: `⌊(2^64 − 1) / den⌋` and `den`.
pub fn encode_divisor(den: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&inverse(den).to_le_bytes());
    bytes[8..12].copy_from_slice(&den.to_le_bytes());
    bytes
}

fn inverse(den: u32) -> u64 {
    u64::MAX / u64::from(den.max(1))
}

/// Rows on the device, and how many coordinates of them to take.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    /// List of [`Row`]s.
    pub list: Address,
    /// How many.
    pub n: u32,
    /// Coordinates.
    pub len: u64,
    /// Grid of the raw ones.
    pub scale: Scale,
}

impl Rows {
    fn limit(&self) -> Argument {
        Word(limit_bits(self.scale).unwrap_or(0))
    }

    fn factor(&self) -> Argument {
        Float(power_of_two(i32::from(self.scale)) as f32)
    }
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// A kernel launch that only waits for its stream.
pub struct Launcher<'a, D: Device> {
    /// The device.
    pub device: &'a D,
    /// One of its streams.
    pub stream: usize,
}

impl<D: Device> Launcher<'_, D> {
    fn launch(&self, kernel: Kernel, blocks: u64, rows: u32, arguments: &[Argument]) -> Result<(), DeviceError> {
        let blocks = u32::try_from(blocks).map_err(|_| DeviceError {
            what: kernel.name(),
            why: "too many blocks".into(),
        })?;
        if blocks == 0 || rows == 0 {
            return Ok(());
        }
        // SAFETY: the public methods take places within allocations and give the arguments of the source.
        unsafe { self.device.launch(self.stream, kernel, (blocks, rows), arguments) }
    }

    fn groups(kernel: Kernel, len: u64) -> u64 {
        len.div_ceil(4).div_ceil(u64::from(kernel.threads()))
    }

    /// Grid integers of all rows, row i at `out + 4 · stride · i`; may be the rows themselves. `fault` as [`Fault`] says.
    ///
    /// # Safety
    /// Everything lies within allocations.
    pub unsafe fn quantize(&self, rows: Rows, out: Address, stride: u64, fault: Address) -> Result<(), DeviceError> {
        self.launch(
            Kernel::QuantizeRows,
            Self::groups(Kernel::QuantizeRows, rows.len),
            rows.n,
            &[
                Long(rows.list),
                Long(rows.len),
                rows.limit(),
                rows.factor(),
                Long(out),
                Long(stride),
                Long(fault),
            ],
        )
    }

    /// `RHE(Σ weight · q / den)`.
    ///
    /// # Safety
    /// Everything lies within allocations.
    pub unsafe fn weighted_mean(&self, rows: Rows, den: u32, out: Address, fault: Address) -> Result<(), DeviceError> {
        self.launch(
            Kernel::WeightedMean,
            Self::groups(Kernel::WeightedMean, rows.len),
            1,
            &[
                Long(rows.list),
                Word(rows.n),
                Long(rows.len),
                rows.limit(),
                rows.factor(),
                Long(inverse(den)),
                Word(den),
                Long(out),
                Long(fault),
            ],
        )
    }

    /// `targets` new rows, row i at `out + 4 · stride · i`, from terms `first[i] .. first[i + 1]` and divisor i.
    ///
    /// # Safety
    /// Everything lies within allocations, and every term names one of the rows.
    pub unsafe fn map(&self, rows: Rows, map: MapLists, out: Address, stride: u64) -> Result<(), DeviceError> {
        self.launch(
            Kernel::MapRows,
            Self::groups(Kernel::MapRows, rows.len),
            map.targets,
            &[
                Long(rows.list),
                Long(map.first),
                Long(map.terms),
                Long(map.divisors),
                Long(rows.len),
                rows.limit(),
                rows.factor(),
                Long(out),
                Long(stride),
            ],
        )
    }

    /// The mean of elements `lo .. lo + keep` of the sorted columns, or of the `keep` elements around the median.
    /// The rows are all raw or none is.
    ///
    /// # Safety
    /// Everything lies within allocations, `1 ≤ keep`, `lo + keep ≤ n ≤ 1,024`.
    pub unsafe fn sorted(&self, rows: Rows, window: Window, out: Address, fault: Address) -> Result<(), DeviceError> {
        let network = NETWORKS.into_iter().find(|&size| rows.n <= size);
        let (lo, keep, around) = match window {
            Window::From { lo, keep } => (lo, keep, 0),
            Window::AroundMedian { keep } => (0, keep, 1),
        };
        let middle = (around == 0) && lo == (rows.n - 1) / 2 && lo + keep == rows.n / 2 + 1;
        let (kernel, columns) = match network {
            Some(size) if middle => (Kernel::Median(size), u64::from(Kernel::Median(size).threads())),
            Some(size) => (Kernel::SortedMean(size), u64::from(Kernel::SortedMean(size).threads())),
            None => (Kernel::SelectMean, SELECT_COLUMNS),
        };
        let mut arguments = vec![
            Long(rows.list),
            Word(rows.n),
            Long(rows.len),
            rows.limit(),
            rows.factor(),
        ];
        if !matches!(kernel, Kernel::Median(_)) {
            arguments.extend([Word(lo), Word(keep), Word(around), Long(inverse(keep))]);
        }
        arguments.extend([Long(out), Long(fault)]);
        self.launch(kernel, rows.len.div_ceil(columns), 1, &arguments)
    }

    /// Adds to three entries for each row: with itself, with `others[0]`, with `others[1]`. At most two others, grid integers.
    ///
    /// # Safety
    /// Everything lies within allocations.
    pub unsafe fn dots(&self, rows: Rows, others: &[Address], entries: Address) -> Result<(), DeviceError> {
        let other = |i: usize| Long(others.get(i).copied().unwrap_or(0));
        self.launch(
            Kernel::Dots,
            rows.len.div_ceil(DOTS_CHUNK),
            1,
            &[
                Long(rows.list),
                Word(rows.n),
                Long(rows.len),
                rows.limit(),
                rows.factor(),
                other(0),
                other(1),
                Word(others.len().min(2) as u32),
                Long(entries),
            ],
        )
    }

    /// Adds to entries i · n + j, i ≤ j, the products of rows i and j.
    ///
    /// # Safety
    /// Everything lies within allocations.
    pub unsafe fn gram(&self, rows: Rows, entries: Address) -> Result<(), DeviceError> {
        let squares = u64::from(rows.n).div_ceil(GRAM_SIDE);
        self.launch(
            Kernel::Gram,
            rows.len.div_ceil(GRAM_SPAN),
            (squares * (squares + 1) / 2) as u32,
            &[
                Long(rows.list),
                Word(rows.n),
                Long(rows.len),
                rows.limit(),
                rows.factor(),
                Long(entries),
            ],
        )
    }

    /// Base values at `values` become `RN(base + aggregate · 2^−scale)`.
    ///
    /// # Safety
    /// Everything lies within allocations.
    pub unsafe fn apply(
        &self,
        values: Address,
        aggregate: Address,
        len: u64,
        scale: Scale,
        fault: Address,
    ) -> Result<(), DeviceError> {
        self.launch(
            Kernel::Apply,
            Self::groups(Kernel::Apply, len),
            1,
            &[
                Long(values),
                Long(aggregate),
                Long(len),
                Double(power_of_two(-i32::from(scale))),
                Long(fault),
            ],
        )
    }

    /// Sums modulo 2^32 of `rows.len` values, or with `wide` modulo 2^64.
    ///
    /// # Safety
    /// Everything lies within allocations.
    pub unsafe fn sum(&self, rows: Rows, wide: bool, out: Address) -> Result<(), DeviceError> {
        let kernel = if wide { Kernel::Sum64 } else { Kernel::Sum32 };
        let words = rows.len * if wide { 2 } else { 1 };
        self.launch(
            kernel,
            Self::groups(kernel, words),
            1,
            &[Long(rows.list), Word(rows.n), Long(rows.len), Long(out)],
        )
    }

    /// A copy.
    ///
    /// # Safety
    /// Everything lies within allocations.
    pub unsafe fn copy(&self, from: Address, len: u64, to: Address) -> Result<(), DeviceError> {
        self.launch(
            Kernel::Copy,
            Self::groups(Kernel::Copy, len),
            1,
            &[Long(from), Long(len), Long(to)],
        )
    }
}

/// A row map on the device.
#[derive(Clone, Copy, Debug)]
pub struct MapLists {
    /// New rows.
    pub targets: u32,
    /// `targets + 1` places in `terms`, u32 each.
    pub first: Address,
    /// Index and weight, u32 each.
    pub terms: Address,
    /// [`encode_divisor`] of each new row.
    pub divisors: Address,
}

/// Which values of a sorted column are averaged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Window {
    /// Elements `lo .. lo + keep`.
    From {
        /// First element.
        lo: u32,
        /// How many.
        keep: u32,
    },
    /// Those nearest to the median.
    AroundMedian {
        /// How many.
        keep: u32,
    },
}

/// What a kernel found first: of the lowest row, the lowest index. Kept as one u64, [`Fault::NONE`] where all is well.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fault {
    /// Place of the row in the list.
    pub row: usize,
    /// Coordinate.
    pub index: usize,
    /// Whether the value is finite (and too large).
    pub finite: bool,
}

impl Fault {
    /// Its representation where there is none.
    pub const NONE: u64 = u64::MAX;

    /// From what a kernel wrote.
    pub fn decode(word: u64) -> Option<Self> {
        (word != Self::NONE).then_some(Self {
            row: (word >> 40) as usize,
            index: (word >> 1 & ((1 << 39) - 1)) as usize,
            finite: word & 1 == 1,
        })
    }
}

/// A sum of products from its two parts, `high · 2^32 + low`.
pub fn entry(high: u64, low: u64) -> i128 {
    (i128::from(high as i64) << 32) + i128::from(low)
}

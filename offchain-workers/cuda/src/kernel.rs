//! The kernels by name, and the PTX that they are in.

use crate::{infer::kernel::Kernel as OfInference, module::Module};

/// Sizes for which there is a sorting network; longer columns are selected from.
pub const NETWORKS: [u32; 5] = [16, 32, 64, 104, 128];

/// Most rows of a column that [`Kernel::SelectMean`] takes.
pub const MAX_ROWS: u32 = 1024;

/// A kernel of `kernels/*.cu`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kernel {
    /// Raw values to grid integers.
    QuantizeRows,
    /// Weighted mean.
    WeightedMean,
    /// New rows from old ones.
    MapRows,
    /// Sums modulo 2^32.
    Sum32,
    /// Sums modulo 2^64.
    Sum64,
    /// Base plus aggregate, rounded once.
    Apply,
    /// A copy, for measurements.
    Copy,
    /// Products of each row with itself and two others.
    Dots,
    /// Products of all pairs.
    Gram,
    /// Order statistics of up to [`MAX_ROWS`] rows.
    SelectMean,
    /// Median by a network of one of the [`NETWORKS`].
    Median(u32),
    /// Any other mean of sorted values by such a network.
    SortedMean(u32),
    /// One for programs.
    Inference(OfInference),
}

impl Kernel {
    /// Every kernel.
    pub fn all() -> impl Iterator<Item = Self> {
        use Kernel::*;
        [
            QuantizeRows,
            WeightedMean,
            MapRows,
            Sum32,
            Sum64,
            Apply,
            Copy,
            Dots,
            Gram,
            SelectMean,
        ]
        .into_iter()
        .chain(NETWORKS.into_iter().flat_map(|size| [Median(size), SortedMean(size)]))
        .chain(OfInference::ALL.map(Inference))
    }

    /// Its name in the source.
    pub fn name(self) -> String {
        match self {
            Self::QuantizeRows => "quantize_rows".into(),
            Self::WeightedMean => "weighted_mean".into(),
            Self::MapRows => "map_rows".into(),
            Self::Sum32 => "sum32".into(),
            Self::Sum64 => "sum64".into(),
            Self::Apply => "apply".into(),
            Self::Copy => "copy".into(),
            Self::Dots => "dots".into(),
            Self::Gram => "gram".into(),
            Self::SelectMean => "select_mean".into(),
            Self::Median(size) => format!("median_{size}"),
            Self::SortedMean(size) => format!("sorted_mean_{size}"),
            Self::Inference(kernel) => kernel.name().into(),
        }
    }

    /// Threads of a block.
    pub fn threads(self) -> u32 {
        match self {
            Self::Gram => 512,
            Self::Median(size) | Self::SortedMean(size) if size <= 64 => 128,
            Self::Median(_) | Self::SortedMean(_) => 64,
            Self::Inference(_) => OfInference::THREADS,
            _ => 256,
        }
    }

    /// The module that it is in.
    pub fn module(self) -> Module {
        match self {
            Self::Inference(kernel) => kernel.module(),
            Self::Dots => Module("products", include_str!("../ptx/products.ptx")),
            Self::Gram => Module("gram", include_str!("../ptx/gram.ptx")),
            Self::SelectMean => Module("select", include_str!("../ptx/select.ptx")),
            Self::Median(16) | Self::SortedMean(16) => Module("sort_16", include_str!("../ptx/sort_16.ptx")),
            Self::Median(32) | Self::SortedMean(32) => Module("sort_32", include_str!("../ptx/sort_32.ptx")),
            Self::Median(64) | Self::SortedMean(64) => Module("sort_64", include_str!("../ptx/sort_64.ptx")),
            Self::Median(104) | Self::SortedMean(104) => Module("sort_104", include_str!("../ptx/sort_104.ptx")),
            Self::Median(_) | Self::SortedMean(_) => Module("sort_128", include_str!("../ptx/sort_128.ptx")),
            _ => Module("column", include_str!("../ptx/column.ptx")),
        }
    }
}

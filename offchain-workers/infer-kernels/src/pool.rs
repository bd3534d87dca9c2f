//! Pools over an image [height, width, channels]. A global one is a reduction of columns.

use std::ops::Range;

pub use quorate_exact::infer::{pool::Pool, Stride};

use crate::{
    isa::{dispatch, Isa},
    simd::Vector,
    sums::LANES,
};

/// An image and a window that moves over it.
#[derive(Clone, Copy, Debug)]
pub struct Pooling {
    /// Height and width.
    pub size: [usize; 2],
    /// Channels.
    pub channels: usize,
    /// Taps of the window, height and width.
    pub kernel: [usize; 2],
    /// How it moves.
    pub strides: [Stride; 2],
    /// Its places: height and width of the result.
    pub places: [usize; 2],
}

impl Pooling {
    /// Taps on the image of an axis' place, and taps on the image or its padding.
    #[inline(always)]
    fn taps(&self, axis: usize, place: usize) -> (Range<usize>, usize) {
        let (size, taps) = (self.size[axis], self.kernel[axis]);
        let Stride {
            step,
            dilation,
            before,
            after,
        } = self.strides[axis];
        let begin = place * step;
        let first = before.saturating_sub(begin).div_ceil(dilation).min(taps);
        let end = (before + size).saturating_sub(begin).div_ceil(dilation).min(taps);
        let inside = (before + size + after)
            .saturating_sub(begin)
            .div_ceil(dilation)
            .min(taps);
        (first..end.max(first), inside)
    }

    /// The cell of an axis on which a tap of a place lies.
    #[inline(always)]
    fn cell(&self, axis: usize, place: usize, tap: usize) -> usize {
        let stride = &self.strides[axis];
        place * stride.step + tap * stride.dilation - stride.before
    }
}

/// The rows `rows` of the result [height, width, channels]. Answers whether some result is NaN.
///
/// # Panics
/// If image or result have not the length that `pooling` says, or a window sees nothing but padding.
#[must_use = "a NaN ends the run"]
pub fn pool(isa: Isa, how: Pool, pooling: &Pooling, image: &[f32], rows: Range<usize>, y: &mut [f32]) -> bool {
    let [height, width] = pooling.size;
    let row = pooling.places[1] * pooling.channels;
    assert_eq!(image.len(), height * width * pooling.channels, "elements of the image");
    assert!(
        rows.end <= pooling.places[0] && y.len() == rows.len() * row,
        "rows of the result"
    );
    dispatch!(isa, places(how: Pool, pooling: &Pooling, image: &[f32], rows: Range<usize>, y: &mut [f32]) -> bool)
}

#[inline(always)]
fn places<V: Vector>(how: Pool, pooling: &Pooling, image: &[f32], rows: Range<usize>, y: &mut [f32]) -> bool {
    let [_, width] = pooling.places;
    let channels = pooling.channels;
    let mut nan = false;
    for (place, y) in y.chunks_exact_mut(channels).enumerate() {
        let at = [rows.start + place / width, place % width];
        let ((down, inside_down), (across, inside_across)) = (pooling.taps(0, at[0]), pooling.taps(1, at[1]));
        let seen = down.len() * across.len();
        assert!(seen > 0, "a window that sees nothing but padding");
        let cells = Cells {
            pooling,
            at,
            down,
            across,
            image,
        };
        match how {
            Pool::Max => cells.largest::<V>(y),
            Pool::Average { include_padding } => {
                let count = if include_padding {
                    inside_down * inside_across
                } else {
                    seen
                };
                nan |= cells.mean::<V>(count as f32, y);
            }
        }
    }
    nan
}

/// What a window sees.
struct Cells<'a> {
    pooling: &'a Pooling,
    at: [usize; 2],
    down: Range<usize>,
    across: Range<usize>,
    image: &'a [f32],
}

impl Cells<'_> {
    /// Calls `then` with each tap's index and the channels of its cell from `channel` on.
    #[inline(always)]
    fn each(&self, channel: usize, mut then: impl FnMut(usize, &[f32])) {
        let [_, width] = self.pooling.size;
        let channels = self.pooling.channels;
        for down in self.down.clone() {
            let row = self.pooling.cell(0, self.at[0], down) * width;
            for across in self.across.clone() {
                let cell = row + self.pooling.cell(1, self.at[1], across);
                let tap = down * self.pooling.kernel[1] + across;
                then(tap, &self.image[cell * channels + channel..(cell + 1) * channels]);
            }
        }
    }

    #[inline(always)]
    fn largest<V: Vector>(&self, y: &mut [f32]) {
        for (vector, y) in y.chunks_mut(V::LANES).enumerate() {
            let mut best = V::splat(f32::NEG_INFINITY);
            match y.len() == V::LANES {
                true => self.each(vector * V::LANES, |_, x| best = V::load(x).max_number(best)),
                false => self.each(vector * V::LANES, |_, x| best = V::load_part(x).max_number(best)),
            }
            best.store_part(y);
        }
    }

    #[inline(always)]
    fn mean<V: Vector>(&self, count: f32, y: &mut [f32]) -> bool {
        match self.pooling.kernel[0] * self.pooling.kernel[1] {
            0..=4 => self.mean_of_lanes::<V, 4>(count, y),
            5..=16 => self.mean_of_lanes::<V, 16>(count, y),
            _ => self.mean_of_lanes::<V, LANES>(count, y),
        }
    }

    /// The mean where all indices, modulo 32, are below N: lanes to which nothing is added are +0, and adding that changes nothing, as no sum is
    /// −0.
    #[inline(always)]
    fn mean_of_lanes<V: Vector, const N: usize>(&self, count: f32, y: &mut [f32]) -> bool {
        let mut nan = V::none();
        for (vector, y) in y.chunks_mut(V::LANES).enumerate() {
            let mut lanes = [V::zero(); N];
            let mut add = |tap: usize, x: V| lanes[tap % N] = lanes[tap % N].add(x);
            match y.len() == V::LANES {
                true => self.each(vector * V::LANES, |tap, x| add(tap, V::load(x))),
                false => self.each(vector * V::LANES, |tap, x| add(tap, V::load_part(x))),
            }
            let mut half = N / 2;
            while half > 0 {
                for j in 0..half {
                    lanes[j] = lanes[j].add(lanes[j + half]);
                }
                half /= 2;
            }
            let mean = lanes[0].div(V::splat(count));
            match y.len() == V::LANES {
                true => mean.store(y),
                false => mean.store_part(y),
            }
            nan = V::either(nan, mean.keep(y.len()).is_nan());
        }
        V::any(nan)
    }
}

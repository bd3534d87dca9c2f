//! Convolutions of each channel by itself: vectors of channels, several places at once.

use super::Part;
use crate::{
    aligned::Aligned,
    isa::{dispatch, Isa},
    products::{strip::Run, Finish, Tile},
    simd::Vector,
    view::{View, ViewMut},
};

/// Places whose chains are in registers together.
const PLACES: usize = 4;
/// Vectors of channels.
const VECTORS: usize = 2;

/// Weights as taps of all channels: [taps, channels].
#[derive(Clone, Debug)]
pub(super) struct Taps {
    channels: usize,
    data: Aligned,
}

impl Taps {
    /// Of weights [channels, taps].
    pub fn new(weights: View<'_>) -> Self {
        let channels = weights.rows();
        let mut data = Aligned::zeros(channels * weights.columns());
        for channel in 0..channels {
            let places = data.as_mut_slice()[channel..].iter_mut().step_by(channels);
            for (to, from) in places.zip(weights.row(channel)) {
                *to = *from;
            }
        }
        Self { channels, data }
    }

    pub fn bytes(&self) -> usize {
        core::mem::size_of_val(self.data.as_slice())
    }
}

/// Places in a line.
#[derive(Clone, Copy)]
struct Line<'a> {
    x: *const f32,
    x_step: usize,
    w: *const f32,
    channels: usize,
    blocks: &'a [Vec<Run>],
    y: *mut f32,
    y_step: usize,
    count: usize,
    bias: *const f32,
}

/// The part's chains, bias and finish; whether a number was NaN.
///
/// # Panics
/// If a number of x or y is out of range.
pub(super) fn run(
    isa: Isa,
    part: &Part<'_>,
    taps: &Taps,
    bias: Option<&[f32]>,
    mut y: ViewMut<'_>,
    finish: Option<Finish<'_>>,
) -> bool {
    let ([down, across], channels) = (part.counts, taps.channels);
    let (x_step, y_step) = (part.x_steps[1], part.place_steps[1]);
    let runs = || part.blocks.iter().flatten();
    let reach = runs().map(|run| run.x + (run.len - 1) + channels).max().unwrap_or(0);
    let last_tap = runs().map(|run| run.w + run.len).max().unwrap_or(0);
    assert!(last_tap * channels <= taps.data.as_slice().len(), "taps of the window");
    assert_eq!(y.columns(), channels, "channels of the result");
    assert!(
        bias.is_none_or(|bias| bias.len() == channels),
        "a bias for each channel"
    );
    let mut nan = false;
    for line in 0..down {
        let x = &part.x[(line * part.x_steps[0]).min(part.x.len())..];
        assert!((across - 1) * x_step + reach <= x.len(), "numbers of the image");
        let place = part.place + line * part.place_steps[0];
        let mut values = y.rows_at(place, y_step, across);
        let line = Line {
            x: x.as_ptr(),
            x_step,
            w: taps.data.as_slice().as_ptr(),
            channels,
            blocks: part.blocks,
            y: values.as_mut_ptr(),
            y_step: values.step(),
            count: across,
            bias: bias.map_or(core::ptr::null(), <[f32]>::as_ptr),
        };
        nan |= dispatch!(isa, chains(line: Line<'_>) -> bool);
        if let Some(finish) = finish {
            nan |= finish(Tile {
                values,
                row: part.first_row + place,
                row_step: y_step,
                column: 0,
            });
        }
    }
    nan
}

#[inline(always)]
fn chains<V: Vector>(line: Line<'_>) -> bool {
    let mut nan = V::zero().is_nan();
    let mut place = 0;
    while place < line.count {
        let mut channel = 0;
        while channel < line.channels {
            let left = line.channels - channel;
            let places = line.count - place;
            // SAFETY: `run` has asked that x, y, the taps and the bias have the numbers of all places and channels.
            let found = unsafe {
                match (places >= PLACES, left >= VECTORS * V::LANES) {
                    (true, true) => block::<V, PLACES, VECTORS, true>(line, place, channel),
                    (true, false) if left >= V::LANES => block::<V, PLACES, 1, true>(line, place, channel),
                    (true, false) => block::<V, PLACES, 1, false>(line, place, channel),
                    (false, true) => block::<V, 1, VECTORS, true>(line, place, channel),
                    (false, false) if left >= V::LANES => block::<V, 1, 1, true>(line, place, channel),
                    (false, false) => block::<V, 1, 1, false>(line, place, channel),
                }
            };
            nan = V::either(nan, found);
            channel += match left >= VECTORS * V::LANES {
                true => VECTORS * V::LANES,
                false => V::LANES,
            };
        }
        place += if line.count - place >= PLACES { PLACES } else { 1 };
    }
    V::any(nan)
}

/// `PLACES` places from `place` on, `VECTORS` vectors of channels from `channel` on; the last one is cut where it is not `WHOLE`.
///
/// # Safety
/// All numbers are in range.
#[inline(always)]
#[allow(clippy::needless_range_loop)]
unsafe fn block<V: Vector, const PLACES: usize, const VECTORS: usize, const WHOLE: bool>(
    line: Line<'_>,
    place: usize,
    channel: usize,
) -> V::Mask {
    let left = line.channels - channel;
    // SAFETY: all below: as the caller promises.
    unsafe {
        let read = |from: *const f32, j: usize| match WHOLE {
            true => V::read(from.add(j * V::LANES)),
            false => V::read_part(from, left),
        };
        let x = line.x.add(place * line.x_step + channel);
        let mut sums = [[V::zero(); VECTORS]; PLACES];
        for runs in line.blocks {
            for run in runs {
                for i in 0..run.len {
                    let (x, w) = (x.add(run.x + i), line.w.add((run.w + i) * line.channels + channel));
                    for j in 0..VECTORS {
                        let w = read(w, j);
                        for p in 0..PLACES {
                            sums[p][j] = read(x.add(p * line.x_step), j).fma(w, sums[p][j]);
                        }
                    }
                }
            }
        }
        let mut nan = V::zero().is_nan();
        for j in 0..VECTORS {
            if !line.bias.is_null() {
                let bias = read(line.bias.add(channel), j);
                for p in 0..PLACES {
                    sums[p][j] = sums[p][j].add(bias);
                }
            }
            for p in 0..PLACES {
                let to = line.y.add((place + p) * line.y_step + channel);
                match WHOLE {
                    true => sums[p][j].write(to.add(j * V::LANES)),
                    false => sums[p][j].write_part(to, left),
                }
                nan = V::either(nan, sums[p][j].is_nan());
            }
        }
        nan
    }
}

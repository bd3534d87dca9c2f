//! Convolutions of each channel by itself: vectors of channels, several places at once.

use super::Part;
use crate::{
    aligned::Aligned,
    isa::{dispatch, Isa},
    products::{panel::parts, strip::Run, Finish, Tile},
    simd::Vector,
    view::{View, ViewMut},
};

/// Most places whose chains are in registers together.
const MANY: usize = 12;
/// Numbers of x that stay in the first cache.
const NUMBERS: usize = 1 << 13;

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
    /// Taps side by side: their numbers of x lie `channels` from each other.
    runs: &'a [Run],
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
    let channels = taps.channels;
    // Lines go across, but down where few places are side by side: at a border.
    let (line, own) = match part.counts {
        [down, across] if across < 4 && down > across => (1, 0),
        _ => (0, 1),
    };
    let (lines, count) = (part.counts[line], part.counts[own]);
    let (x_step, y_step) = (part.x_steps[own], part.place_steps[own]);
    let [runs] = part.blocks else {
        unreachable!("chains of one block");
    };
    let reach = runs.iter().map(|run| run.x + run.len * channels).max().unwrap_or(0);
    let last_tap = runs.iter().map(|run| run.w + run.len).max().unwrap_or(0);
    assert!(last_tap * channels <= taps.data.as_slice().len(), "taps of the window");
    assert_eq!(y.columns(), channels, "channels of the result");
    assert!(
        bias.is_none_or(|bias| bias.len() == channels),
        "a bias for each channel"
    );
    // So many that the cells of a line are still in the first cache when the next line needs them.
    let together = (NUMBERS / (runs.len() * x_step).max(1) / MANY * MANY).max(MANY);
    let mut nan = false;
    for (first, count) in parts(0..count, together, MANY) {
        for number in 0..lines {
            let x = &part.x[(number * part.x_steps[line] + first * x_step).min(part.x.len())..];
            assert!((count - 1) * x_step + reach <= x.len(), "numbers of the image");
            let place = part.place + number * part.place_steps[line] + first * y_step;
            let mut values = y.rows_at(place, y_step, count);
            let line = Line {
                x: x.as_ptr(),
                x_step,
                w: taps.data.as_slice().as_ptr(),
                channels,
                runs,
                y: values.as_mut_ptr(),
                y_step: values.step(),
                count,
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
    }
    nan
}

#[inline(always)]
fn chains<V: Vector>(line: Line<'_>) -> bool {
    let all = |len: usize| line.runs.iter().all(|run| run.len == len);
    match (line.x_step / line.channels, all(3), all(5)) {
        (1, true, _) => places::<V, 3, 1>(line),
        (2, true, _) => places::<V, 3, 2>(line),
        (1, _, true) => places::<V, 5, 1>(line),
        (2, _, true) => places::<V, 5, 2>(line),
        _ => places::<V, 0, 0>(line),
    }
}

/// `TAPS` taps in each run, and `STEP` cells between two places; 0 for any.
#[inline(always)]
fn places<V: Vector, const TAPS: usize, const STEP: usize>(line: Line<'_>) -> bool {
    let mut nan = V::zero().is_nan();
    let mut place = 0;
    while place < line.count {
        let left = line.count - place;
        // Places that were there already are computed again rather than a few alone.
        let (first, places) = match line.count {
            _ if left >= MANY => (place, MANY),
            MANY.. if left > 4 => (line.count - MANY, MANY),
            _ if left >= 4 => (place, 4),
            4.. => (line.count - 4, 4),
            _ => (place, 1),
        };
        for channel in (0..line.channels).step_by(V::LANES) {
            let whole = line.channels - channel >= V::LANES;
            // SAFETY: `run` has asked that x, y, the taps and the bias have the numbers of all places and channels.
            let found = unsafe {
                match (places, whole) {
                    (MANY, true) => block::<V, TAPS, STEP, MANY, true>(line, first, channel),
                    (MANY, false) => block::<V, TAPS, STEP, MANY, false>(line, first, channel),
                    (4, true) => block::<V, TAPS, STEP, 4, true>(line, first, channel),
                    (4, false) => block::<V, TAPS, STEP, 4, false>(line, first, channel),
                    (_, true) => block::<V, TAPS, STEP, 1, true>(line, first, channel),
                    (_, false) => block::<V, TAPS, STEP, 1, false>(line, first, channel),
                }
            };
            nan = V::either(nan, found);
        }
        place = first + places;
    }
    V::any(nan)
}

/// `PLACES` places from `place` on, a vector of channels from `channel` on, which is cut where it is not `WHOLE`.
///
/// # Safety
/// All numbers are in range.
#[inline(always)]
#[allow(clippy::needless_range_loop)]
unsafe fn block<V: Vector, const TAPS: usize, const STEP: usize, const PLACES: usize, const WHOLE: bool>(
    line: Line<'_>,
    place: usize,
    channel: usize,
) -> V::Mask {
    let (channels, left) = (line.channels, line.channels - channel);
    // SAFETY: all below: as the caller promises.
    unsafe {
        let read = |from: *const f32| match WHOLE {
            true => V::read(from),
            false => V::read_part(from, left),
        };
        let x = line.x.add(place * line.x_step + channel);
        let mut sums = [V::zero(); PLACES];
        for run in line.runs {
            let (x, w) = (x.add(run.x), line.w.add(run.w * channels + channel));
            if TAPS == 0 {
                for i in 0..run.len {
                    let w = read(w.add(i * channels));
                    for p in 0..PLACES {
                        sums[p] = read(x.add(i * channels + p * line.x_step)).fma(w, sums[p]);
                    }
                }
                continue;
            }
            let mut taps = [V::zero(); 5];
            for i in 0..TAPS {
                taps[i] = read(w.add(i * channels));
            }
            // Cells under several places' taps are read once: the compiler sees that they are the same.
            for p in 0..PLACES {
                for i in 0..TAPS {
                    sums[p] = read(x.add((p * STEP + i) * channels)).fma(taps[i], sums[p]);
                }
            }
        }
        let mut nan = V::zero().is_nan();
        let bias = match line.bias.is_null() {
            true => None,
            false => Some(read(line.bias.add(channel))),
        };
        for p in 0..PLACES {
            if let Some(bias) = bias {
                sums[p] = sums[p].add(bias);
            }
            let to = line.y.add((place + p) * line.y_step + channel);
            match WHOLE {
                true => sums[p].write(to),
                false => sums[p].write_part(to, left),
            }
            nan = V::either(nan, sums[p].is_nan());
        }
        nan
    }
}

//! One axis of a convolution: which taps of the window lie on the image at each place of the output.

use std::ops::Range;

use quorate_exact::infer::Stride;

/// Places at equal distances at which the window sees the same taps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Group {
    /// The first place.
    pub first: usize,
    /// Distance between two places.
    pub step: usize,
    /// Places.
    pub count: usize,
    /// The taps, and the cells of the image that they lie on at the first place.
    pub taps: Taps,
    /// How far these cells move from one place to the next.
    pub cell_step: usize,
}

impl Group {
    /// Whether one of its places is in the range.
    pub fn reaches(&self, places: &Range<usize>) -> bool {
        let skipped = places.start.saturating_sub(self.first).div_ceil(self.step);
        skipped < self.count && self.first + skipped * self.step < places.end
    }
}

/// Taps at equal distances, ascending, on cells at equal distances: as many numbers whatever the window's size, since a wide padding has
/// as many groups as places.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Taps {
    /// The first one's number and cell.
    first: (usize, usize),
    /// From one to the next.
    step: (usize, isize),
    count: usize,
}

impl Taps {
    fn new(mut taps: impl Iterator<Item = (usize, usize)>) -> Self {
        let Some(first) = taps.next() else {
            return Self::default();
        };
        let mut own = Self {
            first,
            step: (0, 0),
            count: 1,
        };
        for (tap, cell) in taps {
            if own.count == 1 {
                own.step = (tap - first.0, cell as isize - first.1 as isize);
            }
            own.count += 1;
        }
        own
    }

    /// Each with its cell.
    pub fn iter(self) -> impl Iterator<Item = (usize, usize)> {
        let cell = move |i: usize| (self.first.1 as isize + i as isize * self.step.1) as usize;
        (0..self.count).map(move |i| (self.first.0 + i * self.step.0, cell(i)))
    }

    /// Whether the same taps are there, on whatever cells.
    fn same(self, other: Self) -> bool {
        let taps = |own: Self| (own.count, own.first.0, own.step.0);
        taps(self) == taps(other)
    }
}

/// What an axis is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Axis {
    /// Cells of the image.
    pub size: usize,
    /// Taps of the window.
    pub kernel: usize,
    pub stride: Stride,
    /// Of a transposed convolution: cells added after the last ones.
    pub transposed: Option<usize>,
}

impl Axis {
    /// Places of the output; none if there is no place, or a number is out of range.
    pub fn places(&self) -> Option<usize> {
        let Stride {
            step,
            dilation,
            before,
            after,
        } = self.stride;
        if step == 0 || dilation == 0 {
            return None;
        }
        let extent = self.kernel.checked_sub(1)?.checked_mul(dilation)?.checked_add(1)?;
        let padding = before.checked_add(after)?;
        let places = match self.transposed {
            None => self.size.checked_add(padding)?.checked_sub(extent)? / step + 1,
            Some(extra) => {
                let whole = self.size.checked_sub(1)?.checked_mul(step)?.checked_add(extent)?;
                whole.checked_add(extra)?.checked_sub(padding)?
            }
        };
        (places > 0 && self.size > 0).then_some(places)
    }

    /// All places in groups.
    pub fn groups(&self) -> Vec<Group> {
        let places = self.places().unwrap_or(0);
        let (step, cell_step) = match self.transposed {
            None => (1, self.stride.step),
            Some(_) => (self.stride.step, 1),
        };
        let mut groups: Vec<Group> = Vec::new();
        for phase in 0..step {
            for first in (phase..places).step_by(step) {
                let taps = Taps::new((0..self.kernel).filter_map(|tap| Some((tap, self.cell(first, tap)?))));
                let same = |group: &&mut Group| group.first % step == phase && group.taps.same(taps);
                match groups.last_mut().filter(same) {
                    Some(group) => group.count += 1,
                    None => groups.push(Group {
                        first,
                        step,
                        count: 1,
                        taps,
                        cell_step,
                    }),
                }
            }
        }
        groups
    }

    /// The cell that a tap lies on when the window is at a place.
    fn cell(&self, place: usize, tap: usize) -> Option<usize> {
        let Stride {
            step, dilation, before, ..
        } = self.stride;
        let cell = match self.transposed {
            None => (place * step + tap * dilation).checked_sub(before)?,
            Some(_) => {
                let at = (place + before).checked_sub(tap * dilation)?;
                at.is_multiple_of(step).then_some(at / step)?
            }
        };
        (cell < self.size).then_some(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_should_have_each_place_once_with_the_cells_of_its_taps() {
        for case in 0..3_000usize {
            let digit = |at: u32, base: usize| case / 3usize.pow(at) % base;
            let axis = Axis {
                size: 1 + case % 11,
                kernel: 1 + case % 5,
                stride: Stride {
                    step: 1 + digit(0, 3),
                    dilation: 1 + digit(1, 3),
                    before: digit(2, 3),
                    after: digit(3, 3),
                },
                transposed: (case % 2 == 1).then_some(digit(4, 3)),
            };
            let mut found = vec![0; axis.places().unwrap_or(0)];
            for group in axis.groups() {
                for i in 0..group.count {
                    let place = group.first + i * group.step;
                    found[place] += 1;
                    let taps: Vec<_> = (0..axis.kernel)
                        .filter_map(|tap| Some((tap, axis.cell(place, tap)?)))
                        .collect();
                    let moved: Vec<_> = group
                        .taps
                        .iter()
                        .map(|(tap, cell)| (tap, cell + i * group.cell_step))
                        .collect();
                    assert_eq!(moved, taps, "{axis:?} place {place}");
                }
            }
            assert!(found.iter().all(|&n| n == 1), "{axis:?}");
        }
    }
}

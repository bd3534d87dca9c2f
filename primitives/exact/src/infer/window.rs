//! Windows that move over an image: which of its cells a place of the output sees.

use alloc::vec::Vec;

use super::{
    fault::Fault,
    tensor::{elements, MAX_ELEMENTS},
};

/// How a window moves along one axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stride {
    /// Distance between two places of the window, at least 1.
    pub step: usize,
    /// Distance between two taps of the window, at least 1.
    pub dilation: usize,
    /// Padding before the image.
    pub before: usize,
    /// Padding after the image.
    pub after: usize,
}

/// A cell of the image and the tap of the window that lies on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Cell {
    /// y · width + x.
    pub pixel: usize,
    /// ky · KW + kx.
    pub tap: usize,
}

impl Default for Stride {
    /// Every place, no gaps, no padding.
    fn default() -> Self {
        Self {
            step: 1,
            dilation: 1,
            before: 0,
            after: 0,
        }
    }
}

impl Stride {
    /// Places of a window of `kernel` taps over `size` cells: ⌊(padded − extent) / step⌋ + 1, where padded = before + size + after and
    /// extent = dilation · (kernel − 1) + 1. With `ceil` ⌈…⌉ + 1, less the last place if it would begin in the padding after.
    ///
    /// # Errors
    /// `Parameter`; `Dimension` of a window larger than the padded image; `Size`.
    pub fn places(&self, size: usize, kernel: usize, ceil: bool) -> Result<usize, Fault> {
        let extent = self.extent(kernel)?;
        let padded = self.padded(size)?;
        let room = padded.checked_sub(extent).ok_or(Fault::Dimension {
            expected: extent,
            got: padded,
        })?;
        let last = room / self.step;
        let one_more = ceil && room % self.step != 0 && (last + 1) * self.step < self.before + size;
        Ok(last + 1 + usize::from(one_more))
    }

    /// That the window sees a cell of the image at each of its first `places`.
    ///
    /// # Errors
    /// `Parameter`, as pools have it.
    pub fn sees_image(&self, size: usize, kernel: usize, places: usize) -> Result<(), Fault> {
        let sees = |place: usize| {
            let from = place * self.step;
            let first = self.before.saturating_sub(from).div_ceil(self.dilation);
            first < kernel && self.read(place, first, size).is_some()
        };
        // Whatever begins on the image sees it; what begins behind it is a last one.
        let before = self.before.div_ceil(self.step).min(places);
        match (0..before).all(sees) && sees(places.saturating_sub(1)) {
            true => Ok(()),
            false => Err(Fault::Parameter("padding")),
        }
    }

    /// Cells that a transposed convolution writes: (size − 1) · step + extent + extra − before − after.
    ///
    /// # Errors
    /// `Parameter`; `Size` if there is none, or too many.
    pub fn spread(&self, size: usize, kernel: usize, extra: usize) -> Result<usize, Fault> {
        let extent = self.extent(kernel)?;
        let whole = (size - 1)
            .checked_mul(self.step)
            .and_then(|n| n.checked_add(extent)?.checked_add(extra));
        let whole = whole.filter(|&n| n <= MAX_ELEMENTS).ok_or(Fault::Size)?;
        let cut = self.padded(0)?;
        whole.checked_sub(cut).filter(|&n| n > 0).ok_or(Fault::Size)
    }

    /// before + size + after.
    pub(super) fn padded(&self, size: usize) -> Result<usize, Fault> {
        let padded = size.checked_add(self.before).and_then(|n| n.checked_add(self.after));
        padded.filter(|&n| n <= MAX_ELEMENTS).ok_or(Fault::Size)
    }

    fn extent(&self, kernel: usize) -> Result<usize, Fault> {
        match (self.step, self.dilation, kernel) {
            (0, ..) => Err(Fault::Parameter("stride")),
            (_, 0, _) => Err(Fault::Parameter("dilation")),
            (.., 0) => Err(Fault::Parameter("kernel")),
            _ => {
                let extent = (kernel - 1).checked_mul(self.dilation).and_then(|n| n.checked_add(1));
                extent
                    .filter(|&n| n <= MAX_ELEMENTS && self.step <= MAX_ELEMENTS)
                    .ok_or(Fault::Size)
            }
        }
    }

    /// The cell that a tap reads when the window is at `place`; none in the padding.
    fn read(&self, place: usize, tap: usize, size: usize) -> Option<usize> {
        let padded = place * self.step + tap * self.dilation;
        padded.checked_sub(self.before).filter(|&cell| cell < size)
    }

    /// The cell whose product with a tap is written to `place`; none if there is none.
    fn written(&self, place: usize, tap: usize, size: usize) -> Option<usize> {
        let at = (place + self.before).checked_sub(tap * self.dilation)?;
        (at % self.step == 0 && at / self.step < size).then_some(at / self.step)
    }

    /// Taps of the window at `place` that lie on the image or on its padding.
    pub(super) fn taps_inside(&self, place: usize, kernel: usize, padded: usize) -> usize {
        let inside = |&tap: &usize| place * self.step + tap * self.dilation < padded;
        (0..kernel).filter(inside).count()
    }
}

/// A window over an image.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub strides: [Stride; 2],
    /// Height and width of the image.
    pub image: [usize; 2],
    /// Height and width of the window.
    pub kernel: [usize; 2],
}

impl Window {
    /// Checks that taps can be counted.
    pub fn new(strides: [Stride; 2], image: [usize; 2], kernel: [usize; 2]) -> Result<Self, Fault> {
        elements(&kernel).map_err(|_| Fault::Parameter("kernel"))?;
        Ok(Self { strides, image, kernel })
    }

    /// What the window sees at a place, taps ascending.
    pub fn read(&self, place: [usize; 2]) -> Vec<Cell> {
        self.cells(place, Stride::read)
    }

    /// What is written to a place, taps ascending.
    pub fn written(&self, place: [usize; 2]) -> Vec<Cell> {
        self.cells(place, Stride::written)
    }

    fn cells(&self, [y, x]: [usize; 2], find: fn(&Stride, usize, usize, usize) -> Option<usize>) -> Vec<Cell> {
        let ([height, width], [rows, columns], [down, across]) = (self.image, self.kernel, self.strides);
        let mut cells = Vec::new();
        for row in 0..rows {
            let Some(y) = find(&down, y, row, height) else { continue };
            for column in 0..columns {
                if let Some(x) = find(&across, x, column, width) {
                    cells.push(Cell {
                        pixel: y * width + x,
                        tap: row * columns + column,
                    });
                }
            }
        }
        cells
    }
}

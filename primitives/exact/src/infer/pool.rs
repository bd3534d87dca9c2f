//! Pools over images [batch, height, width, channels]. One of sequences is that of images of height 1; a global one is a
//! reduction over both axes.

use alloc::{vec, vec::Vec};

use super::{
    arithmetic::max,
    fault::Fault,
    sums::{count, s32_at},
    tensor::{elements, Tensor},
    window::{Cell, Stride, Window},
};

/// What becomes of the cells of a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pool {
    /// The largest.
    Max,
    /// Their mean: S32, index kh · KW + kw, ⊘ the number of taps that lie on the image, or on the image and its declared padding.
    Average {
        /// `count_include_pad`.
        include_padding: bool,
    },
}

/// MaxPool and AveragePool: taps in the padding are skipped.
///
/// # Errors
/// `Rank`, `Dimension`, `Size`; `Parameter`, also if a window sees nothing but padding; `NaN`.
pub fn pool(x: &Tensor, pool: Pool, kernel: [usize; 2], strides: [Stride; 2], ceil: bool) -> Result<Tensor, Fault> {
    let [batch, rows, columns, channels] = x.dims()?;
    let window = Window::new(strides, [rows, columns], kernel)?;
    let height = strides[0].places(rows, kernel[0], ceil)?;
    let width = strides[1].places(columns, kernel[1], ceil)?;
    let padded = [strides[0].padded(rows)?, strides[1].padded(columns)?];
    let shape = vec![batch, height, width, channels];
    let mut y = Vec::with_capacity(elements(&shape)?);
    for image in x.data().chunks_exact(rows * columns * channels) {
        for place in 0..height * width {
            let place = [place / width, place % width];
            let cells = window.read(place);
            if cells.is_empty() {
                return Err(Fault::Parameter("padding"));
            }
            let inside = |axis: usize| strides[axis].taps_inside(place[axis], kernel[axis], padded[axis]);
            let divisor = match pool {
                Pool::Average { include_padding: true } => inside(0) * inside(1),
                _ => cells.len(),
            };
            for channel in 0..channels {
                let value = |cell: &Cell| image[cell.pixel * channels + channel];
                y.push(match pool {
                    Pool::Max => cells.iter().map(value).fold(f32::NEG_INFINITY, max),
                    Pool::Average { .. } => s32_at(cells.iter().map(|cell| (cell.tap, value(cell)))) / count(divisor),
                });
            }
        }
    }
    Tensor::new(shape, y)
}

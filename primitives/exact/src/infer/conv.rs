//! Convolutions over images [batch, height, width, channels]. One of sequences [batch, length, channels] is that of images of
//! height 1.

use alloc::{vec, vec::Vec};

use super::{
    fault::Fault,
    sums::chain,
    tensor::{elements, same, Tensor},
    window::{Cell, Stride, Window},
};

/// Weights, bias and groups of a convolution.
#[derive(Clone, Copy, Debug)]
pub struct Filters<'a> {
    /// [N, KH, KW, C / groups]: row n is output channel n, k = (kh, kw, c).
    pub weights: &'a Tensor,
    /// `[N]`.
    pub bias: Option<&'a Tensor>,
    /// Output channel n reads the channels of group n div (N / groups).
    pub groups: usize,
}

/// Conv: y_n = chain over (kh, kw, c) ascending, without the taps in the padding, of (x, w), then ⊕ b_n where there is a bias.
///
/// # Errors
/// `Rank`, `Dimension`, `Size`, `Parameter`, `NaN`.
pub fn conv(x: &Tensor, filters: Filters, strides: [Stride; 2]) -> Result<Tensor, Fault> {
    let (image, kernel) = filters.check(x)?;
    let window = Window::new(strides, image, kernel)?;
    let height = strides[0].places(image[0], kernel[0], false)?;
    let width = strides[1].places(image[1], kernel[1], false)?;
    filters.apply(x, [height, width], |place| window.read(place))
}

/// ConvTranspose: each output cell is the chain over (kh, kw, c) ascending of those (x, w) where the input cell i and the tap k have
/// i · step + k · dilation = output cell + before; then the bias. `extra` cells are added after the last ones.
///
/// # Errors
/// `Rank`, `Dimension`, `Size`, `Parameter`, `NaN`.
pub fn conv_transpose(x: &Tensor, filters: Filters, strides: [Stride; 2], extra: [usize; 2]) -> Result<Tensor, Fault> {
    let (image, kernel) = filters.check(x)?;
    let window = Window::new(strides, image, kernel)?;
    let height = strides[0].spread(image[0], kernel[0], extra[0])?;
    let width = strides[1].spread(image[1], kernel[1], extra[1])?;
    filters.apply(x, [height, width], |place| window.written(place))
}

impl Filters<'_> {
    /// Height and width of the image and of the window.
    fn check(&self, x: &Tensor) -> Result<([usize; 2], [usize; 2]), Fault> {
        let [_, height, width, channels] = x.dims()?;
        let [outputs, rows, columns, depth] = self.weights.dims()?;
        if self.groups == 0 || outputs % self.groups != 0 {
            return Err(Fault::Parameter("groups"));
        }
        same(channels, depth.checked_mul(self.groups).ok_or(Fault::Size)?)?;
        self.bias.map_or(Ok(()), |bias| bias.expect(&[outputs]))?;
        Ok(([height, width], [rows, columns]))
    }

    /// The chains over what `cells` says that each place of the output reads.
    fn apply(
        &self,
        x: &Tensor,
        [height, width]: [usize; 2],
        cells: impl Fn([usize; 2]) -> Vec<Cell>,
    ) -> Result<Tensor, Fault> {
        let [batch, rows, columns, channels] = x.dims()?;
        let [outputs, _, _, depth] = self.weights.dims()?;
        let row_len = self.weights.data().len() / outputs;
        let shape = vec![batch, height, width, outputs];
        let mut y = Vec::with_capacity(elements(&shape)?);
        for image in x.data().chunks_exact(rows * columns * channels) {
            for place in 0..height * width {
                let cells = cells([place / width, place % width]);
                for (n, w) in self.weights.data().chunks_exact(row_len).enumerate() {
                    let first = n / (outputs / self.groups) * depth;
                    let acc = chain(cells.iter().flat_map(|cell| {
                        let (x, w) = (&image[cell.pixel * channels + first..], &w[cell.tap * depth..]);
                        x.iter().copied().zip(w.iter().copied()).take(depth)
                    }));
                    y.push(self.bias.map_or(acc, |bias| acc + bias.data()[n]));
                }
            }
        }
        Tensor::new(shape, y)
    }
}

//! Convolutions of images [height, width, channels], also transposed ones, with groups, and of each channel by itself. Taps in the
//! padding are absent: places near a border have shorter chains.

mod axis;
mod dense;
mod depthwise;
mod plan;

use std::{ops::Range, sync::Arc};

use quorate_exact::infer::Stride;

use crate::{
    isa::Isa,
    products::{strip::Run, Finish, Packed},
    view::{View, ViewMut},
};
use axis::{Axis, Group};
use depthwise::Taps;
use plan::{Image, Rectangle};

/// What a convolution is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Height and width of the image.
    pub image: [usize; 2],
    /// Channels of the image.
    pub channels: usize,
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Channels of the result.
    pub outputs: usize,
    /// Both kinds of channels are divided into as many groups.
    pub groups: usize,
    /// How the window moves, down and across.
    pub strides: [Stride; 2],
    /// A transposed convolution: cells added after the last ones, down and across.
    pub transposed: Option<[usize; 2]>,
}

/// A convolution: its weights in the order in which they are read, and what is computed where.
#[derive(Clone, Debug)]
pub struct Conv {
    isa: Isa,
    shape: Shape,
    places: [usize; 2],
    /// Down and across: what is computed where. Rectangles of them are made when they are needed, as there may be very many.
    groups: [Vec<Group>; 2],
    weights: Arc<Weights>,
}

#[derive(Clone, Debug)]
enum Weights {
    /// Of each group.
    Dense(Vec<Packed>),
    /// One channel in, one out.
    Depthwise(Taps),
}

impl Conv {
    /// With weights [outputs, height, width, channels / groups]; none if sizes do not fit each other or no place is left.
    pub fn new(isa: Isa, shape: Shape, weights: &[f32]) -> Option<Self> {
        let (depth, each) = shape.group()?;
        let pairs = shape.kernel[0].checked_mul(shape.kernel[1])?.checked_mul(depth)?;
        if pairs == 0 || weights.len() != pairs.checked_mul(shape.outputs)? {
            return None;
        }
        let (places, groups) = shape.places()?;
        let weights = match (depth, each) {
            (1, 1) => Weights::Depthwise(Taps::new(View::new(weights, shape.outputs, pairs))),
            _ => {
                let group = |weights| Packed::new(isa, View::new(weights, each, pairs));
                Weights::Dense(weights.chunks_exact(each * pairs).map(group).collect())
            }
        };
        Some(Self {
            isa,
            shape,
            places,
            groups,
            weights: Arc::new(weights),
        })
    }

    /// The same for images of another height and width, with the same weights in memory; none if no place is left.
    pub fn resized(&self, image: [usize; 2]) -> Option<Self> {
        let shape = Shape { image, ..self.shape };
        let (places, groups) = shape.places()?;
        Some(Self {
            isa: self.isa,
            shape,
            places,
            groups,
            weights: Arc::clone(&self.weights),
        })
    }

    /// Height and width of the result.
    pub fn places(&self) -> [usize; 2] {
        self.places
    }

    /// Bytes of the weights.
    pub fn bytes(&self) -> usize {
        match &*self.weights {
            Weights::Dense(groups) => groups.iter().map(Packed::bytes).sum(),
            Weights::Depthwise(taps) => taps.bytes(),
        }
    }

    /// These rows of the result of one image: y [rows, width, outputs]; then ⊕ bias, where there is one, then `finish`. Whether a number
    /// was NaN, before `finish` or by what it says. Threads take ranges of rows.
    ///
    /// # Panics
    /// If dimensions differ.
    #[must_use = "a NaN ends the run"]
    pub fn run(
        &self,
        image: &[f32],
        rows: Range<usize>,
        bias: Option<&[f32]>,
        y: &mut [f32],
        finish: Option<Finish<'_>>,
    ) -> bool {
        let Shape {
            image: [height, width],
            channels,
            outputs,
            ..
        } = self.shape;
        assert_eq!(image.len(), height * width * channels, "numbers of the image");
        assert!(
            rows.start <= rows.end && rows.end <= self.places[0],
            "rows of the result"
        );
        assert_eq!(y.len(), rows.len() * self.places[1] * outputs, "numbers of the result");
        assert!(bias.is_none_or(|bias| bias.len() == outputs), "a bias for each channel");
        let mut nan = false;
        let mut y = ViewMut::new(y, rows.len() * self.places[1], outputs);
        let window = self.shape.image();
        for down in &self.groups[0] {
            if !down.reaches(&rows) {
                continue;
            }
            for across in &self.groups[1] {
                let rectangle = Rectangle::new(window, [down, across]);
                let [down, across] = rectangle.axes;
                let (down, skipped) = down.within(&rows);
                let (x_down, x_across) = (down.cell_step * width * channels, across.cell_step * channels);
                let part = Part {
                    x: &image[skipped * x_down..],
                    x_steps: [x_down, x_across],
                    place: (down.first - rows.start) * self.places[1] + across.first,
                    place_steps: [down.step * self.places[1], across.step],
                    counts: [down.count, across.count],
                    blocks: &rectangle.blocks,
                    depth: channels / self.shape.groups,
                    first_row: rows.start * self.places[1],
                };
                nan |= match &*self.weights {
                    Weights::Dense(groups) => dense::run(self.isa, &part, groups, bias, y.again(), finish),
                    Weights::Depthwise(taps) => depthwise::run(self.isa, &part, taps, bias, y.again(), finish),
                };
            }
        }
        nan
    }
}

impl Shape {
    /// Channels in and out of each group.
    fn group(&self) -> Option<(usize, usize)> {
        let divides = |channels: usize| channels > 0 && self.groups > 0 && channels.is_multiple_of(self.groups);
        (divides(self.channels) && divides(self.outputs))
            .then(|| (self.channels / self.groups, self.outputs / self.groups))
    }

    /// Height and width of the result, and what is computed where.
    fn places(&self) -> Option<([usize; 2], [Vec<Group>; 2])> {
        let axes = [0, 1].map(|i| Axis {
            size: self.image[i],
            kernel: self.kernel[i],
            stride: self.strides[i],
            transposed: self.transposed.map(|extra| extra[i]),
        });
        let places = [axes[0].places()?, axes[1].places()?];
        self.image[0].checked_mul(self.image[1])?.checked_mul(self.channels)?;
        places[0].checked_mul(places[1])?.checked_mul(self.outputs)?;
        self.group()?;
        Some((places, axes.map(|axis| axis.groups())))
    }

    /// How numbers of the image lie.
    fn image(&self) -> Image {
        let depth = self.channels / self.groups;
        Image {
            width: self.image[1],
            channels: self.channels,
            depth,
            kernel: self.kernel[1],
            apart: (depth, self.outputs / self.groups) == (1, 1),
        }
    }
}

/// Part of a rectangle of places: where its numbers are.
#[derive(Clone, Copy)]
struct Part<'a> {
    /// The runs' numbers of x at the first place are counted from here.
    x: &'a [f32],
    /// How far x moves from one place to the next, down and across.
    x_steps: [usize; 2],
    /// The first place, as a row of y.
    place: usize,
    /// How far rows of y move.
    place_steps: [usize; 2],
    counts: [usize; 2],
    blocks: &'a [Vec<Run>],
    /// Numbers of a cell that a chain reads at each tap.
    depth: usize,
    /// The place that y's first row is.
    first_row: usize,
}

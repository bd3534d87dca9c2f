//! Operations, with what does not depend on values. What they compute is in sections 14 and 15 of `exactness.md`.
//!
//! Fields stand in the order of their names, as in the file.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::{
    expression::Expression,
    types::{Real, Type},
};

/// How a window moves along one axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stride {
    /// Padding after the image.
    pub after: u32,
    /// Padding before the image.
    pub before: u32,
    /// Distance between two taps, at least 1.
    pub dilation: u32,
    /// Distance between two places, at least 1.
    pub step: u32,
}

impl Default for Stride {
    fn default() -> Self {
        Self {
            after: 0,
            before: 0,
            dilation: 1,
            step: 1,
        }
    }
}

/// A function of one element.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub enum Unary {
    /// |x|.
    Abs,
    /// min(max(x, low), high).
    #[serde(rename = "Clip")]
    Clip(Clip),
    /// Cosine.
    Cos,
    /// (x ⊗ x) ⊗ x.
    Cube,
    /// Error function.
    Erf,
    /// Exponential.
    Exp,
    /// GELU by erf.
    Gelu,
    /// GELU by tanh.
    GeluTanh,
    /// max(+0, min(1, fma(alpha, x, beta))).
    HardSigmoid(HardSigmoid),
    /// Natural logarithm.
    Log,
    /// −x.
    Neg,
    /// max(x, +0).
    Relu,
    /// 1 ⊘ (1 ⊕ exp(−x)).
    Sigmoid,
    /// x ⊗ sigmoid(x).
    Silu,
    /// Sine.
    Sin,
    /// √x, also Pow with ½.
    Sqrt,
    /// x ⊗ x.
    Square,
    /// Hyperbolic tangent.
    Tanh,
}

/// Bounds of Clip; −∞ or +∞ where there is none.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clip {
    /// The upper bound, which wins.
    pub high: Real,
    /// The lower bound.
    pub low: Real,
}

/// The line of HardSigmoid.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HardSigmoid {
    /// Its slope.
    pub alpha: Real,
    /// Its value at 0.
    pub beta: Real,
}

/// A function of two elements; shapes are broadcast.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Binary {
    /// a ⊕ b; integers exactly.
    Add,
    /// a ⊘ b.
    Div,
    /// The larger.
    Max,
    /// The smaller.
    Min,
    /// a ⊗ b; integers exactly.
    Mul,
    /// a ⊖ b; integers exactly.
    Sub,
}

/// A comparison of two elements of one type; the result is a bool.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Comparison {
    /// a = b.
    Equal,
    /// a > b.
    Greater,
    /// a ≥ b.
    GreaterOrEqual,
    /// a < b.
    Less,
    /// a ≤ b.
    LessOrEqual,
}

/// A connective of two bools.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Logic {
    /// Both.
    And,
    /// At least one.
    Or,
    /// Exactly one.
    Xor,
}

/// What becomes of the elements that share their indices on the axes that stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Reduction {
    /// S32(|x|).
    L1,
    /// √S32²(x).
    L2,
    /// The largest.
    Max,
    /// S32(x) ⊘ n.
    Mean,
    /// The smallest.
    Min,
    /// S32(x).
    Sum,
    /// S32²(x).
    SumSquare,
}

/// What stands outside of a padded axis.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub enum Fill {
    /// An f32.
    Constant(Real),
    /// The nearest element.
    Edge,
    /// An integer, or a bool as 0 or 1.
    Integer(i64),
    /// Elements mirrored at the outermost one.
    Reflect,
}

/// An operation. Each variant's text names its operands in their order; those in brackets may be left out, from the last on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Op {
    /// x: the index of the first largest element, i64.
    ArgMax {
        /// Along this axis,
        axis: u32,
        /// which stays with dimension 1, or is left out.
        keep: bool,
    },
    /// q [T, H, d], k [S, G, d], v [S, G, e], (mask [T, S]).
    Attention {
        /// Query t sees the keys 0 … t; T = S then.
        causal: bool,
        /// Multiplies each product of a query and a key.
        scale: Real,
    },
    /// x [batch, height, width, channels].
    AveragePool {
        /// Round the number of places up.
        ceil: bool,
        /// Divide by all taps on the image and its padding.
        include_padding: bool,
        /// Height and width of the window.
        kernel: [u32; 2],
        /// Down and across.
        strides: [Stride; 2],
    },
    /// x [..., C], g, b, mean, variance, each `[C]`.
    BatchNorm {
        /// Is added to the variance.
        epsilon: Real,
    },
    /// a, b.
    Binary(Binary),
    /// x.
    Cast {
        /// The type of the result.
        to: Type,
    },
    /// a, b.
    Compare(Comparison),
    /// One or more.
    Concat {
        /// Along this axis.
        axis: u32,
    },
    /// x [batch, height, width, C], weights [N, KH, KW, C / groups], (bias `[N]`).
    Conv {
        /// Groups of channels.
        groups: u32,
        /// Down and across.
        strides: [Stride; 2],
    },
    /// As Conv.
    ConvTranspose {
        /// Further places after, down and across.
        extra: [u32; 2],
        /// Groups of channels.
        groups: u32,
        /// Down and across.
        strides: [Stride; 2],
    },
    /// q, scale, (zero).
    DequantizeLinear,
    /// x; results y: u8, scale [], zero [].
    DynamicQuantizeLinear,
    /// x.
    Expand {
        /// The result's.
        shape: Vec<Expression>,
    },
    /// x, indices: i64.
    Gather {
        /// Is replaced by the indices' axes.
        axis: u32,
    },
    /// x [T, B, I], W [3H, I], R [3H, H], h [B, H], (Wb, Rb [3H]); results all h [T, B, H] and the last one [B, H].
    Gru {
        /// Multiply by r behind the product.
        linear_before_reset: bool,
    },
    /// x, g, (b), both of the last dimension.
    LayerNorm {
        /// Is added to the variance.
        epsilon: Real,
    },
    /// x [..., K], w [N, K], (bias `[N]`).
    Linear,
    /// a, b.
    Logic(Logic),
    /// x [T, B, I], W [4H, I], R [4H, H], h [B, H], c [B, H], (Wb, Rb [4H]); results all h [T, B, H], the last h and c.
    Lstm,
    /// a [..., M, K], b [..., K, N].
    MatMul,
    /// a [..., K], its zero [], w [N, K], its zeros; result i32.
    MatMulInteger,
    /// x [batch, height, width, channels].
    MaxPool {
        /// Round the number of places up.
        ceil: bool,
        /// Height and width of the window.
        kernel: [u32; 2],
        /// Down and across.
        strides: [Stride; 2],
    },
    /// A bool: its opposite.
    Not,
    /// x.
    Pad {
        /// Elements after.
        after: u32,
        /// This axis.
        axis: u32,
        /// Elements before.
        before: u32,
        /// What they are.
        fill: Fill,
    },
    /// x, scale, zero.
    QuantizeLinear,
    /// x.
    Reduce {
        /// Ascending, at least one.
        axes: Vec<u32>,
        /// How.
        how: Reduction,
        /// They stay with dimension 1, or are left out.
        keep: bool,
    },
    /// x.
    Reshape {
        /// The result's.
        shape: Vec<Expression>,
    },
    /// x; nearest.
    Resize {
        /// This axis.
        axis: u32,
        /// Each element so many times.
        scale: u32,
    },
    /// x, g of the last dimension.
    RmsNorm {
        /// Is added to the mean of squares.
        epsilon: Real,
    },
    /// x [T, H, d], inverse frequencies [d / 2], a constant. Row t is at position t.
    Rope {
        /// No position is above it.
        largest: u32,
    },
    /// x.
    Slice {
        /// Along this axis,
        axis: u32,
        /// so many elements,
        count: Expression,
        /// from this one on,
        start: Expression,
        /// at this distance, which is not 0.
        step: i64,
    },
    /// x.
    Softmax {
        /// Along this axis.
        axis: u32,
    },
    /// x; as many results as sizes.
    Split {
        /// Along this axis.
        axis: u32,
        /// Of the parts.
        sizes: Vec<Expression>,
    },
    /// x; results the elements and their indices, i64.
    TopK {
        /// Along this axis.
        axis: u32,
        /// So many.
        k: Expression,
        /// The largest, else the smallest.
        largest: bool,
    },
    /// x.
    Transpose {
        /// Axis i of the result is this axis of x.
        order: Vec<u32>,
    },
    /// x.
    Unary(Unary),
    /// A condition: bool, a, b.
    Where,
}

impl Op {
    /// All expressions in it.
    pub fn expressions(&self) -> Vec<&Expression> {
        match self {
            Self::Expand { shape } | Self::Reshape { shape } => shape.iter().collect(),
            Self::Slice { count, start, .. } => alloc::vec![count, start],
            Self::Split { sizes, .. } => sizes.iter().collect(),
            Self::TopK { k, .. } => alloc::vec![k],
            _ => Vec::new(),
        }
    }

    /// Its name, for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ArgMax { .. } => "ArgMax",
            Self::Attention { .. } => "Attention",
            Self::AveragePool { .. } => "AveragePool",
            Self::BatchNorm { .. } => "BatchNorm",
            Self::Binary(Binary::Add) => "Add",
            Self::Binary(Binary::Div) => "Div",
            Self::Binary(Binary::Max) => "Max",
            Self::Binary(Binary::Min) => "Min",
            Self::Binary(Binary::Mul) => "Mul",
            Self::Binary(Binary::Sub) => "Sub",
            Self::Cast { .. } => "Cast",
            Self::Compare(_) => "Compare",
            Self::Concat { .. } => "Concat",
            Self::Conv { .. } => "Conv",
            Self::ConvTranspose { .. } => "ConvTranspose",
            Self::DequantizeLinear => "DequantizeLinear",
            Self::DynamicQuantizeLinear => "DynamicQuantizeLinear",
            Self::Expand { .. } => "Expand",
            Self::Gather { .. } => "Gather",
            Self::Gru { .. } => "Gru",
            Self::LayerNorm { .. } => "LayerNorm",
            Self::Linear => "Linear",
            Self::Logic(_) => "Logic",
            Self::Lstm => "Lstm",
            Self::MatMul => "MatMul",
            Self::MatMulInteger => "MatMulInteger",
            Self::MaxPool { .. } => "MaxPool",
            Self::Not => "Not",
            Self::Pad { .. } => "Pad",
            Self::QuantizeLinear => "QuantizeLinear",
            Self::Reduce { .. } => "Reduce",
            Self::Reshape { .. } => "Reshape",
            Self::Resize { .. } => "Resize",
            Self::RmsNorm { .. } => "RmsNorm",
            Self::Rope { .. } => "Rope",
            Self::Slice { .. } => "Slice",
            Self::Softmax { .. } => "Softmax",
            Self::Split { .. } => "Split",
            Self::TopK { .. } => "TopK",
            Self::Transpose { .. } => "Transpose",
            Self::Unary(_) => "Unary",
            Self::Where => "Where",
        }
    }
}

//! The kernels of inference by name, and the PTX that they are in.

use crate::module::Module;

/// A kernel of `kernels/{elementwise,moves,matmul,windows,rows,attention}.cu`. Each has blocks of [`Kernel::THREADS`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kernel {
    /// A function of each f32.
    MapF32,
    /// An operation on two f32.
    PairF32,
    /// The same on integers.
    PairWhole,
    /// A comparison.
    Compare,
    /// And, Or, Xor, Not.
    Logic,
    /// Where.
    Choose,
    /// Cast.
    Cast,
    /// BatchNorm.
    BatchNorm,
    /// A value with other axes: Transpose, Expand.
    View,
    /// Places along an axis: Slice, Split, Concat, Pad, Resize, Reshape.
    Place,
    /// Gather.
    Gather,
    /// ArgMax.
    ArgMax,
    /// TopK.
    TopK,
    /// Linear, MatMul.
    MatMul,
    /// Conv.
    Conv,
    /// ConvTranspose.
    ConvTranspose,
    /// MaxPool.
    MaxPool,
    /// AveragePool.
    AveragePool,
    /// Softmax.
    Softmax,
    /// LayerNorm.
    LayerNorm,
    /// RMSNorm.
    RmsNorm,
    /// Reduce.
    Reduce,
    /// Attention's products of queries and keys.
    AttentionScores,
    /// Attention's sums of values.
    AttentionValues,
    /// RoPE.
    Rope,
}

impl Kernel {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::MapF32,
        Self::PairF32,
        Self::PairWhole,
        Self::Compare,
        Self::Logic,
        Self::Choose,
        Self::Cast,
        Self::BatchNorm,
        Self::View,
        Self::Place,
        Self::Gather,
        Self::ArgMax,
        Self::TopK,
        Self::MatMul,
        Self::Conv,
        Self::ConvTranspose,
        Self::MaxPool,
        Self::AveragePool,
        Self::Softmax,
        Self::LayerNorm,
        Self::RmsNorm,
        Self::Reduce,
        Self::AttentionScores,
        Self::AttentionValues,
        Self::Rope,
    ];

    /// Threads of a block.
    pub const THREADS: u32 = 256;

    /// Its name in the source.
    pub fn name(self) -> &'static str {
        match self {
            Self::MapF32 => "map_f32",
            Self::PairF32 => "pair_f32",
            Self::PairWhole => "pair_whole",
            Self::Compare => "compare",
            Self::Logic => "logic",
            Self::Choose => "choose",
            Self::Cast => "cast",
            Self::BatchNorm => "batch_norm",
            Self::View => "view",
            Self::Place => "place",
            Self::Gather => "gather",
            Self::ArgMax => "arg_max",
            Self::TopK => "top_k",
            Self::MatMul => "matmul",
            Self::Conv => "conv",
            Self::ConvTranspose => "conv_transpose",
            Self::MaxPool => "max_pool",
            Self::AveragePool => "average_pool",
            Self::Softmax => "softmax",
            Self::LayerNorm => "layer_norm",
            Self::RmsNorm => "rms_norm",
            Self::Reduce => "reduce",
            Self::AttentionScores => "attention_scores",
            Self::AttentionValues => "attention_values",
            Self::Rope => "rope",
        }
    }

    /// The module that it is in.
    pub fn module(self) -> Module {
        match self {
            Self::MapF32
            | Self::PairF32
            | Self::PairWhole
            | Self::Compare
            | Self::Logic
            | Self::Choose
            | Self::Cast
            | Self::BatchNorm => Module("elementwise", include_str!("../../ptx/elementwise.ptx")),
            Self::View | Self::Place | Self::Gather | Self::ArgMax | Self::TopK => {
                Module("moves", include_str!("../../ptx/moves.ptx"))
            }
            Self::MatMul => Module("matmul", include_str!("../../ptx/matmul.ptx")),
            Self::Conv | Self::ConvTranspose | Self::MaxPool | Self::AveragePool => {
                Module("windows", include_str!("../../ptx/windows.ptx"))
            }
            Self::Softmax | Self::LayerNorm | Self::RmsNorm | Self::Reduce => {
                Module("rows", include_str!("../../ptx/rows.ptx"))
            }
            Self::AttentionScores | Self::AttentionValues | Self::Rope => {
                Module("attention", include_str!("../../ptx/attention.ptx"))
            }
        }
    }
}

//! What a header says of a tensor, and the kinds of files that have tensors.

use alloc::{string::String, vec::Vec};

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

use crate::{grid::Scale, hash::Root};

/// Element type of a tensor, with the names of safetensors.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[allow(missing_docs)]
pub enum Dtype {
    Bool,
    U8,
    I8,
    F8E5M2,
    F8E4M3,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    I64,
    U64,
    F64,
}

/// What is done with a tensor.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub enum Role {
    /// f32; everything applies to it.
    Train,
    /// Running statistics, f32: aggregated, but outside Gram, norms, cosines and clipping.
    Stat,
    /// Integers, counters, masks, frozen weights: not in updates, copied from the base.
    Const,
}

/// The account of a contributor, as 32 bytes; what these are is the chain's matter.
#[derive(
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    MaxEncodedLen,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Debug,
)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub struct Account(pub [u8; 32]);

/// Which of a model's file forms.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub enum Kind {
    /// A version: all tensors.
    Model,
    /// An update: the deltas of the `train` and `stat` tensors to one version.
    Delta {
        /// The BLAKE3 root of that version.
        base: Root,
        /// Whose update it is: no two contributors have files with the same root.
        contributor: Account,
    },
    /// The state of a server optimiser that belongs to a version: see [`crate::optimiser::state_header`].
    State,
}

impl Dtype {
    /// Every element type.
    pub const ALL: [Self; 15] = [
        Self::Bool,
        Self::U8,
        Self::I8,
        Self::F8E5M2,
        Self::F8E4M3,
        Self::I16,
        Self::U16,
        Self::F16,
        Self::BF16,
        Self::I32,
        Self::U32,
        Self::F32,
        Self::I64,
        Self::U64,
        Self::F64,
    ];

    /// The name in safetensors.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "BOOL",
            Self::U8 => "U8",
            Self::I8 => "I8",
            Self::F8E5M2 => "F8_E5M2",
            Self::F8E4M3 => "F8_E4M3",
            Self::I16 => "I16",
            Self::U16 => "U16",
            Self::F16 => "F16",
            Self::BF16 => "BF16",
            Self::I32 => "I32",
            Self::U32 => "U32",
            Self::F32 => "F32",
            Self::I64 => "I64",
            Self::U64 => "U64",
            Self::F64 => "F64",
        }
    }

    /// Bytes of one element.
    pub fn size(self) -> u64 {
        match self {
            Self::Bool | Self::U8 | Self::I8 | Self::F8E5M2 | Self::F8E4M3 => 1,
            Self::I16 | Self::U16 | Self::F16 | Self::BF16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Train, Self::Stat, Self::Const];

    /// The name in a header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Stat => "stat",
            Self::Const => "const",
        }
    }
}

impl Kind {
    /// The name in a header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Delta { .. } => "delta",
            Self::State => "state",
        }
    }
}

/// A tensor before it has a place in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TensorSpec {
    /// Its name, 1 to [`MAX_NAME_LEN`](super::header::MAX_NAME_LEN) bytes of UTF-8, unique among names and aliases.
    pub name: String,
    /// Its element type; `F32` for `train` and `stat`.
    pub dtype: Dtype,
    /// Its shape, row-major; empty for a single number; no dimension is 0.
    pub shape: Vec<u64>,
    /// What is done with it.
    pub role: Role,
    /// Its grid. Without meaning for `const`, where it becomes 0.
    pub scale: Scale,
    /// Its element type before it was converted; that of the file for `const`.
    pub original_dtype: Dtype,
    /// Other names of the same weights, which are stored once; sorted by [`ModelHeader::build`](super::header::ModelHeader::build).
    pub aliases: Vec<String>,
}

/// A tensor in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tensor {
    /// Its name.
    pub name: String,
    /// Its element type; `F32` for `train` and `stat`.
    pub dtype: Dtype,
    /// Its shape, row-major; empty for a single number.
    pub shape: Vec<u64>,
    /// What is done with it.
    pub role: Role,
    /// Its grid; 0 for `const`.
    pub scale: Scale,
    /// Its element type before it was converted.
    pub original_dtype: Dtype,
    /// Other names of the same weights, by their bytes.
    pub aliases: Vec<String>,
    /// First byte of its data, counted from the end of the header.
    pub begin: u64,
    /// First byte after its data, counted from the end of the header.
    pub end: u64,
}

impl Tensor {
    /// Number of elements.
    pub fn numel(&self) -> u64 {
        self.end.saturating_sub(self.begin) / self.dtype.size()
    }

    /// Whether it is in updates: `train` or `stat`.
    pub fn is_updated(&self) -> bool {
        self.role != Role::Const
    }

    /// `s_max − s`, the shift of a `train` tensor's values in the Gram matrix of a model whose largest scale is `s_max`; none
    /// for other roles.
    pub fn gram_shift(&self, s_max: Scale) -> Option<u32> {
        let shift = i32::from(s_max).saturating_sub(i32::from(self.scale));
        u32::try_from(shift).ok().filter(|_| self.role == Role::Train)
    }
}

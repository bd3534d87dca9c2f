//! What a header says: which tensors a model has, their roles and places, and the same for its updates.

use alloc::{collections::BTreeSet, string::String, vec::Vec};
use core::fmt;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

use super::{
    json::Unexpected,
    layout::{self, fault, METADATA},
};
use crate::{
    gram::GRAM_BITS,
    grid::{is_scale, Scale},
};

/// Headers are padded so that the data starts at a multiple of this: the size of a BLAKE3 chunk.
pub const ALIGNMENT: u64 = 1024;
/// Largest header, its length prefix included: 16 MiB.
pub const MAX_HEADER_LEN: u64 = 16 << 20;
/// Largest file: the integers that every JSON reader keeps exactly (RFC 8785, appendix D; RFC 7493, 2.2).
pub const MAX_FILE_LEN: u64 = (1 << 53) - 1;
/// Longest name of a tensor, in bytes.
pub const MAX_NAME_LEN: usize = 1024;
/// Largest `Σ numel · 4^(s_max − s)` over `train` tensors plus `Σ numel` over `stat` tensors.
pub const MAX_GRAM_COORDINATES: u64 = 1 << (GRAM_BITS - 60);

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

/// Which of a model's file forms.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub enum Kind {
    /// A version: all tensors.
    Model,
    /// An update: the deltas of the `train` and `stat` tensors.
    Update,
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
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Model, Self::Update, Self::State];

    /// The name in a header. All have five letters, so that an update's text is never longer than its model's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Update => "delta",
            Self::State => "state",
        }
    }
}

/// A tensor before it has a place in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TensorSpec {
    /// Its name, 1 to [`MAX_NAME_LEN`] bytes of UTF-8, unique among names and aliases.
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
    /// Other names of the same weights, which are stored once; sorted by [`ModelHeader::build`].
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

/// The header of a model's versions, or of its updates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModelHeader {
    /// Which of both.
    pub kind: Kind,
    /// The tensors in the order of their data: `train` and `stat` by the bytes of their names, then `const` likewise.
    pub tensors: Vec<Tensor>,
    header_len: u64,
}

/// Why there is no such header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HeaderError {
    /// The header is shorter than its length prefix.
    TooShort,
    /// The header is longer than [`MAX_HEADER_LEN`].
    TooLong {
        /// Its length, prefix included.
        len: u64,
    },
    /// The header's length is no multiple of [`ALIGNMENT`], or not what the prefix says.
    Length {
        /// What the prefix says, prefix included.
        expected: u64,
        /// Bytes given.
        got: u64,
    },
    /// The header is not UTF-8.
    NotUtf8,
    /// The header, or the JSON text in its metadata, is not the JSON that was expected.
    Json {
        /// Offset in the text.
        offset: u64,
        /// What was expected there.
        expected: &'static str,
    },
    /// The metadata is not as it must be.
    Metadata {
        /// How it must be.
        reason: &'static str,
    },
    /// The model has no `train` tensor.
    NothingToTrain,
    /// The file would exceed [`MAX_FILE_LEN`].
    FileTooLong,
    /// The Gram matrix could exceed its bound: the model is too large, or its `train` scales are too far apart.
    GramTooWide,
    /// The header says the right things in other bytes than the canonical ones.
    NotCanonical {
        /// The first byte that differs, counted from the start of the file.
        offset: u64,
    },
    /// One tensor is at fault.
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong with it.
        fault: TensorFault,
    },
}

/// What is wrong with a tensor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TensorFault {
    /// The name is empty, too long or `__metadata__`.
    Name,
    /// The name, or an alias, is there twice.
    Duplicate,
    /// A dimension is 0.
    Empty,
    /// Its size does not fit in 64 bits.
    Overflow,
    /// `train` and `stat` tensors are `F32`.
    NotF32,
    /// A `const` tensor keeps its element type, and `original_dtype` names it.
    OriginalDtype,
    /// The scale is outside −16..=40.
    Scale(i64),
    /// A `const` tensor in an update.
    ConstInUpdate,
    /// A key of the entry, or the whole entry, is missing.
    Missing(&'static str),
    /// The entry has an unknown key, or one twice.
    Key(String),
    /// No such element type.
    UnknownDtype(String),
    /// No such role.
    UnknownRole(String),
    /// The data lies elsewhere: overlap, gap or wrong order.
    Offsets {
        /// Where the data begins and ends in the canonical layout.
        expected: [u64; 2],
    },
}

impl ModelHeader {
    /// Gives tensors their places.
    ///
    /// An update's header has its own minimal length here; [`ModelHeader::update_header`] has that of its model.
    ///
    /// # Errors
    /// As [`HeaderError`] says.
    pub fn build(kind: Kind, specs: Vec<TensorSpec>) -> Result<Self, HeaderError> {
        let mut names = BTreeSet::new();
        for name in specs
            .iter()
            .flat_map(|spec| core::iter::once(&spec.name).chain(&spec.aliases))
        {
            check_name(name)?;
            if !names.insert(name.as_str()) {
                return Err(fault(name, TensorFault::Duplicate));
            }
        }
        let mut tensors = specs
            .into_iter()
            .map(|spec| check_spec(kind, spec))
            .collect::<Result<Vec<_>, _>>()?;
        tensors.sort_by(|a, b| (a.role == Role::Const, &a.name).cmp(&(b.role == Role::Const, &b.name)));
        let mut at = 0u64;
        for tensor in &mut tensors {
            let len = byte_len(tensor).ok_or_else(|| fault(&tensor.name, TensorFault::Overflow))?;
            tensor.begin = at;
            at = at
                .checked_add(len)
                .ok_or_else(|| fault(&tensor.name, TensorFault::Overflow))?;
            tensor.end = at;
        }
        let mut header = Self {
            kind,
            tensors,
            header_len: 0,
        };
        if kind != Kind::State {
            header.check_gram()?;
        }
        // The text does not depend on its padding.
        header.header_len = padded(header.text().len() as u64 + 8)?;
        // A state has no products, and may be longer than its model.
        let len = match kind {
            Kind::State => header.data_len(),
            Kind::Model | Kind::Update => header.file_len(),
        };
        match len > MAX_FILE_LEN {
            true => Err(HeaderError::FileTooLong),
            false => Ok(header),
        }
    }

    /// The header of this model's updates: the `train` and `stat` tensors at the same places, padded to the same length.
    /// Of an update's header: itself.
    pub fn update_header(&self) -> Self {
        Self {
            kind: Kind::Update,
            tensors: self
                .tensors
                .iter()
                .filter(|tensor| tensor.is_updated())
                .cloned()
                .collect(),
            header_len: self.header_len,
        }
    }

    /// The first bytes of the file: length as u64 little-endian, JSON, spaces.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.header_len.saturating_sub(8).to_le_bytes().to_vec();
        bytes.extend(self.text().into_bytes());
        let len = usize::try_from(self.header_len).unwrap_or(0).max(bytes.len());
        bytes.resize(len, b' ');
        bytes
    }

    /// Reads a header, of exactly the canonical bytes.
    ///
    /// # Errors
    /// As [`HeaderError`] says. An update's header may be padded further than it needs, to any multiple of
    /// [`ALIGNMENT`], as its model's may be longer.
    pub fn decode(bytes: &[u8]) -> Result<Self, HeaderError> {
        let prefix = bytes.first_chunk().ok_or(HeaderError::TooShort)?;
        let expected = header_len(prefix)?;
        if bytes.len() as u64 != expected {
            return Err(HeaderError::Length {
                expected,
                got: bytes.len() as u64,
            });
        }
        let text = core::str::from_utf8(bytes.get(8..).unwrap_or(&[])).map_err(|_| HeaderError::NotUtf8)?;
        let layout::Contents {
            kind,
            specs,
            mut offsets,
        } = layout::read(text.trim_end_matches(' '))?;
        let mut header = Self::build(kind, specs)?;
        for tensor in &header.tensors {
            let expected = [tensor.begin, tensor.end];
            if offsets.remove(&tensor.name).is_none_or(|offsets| offsets != expected) {
                return Err(fault(&tensor.name, TensorFault::Offsets { expected }));
            }
        }
        if kind == Kind::Update {
            header.header_len = header.header_len.max(expected);
        }
        match header.encode().iter().zip(bytes).position(|(a, b)| a != b) {
            Some(offset) => Err(HeaderError::NotCanonical { offset: offset as u64 }),
            None if header.header_len != expected => Err(HeaderError::NotCanonical {
                offset: header.header_len.min(expected),
            }),
            None => Ok(header),
        }
    }

    /// Bytes before the data, the length prefix included: a multiple of [`ALIGNMENT`].
    pub fn header_len(&self) -> u64 {
        self.header_len
    }

    /// Bytes of all tensors.
    pub fn data_len(&self) -> u64 {
        self.tensors.last().map_or(0, |tensor| tensor.end)
    }

    /// Bytes of the file.
    pub fn file_len(&self) -> u64 {
        self.header_len.saturating_add(self.data_len())
    }

    /// Bytes of the `train` and `stat` tensors: the data of an update, and the first part of a version's.
    pub fn group_len(&self) -> u64 {
        self.tensors
            .iter()
            .rfind(|tensor| tensor.is_updated())
            .map_or(0, |tensor| tensor.end)
    }

    /// Number of coordinates in an update.
    pub fn coordinates(&self) -> u64 {
        self.group_len() / 4
    }

    /// `s_max`, the largest scale of the `train` tensors; none without one.
    pub fn s_max(&self) -> Option<Scale> {
        let train = self.tensors.iter().filter(|tensor| tensor.role == Role::Train);
        train.map(|tensor| tensor.scale).max()
    }

    /// `Σ numel · 4^(s_max − s)` over `train` tensors plus `Σ numel` over `stat` tensors: at most
    /// [`MAX_GRAM_COORDINATES`] of every model. None if it exceeds 128 bits.
    pub fn gram_coordinates(&self) -> Option<u128> {
        let s_max = self.s_max().unwrap_or(0);
        let updated = self.tensors.iter().filter(|tensor| tensor.is_updated());
        updated
            .map(|tensor| {
                // Scales lie at most 56 apart.
                let shift = tensor.gram_shift(s_max).unwrap_or(0);
                u128::from(tensor.numel()).checked_mul(1 << (2 * shift).min(112))
            })
            .try_fold(0u128, |sum, coordinates| sum.checked_add(coordinates?))
    }

    /// [`Tensor::gram_shift`] of one tensor. Looks at all of them: who asks for many asks [`ModelHeader::s_max`] once.
    pub fn gram_shift(&self, tensor: &Tensor) -> Option<u32> {
        tensor.gram_shift(self.s_max()?)
    }

    fn text(&self) -> String {
        layout::write(self.kind, &self.tensors)
    }

    fn check_gram(&self) -> Result<(), HeaderError> {
        if self.s_max().is_none() {
            return Err(HeaderError::NothingToTrain);
        }
        let coordinates = self.gram_coordinates();
        match coordinates.is_none_or(|coordinates| coordinates > u128::from(MAX_GRAM_COORDINATES)) {
            true => Err(HeaderError::GramTooWide),
            false => Ok(()),
        }
    }
}

/// Bytes of a file's header, its prefix included, from the first 8 bytes of the file.
///
/// # Errors
/// `TooLong`, `Length`.
pub fn header_len(prefix: &[u8; 8]) -> Result<u64, HeaderError> {
    let len = u64::from_le_bytes(*prefix).saturating_add(8);
    if len > MAX_HEADER_LEN {
        return Err(HeaderError::TooLong { len });
    }
    match padded(len)? == len {
        true => Ok(len),
        false => Err(HeaderError::Length {
            expected: padded(len)?,
            got: len,
        }),
    }
}

fn padded(len: u64) -> Result<u64, HeaderError> {
    match len.checked_next_multiple_of(ALIGNMENT) {
        Some(padded) if padded <= MAX_HEADER_LEN => Ok(padded),
        _ => Err(HeaderError::TooLong { len }),
    }
}

fn check_name(name: &str) -> Result<(), HeaderError> {
    match name.is_empty() || name.len() > MAX_NAME_LEN || name == METADATA {
        true => Err(fault(name, TensorFault::Name)),
        false => Ok(()),
    }
}

fn check_spec(kind: Kind, spec: TensorSpec) -> Result<Tensor, HeaderError> {
    let TensorSpec {
        name,
        dtype,
        shape,
        role,
        mut scale,
        original_dtype,
        mut aliases,
    } = spec;
    let wrong = match role {
        Role::Const if kind == Kind::Update => Some(TensorFault::ConstInUpdate),
        Role::Const if original_dtype != dtype => Some(TensorFault::OriginalDtype),
        Role::Train | Role::Stat if dtype != Dtype::F32 => Some(TensorFault::NotF32),
        Role::Train | Role::Stat if !is_scale(scale) => Some(TensorFault::Scale(scale.into())),
        _ => shape.contains(&0).then_some(TensorFault::Empty),
    };
    if let Some(wrong) = wrong {
        return Err(fault(&name, wrong));
    }
    if role == Role::Const {
        scale = 0;
    }
    aliases.sort_unstable();
    Ok(Tensor {
        name,
        dtype,
        shape,
        role,
        scale,
        original_dtype,
        aliases,
        begin: 0,
        end: 0,
    })
}

fn byte_len(tensor: &Tensor) -> Option<u64> {
    tensor
        .shape
        .iter()
        .try_fold(tensor.dtype.size(), |len, &dimension| len.checked_mul(dimension))
}

impl From<Unexpected> for HeaderError {
    fn from(error: Unexpected) -> Self {
        Self::Json {
            offset: error.offset as u64,
            expected: error.expected,
        }
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("the file is shorter than the 8 bytes of its header's length"),
            Self::TooLong { len } => write!(f, "a header of {len} bytes; at most {MAX_HEADER_LEN} are allowed"),
            Self::Length { expected, got } => write!(f, "a header of {got} bytes; {expected} were expected"),
            Self::NotUtf8 => f.write_str("the header is not UTF-8"),
            Self::Json { offset, expected } => write!(f, "the header's JSON at byte {offset}: expected {expected}"),
            Self::Metadata { reason } => write!(f, "the header's metadata: {reason}"),
            Self::NothingToTrain => f.write_str("the model has no train tensor: give at least one this role"),
            Self::FileTooLong => write!(f, "the file would exceed {MAX_FILE_LEN} bytes"),
            Self::GramTooWide => f.write_str(
                "the sum of numel * 4^(largest scale - scale) over train tensors exceeds 2^35: bring their scales closer",
            ),
            Self::NotCanonical { offset } => {
                write!(f, "the header differs from its canonical form at byte {offset}: write it with `convert`")
            }
            Self::Tensor { name, fault } => write!(f, "tensor {name:?}: {fault}"),
        }
    }
}

impl fmt::Display for TensorFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Name => "a name has 1 to 1024 bytes and is not __metadata__",
            Self::Duplicate => "the name or alias is used twice",
            Self::Empty => "a dimension is 0; leave empty tensors out",
            Self::Overflow => "its size does not fit in 64 bits",
            Self::NotF32 => "train and stat tensors are F32; convert it or make it const",
            Self::OriginalDtype => "the original dtype of a const tensor is its dtype",
            Self::Scale(scale) => return write!(f, "scale {scale} is outside -16..=40"),
            Self::ConstInUpdate => "const tensors are not part of updates",
            Self::Missing(what) => return write!(f, "its {what} is missing"),
            Self::Key(key) => return write!(f, "key {key:?} is unknown or there twice"),
            Self::UnknownDtype(name) => return write!(f, "unknown dtype {name:?}"),
            Self::UnknownRole(name) => return write!(f, "unknown role {name:?}"),
            Self::Offsets { expected: [begin, end] } => {
                return write!(f, "its data must lie at bytes {begin} to {end} after the header")
            }
        };
        f.write_str(text)
    }
}

impl core::error::Error for HeaderError {}
impl core::error::Error for TensorFault {}

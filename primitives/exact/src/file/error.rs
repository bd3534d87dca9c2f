//! The limits of a file, and why bytes are no header.

use alloc::string::String;
use core::fmt;

use super::json::Unexpected;

/// Headers are padded so that the data starts at a multiple of this: the size of a BLAKE3 chunk.
pub const ALIGNMENT: u64 = 1024;
/// Largest header, its length prefix included: 16 MiB.
pub const MAX_HEADER_LEN: u64 = 16 << 20;
/// Largest file: the integers that every JSON reader keeps exactly (RFC 8785, appendix D; RFC 7493, 2.2).
pub const MAX_FILE_LEN: u64 = (1 << 53) - 1;
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

/// The header is refused because of one tensor.
pub(crate) fn fault(name: &str, fault: TensorFault) -> HeaderError {
    HeaderError::Tensor {
        name: name.into(),
        fault,
    }
}

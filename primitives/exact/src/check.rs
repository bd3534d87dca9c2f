//! Streaming checks of whole files: every validator comes to the same answer about the same bytes, however they arrive.
//!
//! The answer is the first fault in the order of the bytes.

use alloc::vec::Vec;
use core::{fmt, ops::Range};

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

use crate::{
    file::{
        header::{Account, ModelHeader},
        update::UpdateHeader,
    },
    grid::limit_bits,
    hash::Root,
};

const INFINITY: u32 = 0x7f80_0000;

/// Why a file is not what its model asks for; recorded on chain.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub enum Malformed {
    /// The header is not, byte for byte, the one that follows from the model.
    #[codec(index = 0)]
    Header,
    /// The file ends early, or goes on.
    #[codec(index = 1)]
    Length {
        /// Bytes that the model asks for.
        expected: u64,
        /// Bytes of the file; `expected + 1` for every longer one.
        got: u64,
    },
    /// A value is infinite or not a number.
    #[codec(index = 2)]
    NonFinite {
        /// Index of the tensor in the order of the data.
        tensor: u32,
        /// Index of the element in its tensor.
        index: u64,
    },
    /// A value exceeds 2^30 on the tensor's grid.
    #[codec(index = 3)]
    OutOfRange {
        /// Index of the tensor in the order of the data.
        tensor: u32,
        /// Index of the element in its tensor.
        index: u64,
    },
    /// An update to another version than the round's base: the header is right up to the base that it names.
    #[codec(index = 4)]
    OtherBase,
    /// Another account's update: the header is right up to the contributor that it names.
    #[codec(index = 5)]
    OtherContributor,
    /// Nothing is wrong with the file, but whoever named it does not have it: the possession that was shown is not that of its bytes.
    #[codec(index = 6)]
    NotPossessed,
    /// Of artifacts, sealed shards and inputs of requests alone: the file is no program, no data set, or not what a program reads, as
    /// sections 18, 19 and 22 of the specification say.
    #[codec(index = 7)]
    Artifact,
    /// Of sealed shards alone: a data set with another number of rows than its supplier committed to.
    #[codec(index = 8)]
    Rows {
        /// Rows that its supplier committed to.
        expected: u32,
        /// Rows of the data set.
        got: u64,
    },
    /// Of sealed shards alone: a data set without the columns that the round's program reads.
    #[codec(index = 9)]
    Columns,
}

/// Checks an update: header, length, and every value finite and within its tensor's grid.
#[derive(Clone, Debug)]
pub struct UpdateChecker(Stream);

/// Checks a version: header, length, and every value of `train` and `stat` tensors finite.
#[derive(Clone, Debug)]
pub struct ModelChecker(Stream);

impl UpdateChecker {
    /// A checker for an account's update to the version with the root `base` of the model with this header: see
    /// [`ModelHeader::update_header`].
    pub fn new(header: &ModelHeader, base: &Root, contributor: &Account) -> Self {
        let update = header.update_header(base, contributor);
        let names = UpdateHeader::new(header, base, contributor);
        // A scale that no header has makes every value but zero fail.
        let mut stream = Stream::new(&update, |scale| limit_bits(scale).unwrap_or(0));
        stream.names = [
            (names.base().clone(), Malformed::OtherBase),
            (names.contributor().clone(), Malformed::OtherContributor),
        ]
        .into();
        Self(stream)
    }

    /// Takes the next bytes of the file, any number of them.
    ///
    /// # Errors
    /// The first fault, again on every later call.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        self.0.push(bytes)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The first fault.
    pub fn finish(self) -> Result<(), Malformed> {
        self.0.finish()
    }
}

impl ModelChecker {
    /// A checker for versions with this header.
    pub fn new(header: &ModelHeader) -> Self {
        Self(Stream::new(header, |_| INFINITY - 1))
    }

    /// Takes the next bytes of the file, any number of them.
    ///
    /// # Errors
    /// The first fault, again on every later call.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        self.0.push(bytes)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The first fault.
    pub fn finish(self) -> Result<(), Malformed> {
        self.0.finish()
    }
}

/// A tensor whose values are checked.
#[derive(Clone, Debug)]
struct Span {
    /// Elements that come before it in the data.
    first: u64,
    /// Elements up to and including its last.
    end: u64,
    /// Bits of the largest magnitude allowed.
    limit: u32,
}

#[derive(Clone, Debug)]
struct Stream {
    header: Vec<u8>,
    /// Where the header has digits of a name, and what other digits there mean.
    names: Vec<(Range<usize>, Malformed)>,
    spans: Vec<Span>,
    /// Index of the span of the next value.
    span: usize,
    /// Values seen.
    values: u64,
    /// Bytes of a value that a chunk's end cut off.
    partial: Vec<u8>,
    seen: u64,
    file_len: u64,
    fault: Option<Malformed>,
}

impl Stream {
    fn new(header: &ModelHeader, limit: impl Fn(i8) -> u32) -> Self {
        let checked = header.tensors.iter().filter(|tensor| tensor.is_updated());
        Self {
            header: header.encode(),
            names: Vec::new(),
            spans: checked
                .map(|t| Span {
                    first: t.begin / 4,
                    end: t.end / 4,
                    limit: limit(t.scale),
                })
                .collect(),
            span: 0,
            values: 0,
            partial: Vec::with_capacity(4),
            seen: 0,
            file_len: header.file_len(),
            fault: None,
        }
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        match self.fault {
            Some(fault) => Err(fault),
            None => self.take(bytes).inspect_err(|&fault| self.fault = Some(fault)),
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let room = self.file_len.saturating_sub(self.seen);
        let inside = usize::try_from(room).map_or(bytes, |room| bytes.get(..room).unwrap_or(bytes));
        let at = usize::try_from(self.seen).unwrap_or(usize::MAX);
        let expected = self.header.get(at..).unwrap_or(&[]);
        let (head, data) = inside.split_at_checked(expected.len()).unwrap_or((inside, &[]));
        let differs = expected.iter().zip(head).position(|(expected, got)| expected != got);
        if let Some(place) = differs {
            let (place, got) = (at.saturating_add(place), head.get(place));
            let is_digit = got.is_some_and(|got| matches!(got, b'0'..=b'9' | b'a'..=b'f'));
            let mut names = self.names.iter().filter(|_| is_digit);
            let name = names.find(|(digits, _)| digits.contains(&place));
            return Err(name.map_or(Malformed::Header, |&(_, fault)| fault));
        }
        self.take_data(data)?;
        self.seen = self.seen.saturating_add(inside.len() as u64);
        match inside.len() < bytes.len() {
            true => Err(Malformed::Length {
                expected: self.file_len,
                got: self.file_len.saturating_add(1),
            }),
            false => Ok(()),
        }
    }

    fn take_data(&mut self, mut data: &[u8]) -> Result<(), Malformed> {
        while !self.partial.is_empty() {
            let Some((&byte, rest)) = data.split_first() else {
                return Ok(());
            };
            data = rest;
            self.partial.push(byte);
            if let Ok(value) = <[u8; 4]>::try_from(self.partial.as_slice()) {
                self.partial.clear();
                self.value(value)?;
            }
        }
        let (mut values, rest) = data.as_chunks();
        // After the last span come the `const` tensors, whose bytes are free.
        while let Some(span) = self.spans.get(self.span) {
            let left = usize::try_from(span.end.saturating_sub(self.values)).unwrap_or(usize::MAX);
            let (mine, others) = values.split_at(left.min(values.len()));
            // All at once: where one is too large is looked for when there is one.
            let largest = mine.iter().fold(0, |largest, value| magnitude(*value).max(largest));
            if largest > span.limit {
                mine.iter().try_for_each(|value| self.value(*value))?;
            }
            self.values = self.values.saturating_add(mine.len() as u64);
            if mine.len() < left {
                break;
            }
            self.span = self.span.saturating_add(1);
            values = others;
        }
        if self.span < self.spans.len() {
            self.partial.extend(rest);
        }
        Ok(())
    }

    /// Takes the next value, little-endian.
    fn value(&mut self, value: [u8; 4]) -> Result<(), Malformed> {
        let Some(span) = self.spans.get(self.span) else {
            return Ok(());
        };
        let magnitude = magnitude(value);
        if magnitude > span.limit {
            let (tensor, index) = (self.span as u32, self.values.saturating_sub(span.first));
            return Err(match magnitude >= INFINITY {
                true => Malformed::NonFinite { tensor, index },
                false => Malformed::OutOfRange { tensor, index },
            });
        }
        self.values = self.values.saturating_add(1);
        if self.values >= span.end {
            self.span = self.span.saturating_add(1);
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Malformed> {
        match self.fault {
            Some(fault) => Err(fault),
            None if self.seen < self.file_len => Err(Malformed::Length {
                expected: self.file_len,
                got: self.seen,
            }),
            None => Ok(()),
        }
    }
}

/// A value's bits without its sign: they are in the order of what they stand for.
fn magnitude(value: [u8; 4]) -> u32 {
    u32::from_le_bytes(value) & !(1 << 31)
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => {
                f.write_str("the header is not the one that follows from the model: write it with `convert`")
            }
            Self::Length { expected, got } if got > expected => write!(f, "more than the {expected} bytes expected"),
            Self::Length { expected, got } => write!(f, "{got} bytes; {expected} were expected"),
            Self::NonFinite { tensor, index } => {
                write!(f, "tensor {tensor}, element {index}: infinite or not a number")
            }
            Self::OutOfRange { tensor, index } => {
                write!(f, "tensor {tensor}, element {index}: exceeds 2^(30 - scale)")
            }
            Self::OtherBase => {
                f.write_str("made against another version than the round's base: make it again with `convert --base`")
            }
            Self::OtherContributor => f.write_str(
                "it names another contributor than the account that brings it: make it again with `convert --contributor`",
            ),
            Self::NotPossessed => f.write_str("whoever named it did not show to have its bytes"),
            Self::Artifact => f.write_str("the file is no program or no data set of this format"),
            Self::Rows { expected, got } => write!(f, "a data set of {got} rows; {expected} were committed to"),
            Self::Columns => f.write_str("a data set without the columns that the round's program reads"),
        }
    }
}

impl core::error::Error for Malformed {}

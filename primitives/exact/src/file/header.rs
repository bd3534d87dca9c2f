//! What a header says: which tensors a model has, their roles and places, and the same for its updates.

use alloc::{collections::BTreeSet, string::String, vec::Vec};

use super::{
    error::fault,
    layout::{self, METADATA},
};
pub use super::{
    error::{HeaderError, TensorFault, ALIGNMENT, MAX_FILE_LEN, MAX_HEADER_LEN},
    tensor::{Account, Dtype, Kind, Role, Tensor, TensorSpec},
};
use crate::{
    gram::GRAM_BITS,
    grid::{is_scale, Scale},
    hash::Root,
};

/// Longest name of a tensor, in bytes.
pub const MAX_NAME_LEN: usize = 1024;
/// Largest `Σ numel · 4^(s_max − s)` over `train` tensors plus `Σ numel` over `stat` tensors.
pub const MAX_GRAM_COORDINATES: u64 = 1 << (GRAM_BITS - 60);

/// The header of a model's versions, or of its updates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModelHeader {
    /// Which of both.
    pub kind: Kind,
    /// The tensors in the order of their data: `train` and `stat` by the bytes of their names, then `const` likewise.
    pub tensors: Vec<Tensor>,
    header_len: u64,
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
        header.header_len = padded(header.longest_text() + 8)?;
        // A state has no products, and may be longer than its model.
        let len = match kind {
            Kind::State => header.data_len(),
            Kind::Model | Kind::Delta { .. } => header.file_len(),
        };
        match len > MAX_FILE_LEN {
            true => Err(HeaderError::FileTooLong),
            false => Ok(header),
        }
    }

    /// The header of an account's update to the version of this model with the root `base`: the `train` and `stat` tensors at
    /// the same places, padded to the same length. Of an update's header: the same with other names.
    pub fn update_header(&self, base: &Root, contributor: &Account) -> Self {
        Self {
            kind: Kind::Delta {
                base: *base,
                contributor: *contributor,
            },
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
        if matches!(kind, Kind::Delta { .. }) {
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

    /// Bytes of an update's file.
    pub fn update_len(&self) -> u64 {
        self.header_len.saturating_add(self.group_len())
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

    /// Bytes of the text, or of an update's where that is longer: a version's header has room for both, as its updates' is as
    /// long and names a base and a contributor.
    fn longest_text(&self) -> u64 {
        let update = match self.kind {
            Kind::Model => self.update_header(&Root::default(), &Account::default()).text().len(),
            Kind::Delta { .. } | Kind::State => 0,
        };
        self.text().len().max(update) as u64
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
        Role::Const if matches!(kind, Kind::Delta { .. }) => Some(TensorFault::ConstInUpdate),
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

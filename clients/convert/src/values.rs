//! The values of one tensor, piece by piece.

use crate::{
    element::is_narrow,
    pieces::{in_order, threads},
    report::TensorReport,
    rounding::Rounding,
    scales::ScaleOrigin,
    slices::{self, Fault, Rule, Tally},
    source::Entry,
    ConvertError, Source,
};
use quorate_exact::{Dtype, Kind, Role, Tensor};

/// Elements of a piece: a whole number of blocks, so that sums over pieces are always the same.
pub(crate) const PIECE: u64 = 1 << 17;

/// One tensor of the input on its way.
pub(crate) struct Job<'a> {
    pub source: &'a Source,
    pub entry: &'a Entry,
    /// Type of the entry's elements.
    pub dtype: Dtype,
    /// What is subtracted.
    pub base: Option<(&'a Source, &'a Entry)>,
    pub tensor: &'a Tensor,
    pub kind: Kind,
    /// Why the tensor has its scale.
    pub origin: Option<ScaleOrigin>,
}

/// Bytes of a piece: of the input, of the base, and what is written.
#[derive(Default)]
pub(crate) struct Room {
    pub input: Vec<u8>,
    base: Vec<u8>,
    pub output: Vec<u8>,
}

impl Job<'_> {
    pub fn pieces(&self) -> u64 {
        self.tensor.numel().div_ceil(PIECE)
    }

    /// Makes a piece of what is written.
    ///
    /// # Errors
    /// `Io`, and those of the first value that is refused.
    pub fn make(&self, piece: u64, room: &mut Room) -> Result<Tally, ConvertError> {
        let Room { input, base, output } = room;
        let first = piece * PIECE;
        let count = PIECE.min(self.tensor.numel().saturating_sub(first));
        read(self.source, self.entry, (first, count), input)?;
        if self.tensor.role == Role::Const {
            output.clone_from(input);
            return Ok(Tally::default());
        }
        let subtracted = match self.base {
            None => None,
            Some((source, entry)) => {
                read(source, entry, (first, count), base)?;
                Some(&base[..])
            }
        };
        output.resize(4 * count as usize, 0);
        slices::results(&self.rule(), input, subtracted, output)
            .map_err(|(index, fault)| self.refused(first + index as u64, fault))
    }

    fn rule(&self) -> Rule {
        Rule {
            dtype: self.dtype,
            scale: match self.kind {
                Kind::Model => None,
                Kind::Delta { .. } | Kind::State => Some(self.tensor.scale),
            },
            counts_rounding: self.tensor.role == Role::Train,
        }
    }

    fn refused(&self, index: u64, fault: Fault) -> ConvertError {
        let name = self.tensor.name.clone();
        match fault {
            Fault::Base { value } if value.is_finite() => ConvertError::BaseBeyond {
                name,
                index,
                value,
                dtype: self.dtype,
            },
            Fault::Base { value } => ConvertError::BaseNonFinite { name, index, value },
            Fault::NonFinite { value } => not_finite(name, index, value),
            Fault::OutOfRange { value } => ConvertError::OutOfRange {
                name,
                index,
                value,
                scale: self.tensor.scale,
            },
        }
    }

    /// The tensor before any of its pieces is made.
    pub fn report(&self) -> TensorReport {
        TensorReport {
            name: self.tensor.name.clone(),
            from: self.dtype,
            role: self.tensor.role,
            scale: self.tensor.scale,
            origin: self.origin,
            elements: self.tensor.numel(),
            zeros: 0,
            negative: 0,
            largest: 0.0,
            content: None,
        }
    }

    /// Notes what a piece was like.
    pub fn note(&self, piece: u64, tally: &Tally, report: &mut TensorReport, rounding: &mut Rounding) {
        report.zeros += tally.zeros;
        report.negative += tally.negative;
        report.largest = report.largest.max(tally.largest);
        if self.base.is_some() && self.tensor.role == Role::Train {
            let narrow = is_narrow(self.dtype).then_some(self.dtype);
            let count = PIECE.min(self.tensor.numel().saturating_sub(piece * PIECE));
            rounding.add(narrow, count, tally);
        }
    }
}

fn not_finite(name: String, index: u64, value: f64) -> ConvertError {
    match value.is_finite() {
        true => ConvertError::BeyondF32 { name, index, value },
        false => ConvertError::NonFinite { name, index, value },
    }
}

/// The largest magnitude among a tensor's values, which must all be f32s.
///
/// # Errors
/// `NonFinite`, `BeyondF32`, `Io`.
pub(crate) fn largest(source: &Source, name: &str, entry: &Entry) -> Result<f64, ConvertError> {
    let Some(dtype) = entry.element.dtype() else {
        return Ok(0.0);
    };
    let (elements, mut largest) = (entry.elements(), 0f64);
    let make = |piece, bytes: &mut Vec<u8>| {
        let first = piece * PIECE;
        read(source, entry, (first, PIECE.min(elements - first)), bytes)?;
        slices::largest(dtype, bytes).map_err(|(index, fault)| {
            let value = match fault {
                Fault::Base { value } => value.into(),
                Fault::NonFinite { value } | Fault::OutOfRange { value } => value,
            };
            not_finite(name.into(), first + index as u64, value)
        })
    };
    in_order(threads(), elements.div_ceil(PIECE), make, |_, found, _| {
        largest = largest.max(found);
        Ok(())
    })?;
    Ok(largest)
}

/// Elements of a tensor: the first, and how many.
fn read(source: &Source, entry: &Entry, (first, count): (u64, u64), bytes: &mut Vec<u8>) -> Result<(), ConvertError> {
    // Only types of whole bytes come here.
    let size = entry.element.bytes(1).unwrap_or(0);
    bytes.resize((count * size) as usize, 0);
    source.read(entry, first * size, bytes)
}

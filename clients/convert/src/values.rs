//! The values of one tensor, chunk by chunk.

use crate::{
    element::{nearest, values},
    report::TensorReport,
    rounding::Rounding,
    scales::ScaleOrigin,
    source::{Entry, CHUNK},
    tied::Content,
    writer::Writer,
    ConvertError, Source,
};
use quorate_exact::{
    grid::{quantize, Scale},
    Dtype, Kind, QuantizeError, Role, Tensor,
};

/// Elements that are read at once.
const STEP: u64 = CHUNK as u64 / 8;

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

impl Job<'_> {
    /// Writes the tensor and says what it was like.
    pub fn write(&self, rounding: &mut Rounding, writer: &mut Writer<'_>) -> Result<TensorReport, ConvertError> {
        let mut report = TensorReport {
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
        };
        let mut content =
            (self.kind == Kind::Model && self.tensor.role == Role::Train).then(|| Content::new(&self.tensor.shape));
        let mut first = 0;
        while first < report.elements {
            let count = STEP.min(report.elements - first);
            let bytes = read(self.source, self.entry, first, count)?;
            if let Some(content) = &mut content {
                content.push(&bytes, self.dtype.size() as usize);
            }
            if self.tensor.role == Role::Const {
                writer.write(&bytes)?;
            } else {
                let mut values = values(self.dtype, &bytes);
                report.negative += values.iter().filter(|value| **value < 0.0).count() as u64;
                self.subtract(&mut values, first, rounding)?;
                writer.write(&round(&values, first, self.kind, &mut report)?)?;
            }
            first += count;
        }
        report.content = content.and_then(Content::finish);
        Ok(report)
    }

    /// The base's values, each first rounded to the type of the new one: what training did not touch is then exactly zero.
    fn subtract(&self, values: &mut [f64], first: u64, rounding: &mut Rounding) -> Result<(), ConvertError> {
        let Some((base, entry)) = self.base else {
            return Ok(());
        };
        let bytes = read(base, entry, first, values.len() as u64)?;
        let old = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        for ((index, value), old) in (first..).zip(values).zip(old) {
            let (new, rounded) = (*value, nearest(self.dtype, old));
            if !rounded.is_finite() {
                return Err(self.wrong_base(index, old));
            }
            *value = new - rounded;
            if self.tensor.role == Role::Train {
                rounding.add(self.dtype, new, *value);
            }
        }
        Ok(())
    }

    fn wrong_base(&self, index: u64, value: f32) -> ConvertError {
        let name = self.tensor.name.clone();
        match value.is_finite() {
            true => ConvertError::BaseBeyond {
                name,
                index,
                value,
                dtype: self.dtype,
            },
            false => ConvertError::BaseNonFinite { name, index, value },
        }
    }
}

/// The largest magnitude among a tensor's values, which must all be f32s.
///
/// # Errors
/// `NonFinite`, `BeyondF32`, `Io`.
pub(crate) fn largest(source: &Source, name: &str, entry: &Entry) -> Result<f64, ConvertError> {
    let (elements, mut first, mut largest) = (entry.elements(), 0, 0f64);
    let Some(dtype) = entry.element.dtype() else {
        return Ok(0.0);
    };
    while first < elements {
        let count = STEP.min(elements - first);
        for (index, value) in (first..).zip(values(dtype, &read(source, entry, first, count)?)) {
            finite(value, name, index)?;
            largest = largest.max(value.abs());
        }
        first += count;
    }
    Ok(largest)
}

fn read(source: &Source, entry: &Entry, first: u64, count: u64) -> Result<Vec<u8>, ConvertError> {
    // Only types of whole bytes come here.
    let size = entry.element.bytes(1).unwrap_or(0);
    let mut bytes = vec![0; (count * size) as usize];
    source.read(entry, first * size, &mut bytes)?;
    Ok(bytes)
}

/// The nearest f32.
fn finite(value: f64, name: &str, index: u64) -> Result<f32, ConvertError> {
    let (rounded, name) = (value as f32, || name.to_string());
    match (rounded.is_finite(), value.is_finite()) {
        (true, _) => Ok(rounded),
        (false, true) => Err(ConvertError::BeyondF32 {
            name: name(),
            index,
            value,
        }),
        (false, false) => Err(ConvertError::NonFinite {
            name: name(),
            index,
            value,
        }),
    }
}

/// The values as f32, each rounded once, checked and counted.
fn round(values: &[f64], first: u64, kind: Kind, report: &mut TensorReport) -> Result<Vec<u8>, ConvertError> {
    let mut bytes = Vec::with_capacity(4 * values.len());
    for (index, &value) in (first..).zip(values) {
        let rounded = finite(value, &report.name, index)?;
        report.largest = report.largest.max(value.abs());
        let vanishes = match kind {
            Kind::Model => rounded == 0.0,
            Kind::Delta { .. } | Kind::State => grid(rounded, report.scale, || (report.name.clone(), index, value))?,
        };
        report.zeros += u64::from(vanishes);
        bytes.extend(rounded.to_le_bytes());
    }
    Ok(bytes)
}

/// Whether a delta is zero on the grid.
fn grid(delta: f32, scale: Scale, place: impl Fn() -> (String, u64, f64)) -> Result<bool, ConvertError> {
    quantize(delta.to_bits(), scale).map(|q| q == 0).map_err(|error| {
        let (name, index, value) = place();
        match error {
            QuantizeError::NonFinite => ConvertError::NonFinite { name, index, value },
            QuantizeError::OutOfRange | QuantizeError::Scale => ConvertError::OutOfRange {
                name,
                index,
                value,
                scale,
            },
        }
    })
}

//! The conversion itself, chunk by chunk.

use crate::{
    check::{check_model, check_update, read_header},
    element::{is_float, values},
    plan::{specs, Options},
    report::{Report, TensorReport},
    source::{Entry, CHUNK},
    ConvertError, Source,
};
use quorate_exact::{
    grid::{quantize, Scale},
    hash::Hasher,
    Dtype, Kind, ModelHeader, QuantizeError, Role, Tensor,
};
use std::{fs::File, io::Write, path::Path};

/// What is to be made.
#[derive(Clone, Debug)]
pub enum Job<'a> {
    /// A version, from weights.
    Model(Options),
    /// An update: the input's weights minus those of a canonical version.
    Difference { base: &'a Path },
    /// An update: the input's values are deltas to this canonical version.
    Delta { base: &'a Path },
}

/// Converts `input` and writes `output`; `progress` is called with the bytes written and the bytes there will be.
///
/// # Errors
/// [`ConvertError`]; `output` may then exist and is worth nothing.
pub fn convert(
    input: &Path,
    output: &Path,
    job: &Job<'_>,
    progress: &dyn Fn(u64, u64),
) -> Result<Report, ConvertError> {
    let source = Source::open(input)?;
    let (header, model, base) = match job {
        Job::Model(options) => {
            let header = ModelHeader::build(Kind::Model, specs(&source, options)?)?;
            (header.clone(), header, None)
        }
        Job::Difference { base } => {
            let model = read_header(base)?;
            (model.update_header(), model, Some(Source::open(base)?))
        }
        Job::Delta { base } => {
            let model = read_header(base)?;
            (model.update_header(), model, None)
        }
    };
    complete(&source, &header)?;
    let mut writer = Writer::create(output, header.file_len(), progress)?;
    writer.write(&header.encode())?;
    let mut tensors = Vec::new();
    for tensor in &header.tensors {
        tensors.push(write_tensor(&source, base.as_ref(), tensor, header.kind, &mut writer)?);
    }
    let root = writer.finish()?;
    match header.kind {
        Kind::Model => check_model(output, &model)?,
        // Optimisers' states are made by validators alone.
        Kind::Delta | Kind::State => check_update(output, &model)?,
    }
    Ok(Report {
        root,
        len: header.file_len(),
        header_len: header.header_len(),
        group_len: header.group_len(),
        header_hash: quorate_exact::root(&header.encode()),
        tensors,
        ignored: ignored(&source, &model),
        is_update: header.kind == Kind::Delta,
    })
}

/// A tensor of the input under its name or one of its aliases.
fn find<'a>(source: &'a Source, tensor: &Tensor) -> Option<&'a Entry> {
    std::iter::once(&tensor.name)
        .chain(&tensor.aliases)
        .find_map(|name| source.tensors.get(name))
}

fn complete(source: &Source, header: &ModelHeader) -> Result<(), ConvertError> {
    let mut names = Vec::new();
    for tensor in &header.tensors {
        match find(source, tensor) {
            None => names.push(tensor.name.clone()),
            Some(entry) if entry.shape != tensor.shape => {
                return Err(ConvertError::Shape {
                    name: tensor.name.clone(),
                    expected: tensor.shape.clone(),
                    got: entry.shape.clone(),
                })
            }
            Some(entry) if tensor.role != Role::Const && !is_float(entry.dtype) => {
                return Err(ConvertError::Dtype {
                    name: tensor.name.clone(),
                    dtype: entry.dtype,
                })
            }
            Some(_) => (),
        }
    }
    match names.is_empty() {
        true => Ok(()),
        false => Err(ConvertError::Missing {
            path: source.path().display().to_string(),
            names,
        }),
    }
}

/// Tensors of the input that the model does not have.
fn ignored(source: &Source, model: &ModelHeader) -> Vec<String> {
    let known = |name: &String| {
        model
            .tensors
            .iter()
            .any(|t| t.name == *name || t.aliases.contains(name))
    };
    source.tensors.keys().filter(|name| !known(name)).cloned().collect()
}

fn write_tensor(
    source: &Source,
    base: Option<&Source>,
    tensor: &Tensor,
    kind: Kind,
    writer: &mut Writer<'_>,
) -> Result<TensorReport, ConvertError> {
    let entry = find(source, tensor).ok_or_else(|| ConvertError::Unknown(tensor.name.clone()))?;
    let mut report = TensorReport {
        name: tensor.name.clone(),
        from: entry.dtype,
        role: tensor.role,
        scale: tensor.scale,
        elements: tensor.numel(),
        zeros: 0,
        largest: 0.0,
    };
    let base = base.and_then(|base| Some((base, base.tensors.get(&tensor.name)?)));
    let step = (CHUNK as u64 / 8).max(1);
    let mut first = 0;
    while first < report.elements {
        let count = step.min(report.elements - first);
        let bytes = read(source, entry, first, count)?;
        if tensor.role == Role::Const {
            writer.write(&bytes)?;
        } else {
            let mut values = values(entry.dtype, &bytes);
            if let Some((base, entry)) = base {
                let old = crate::element::values(Dtype::F32, &read(base, entry, first, count)?);
                values.iter_mut().zip(old).for_each(|(new, old)| *new -= old);
            }
            writer.write(&round(&values, first, kind, &mut report)?)?;
        }
        first += count;
    }
    Ok(report)
}

fn read(source: &Source, entry: &Entry, first: u64, count: u64) -> Result<Vec<u8>, ConvertError> {
    let size = entry.dtype.size();
    let mut bytes = vec![0; (count * size) as usize];
    source.read(entry, first * size, &mut bytes)?;
    Ok(bytes)
}

/// The values as f32, each rounded once, checked and counted.
fn round(values: &[f64], first: u64, kind: Kind, report: &mut TensorReport) -> Result<Vec<u8>, ConvertError> {
    let mut bytes = Vec::with_capacity(4 * values.len());
    for (index, &value) in (first..).zip(values) {
        let rounded = value as f32;
        if !rounded.is_finite() {
            return Err(ConvertError::NonFinite {
                name: report.name.clone(),
                index,
                value,
            });
        }
        report.largest = report.largest.max(value.abs());
        let vanishes = match kind {
            Kind::Model => rounded == 0.0,
            Kind::Delta | Kind::State => grid(rounded, report.scale, || (report.name.clone(), index, value))?,
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

/// The result: written and hashed in one go.
struct Writer<'a> {
    file: std::io::BufWriter<File>,
    path: &'a Path,
    hasher: Hasher,
    done: u64,
    total: u64,
    progress: &'a dyn Fn(u64, u64),
}

impl<'a> Writer<'a> {
    fn create(path: &'a Path, total: u64, progress: &'a dyn Fn(u64, u64)) -> Result<Self, ConvertError> {
        let file = std::io::BufWriter::new(File::create(path).map_err(ConvertError::io(path))?);
        Ok(Self {
            file,
            path,
            hasher: Hasher::new(),
            done: 0,
            total,
            progress,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ConvertError> {
        self.hasher.update(bytes);
        self.file.write_all(bytes).map_err(ConvertError::io(self.path))?;
        self.done += bytes.len() as u64;
        (self.progress)(self.done, self.total);
        Ok(())
    }

    fn finish(mut self) -> Result<quorate_exact::Root, ConvertError> {
        self.file.flush().map_err(ConvertError::io(self.path))?;
        self.file.get_ref().sync_all().map_err(ConvertError::io(self.path))?;
        Ok(*self.hasher.finalize().as_bytes())
    }
}

//! The tensors that a program reads of a version and its frozen base.

use super::{read, unfit, Stop};
use crate::{version_header, BlobFile, Control, EngineError, Input};
use quorate_exact::{Dtype, ModelHeader};
use quorate_infer::{TensorBytes, Tensors};
use quorate_program::{Program, Type};
use std::collections::HashMap;

/// What becomes of a tensor's bytes once they are read.
pub(crate) type Change<'a> = dyn FnMut(&quorate_exact::Tensor, &mut [u8]) -> Result<(), EngineError> + 'a;

/// The files that have a model's tensors.
#[derive(Clone, Copy)]
pub(crate) struct Files<'a> {
    /// A version, and which of the computation's it is.
    pub version: (&'a BlobFile, Input),
    pub frozen_base: Option<&'a BlobFile>,
}

/// A file of tensors, and its header.
struct Source<'a> {
    blob: &'a BlobFile,
    input: Input,
    header: ModelHeader,
}

/// Which tensors, and how many bytes they have.
pub(super) struct Weights<'a> {
    /// The version, and the frozen base if there is one.
    sources: Vec<Source<'a>>,
    /// By the name that the program has for it: which source, and which of its tensors.
    tensors: Vec<(String, usize, usize)>,
    pub bytes: u64,
    /// Bytes of the largest one.
    pub largest: u64,
}

/// Tensors in memory.
pub(super) struct Loaded(HashMap<String, Tensor>);

struct Tensor {
    element: Type,
    shape: Vec<u64>,
    bytes: Vec<u8>,
}

impl<'a> Source<'a> {
    fn new(blob: &'a BlobFile, input: Input) -> Result<Self, EngineError> {
        let header = version_header(blob, input)?;
        Ok(Self { blob, input, header })
    }

    /// Places of tensors by their names and aliases.
    fn names(&self) -> HashMap<&str, usize> {
        let mut places = HashMap::new();
        for (at, tensor) in self.header.tensors.iter().enumerate() {
            let names = std::iter::once(&tensor.name).chain(&tensor.aliases);
            places.extend(names.map(|name| (name.as_str(), at)));
        }
        places
    }
}

impl<'a> Weights<'a> {
    /// # Errors
    /// Where neither file has a tensor that the program reads, or both have it.
    pub fn of(program: &Program, files: Files<'a>) -> Result<Self, Stop> {
        let (version, input) = files.version;
        let mut sources = vec![Source::new(version, input)?];
        if let Some(base) = files.frozen_base {
            sources.push(Source::new(base, Input::FrozenBase)?);
        }
        let places: Vec<HashMap<&str, usize>> = sources.iter().map(Source::names).collect();
        let (mut tensors, mut bytes, mut largest) = (Vec::new(), 0u64, 0u64);
        for wanted in &program.graph().tensors {
            let in_sources = sources.iter().zip(&places).enumerate();
            let mut found = in_sources.filter_map(|(number, (source, places))| {
                let at = *places.get(wanted.name.as_str())?;
                Some((number, at, source.header.tensors.get(at)?))
            });
            let Some((number, at, tensor)) = found.next() else {
                let has = match sources.len() {
                    1 => "the version has no",
                    _ => "neither the version nor its frozen base has a",
                };
                return Err(unfit(&format_args!("{has} tensor {:?}", wanted.name)));
            };
            if found.next().is_some() {
                return Err(unfit(&format_args!(
                    "the version and its frozen base both have a tensor {:?}",
                    wanted.name
                )));
            }
            if element(tensor.dtype) != Some(wanted.element) || tensor.shape != wanted.shape {
                let whose = match number {
                    0 => "version",
                    _ => "frozen base",
                };
                return Err(unfit(&format_args!(
                    "the {whose}'s tensor {:?} is {} {:?}; the program reads {} {:?}",
                    wanted.name,
                    tensor.dtype.name(),
                    tensor.shape,
                    wanted.element,
                    wanted.shape
                )));
            }
            let own = tensor.end.saturating_sub(tensor.begin);
            (bytes, largest) = (bytes.saturating_add(own), largest.max(own));
            tensors.push((wanted.name.clone(), number, at));
        }
        Ok(Self {
            sources,
            tensors,
            bytes,
            largest,
        })
    }

    /// Reads them, verified, and has those of the version changed.
    pub fn read(self, control: &Control<'_>, change: &mut Change<'_>) -> Result<Loaded, EngineError> {
        let mut loaded = HashMap::new();
        for (name, number, at) in self.tensors {
            let Some(source) = self.sources.get(number) else {
                continue;
            };
            let tensor = source.header.tensors.get(at);
            let Some((tensor, element)) = tensor.and_then(|own| Some((own, element(own.dtype)?))) else {
                continue;
            };
            let start = source.header.header_len() + tensor.begin;
            let len = tensor.end.saturating_sub(tensor.begin);
            let mut bytes = read(source.blob, source.input, start, len, control)?;
            if source.input != Input::FrozenBase {
                change(tensor, &mut bytes)?;
            }
            let shape = tensor.shape.clone();
            loaded.insert(name, Tensor { element, shape, bytes });
        }
        Ok(Loaded(loaded))
    }
}

impl Tensors for Loaded {
    fn tensor(&self, name: &str) -> Option<TensorBytes<'_>> {
        self.0.get(name).map(|tensor| TensorBytes {
            shape: &tensor.shape,
            element: Ok(tensor.element),
            bytes: &tensor.bytes,
        })
    }
}

/// The element type of programs that a version's is, if there is one.
fn element(dtype: Dtype) -> Option<Type> {
    match dtype {
        Dtype::F32 => Some(Type::F32),
        Dtype::I64 => Some(Type::I64),
        Dtype::I32 => Some(Type::I32),
        Dtype::I8 => Some(Type::I8),
        Dtype::U8 => Some(Type::U8),
        Dtype::Bool => Some(Type::Bool),
        _ => None,
    }
}

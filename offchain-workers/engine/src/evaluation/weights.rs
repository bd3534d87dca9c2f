//! The tensors that a program reads of a version and its frozen base.

use super::{read, unfit, Stop};
use crate::{version_header, BlobFile, Control, EngineError, Input};
use quorate_exact::{Dtype, ModelHeader};
use quorate_infer::{TensorBytes, Tensors};
use quorate_program::{Program, Type};
use std::{borrow::Cow, cell::OnceCell, collections::HashMap};

/// What becomes of a tensor's bytes once they are read.
pub(crate) type Change<'a> = dyn FnMut(&quorate_exact::Tensor, &mut [u8]) -> Result<(), EngineError> + 'a;

/// The files that have a model's tensors.
#[derive(Clone, Copy)]
pub(crate) struct Files<'a> {
    /// A version, and which of the computation's it is.
    pub version: (&'a BlobFile, Input),
    pub frozen_base: Option<&'a FrozenBase<'a>>,
}

/// A model's frozen base. Its header is read once; its tensors for each version, or once for all of them.
pub(crate) struct FrozenBase<'a> {
    blob: &'a BlobFile,
    header: ModelHeader,
    /// What a program reads of it, where it is kept for the next version.
    kept: Option<OnceCell<HashMap<String, Tensor>>>,
}

impl<'a> FrozenBase<'a> {
    /// For one version.
    ///
    /// # Errors
    /// Those of reading its header.
    pub fn new(blob: &'a BlobFile) -> Result<Self, EngineError> {
        Ok(Self {
            blob,
            header: version_header(blob, Input::FrozenBase)?,
            kept: None,
        })
    }

    /// For several versions and one program: what that reads is read once, and stays in memory as long as this.
    ///
    /// # Errors
    /// Those of reading its header.
    pub fn kept(blob: &'a BlobFile) -> Result<Self, EngineError> {
        Ok(Self {
            kept: Some(OnceCell::new()),
            ..Self::new(blob)?
        })
    }

    /// Bytes of what is kept now.
    pub fn bytes(&self) -> u64 {
        let kept = self.kept.as_ref().and_then(OnceCell::get).into_iter();
        kept.flat_map(HashMap::values)
            .map(|tensor| tensor.bytes.len() as u64)
            .sum()
    }
}

/// A file of tensors, and its header.
struct Source<'a> {
    blob: &'a BlobFile,
    input: Input,
    header: Cow<'a, ModelHeader>,
}

/// Which tensors, and how many bytes they have.
pub(super) struct Weights<'a> {
    /// The version, and the frozen base if there is one.
    sources: Vec<Source<'a>>,
    frozen_base: Option<&'a FrozenBase<'a>>,
    /// By the name that the program has for it: which source, and which of its tensors.
    tensors: Vec<(String, usize, usize)>,
    pub bytes: u64,
    /// Bytes of the largest one.
    pub largest: u64,
}

/// Tensors in memory: those of this version, and those that are kept of its frozen base.
pub(super) struct Loaded<'a> {
    own: HashMap<String, Tensor>,
    kept: Option<&'a HashMap<String, Tensor>>,
}

struct Tensor {
    element: Type,
    shape: Vec<u64>,
    bytes: Vec<u8>,
}

impl<'a> Source<'a> {
    fn version((blob, input): (&'a BlobFile, Input)) -> Result<Self, EngineError> {
        let header = Cow::Owned(version_header(blob, input)?);
        Ok(Self { blob, input, header })
    }

    fn frozen_base(base: &'a FrozenBase<'a>) -> Self {
        Self {
            blob: base.blob,
            input: Input::FrozenBase,
            header: Cow::Borrowed(&base.header),
        }
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
        let mut sources = vec![Source::version(files.version)?];
        sources.extend(files.frozen_base.map(Source::frozen_base));
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
            frozen_base: files.frozen_base,
            tensors,
            bytes,
            largest,
        })
    }

    /// Reads them, verified, and has those of the version changed. What is kept of the frozen base is read the first time alone.
    pub fn read(self, control: &Control<'_>, change: &mut Change<'_>) -> Result<Loaded<'a>, EngineError> {
        let kept = self.frozen_base.and_then(|base| base.kept.as_ref());
        let is_known = kept.is_some_and(|kept| kept.get().is_some());
        let (mut own, mut of_base) = (HashMap::new(), HashMap::new());
        for (name, number, at) in self.tensors {
            let Some(source) = self.sources.get(number) else {
                continue;
            };
            let tensor = source.header.tensors.get(at);
            let Some((tensor, element)) = tensor.and_then(|own| Some((own, element(own.dtype)?))) else {
                continue;
            };
            let is_frozen = source.input == Input::FrozenBase;
            if is_frozen && is_known {
                continue;
            }
            let start = source.header.header_len() + tensor.begin;
            let len = tensor.end.saturating_sub(tensor.begin);
            let mut bytes = read(source.blob, source.input, start, len, control)?;
            if !is_frozen {
                change(tensor, &mut bytes)?;
            }
            let shape = tensor.shape.clone();
            let read = Tensor { element, shape, bytes };
            match is_frozen && kept.is_some() {
                true => of_base.insert(name, read),
                false => own.insert(name, read),
            };
        }
        let kept = kept.map(|kept| kept.get_or_init(|| of_base));
        Ok(Loaded { own, kept })
    }
}

impl Tensors for Loaded<'_> {
    fn tensor(&self, name: &str) -> Option<TensorBytes<'_>> {
        let kept = || self.kept.and_then(|kept| kept.get(name));
        self.own.get(name).or_else(kept).map(|tensor| TensorBytes {
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

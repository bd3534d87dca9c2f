//! A version's tensors that a program reads.

use super::{read, unfit, Stop};
use crate::{BlobFile, Control, EngineError, Input};
use quorate_exact::{Dtype, ModelHeader};
use quorate_infer::{TensorBytes, Tensors};
use quorate_program::{Program, Type};
use std::collections::HashMap;

/// What becomes of a tensor's bytes once they are read.
pub(crate) type Change<'a> = dyn FnMut(&quorate_exact::Tensor, &mut [u8]) -> Result<(), EngineError> + 'a;

/// Which tensors, and how many bytes they have.
pub(super) struct Weights {
    /// By the name that the program has for it: the header's.
    tensors: Vec<(String, usize)>,
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

impl Weights {
    /// # Errors
    /// Where the version has no such tensor.
    pub fn of(program: &Program, header: &ModelHeader) -> Result<Self, Stop> {
        let names = |tensor: &quorate_exact::Tensor| {
            let all = std::iter::once(&tensor.name).chain(&tensor.aliases);
            all.cloned().collect::<Vec<String>>()
        };
        let mut places = HashMap::new();
        for (at, tensor) in header.tensors.iter().enumerate() {
            places.extend(names(tensor).into_iter().map(|name| (name, at)));
        }
        let (mut tensors, mut bytes, mut largest) = (Vec::new(), 0u64, 0u64);
        for wanted in &program.graph().tensors {
            let found = places
                .get(&wanted.name)
                .and_then(|&at| Some((at, header.tensors.get(at)?)));
            let Some((at, tensor)) = found else {
                return Err(unfit(&format_args!("the version has no tensor {:?}", wanted.name)));
            };
            if element(tensor.dtype) != Some(wanted.element) || tensor.shape != wanted.shape {
                return Err(unfit(&format_args!(
                    "the version's tensor {:?} is {} {:?}; the program reads {} {:?}",
                    wanted.name,
                    tensor.dtype.name(),
                    tensor.shape,
                    wanted.element,
                    wanted.shape
                )));
            }
            let own = tensor.end.saturating_sub(tensor.begin);
            (bytes, largest) = (bytes.saturating_add(own), largest.max(own));
            tensors.push((wanted.name.clone(), at));
        }
        Ok(Self {
            tensors,
            bytes,
            largest,
        })
    }

    /// Reads them, verified, and has them changed.
    pub fn read(
        self,
        (blob, input): (&BlobFile, Input),
        header: &ModelHeader,
        control: &Control<'_>,
        change: &mut Change<'_>,
    ) -> Result<Loaded, EngineError> {
        let mut loaded = HashMap::new();
        for (name, at) in self.tensors {
            let Some((tensor, element)) = header.tensors.get(at).and_then(|own| Some((own, element(own.dtype)?)))
            else {
                continue;
            };
            let start = header.header_len() + tensor.begin;
            let mut bytes = read(blob, input, start, tensor.end.saturating_sub(tensor.begin), control)?;
            change(tensor, &mut bytes)?;
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

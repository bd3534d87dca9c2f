//! Where a model's tensors come from.

use std::collections::HashMap;

use quorate_exact::{file::header::header_len, Dtype, ModelHeader};
use quorate_program::Type;

use crate::error::ModelError;

/// A tensor as it lies in memory.
#[derive(Clone, Copy, Debug)]
pub struct TensorBytes<'a> {
    /// Its shape.
    pub shape: &'a [u64],
    /// Its elements, or what they are if programs have no such type.
    pub element: Result<Type, &'static str>,
    /// Little-endian, row-major.
    pub bytes: &'a [u8],
}

/// The tensors of a model, by name.
pub trait Tensors {
    /// The tensor of this name, if there is one.
    fn tensor(&self, name: &str) -> Option<TensorBytes<'_>>;
}

/// A canonical file of a model (sections 2 and 3 of `exactness.md`), perhaps mapped into memory.
#[derive(Debug)]
pub struct ModelFile<'a> {
    header: ModelHeader,
    /// Numbers of tensors by their names and aliases.
    names: HashMap<String, usize>,
    data: &'a [u8],
}

impl<'a> ModelFile<'a> {
    /// Reads the header. That the data are the model's is for whoever knows its root to check.
    ///
    /// # Errors
    /// `File`.
    pub fn new(file: &'a [u8]) -> Result<Self, ModelError> {
        let wrong = |error: &dyn std::fmt::Display| ModelError::File(error.to_string());
        let prefix = file
            .first_chunk()
            .ok_or_else(|| wrong(&"shorter than its header's length"))?;
        let len = header_len(prefix).map_err(|error| wrong(&error))?;
        let (head, data) = usize::try_from(len)
            .ok()
            .and_then(|len| file.split_at_checked(len))
            .ok_or_else(|| wrong(&"shorter than its header"))?;
        let header = ModelHeader::decode(head).map_err(|error| wrong(&error))?;
        match header.data_len() == data.len() as u64 {
            true => Ok(Self {
                names: names(&header),
                header,
                data,
            }),
            false => Err(wrong(&format_args!(
                "{} bytes of tensors; the header says {}",
                data.len(),
                header.data_len()
            ))),
        }
    }
}

impl Tensors for ModelFile<'_> {
    fn tensor(&self, name: &str) -> Option<TensorBytes<'_>> {
        let tensor = self.header.tensors.get(*self.names.get(name)?)?;
        let bytes = self
            .data
            .get(usize::try_from(tensor.begin).ok()?..usize::try_from(tensor.end).ok()?)?;
        Some(TensorBytes {
            shape: &tensor.shape,
            element: element(tensor.dtype),
            bytes,
        })
    }
}

fn names(header: &ModelHeader) -> HashMap<String, usize> {
    let of = |(number, tensor): (usize, &quorate_exact::Tensor)| {
        let names = core::iter::once(&tensor.name).chain(&tensor.aliases).cloned();
        names.map(|name| (name, number)).collect::<Vec<_>>()
    };
    header.tensors.iter().enumerate().flat_map(of).collect()
}

fn element(dtype: Dtype) -> Result<Type, &'static str> {
    match dtype {
        Dtype::F32 => Ok(Type::F32),
        Dtype::I64 => Ok(Type::I64),
        Dtype::I32 => Ok(Type::I32),
        Dtype::I8 => Ok(Type::I8),
        Dtype::U8 => Ok(Type::U8),
        Dtype::Bool => Ok(Type::Bool),
        other => Err(other.name()),
    }
}

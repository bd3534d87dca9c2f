//! Which tensors of a model are which initializers: by name, else by bytes, direct or transposed.

use std::collections::{BTreeMap, HashMap};

use quorate_convert::{file_of, read_header, source::Entry, Source};
use quorate_exact::Root;
use quorate_program::{Constant, ModelTensor, Program, Type, Value};

use crate::error::CompileError;

/// An open file with a model's tensors.
#[derive(Debug)]
pub struct Weights {
    source: Source,
    /// Further names of tensors in a canonical file, and those that they stand under there.
    aliases: BTreeMap<String, String>,
    /// Tensors of one length in bytes; their roots once they were needed.
    by_len: HashMap<u64, Vec<(String, Option<Root>)>>,
}

/// How an initializer is found in a model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Match {
    /// A tensor of this name has its shape.
    Name(ModelTensor),
    /// A tensor has its bytes and its shape.
    Bytes(ModelTensor),
    /// A tensor is it with its two axes changed.
    Transposed(ModelTensor),
    /// Several tensors have its bytes: which one is meant is not known.
    Ambiguous(Vec<String>),
    /// Nothing.
    None,
}

impl Weights {
    /// Of any safetensors file, canonical or not.
    pub fn new(mut source: Source) -> Self {
        // Only a canonical file of a version has further names, and small files among its tensors.
        let header = source.kind.as_ref().and_then(|_| read_header(source.path()).ok());
        let tensors = || header.iter().flat_map(|header| &header.tensors);
        for file in tensors().filter(|tensor| file_of(tensor).is_some()) {
            source.tensors.remove(&file.name);
        }
        let mut by_len: HashMap<u64, Vec<(String, Option<Root>)>> = HashMap::new();
        for (name, entry) in &source.tensors {
            by_len.entry(entry.len).or_default().push((name.clone(), None));
        }
        let aliases =
            tensors().flat_map(|tensor| tensor.aliases.iter().map(|alias| (alias.clone(), tensor.name.clone())));
        Self {
            aliases: aliases.collect(),
            source,
            by_len,
        }
    }

    /// All names of tensors, the further ones of tied weights too.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.source.tensors.keys().chain(self.aliases.keys())
    }

    /// The tensor of this name, and the name that it stands under.
    pub fn entry(&self, name: &str) -> Option<(&str, &Entry)> {
        let first = self.aliases.get(name).map_or(name, String::as_str);
        let (name, entry) = self.source.tensors.get_key_value(first)?;
        Some((name, entry))
    }

    /// The tensors by name.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// A tensor as programs declare it.
    pub fn tensor(&self, name: &str) -> Option<ModelTensor> {
        let (name, entry) = self.entry(name)?;
        Some(ModelTensor {
            name: name.into(),
            shape: entry.shape.clone(),
            element: element(entry)?,
        })
    }

    /// A program's tensors, in their order.
    ///
    /// # Errors
    /// `Tensor`, `Model`.
    pub fn values(&self, program: &Program) -> Result<Vec<Value>, CompileError> {
        let value = |(tensor, wanted): (Constant, &ModelTensor)| {
            let shape: Vec<usize> = tensor.shape.iter().map(|&size| size as usize).collect();
            Value::from_bytes(tensor.element, &shape, &tensor.bytes).map_err(|fault| CompileError::Tensor {
                name: wanted.name.clone(),
                reason: fault.to_string(),
            })
        };
        self.read(program)?
            .into_iter()
            .zip(&program.graph().tensors)
            .map(value)
            .collect()
    }

    /// The bytes of a program's tensors, in their order.
    ///
    /// # Errors
    /// `Tensor` if the model lacks one or has another type or shape; `Model`.
    pub fn read(&self, program: &Program) -> Result<Vec<Constant>, CompileError> {
        let tensor = |wanted: &ModelTensor| {
            let wrong = |reason: String| CompileError::Tensor {
                name: wanted.name.clone(),
                reason,
            };
            let Some((_, entry)) = self.entry(&wanted.name) else {
                return Err(wrong("the model does not have it".into()));
            };
            if element(entry) != Some(wanted.element) || entry.shape != wanted.shape {
                let (own, shape) = (entry.element.name(), &entry.shape);
                return Err(wrong(format!(
                    "{own} {shape:?}; the program has {} {:?}",
                    wanted.element, wanted.shape
                )));
            }
            let mut bytes = vec![0; entry.len as usize];
            self.source.read(entry, 0, &mut bytes)?;
            Ok(Constant {
                shape: wanted.shape.clone(),
                element: wanted.element,
                bytes,
            })
        };
        program.graph().tensors.iter().map(tensor).collect()
    }

    /// Finds an initializer.
    ///
    /// # Errors
    /// `Model` if the file cannot be read.
    pub fn find(&mut self, name: &str, initializer: &Constant) -> Result<Match, CompileError> {
        let named = self.tensor(name);
        if let Some(tensor) = named.filter(|t| t.element == initializer.element && t.shape == initializer.shape) {
            return Ok(Match::Name(tensor));
        }
        let direct = self.with_bytes(initializer, &initializer.shape, &initializer.bytes)?;
        if !direct.is_empty() {
            return Ok(one(direct, Match::Bytes));
        }
        let [rows, columns] = initializer.shape[..] else {
            return Ok(Match::None);
        };
        let turned = transposed(
            &initializer.bytes,
            [rows as usize, columns as usize],
            initializer.element.bytes(),
        );
        let found = self.with_bytes(initializer, &[columns, rows], &turned)?;
        Ok(if found.is_empty() {
            Match::None
        } else {
            one(found, Match::Transposed)
        })
    }

    fn with_bytes(
        &mut self,
        initializer: &Constant,
        shape: &[u64],
        bytes: &[u8],
    ) -> Result<Vec<ModelTensor>, CompileError> {
        let Some(names) = self.by_len.get_mut(&(bytes.len() as u64)) else {
            return Ok(Vec::new());
        };
        let wanted = quorate_exact::root(bytes);
        let mut found = Vec::new();
        for (name, root) in names {
            let Some(entry) = self.source.tensors.get(name.as_str()) else {
                continue;
            };
            if element(entry) != Some(initializer.element) || entry.shape != shape {
                continue;
            }
            let own = match root {
                Some(root) => *root,
                None => {
                    let mut buffer = vec![0; entry.len as usize];
                    self.source.read(entry, 0, &mut buffer)?;
                    *root.insert(quorate_exact::root(&buffer))
                }
            };
            if own == wanted {
                found.push(ModelTensor {
                    name: name.clone(),
                    shape: entry.shape.clone(),
                    element: initializer.element,
                });
            }
        }
        Ok(found)
    }
}

fn one(mut found: Vec<ModelTensor>, of: impl Fn(ModelTensor) -> Match) -> Match {
    match (found.len(), found.pop()) {
        (1, Some(only)) => of(only),
        (_, last) => Match::Ambiguous(found.into_iter().chain(last).map(|tensor| tensor.name).collect()),
    }
}

/// The element type of programs.
pub fn element(entry: &Entry) -> Option<Type> {
    Some(match entry.element.name() {
        "F32" => Type::F32,
        "I64" => Type::I64,
        "I32" => Type::I32,
        "I8" => Type::I8,
        "U8" => Type::U8,
        "BOOL" => Type::Bool,
        _ => return None,
    })
}

fn transposed(bytes: &[u8], [rows, columns]: [usize; 2], width: usize) -> Vec<u8> {
    let mut turned = Vec::with_capacity(bytes.len());
    for column in 0..columns {
        for row in 0..rows {
            let at = (row * columns + column) * width;
            turned.extend_from_slice(bytes.get(at..at + width).unwrap_or(&[]));
        }
    }
    turned
}

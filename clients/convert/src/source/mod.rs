//! Reading any safetensors file, an index of shards or a folder with them, without holding their data; and tensors in memory.

mod element;
mod folder;
mod foreign;
mod holder;
mod index;
mod layout;

pub use element::ElementType;
pub use holder::{Bytes, Memory};
pub use index::Index;
pub use layout::{Layout, Place};

use crate::{
    beside::{self, Beside},
    names,
    strip::Strip,
    ConvertError,
};
use holder::Holder;
use quorate_exact::Dtype;
use std::{
    collections::BTreeMap,
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Bytes of a file that are read, or of the result that are made, at once.
pub(crate) const CHUNK: usize = 1 << 20;
/// Longest header, or index, that is read: the format's own limit.
const MAX_HEADER: u64 = 100_000_000;

/// One tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub element: ElementType,
    pub shape: Vec<u64>,
    /// Which of the holders.
    holder: usize,
    /// First byte of the data in it.
    begin: u64,
    pub len: u64,
}

impl Entry {
    /// Number of elements.
    pub fn elements(&self) -> u64 {
        self.shape.iter().product()
    }
}

/// A tensor in memory.
#[derive(Clone)]
pub struct Held {
    pub name: String,
    pub element: ElementType,
    /// Its shape, row-major.
    pub shape: Vec<u64>,
    /// Its elements, little-endian, without gaps.
    pub bytes: Bytes,
}

/// An open file, the open shards of an index, or tensors in memory.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    holders: Vec<Holder>,
    /// The tensors by name.
    pub tensors: BTreeMap<String, Entry>,
    /// The kind that a file of Quorate says it is of.
    pub kind: Option<String>,
    /// Tensors of shards that the index does not name.
    pub unlisted: Vec<String>,
    /// Small files that a folder has beside the tensors.
    pub(crate) beside: Vec<Beside>,
}

enum Content {
    Tensors { data: u64, layout: Layout },
    Index(Vec<u8>),
}

impl Source {
    /// Opens a safetensors file, an index and its shards, or a folder with either and the small files beside it.
    ///
    /// # Errors
    /// `Io`, `NotSafetensors`, `Beside`.
    pub fn open(path: &Path) -> Result<Self, ConvertError> {
        if !path.is_dir() {
            return Self::open_file(path);
        }
        let mut source = Self::open_file(&folder::tensors_in(path)?)?;
        source.beside = beside::in_folder(path)?;
        Ok(source)
    }

    /// The same without the small files beside them.
    ///
    /// # Errors
    /// `Io`, `NotSafetensors`.
    pub(crate) fn open_tensors(path: &Path) -> Result<Self, ConvertError> {
        match path.is_dir() {
            true => Self::open_file(&folder::tensors_in(path)?),
            false => Self::open_file(path),
        }
    }

    /// Tensors in memory; `called` stands in messages where the path of a file would.
    ///
    /// # Errors
    /// `Held`, of a tensor whose bytes are not those of its type and shape, or whose name is there twice.
    pub fn held(called: &str, tensors: impl IntoIterator<Item = Held>) -> Result<Self, ConvertError> {
        let mut source = Self::empty(Path::new(called));
        for tensor in tensors {
            source.hold(tensor)?;
        }
        Ok(source)
    }

    fn empty(path: &Path) -> Self {
        Self {
            path: path.into(),
            holders: Vec::new(),
            tensors: BTreeMap::new(),
            kind: None,
            unlisted: Vec::new(),
            beside: Vec::new(),
        }
    }

    fn open_file(path: &Path) -> Result<Self, ConvertError> {
        let mut source = Self::empty(path);
        let (file, content) = read(path)?;
        source.holders.push(Holder::File(path.into(), file));
        match content {
            Content::Tensors { data, layout } => source.add(data, layout, |_| true),
            Content::Index(text) => source.open_shards(&text)?,
        }
        Ok(source)
    }

    fn hold(&mut self, tensor: Held) -> Result<(), ConvertError> {
        let len = tensor.bytes.size();
        let elements = tensor.shape.iter().try_fold(1u64, |all, one| all.checked_mul(*one));
        let expected = elements.and_then(|elements| tensor.element.bytes(elements));
        let reason = match () {
            () if self.tensors.contains_key(&tensor.name) => "is there twice".into(),
            () if expected != Some(len) => format!(
                "of type {} and shape {:?} cannot have {len} bytes",
                tensor.element.name(),
                tensor.shape
            ),
            () => {
                let entry = Entry {
                    element: tensor.element,
                    shape: tensor.shape,
                    holder: self.holders.len(),
                    begin: 0,
                    len,
                };
                self.holders.push(Holder::Memory(tensor.name.clone(), tensor.bytes));
                self.tensors.insert(tensor.name, entry);
                return Ok(());
            }
        };
        Err(ConvertError::Held {
            name: tensor.name,
            reason,
        })
    }

    /// The small files as tensors like the others.
    ///
    /// # Errors
    /// `Held`, where a tensor has such a name already.
    pub(crate) fn hold_beside(&mut self) -> Result<(), ConvertError> {
        for file in std::mem::take(&mut self.beside) {
            self.hold(Held {
                name: file.tensor(),
                element: Dtype::U8.into(),
                shape: vec![file.bytes.len() as u64],
                bytes: Arc::new(file.bytes),
            })?;
        }
        Ok(())
    }

    fn open_shards(&mut self, text: &[u8]) -> Result<(), ConvertError> {
        let wrong = |reason| not_safetensors(&self.path, reason);
        let index = Index::parse(text).map_err(wrong)?.0;
        let mut shards: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, file) in &index {
            shards.entry(file).or_default().push(name);
        }
        for (shard, names) in shards {
            let path = self.path.with_file_name(shard);
            let (file, content) = read(&path)?;
            let Content::Tensors { data, layout } = content else {
                return Err(not_safetensors(
                    &path,
                    "an index names it as a shard, but it is JSON".into(),
                ));
            };
            let missing: Vec<&str> = names
                .into_iter()
                .filter(|name| !layout.tensors.contains_key(*name))
                .collect();
            if !missing.is_empty() {
                let reason = format!(
                    "the index says that it holds {}, but it does not",
                    names::list(&missing)
                );
                return Err(not_safetensors(&path, reason));
            }
            self.holders.push(Holder::File(path, file));
            self.add(data, layout, |name| index.get(name).is_some_and(|file| file == shard));
        }
        Ok(())
    }

    /// The tensors of the file that was opened last.
    fn add(&mut self, data: u64, layout: Layout, wanted: impl Fn(&str) -> bool) {
        let holder = self.holders.len() - 1;
        for (name, place) in layout.tensors {
            if !wanted(&name) {
                self.unlisted.push(name);
                continue;
            }
            let entry = Entry {
                element: place.element,
                shape: place.shape,
                holder,
                begin: data + place.begin,
                len: place.end - place.begin,
            };
            self.tensors.insert(name, entry);
        }
        self.kind = self.kind.take().or(layout.kind);
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The files that are open.
    pub fn files(&self) -> impl Iterator<Item = (&Path, &File)> {
        self.holders.iter().filter_map(Holder::file)
    }

    /// Leave these parts out of all names. Whether one was found in a name, for each.
    ///
    /// # Errors
    /// `SameName`.
    pub(crate) fn strip(&mut self, strips: &[Strip]) -> Result<Vec<bool>, ConvertError> {
        let mut found = vec![false; strips.len()];
        let mut before: BTreeMap<String, String> = BTreeMap::new();
        for (name, entry) in std::mem::take(&mut self.tensors) {
            let short = Strip::all(strips, &name, &mut found);
            if let Some(first) = before.insert(short.clone(), name.clone()) {
                return Err(ConvertError::SameName {
                    first,
                    second: name,
                    both: short,
                });
            }
            self.tensors.insert(short, entry);
        }
        Ok(found)
    }

    /// Fill `buffer` with a tensor's bytes from `offset` on.
    ///
    /// # Errors
    /// `Io`.
    pub fn read(&self, entry: &Entry, offset: u64, buffer: &mut [u8]) -> Result<(), ConvertError> {
        let holder = self.holders.get(entry.holder);
        let holder = holder.ok_or_else(|| ConvertError::Unknown(self.path.display().to_string()))?;
        holder.read(entry.begin + offset, buffer)
    }
}

fn not_safetensors(path: &Path, reason: String) -> ConvertError {
    ConvertError::NotSafetensors {
        path: path.display().to_string(),
        reason,
    }
}

/// Opens a file and reads what comes before its data.
fn read(path: &Path) -> Result<(File, Content), ConvertError> {
    let (file, size) = open(path)?;
    let mut head = vec![0; (size as usize).min(foreign::HEAD)];
    file.read_exact_at(&mut head, 0).map_err(ConvertError::io(path))?;
    let wrong = |reason: String| {
        let foreign = foreign::name(&head).map(String::from);
        not_safetensors(path, foreign.unwrap_or(reason))
    };
    let Some(prefix) = head.first_chunk() else {
        return Err(wrong("it has less than 8 bytes".into()));
    };
    let len = u64::from_le_bytes(*prefix);
    let is_header = len <= MAX_HEADER && len <= size - 8;
    if !is_header && foreign::is_json(&head) && size <= MAX_HEADER {
        return Ok((
            file.try_clone().map_err(ConvertError::io(path))?,
            Content::Index(bytes(&file, path, 0, size)?),
        ));
    }
    if !is_header {
        let reason = "its first 8 bytes would be the length of a header, but give";
        return Err(wrong(match len > MAX_HEADER {
            true => format!("{reason} {len}; at most {MAX_HEADER} are allowed"),
            false => format!("{reason} {len}, and only {} follow", size - 8),
        }));
    }
    let text = bytes(&file, path, 8, len)?;
    let layout = Layout::parse(&text, size - 8 - len).map_err(wrong)?;
    Ok((file, Content::Tensors { data: 8 + len, layout }))
}

fn bytes(file: &File, path: &Path, at: u64, len: u64) -> Result<Vec<u8>, ConvertError> {
    let mut bytes = vec![0; len as usize];
    file.read_exact_at(&mut bytes, at).map_err(ConvertError::io(path))?;
    Ok(bytes)
}

/// A regular file and its size. What it is is asked before it is opened: opening a pipe would wait for its writer.
fn open(path: &Path) -> Result<(File, u64), ConvertError> {
    let found = std::fs::metadata(path).map_err(ConvertError::io(path))?;
    if found.is_dir() {
        return Err(not_safetensors(path, "it is a folder".into()));
    }
    if !found.is_file() {
        return Err(not_safetensors(path, "it is no regular file".into()));
    }
    let file = File::open(path).map_err(ConvertError::io(path))?;
    let size = file.metadata().map_err(ConvertError::io(path))?.len();
    Ok((file, size))
}

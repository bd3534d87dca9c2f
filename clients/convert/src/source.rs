//! Reading any safetensors file, without holding its data.

use crate::ConvertError;
use quorate_exact::Dtype;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// Bytes of a file that are read, or of the result that are made, at once.
pub(crate) const CHUNK: usize = 1 << 20;
/// Longest header that is read: the format's own limit.
const MAX_HEADER: u64 = 100_000_000;

/// One tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub dtype: Dtype,
    pub shape: Vec<u64>,
    /// First byte of the data in the file.
    pub begin: u64,
    pub len: u64,
}

/// An open file.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    file: File,
    pub tensors: BTreeMap<String, Entry>,
}

impl Source {
    /// # Errors
    /// `Io`, `NotSafetensors`.
    pub fn open(path: &Path) -> Result<Self, ConvertError> {
        let file = File::open(path).map_err(ConvertError::io(path))?;
        let size = file.metadata().map_err(ConvertError::io(path))?.len();
        let wrong = |reason: String| ConvertError::NotSafetensors {
            path: path.display().to_string(),
            reason,
        };
        let mut prefix = [0; 8];
        file.read_exact_at(&mut prefix, 0)
            .map_err(|_| wrong("it has less than 8 bytes".into()))?;
        let len = u64::from_le_bytes(prefix);
        if len > MAX_HEADER || len > size.saturating_sub(8) {
            return Err(wrong(format!("it gives its header a length of {len} bytes")));
        }
        let mut text = vec![0; len as usize];
        file.read_exact_at(&mut text, 8).map_err(ConvertError::io(path))?;
        let header: Value = serde_json::from_slice(&text).map_err(|error| wrong(format!("its header: {error}")))?;
        let header = header
            .as_object()
            .ok_or_else(|| wrong("its header is no object".into()))?;
        let mut tensors = BTreeMap::new();
        for (name, value) in header.iter().filter(|(name, _)| *name != "__metadata__") {
            let entry = entry(value, 8 + len).ok_or_else(|| wrong(format!("its header is wrong at {name:?}")))?;
            if entry.begin.checked_add(entry.len).is_none_or(|end| end > size) {
                return Err(wrong(format!("the data of {name:?} lies beyond its end")));
            }
            tensors.insert(name.clone(), entry);
        }
        Ok(Self {
            path: path.into(),
            file,
            tensors,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Fill `buffer` with a tensor's bytes from `offset` on.
    ///
    /// # Errors
    /// `Io`.
    pub fn read(&self, entry: &Entry, offset: u64, buffer: &mut [u8]) -> Result<(), ConvertError> {
        self.file
            .read_exact_at(buffer, entry.begin + offset)
            .map_err(ConvertError::io(&self.path))
    }
}

fn entry(value: &Value, data: u64) -> Option<Entry> {
    let name = value.get("dtype")?.as_str()?;
    let dtype = Dtype::ALL.into_iter().find(|dtype| dtype.name() == name)?;
    let shape = value
        .get("shape")?
        .as_array()?
        .iter()
        .map(Value::as_u64)
        .collect::<Option<Vec<u64>>>()?;
    let offsets = value.get("data_offsets")?.as_array()?;
    let (begin, end) = (offsets.first()?.as_u64()?, offsets.get(1)?.as_u64()?);
    let numel = shape
        .iter()
        .try_fold(1u64, |product, dimension| product.checked_mul(*dimension))?;
    let len = end.checked_sub(begin)?;
    (len == numel.checked_mul(dtype.size())?).then_some(Entry {
        dtype,
        shape,
        begin: data.checked_add(begin)?,
        len,
    })
}

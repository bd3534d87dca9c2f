//! Which tensor is written to which file, and what the files' headers and their index say.

use quorate_exact::{Dtype, Tensor};
use serde_json::{json, Map, Value};

/// A tensor under one of its names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    pub name: &'a str,
    /// The type that it is written in.
    pub dtype: Dtype,
    pub tensor: &'a Tensor,
}

impl Named<'_> {
    /// Bytes that it takes.
    pub fn len(&self) -> u64 {
        // At most twice what the version takes, whose length is below 2^53.
        self.tensor.numel().saturating_mul(self.dtype.size())
    }
}

/// One file.
#[derive(Debug)]
pub(super) struct Shard<'a> {
    pub file: String,
    /// In the order of their data: wide elements first, so that each lies at a multiple of its size.
    pub tensors: Vec<Named<'a>>,
}

/// The tensors in files of at most `longest` bytes of data each, filled one after the other by name.
pub(super) fn shards<'a>(stem: &str, mut tensors: Vec<Named<'a>>, longest: u64) -> Vec<Shard<'a>> {
    tensors.sort_by(|a, b| a.name.cmp(b.name));
    let mut parts: Vec<Vec<Named<'a>>> = Vec::new();
    let mut len = 0u64;
    for tensor in tensors {
        len = len.saturating_add(tensor.len());
        match parts.last_mut().filter(|_| len <= longest) {
            Some(part) => part.push(tensor),
            None => {
                len = tensor.len();
                parts.push(vec![tensor]);
            }
        }
    }
    let all = parts.len();
    let shard = |(at, mut tensors): (usize, Vec<Named<'a>>)| {
        tensors.sort_by(|a, b| (b.dtype.size(), a.name).cmp(&(a.dtype.size(), b.name)));
        let file = match all {
            1 => format!("{stem}.safetensors"),
            _ => format!("{stem}-{:05}-of-{all:05}.safetensors", at + 1),
        };
        Shard { file, tensors }
    };
    parts.into_iter().enumerate().map(shard).collect()
}

impl Shard<'_> {
    /// Bytes of its tensors.
    pub fn data_len(&self) -> u64 {
        self.tensors.iter().map(Named::len).sum()
    }

    /// Bytes of the file.
    pub fn file_len(&self) -> u64 {
        self.header().len() as u64 + self.data_len()
    }

    /// What stands before the data: the text's length, and the text with spaces up to a multiple of eight.
    pub fn header(&self) -> Vec<u8> {
        let mut entries = Map::new();
        // Without it Transformers 4 refuses the file.
        entries.insert("__metadata__".into(), json!({ "format": "pt" }));
        let mut at = 0;
        for tensor in &self.tensors {
            let end = at + tensor.len();
            let entry =
                json!({ "dtype": tensor.dtype.name(), "shape": tensor.tensor.shape, "data_offsets": [at, end] });
            entries.insert(tensor.name.into(), entry);
            at = end;
        }
        let mut text = Value::Object(entries).to_string().into_bytes();
        text.resize(text.len().next_multiple_of(8), b' ');
        [&(text.len() as u64).to_le_bytes()[..], &text].concat()
    }
}

/// The index of several files.
pub(super) fn index(shards: &[Shard<'_>]) -> Option<Vec<u8>> {
    if shards.len() < 2 {
        return None;
    }
    let total: u64 = shards.iter().map(Shard::data_len).sum();
    let files = shards.iter().flat_map(|shard| {
        let names = shard.tensors.iter().map(|tensor| tensor.name.to_string());
        names.map(|name| (name, Value::from(shard.file.as_str())))
    });
    let index = json!({ "metadata": { "total_size": total }, "weight_map": files.collect::<Map<_, _>>() });
    Some(format!("{index:#}\n").into_bytes())
}

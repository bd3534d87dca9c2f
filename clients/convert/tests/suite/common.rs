//! Small safetensors files.

use quorate_convert::{Against, Job};
use quorate_exact::Account;
use serde_json::json;
use std::path::{Path, PathBuf};

/// A tensor: name, element type, shape, bytes.
pub type Tensor<'a> = (&'a str, &'a str, &'a [u64], Vec<u8>);

/// Writes a safetensors file.
pub fn write(path: &Path, tensors: &[Tensor<'_>]) -> PathBuf {
    let mut header = serde_json::Map::new();
    let mut data: Vec<u8> = Vec::new();
    for (name, dtype, shape, bytes) in tensors {
        let begin = data.len();
        data.extend_from_slice(bytes);
        header.insert(
            name.to_string(),
            json!({ "dtype": dtype, "shape": shape, "data_offsets": [begin, data.len()] }),
        );
    }
    std::fs::write(path, file(&serde_json::to_vec(&header).unwrap(), &data)).unwrap();
    path.into()
}

/// A file with this header.
pub fn file(header: &[u8], data: &[u8]) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend(data);
    file
}

/// Whose updates these tests make.
pub const CONTRIBUTOR: Account = Account([0xc0; 32]);

/// An update from weights.
pub fn difference(base: &Path) -> Job<'_> {
    Job::Difference(Against {
        base,
        root: None,
        contributor: CONTRIBUTOR,
    })
}

/// An update from deltas.
pub fn delta(base: &Path) -> Job<'_> {
    Job::Delta(Against {
        base,
        root: None,
        contributor: CONTRIBUTOR,
    })
}

pub fn f32s(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

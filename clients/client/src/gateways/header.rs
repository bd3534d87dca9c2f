//! The header of a file of tensors: their names, shapes and types, without the tensors.

use super::Gateways;
use crate::{Error, Result};
use quorate_exact::{file::header::header_len, ModelHeader};
use quorate_primitives::views::BlobRef;

impl Gateways {
    /// The header of a canonical file, such as a version, verified as part of it. No more of the file is fetched.
    ///
    /// # Errors
    /// `Denied` where every gateway refuses whoever asks; `Network`; `Check` for a file whose header is none.
    pub async fn header(&self, file: &BlobRef) -> Result<ModelHeader> {
        let sources = self.sources()?;
        let fetched = self.http.beginning(&sources, file.root.0, file.len, is_enough);
        decode(&fetched.await?).map_err(|why| Error::Check(format!("the header of {:?}: {why}", file.root)))
    }
}

/// How many bytes the header has, as its first ones say.
fn len(bytes: &[u8]) -> Option<Result<usize, String>> {
    let len = header_len(bytes.first_chunk()?).map_err(|error| error.to_string());
    Some(len.and_then(|len| usize::try_from(len).map_err(|error| error.to_string())))
}

/// A header that is none is not waited for.
fn is_enough(bytes: &[u8]) -> bool {
    match len(bytes) {
        Some(Ok(len)) => bytes.len() >= len,
        Some(Err(_)) => true,
        None => false,
    }
}

fn decode(bytes: &[u8]) -> Result<ModelHeader, String> {
    let len = len(bytes).ok_or("it is too short")??;
    let header = bytes.get(..len).ok_or("it is longer than its file")?;
    ModelHeader::decode(header).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_exact::{Dtype, Kind, Role, TensorSpec};

    #[test]
    fn header_should_be_read_of_as_many_bytes_as_it_has() {
        let spec = TensorSpec {
            name: "w".into(),
            dtype: Dtype::F32,
            shape: vec![3],
            role: Role::Train,
            scale: 24,
            original_dtype: Dtype::F32,
            aliases: vec![],
        };
        let header = ModelHeader::build(Kind::Model, vec![spec]).unwrap();
        let file = [header.encode(), vec![0; 12]].concat();
        let whole = header.encode().len();
        for (count, enough) in [
            (0, false),
            (7, false),
            (8, false),
            (whole - 1, false),
            (whole, true),
            (file.len(), true),
        ] {
            let bytes = &file[..count];
            assert_eq!((is_enough(bytes), decode(bytes).is_ok()), (enough, enough), "{count}");
        }
        assert_eq!(decode(&file).unwrap(), header);
        // What says to be longer than any header.
        assert!(is_enough(&[0xFF; 8]) && decode(&[0xFF; 8]).is_err());
    }
}

//! What must hold for any bytes; the fuzz targets include this file.

use quorate_convert::source::{Index, Layout};
use quorate_exact::{Account, Kind, ModelHeader};
use safetensors::SafeTensors;
use std::path::{Component, Path};

/// A canonical header is read from exactly the bytes that it is written in, and so are those of its updates.
pub fn header(bytes: &[u8]) {
    let Ok(header) = ModelHeader::decode(bytes) else {
        return;
    };
    assert_eq!(header.encode(), bytes);
    if header.kind == Kind::Model {
        let update = header.update_header(&[7; 32], &Account([9; 32]));
        assert_eq!(update.header_len(), header.header_len());
        assert_eq!(ModelHeader::decode(&update.encode()), Ok(update));
    }
}

/// A safetensors header, after two bytes with the length of the data, is read as the reference loader reads it.
pub fn source(bytes: &[u8]) {
    let Some((len, text)) = bytes.split_first_chunk() else {
        return;
    };
    let len = u16::from_le_bytes(*len);
    let mut file = (text.len() as u64).to_le_bytes().to_vec();
    file.extend(text);
    file.resize(file.len() + usize::from(len), 0);
    let reference = SafeTensors::deserialize(&file);
    match Layout::parse(text, len.into()) {
        Ok(layout) => {
            let reference = reference.expect("only our reader reads it");
            assert_eq!(layout.tensors.len(), reference.len());
            for (name, place) in layout.tensors {
                let view = reference.tensor(&name).expect("the reference has it too");
                assert_eq!(view.data().len() as u64, place.end - place.begin);
            }
        }
        // The differences that are meant: see the crate's README.
        Err(reason)
            if ["is there twice", "expected an object with", "expected a string"]
                .iter()
                .any(|meant| reason.contains(meant)) => {}
        Err(reason) => assert!(reference.is_err(), "only the reference reads it: {reason}"),
    }
}

/// Shards lie in the index's folder or below it.
pub fn index(bytes: &[u8]) {
    let Ok(Index(files)) = Index::parse(bytes) else {
        return;
    };
    assert!(!files.is_empty());
    for file in files.values() {
        let mut parts = Path::new(file).components();
        assert!(!file.is_empty() && parts.all(|part| matches!(part, Component::Normal(_))));
    }
}

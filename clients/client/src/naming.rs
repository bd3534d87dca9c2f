//! Files as they are named on chain.

use crate::{Error, Result};
use quorate_hash_tree::{Name, NameReader};
use quorate_primitives::{availability::Named, possession::Holder, Hash};
use std::{fs::File, io};

/// The name of a file as its holder gives it on the chain with this genesis, and its length in bytes. The file is read once: root and
/// possession are those of the same bytes, also where somebody writes to it meanwhile.
///
/// # Errors
/// `Input` when the file cannot be read, or becomes shorter meanwhile.
pub fn name_of(file: &File, holder: &Holder, genesis: Hash) -> Result<(Named, u64)> {
    named(file, holder.key(genesis)).map_err(|error| Error::Input(format!("reading: {error}")))
}

fn named(file: &File, key: Hash) -> io::Result<(Named, u64)> {
    let reader = NameReader::new(file, &key.0)?;
    let len = reader.len();
    let Name { root, possession } = reader.finish()?;
    let named = Named {
        root: root.into(),
        possession: possession.into(),
    };
    Ok((named, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_should_be_that_of_the_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let (holder, genesis) = (Holder::Organisation(3), Hash::repeat_byte(1));
        for len in [0, 1, 100_000] {
            let bytes: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            let named = name_of(&File::open(&path).unwrap(), &holder, genesis).unwrap();
            assert_eq!(named, (holder.name(genesis, &bytes), len as u64));
        }
    }
}

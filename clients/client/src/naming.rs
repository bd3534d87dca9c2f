//! Files as they are named on chain.

use crate::{Error, Result};
use quorate_exact::hash::Hasher;
use quorate_hash_tree::Builder;
use quorate_primitives::{availability::Named, possession::Holder, Hash};
use std::{fs::File, io, os::unix::fs::FileExt};

/// Bytes that are read at a time.
const READ: usize = 1 << 20;

/// The name of a file as its holder gives it on the chain with this genesis, and its length in bytes. The file is read once: root and
/// possession are those of the same bytes, also where somebody writes to it meanwhile.
///
/// # Errors
/// `Input` when the file cannot be read, or becomes shorter meanwhile.
pub fn name_of(file: &File, holder: &Holder, genesis: Hash) -> Result<(Named, u64)> {
    named(file, holder.key(genesis)).map_err(|error| Error::Input(format!("reading: {error}")))
}

fn named(file: &File, key: Hash) -> io::Result<(Named, u64)> {
    let len = file.metadata()?.len();
    let (mut root, mut possession, mut buffer) = (Builder::new(len), Hasher::new_keyed(&key.0), vec![0; READ]);
    for at in (0..len).step_by(READ) {
        let bytes = &mut buffer[..(len - at).min(READ as u64) as usize];
        file.read_exact_at(bytes, at)?;
        root.push(bytes);
        possession.update(bytes);
    }
    let hashed = root.finish().ok_or(io::ErrorKind::UnexpectedEof)?;
    let named = Named {
        root: hashed.root.into(),
        possession: Hash::from(*possession.finalize().as_bytes()),
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
        for len in [0, 1, READ - 1, READ, 3 * READ + 5] {
            let bytes: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            let named = name_of(&File::open(&path).unwrap(), &holder, genesis).unwrap();
            assert_eq!(named, (holder.name(genesis, &bytes), len as u64));
        }
    }
}

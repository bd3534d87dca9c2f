//! Files as they are named on chain.

use crate::{root_of, Error, Result};
use quorate_exact::hash::Hasher;
use quorate_primitives::{availability::Named, possession::Holder, Hash};
use std::{fs::File, io, os::unix::fs::FileExt, thread};

/// Bytes that are read at a time.
const READ: usize = 1 << 20;

/// The name of a file as its holder gives it on the chain with this genesis, and its length in bytes.
///
/// # Errors
/// `Input` when the file cannot be read.
pub fn name_of(file: &File, holder: &Holder, genesis: Hash) -> Result<(Named, u64)> {
    let key = holder.key(genesis);
    let (root, possession) = thread::scope(|scope| {
        let root = scope.spawn(|| root_of(file));
        (root.join(), possession(file, key))
    });
    let (root, len) = root.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let possession = possession.map_err(|error| Error::Input(format!("reading: {error}")))?;
    Ok((Named { root, possession }, len))
}

fn possession(file: &File, key: Hash) -> io::Result<Hash> {
    let (mut hasher, mut buffer, mut at) = (Hasher::new_keyed(&key.0), vec![0; READ], 0);
    loop {
        match file.read_at(&mut buffer, at)? {
            0 => return Ok(Hash::from(*hasher.finalize().as_bytes())),
            count => {
                hasher.update(&buffer[..count]);
                at += count as u64;
            }
        }
    }
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

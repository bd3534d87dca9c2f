//! Hashing a file that is complete.

use crate::{groups, leaf, Hashed, Root, Tree, GROUP};
use std::{fs::File, io, num::NonZeroUsize, os::unix::fs::FileExt, thread};

/// Groups that are read at a time.
const READ: u64 = 16;

/// Root, length and outboard of everything in `file`, hashed on `threads` threads, or on all cores.
///
/// # Errors
/// Those of reading; `UnexpectedEof` if the file becomes shorter meanwhile.
pub fn of_file(file: &File, threads: Option<NonZeroUsize>) -> io::Result<Hashed> {
    let len = file.metadata()?.len();
    let count = groups(len);
    let threads = threads.or_else(|| thread::available_parallelism().ok());
    let threads = threads.map_or(1, NonZeroUsize::get) as u64;
    let share = count.div_ceil(threads).next_multiple_of(READ);
    let parts = thread::scope(|scope| {
        let starts = (0..count).step_by(share as usize);
        let parts: Vec<_> = starts
            .map(|start| scope.spawn(move || hash_groups(file, len, start..count.min(start + share))))
            .collect();
        parts
            .into_iter()
            .map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<io::Result<Vec<_>>>()
    })?;
    let (mut tree, mut outboard) = (Tree::new(count, true), Vec::new());
    for hash in parts.into_iter().flatten() {
        tree.push(hash, |left, right| {
            outboard.extend(left);
            outboard.extend(right);
        });
    }
    let root = tree.root().ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(Hashed { root, len, outboard })
}

fn hash_groups(file: &File, len: u64, range: std::ops::Range<u64>) -> io::Result<Vec<Root>> {
    let mut buffer = vec![0; READ as usize * GROUP];
    let mut hashes = Vec::with_capacity((range.end - range.start) as usize);
    for first in range.clone().step_by(READ as usize) {
        let start = first * GROUP as u64;
        let end = len.min(range.end.min(first + READ) * GROUP as u64);
        let bytes = &mut buffer[..(end - start) as usize];
        file.read_exact_at(bytes, start)?;
        if bytes.is_empty() {
            hashes.push(leaf(0, &[], true));
        }
        for (at, group) in bytes.chunks(GROUP).enumerate() {
            hashes.push(leaf(start + (at * GROUP) as u64, group, group.len() as u64 == len));
        }
    }
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Builder;

    #[test]
    fn any_number_of_threads_should_give_what_a_stream_gives() {
        let path = std::env::temp_dir().join(format!("quorate-hash-tree-{}", std::process::id()));
        for len in [0, 1, GROUP, GROUP + 1, 40 * GROUP + 5, 64 * GROUP] {
            let data: Vec<u8> = (0..len as u32)
                .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
                .collect();
            std::fs::write(&path, &data).expect("a temporary file");
            let file = File::open(&path).expect("it was written");
            let mut builder = Builder::new(len as u64);
            builder.push(&data);
            let expected = builder.finish();
            for threads in [1, 2, 3, 7] {
                assert_eq!(
                    of_file(&file, NonZeroUsize::new(threads)).ok(),
                    expected,
                    "{len}, {threads}"
                );
            }
        }
        std::fs::remove_file(path).expect("it was there");
    }
}

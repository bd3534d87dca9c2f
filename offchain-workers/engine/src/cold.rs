//! Files that are not in memory: once one is met, more threads read, so that the disk has enough to do while some of them compute.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    sync::atomic::{AtomicBool, Ordering},
};

/// Whether bytes had to come from the disk.
#[derive(Debug, Default)]
pub(crate) struct Cold(AtomicBool);

impl Cold {
    pub fn is_met(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Fills `into` from byte `offset` on, and notes if not all of it was in memory.
    pub fn read(&self, file: &File, into: &mut [u8], offset: u64) -> io::Result<()> {
        let got = if self.is_met() {
            0
        } else {
            self.read_held(file, into, offset)
        };
        file.read_exact_at(&mut into[got..], offset + got as u64)
    }

    /// What is in memory of it, from the start on.
    #[cfg(target_os = "linux")]
    fn read_held(&self, file: &File, into: &mut [u8], offset: u64) -> usize {
        use rustix::io::{preadv2, Errno, ReadWriteFlags};
        let len = into.len();
        match preadv2(file, &mut [io::IoSliceMut::new(into)], offset, ReadWriteFlags::NOWAIT) {
            Ok(got) if got == len => got,
            Ok(got) => {
                self.0.store(true, Ordering::Relaxed);
                got
            }
            Err(error) => {
                // Other errors: not on this file system, or one that reading again will meet.
                self.0.fetch_or(error == Errno::AGAIN, Ordering::Relaxed);
                0
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn read_held(&self, _: &File, _: &mut [u8], _: u64) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::Stripe;

    #[test]
    fn reading_should_give_the_bytes_whether_they_are_in_memory_or_not() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bytes: Vec<u8> = (0..100_000u32).map(|i| ((i * i) >> 9) as u8).collect();
        std::fs::write(file.path(), &bytes).unwrap();
        let file = File::open(file.path()).unwrap();
        for forget in [false, true] {
            if forget {
                file.sync_all().unwrap();
                rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
            }
            let cold = Cold::default();
            let whole = Stripe { start: 0, end: 100_000 };
            for block in whole.blocks(7_000) {
                let mut got = vec![0; block.len()];
                cold.read(&file, &mut got, block.start).unwrap();
                assert_eq!(got, bytes[block.start as usize..block.end as usize]);
            }
            let error = cold.read(&file, &mut [0; 2], 99_999).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}

//! Bringing a file to the disk while it is written: waiting for all of it at the end takes as long as writing it.

use std::{
    fs::File,
    io,
    sync::mpsc::{sync_channel, SyncSender},
    thread::{self, JoinHandle},
};

/// Bytes after which what was written is brought to the disk.
pub(crate) const EACH: u64 = 32 << 20;

/// A thread that brings a file to the disk.
pub(crate) struct Syncing {
    due: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

/// The last part of it.
pub(crate) struct Ending(JoinHandle<io::Result<()>>);

impl Syncing {
    pub fn start(file: File) -> io::Result<Self> {
        let (due, wanted) = sync_channel(1);
        let thread = thread::Builder::new().name("quorate-sync".into()).spawn(move || {
            while wanted.recv().is_ok() {
                file.sync_data()?;
            }
            file.sync_data()
        })?;
        Ok(Self { due, thread })
    }

    /// More was written.
    pub fn wake(&self) {
        // Where it is still busy it takes this along the next time, or at the end.
        let _ = self.due.try_send(());
    }

    /// All was written.
    pub fn end(self) -> Ending {
        Ending(self.thread)
    }
}

impl Ending {
    /// Waits until all is on the disk.
    ///
    /// # Errors
    /// Of the operating system, at any time since the start: the file itself may tell them no second time.
    pub fn wait(self) -> io::Result<()> {
        self.0.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, io::Write};

    #[test]
    fn file_should_be_whole_when_its_end_was_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut file = File::create_new(&path).unwrap();
        let syncing = Syncing::start(file.try_clone().unwrap()).unwrap();
        for _ in 0..100 {
            file.write_all(b"part").unwrap();
            syncing.wake();
        }
        syncing.end().wait().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"part".repeat(100));
    }

    #[test]
    fn error_should_be_told_at_the_end() {
        // A pipe cannot be brought to a disk.
        let (_reader, writer) = io::pipe().unwrap();
        let syncing = Syncing::start(File::from(std::os::fd::OwnedFd::from(writer))).unwrap();
        syncing.wake();
        assert!(syncing.end().wait().is_err());
    }
}

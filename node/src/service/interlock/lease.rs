//! A note, beside the sealed outcomes, of which installation signed last and how far the chain was then. A copy of the folder, a restored
//! backup and another machine do not match it.

use quorate_gadget::disk;
use quorate_primitives::{BlockNumber, Hash};
use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

/// Name of the file, in the folder of attestation.
pub const FILE: &str = "signer";
/// What it says instead once another node was seen to use the keys: whoever reads it knows of no installation that may go on.
const TWIN: &str = "quorate/signer/twin\n";
/// So many blocks a database may be behind the note after a loss of power.
const SLACK: BlockNumber = 64;

/// What the note says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub genesis: Hash,
    /// Machine and folder.
    pub installation: String,
    pub best: BlockNumber,
    pub finalized: BlockNumber,
}

/// What this installation is called: the machine's id, and the folder's number on its file system, which a copy does not keep.
///
/// # Errors
/// The folder cannot be looked at.
pub fn installation(folder: &Path) -> io::Result<String> {
    let machine = fs::read_to_string("/etc/machine-id").unwrap_or_default();
    let machine = match machine.trim() {
        "" => "unknown",
        known => known,
    };
    Ok(format!("{machine}:{}", fs::metadata(folder)?.ino()))
}

impl Lease {
    /// # Errors
    /// Of the operating system.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        disk::write(&*disk::real(), &folder.join(FILE), self.text().as_bytes())
    }

    /// `None`: there is none, or it is none.
    pub fn read(folder: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(folder.join(FILE)).ok()?)
    }

    /// Takes this installation's right to go on away, for every start to come.
    ///
    /// # Errors
    /// Of the operating system.
    pub fn void(folder: &Path) -> io::Result<()> {
        disk::write(&*disk::real(), &folder.join(FILE), TWIN.as_bytes())
    }

    /// Whether there is no note at all: not a damaged or a void one either, and no folder that cannot be read.
    pub fn is_absent(folder: &Path) -> bool {
        matches!(fs::symlink_metadata(folder.join(FILE)), Err(error) if error.kind() == io::ErrorKind::NotFound)
    }

    fn text(&self) -> String {
        let Self {
            genesis,
            installation,
            best,
            finalized,
        } = self;
        format!("quorate/signer/1\n{genesis:?}\n{installation}\n{best}\n{finalized}\n")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != "quorate/signer/1" {
            return None;
        }
        let lease = Self {
            genesis: lines.next()?.parse().ok()?,
            installation: lines.next()?.to_owned(),
            best: lines.next()?.parse().ok()?,
            finalized: lines.next()?.parse().ok()?,
        };
        (lease.text() == text).then_some(lease)
    }

    /// Why the node that is described by `now` may not be the one that signed last; `None` if it is.
    pub fn differs(&self, now: &Self) -> Option<&'static str> {
        if self.genesis != now.genesis {
            Some("the keys were used for another chain last")
        } else if self.installation != now.installation {
            Some("the keys were used by another machine or another folder last")
        } else if self.best > now.best.saturating_add(SLACK) || self.finalized > now.finalized.saturating_add(SLACK) {
            Some("the database is older than what was signed last: was a backup restored, or the chain removed?")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease() -> Lease {
        Lease {
            genesis: Hash::repeat_byte(1),
            installation: "machine:7".to_owned(),
            best: 1_000,
            finalized: 998,
        }
    }

    #[test]
    fn note_should_be_read_as_it_was_written_and_not_when_it_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Lease::read(folder.path()), None);
        lease().write(folder.path()).unwrap();
        assert_eq!(Lease::read(folder.path()), Some(lease()));
        let whole = lease().text();
        for end in 0..whole.len() {
            assert_eq!(Lease::parse(&whole[..end]), None, "{end}");
        }
    }

    #[test]
    fn note_should_be_void_once_another_node_was_seen() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Lease::is_absent(folder.path()));
        lease().write(folder.path()).unwrap();
        Lease::void(folder.path()).unwrap();
        assert_eq!(Lease::read(folder.path()), None, "the next start does not go on");
        assert!(!Lease::is_absent(folder.path()), "nor is it a first one");
    }

    #[test]
    fn same_installation_should_go_on_and_every_other_be_noticed() {
        let now = lease();
        assert_eq!(lease().differs(&now), None);
        let later = Lease {
            best: 5_000,
            finalized: 4_990,
            ..lease()
        };
        assert_eq!(lease().differs(&later), None, "time went on");
        for other in [
            Lease {
                genesis: Hash::zero(),
                ..lease()
            },
            Lease {
                installation: "machine:8".to_owned(),
                ..lease()
            },
            Lease { best: 900, ..lease() },
            Lease {
                finalized: 0,
                ..lease()
            },
        ] {
            assert!(lease().differs(&other).is_some(), "{other:?}");
        }
        let lost = Lease { best: 990, ..lease() };
        assert_eq!(lease().differs(&lost), None, "a loss of power costs some blocks");
    }

    #[test]
    fn copy_of_a_folder_should_be_another_installation() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        fs::create_dir(&one).unwrap();
        fs::create_dir(&two).unwrap();
        assert_eq!(installation(&one).unwrap(), installation(&one).unwrap());
        assert_ne!(installation(&one).unwrap(), installation(&two).unwrap());
    }
}

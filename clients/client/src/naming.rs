//! Files as they are named on chain.

use crate::{Error, Result};
use quorate_exact::{file::header::header_len, Account, Kind, ModelHeader};
use quorate_hash_tree::{Name, NameReader};
use quorate_primitives::{
    availability::Named, possession, AccountId, Hash, ModelId, OrganisationId, Root, VersionIndex,
};
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// The name of a version as an organisation gives it on the chain with this genesis, and its length in bytes. The file is read once: root and
/// possession are those of the same bytes, also where somebody writes to it meanwhile.
///
/// # Errors
/// `Input` when the file cannot be read, or becomes shorter meanwhile.
pub fn name_of(file: &File, organisation: OrganisationId, genesis: Hash) -> Result<(Named, u64)> {
    named(file, possession::key(genesis, organisation)).map_err(|error| Error::Input(format!("reading: {error}")))
}

fn named(file: &File, key: Hash) -> io::Result<(Named, u64)> {
    let reader = NameReader::new(file, Some(&key.0))?;
    let len = reader.len();
    let Name { root, possession } = reader.finish()?;
    let named = Named {
        root: root.into(),
        possession: possession.unwrap_or_default().into(),
    };
    Ok((named, len))
}

/// What an update's file names: the root of the version that it was made against, and the account that it is of.
///
/// # Errors
/// `Input` when the file cannot be read, or is no canonical update.
pub fn named_in(path: &Path) -> Result<(Root, Account)> {
    let refused = |reason: String| {
        let path = path.display();
        Error::Input(format!(
            "{path} is no update: {reason}; make one with `quorate convert --base --contributor`"
        ))
    };
    let mut file = File::open(path).map_err(Error::io(path))?;
    let mut bytes = vec![0; 8];
    file.read_exact(&mut bytes)
        .map_err(|error| refused(error.to_string()))?;
    let prefix = bytes.first_chunk().copied().unwrap_or_default();
    let len = header_len(&prefix).map_err(|error| refused(error.to_string()))?;
    let read = file.take(len - 8).read_to_end(&mut bytes);
    read.map_err(Error::io(path))?;
    match ModelHeader::decode(&bytes)
        .map_err(|error| refused(error.to_string()))?
        .kind
    {
        Kind::Delta { base, contributor } => Ok((base.into(), contributor)),
        kind @ (Kind::Model | Kind::State) => Err(refused(format!("it is of kind {}", kind.name()))),
    }
}

/// That an update is of the account that is about to bring it: validators find any other one's malformed, and its bond is taken.
///
/// # Errors
/// `Input` naming both accounts.
pub fn check_contributor(path: &Path, named: Account, account: &AccountId) -> Result<()> {
    let named = AccountId::new(named.0);
    match named == *account {
        true => Ok(()),
        false => Err(Error::Input(format!(
            "{} is an update of {named}, and {account} would bring it: sign with the key of {named}, or convert again with \
             --contributor {account}",
            path.display()
        ))),
    }
}

/// That an update was made against the version that a round stands on: validators find any other one malformed, and its bond is taken. `base` is that
/// version, and its root.
///
/// # Errors
/// `Check` naming both roots.
pub fn check_base(path: &Path, named: Root, base: (ModelId, VersionIndex, Root)) -> Result<()> {
    let (model, version, root) = base;
    match named == root {
        true => Ok(()),
        false => Err(Error::Check(format!(
            "{} was made against a version with the root {named:?}, and the round stands on {model}@{version} with the root {root:?}, as after a fork: \
             make an update from that version, or withdraw what was committed while the round still collects (`quorate update withdraw`)",
            path.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_exact::{Dtype, Role, TensorSpec};

    #[test]
    fn name_should_be_that_of_the_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let (organisation, genesis) = (3, Hash::repeat_byte(1));
        for len in [0, 1, 100_000] {
            let bytes: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            let named = name_of(&File::open(&path).unwrap(), organisation, genesis).unwrap();
            assert_eq!(named, (Named::new(genesis, organisation, &bytes), len as u64));
        }
    }

    #[test]
    fn update_should_be_of_the_account_that_brings_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("update");
        let spec = TensorSpec {
            name: "w".into(),
            dtype: Dtype::F32,
            shape: vec![1],
            role: Role::Train,
            scale: 24,
            original_dtype: Dtype::F32,
            aliases: vec![],
        };
        let model = ModelHeader::build(Kind::Model, vec![spec]).unwrap();
        let [own, other] = [[1; 32], [2; 32]].map(AccountId::new);
        std::fs::write(&path, model.update_header(&[7; 32], &Account([1; 32])).encode()).unwrap();
        let (base, named) = named_in(&path).unwrap();
        check_base(&path, base, (3, 4, Root::repeat_byte(7))).unwrap();
        let error = check_base(&path, base, (3, 4, Root::repeat_byte(8)))
            .unwrap_err()
            .to_string();
        for said in ["0x0707", "0x0808", "stands on 3@4"] {
            assert!(error.contains(said), "{error}");
        }
        check_contributor(&path, named, &own).unwrap();
        let error = check_contributor(&path, named, &other).unwrap_err().to_string();
        for said in [own.to_string(), other.to_string(), format!("--contributor {other}")] {
            assert!(error.contains(&said), "{error}");
        }
        for wrong in [model.encode(), model.encode()[..900].to_vec(), vec![0xff; 20], vec![1]] {
            std::fs::write(&path, wrong).unwrap();
            let error = named_in(&path).unwrap_err().to_string();
            assert!(error.contains("is no update"), "{error}");
        }
        assert!(named_in(&folder.path().join("none")).is_err());
    }
}

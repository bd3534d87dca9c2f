//! The updates that earlier calls made for a round. A fork may open the round on another version than the one that an update was made against, and the
//! first fork may return: each stays, with its number of samples, until the round is over.

use crate::{
    place::{read_weight, update_in, weight_in, write_weight},
    Result,
};
use quorate_client::{
    naming::{check_base, named_in},
    Error,
};
use quorate_primitives::{views::RoundView, Root};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What an earlier call made for a round.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The number of samples of the update, where there is one to the version that the round stands on: it is in its place then.
    pub weight: Option<u32>,
    /// What was moved, in words.
    pub notes: Vec<String>,
}

/// The update of a round in `folder` that was made against the version that the round stands on, whose root is `base`. One to another version is kept
/// beside, and found again when the round stands on that one.
///
/// # Errors
/// `Client` with a check where an update is `committed` to and the one that is there is to another version: nothing else can be made for it.
pub fn kept_for(folder: &Path, round: &RoundView, base: Root, committed: bool) -> Result<Kept> {
    let (file, earlier) = (update_in(folder), beside(folder, base));
    let (there, mut notes) = (made_against(&file)?, Vec::new());
    if there != Some(base) {
        let returns = made_against(&earlier.0)? == Some(base);
        let version = format!("{}@{}", round.model, round.base);
        if let Some(named) = there {
            if committed && !returns {
                check_base(&file, named, (round.model, round.base, base))?;
            }
            let aside = beside(folder, named);
            take((&file, &weight_in(folder)), (&aside.0, &aside.1))?;
            notes.push(format!(
                "the update that was made for round {} is to another version (root {named:?}) than {version}, as after a fork: it is kept as {}",
                round.id,
                aside.0.display()
            ));
        }
        if !returns {
            return Ok(Kept { weight: None, notes });
        }
        take((&earlier.0, &earlier.1), (&file, &weight_in(folder)))?;
        notes.push(format!(
            "round {} stands on {version} again, and the update that was made for it before is there",
            round.id
        ));
    }
    let weight = read_weight(&weight_in(folder))?;
    Ok(Kept { weight, notes })
}

/// The root of the version that an update was made against; `None` where there is no file.
fn made_against(file: &Path) -> Result<Option<Root>> {
    match file.exists() {
        true => Ok(Some(named_in(file)?.0)),
        false => Ok(None),
    }
}

/// Where an update to another version is kept, and its number of samples.
fn beside(folder: &Path, base: Root) -> (PathBuf, PathBuf) {
    let base = hex::encode(base.0);
    let weight = folder.join(format!("weight-to-{base}"));
    (folder.join(format!("update-to-{base}.safetensors")), weight)
}

/// Move an update with its number of samples. The number first: an update that is there is there with its number.
fn take((file, weight): (&Path, &Path), (to, weight_to): (&Path, &Path)) -> Result<()> {
    match read_weight(weight)? {
        Some(number) => write_weight(weight_to, number)?,
        None => remove(weight_to)?,
    }
    fs::rename(file, to).map_err(Error::io(file))?;
    remove(weight)
}

fn remove(path: &Path) -> Result<()> {
    Ok(quorate_output::remove(path).map_err(Error::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_client::fixtures::collecting;
    use quorate_convert::{convert, Against, Job, Options};

    /// A safetensors file of two numbers.
    fn write_weights(path: &Path, values: [f32; 2]) {
        let header = r#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        fs::write(path, bytes).unwrap();
    }

    /// The root of a version with these numbers, which becomes a file of this name.
    fn version(folder: &Path, name: &str, values: [f32; 2]) -> Root {
        let (weights, file) = (folder.join("weights"), folder.join(name));
        write_weights(&weights, values);
        convert(&weights, &file, &Job::Model(Options::default()), &|_, _| ()).unwrap();
        quorate_convert::root_of(&file).unwrap().into()
    }

    /// Makes the round's update, to the version of this name; its bytes.
    fn make(folder: &Path, base: &str, samples: u32) -> Vec<u8> {
        let (weights, base) = (folder.join("weights"), folder.join(base));
        write_weights(&weights, [1.5, 1.0]);
        let job = Job::Difference(Against {
            base: &base,
            root: None,
            contributor: quorate_exact::Account([1; 32]),
        });
        write_weight(&weight_in(folder), samples).unwrap();
        convert(&weights, &update_in(folder), &job, &|_, _| ()).unwrap();
        fs::read(update_in(folder)).unwrap()
    }

    /// A folder with an update to `base` of 5 samples, and the roots of `base` and `other`.
    fn made() -> (tempfile::TempDir, Root, Root) {
        let folder = tempfile::tempdir().unwrap();
        let base = version(folder.path(), "base", [1.0, 2.0]);
        let other = version(folder.path(), "other", [3.0, 4.0]);
        make(folder.path(), "base", 5);
        (folder, base, other)
    }

    #[test]
    fn update_to_another_base_should_be_kept_beside_and_made_anew() {
        let (folder, base, other) = made();
        let (folder, round) = (folder.path(), collecting(7, (0, 3)));
        let bytes = fs::read(update_in(folder)).unwrap();
        for committed in [false, true] {
            let kept = kept_for(folder, &round, base, committed).unwrap();
            assert_eq!((kept.weight, kept.notes.len()), (Some(5), 0));
        }
        let kept = kept_for(folder, &round, other, false).unwrap();
        assert_eq!(kept.weight, None);
        let [note] = &kept.notes[..] else {
            panic!("{:?}", kept.notes)
        };
        assert!(note.contains("round 7") && note.contains("than 0@3"), "{note}");
        let (beside, _) = beside(folder, base);
        assert!(
            !update_in(folder).exists() && note.contains(beside.to_str().unwrap()),
            "{note}"
        );
        assert_eq!(fs::read(beside).unwrap(), bytes);
        let nothing = kept_for(folder, &round, other, false).unwrap();
        assert_eq!(nothing, Kept::default(), "there is none");
    }

    #[test]
    fn update_that_was_kept_beside_should_be_found_again_when_its_fork_returns() {
        let (folder, base, other) = made();
        let (folder, round) = (folder.path(), collecting(7, (0, 3)));
        let first = fs::read(update_in(folder)).unwrap();
        kept_for(folder, &round, other, false).unwrap();
        // The first fork returns before another update is made, and after.
        let kept = kept_for(folder, &round, base, false).unwrap();
        assert_eq!((kept.weight, kept.notes.len()), (Some(5), 1));
        assert_eq!(fs::read(update_in(folder)).unwrap(), first);
        kept_for(folder, &round, other, false).unwrap();
        let second = make(folder, "other", 9);
        assert_ne!(first, second);
        // What was committed to is on chain again with its fork.
        for (root, committed, weight, bytes) in [
            (base, true, 5, &first),
            (other, false, 9, &second),
            (base, false, 5, &first),
        ] {
            let kept = kept_for(folder, &round, root, committed).unwrap();
            assert_eq!((kept.weight, kept.notes.len()), (Some(weight), 2));
            assert_eq!(fs::read(update_in(folder)).unwrap(), *bytes);
        }
    }

    #[test]
    fn committed_update_to_another_base_should_be_refused_and_stay() {
        let (folder, _, other) = made();
        let refused = kept_for(folder.path(), &collecting(7, (0, 3)), other, true).unwrap_err();
        assert_eq!(refused.code(), 1);
        let text = refused.to_string();
        assert!(
            text.contains("stands on 0@3") && text.contains("update withdraw"),
            "{text}"
        );
        assert!(update_in(folder.path()).exists());
    }
}

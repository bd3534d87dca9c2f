//! Whose the updates are: each file names its contributor, and the record has one for each.

use crate::report::{Checks, Unchecked};
use quorate_engine::WeightedFile;
use quorate_exact::{Account, ModelHeader, UpdateHeader};
use quorate_primitives::{AccountId, Root};
use std::os::unix::fs::FileExt;

/// Whether the updates to the version with the root `base` name the contributors that the record has for them, in the same order.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn check(
    checks: &mut Checks,
    (model, base): (&ModelHeader, Root),
    (recorded, files): (&[AccountId], &[WeightedFile]),
) -> Result<(), Unchecked> {
    let header = UpdateHeader::new(model, &base.0, &Account::default());
    let (mut bytes, mut wrong) = (vec![0; header.bytes().len()], Vec::new());
    for (contributor, update) in recorded.iter().zip(files) {
        let read = update.file.read_exact_at(&mut bytes, 0);
        read.map_err(|error| Unchecked(format!("the update of {contributor}: {error}")))?;
        match header.contributor_in(&bytes).map(|named| AccountId::new(named.0)) {
            Some(named) if named == *contributor => (),
            Some(named) => wrong.push(format!("the update of {contributor} names {named}")),
            None => wrong.push(format!("the update of {contributor} is none to this base")),
        }
    }
    let found = match wrong.is_empty() {
        true => format!("{} updates name them", files.len()),
        false => wrong.join("; "),
    };
    checks.add("contributors", wrong.is_empty() && recorded.len() == files.len(), found);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Found;
    use quorate_engine::selftest::{contributor, sample, write};
    use quorate_exact::{root, Pipeline, Rule};

    #[test]
    fn each_update_should_name_the_contributor_of_the_record() {
        let pipeline = Pipeline::from(Rule::Median);
        let files = sample(&pipeline, 3, 3, false);
        let folder = tempfile::tempdir().unwrap();
        let input = write(folder.path(), pipeline, &files).unwrap();
        let base = Root::from(root(&files.base));
        let found = |recorded: &[AccountId], base| {
            let mut checks = Checks::default();
            check(&mut checks, (&files.header, base), (recorded, &input.inputs)).unwrap();
            checks.0.remove(0)
        };
        let own: Vec<_> = (0..3).map(|number| AccountId::new(contributor(number).0)).collect();
        assert_eq!(found(&own, base).found, Found::Equal);
        let mut others = own.clone();
        others.swap(0, 1);
        let wrong = found(&others, base);
        assert_ne!(wrong.found, Found::Equal);
        for account in &own[..2] {
            assert!(wrong.detail.contains(&format!("names {account}")), "{}", wrong.detail);
        }
        assert!(!wrong.detail.contains(&own[2].to_string()), "{}", wrong.detail);
        assert_ne!(found(&own, Root::zero()).found, Found::Equal);
        assert_ne!(found(&own[..2], base).found, Found::Equal);
        std::fs::write(folder.path().join("update-0"), b"short").unwrap();
        let mut checks = Checks::default();
        assert!(check(&mut checks, (&files.header, base), (&own, &input.inputs)).is_err());
    }
}

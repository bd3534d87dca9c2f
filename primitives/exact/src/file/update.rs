//! The header of updates to one version, in which two names have their places: base and contributor.

use alloc::vec::Vec;
use core::ops::Range;

use super::{header::ModelHeader, tensor::Account};
use crate::hash::Root;

/// Digits of a name.
const DIGITS: usize = 64;

/// The header of a contributor's update to a version, and where it names both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UpdateHeader {
    bytes: Vec<u8>,
    base: Range<usize>,
    contributor: Range<usize>,
}

impl UpdateHeader {
    /// Of an account's update to the version with the root `base` of the model with this header: see
    /// [`ModelHeader::update_header`].
    pub fn new(model: &ModelHeader, base: &Root, contributor: &Account) -> Self {
        let bytes = model.update_header(base, contributor).encode();
        // Every digit of these is another.
        let other_base = model.update_header(&base.map(|byte| !byte), contributor);
        let other_contributor = model.update_header(base, &Account(contributor.0.map(|byte| !byte)));
        Self {
            base: digits(&bytes, &other_base),
            contributor: digits(&bytes, &other_contributor),
            bytes,
        }
    }

    /// The first bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the digits of the base are.
    pub(crate) fn base(&self) -> &Range<usize> {
        &self.base
    }

    /// Where the digits of the contributor are.
    pub(crate) fn contributor(&self) -> &Range<usize> {
        &self.contributor
    }

    /// Whose update `header` is of: that of an update to the same version, whoever its contributor is. None of any other header.
    pub fn contributor_in(&self, header: &[u8]) -> Option<Account> {
        let (before, named, after) = self.split(header)?;
        let (our_before, _, our_after) = self.split(&self.bytes)?;
        if before != our_before || after != our_after {
            return None;
        }
        let mut account = Account::default();
        for (byte, pair) in account.0.iter_mut().zip(named.chunks(2)) {
            *byte = digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?;
        }
        Some(account)
    }

    /// What comes before the contributor, it, and what comes after it.
    fn split<'a>(&self, header: &'a [u8]) -> Option<(&'a [u8], &'a [u8], &'a [u8])> {
        let (before, rest) = header.split_at_checked(self.contributor.start)?;
        let (named, after) = rest.split_at_checked(self.contributor.len())?;
        Some((before, named, after))
    }
}

/// The digits that begin where another header first differs from these bytes.
fn digits(bytes: &[u8], other: &ModelHeader) -> Range<usize> {
    let first = bytes.iter().zip(&other.encode()).position(|(a, b)| a != b);
    first.map_or(0..0, |first| first..first.saturating_add(DIGITS))
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => byte.checked_sub(b'0'),
        b'a'..=b'f' => byte.checked_sub(b'a' - 10),
        _ => None,
    }
}

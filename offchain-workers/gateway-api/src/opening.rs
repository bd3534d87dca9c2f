//! The opening of a commitment, in a header.

use crate::root::read_account;
use std::fmt;

/// Header of an upload that opens a commitment on chain.
pub const OPENING_HEADER: &str = "x-quorate-opening";

/// Header of the answer to `HEAD` with an uploader's token: how many bytes of the upload are here.
pub const OFFSET_HEADER: &str = "upload-offset";

/// What a commitment to an update hides, apart from the root, which is in the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    pub round: u32,
    /// Account id.
    pub contributor: [u8; 32],
    pub weight: u32,
    pub salt: [u8; 32],
}

impl Opening {
    /// Reads `round=<n>;contributor=<account>;weight=<n>;salt=<hex>`; `account` reads the account's other forms than
    /// hexadecimal digits.
    pub fn parse(text: &str, account: impl Fn(&str) -> Option<[u8; 32]>) -> Option<Self> {
        let (mut round, mut contributor, mut weight, mut salt) = (None, None, None, None);
        for part in text.split(';') {
            let (key, value) = part.trim().split_once('=')?;
            match key {
                "round" if round.is_none() => round = Some(value.parse().ok()?),
                "contributor" if contributor.is_none() => contributor = Some(read_account(value, &account)?),
                "weight" if weight.is_none() => weight = Some(value.parse().ok()?),
                "salt" if salt.is_none() => salt = Some(crate::parse_name(value)?),
                _ => return None,
            }
        }
        Some(Self {
            round: round?,
            contributor: contributor?,
            weight: weight?,
            salt: salt?,
        })
    }
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (contributor, salt) = (hex::encode(self.contributor), hex::encode(self.salt));
        write!(
            f,
            "round={};contributor=0x{contributor};weight={};salt=0x{salt}",
            self.round, self.weight
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening() -> Opening {
        Opening {
            round: 3,
            contributor: [7; 32],
            weight: 1000,
            salt: [9; 32],
        }
    }

    #[test]
    fn opening_should_be_read_as_it_is_written() {
        assert_eq!(Opening::parse(&opening().to_string(), |_| None), Some(opening()));
    }

    #[test]
    fn opening_with_missing_or_repeated_parts_should_not_be_read() {
        assert_eq!(Opening::parse("round=1;weight=2", |_| None), None);
        assert_eq!(Opening::parse(&format!("{};round=4", opening()), |_| None), None);
    }
}

//! What a client shows to a gateway: the opening of a commitment, or a token.

use std::fmt;

/// Header of an upload that opens a commitment on chain.
pub const OPENING_HEADER: &str = "x-quorate-opening";

/// What a commitment to an update hides, apart from the root, which is in the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    pub round: u32,
    /// Account id.
    pub contributor: [u8; 32],
    pub weight: u32,
    pub salt: [u8; 32],
}

/// Lets a validator's worker read what only validators may. See the gateway's README.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// Account id of the validator whose key signed.
    pub bearer: [u8; 32],
    /// Unix time in seconds.
    pub expires: u64,
    pub signature: Vec<u8>,
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

impl Authorization {
    /// Reads `Quorate <account>:<expires>:<hex signature>`; `account` as in [`Opening::parse`].
    pub fn parse(text: &str, account: impl Fn(&str) -> Option<[u8; 32]>) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once(' ')?;
        let mut parts = rest.trim().split(':');
        let bearer = read_account(parts.next()?, &account)?;
        let expires = parts.next()?.parse().ok()?;
        let signature = parts.next()?;
        let signature = hex::decode(signature.strip_prefix("0x").unwrap_or(signature)).ok()?;
        let whole = scheme.eq_ignore_ascii_case("quorate") && parts.next().is_none();
        whole.then_some(Self {
            bearer,
            expires,
            signature,
        })
    }
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bearer, signature) = (hex::encode(self.bearer), hex::encode(&self.signature));
        write!(f, "Quorate 0x{bearer}:{}:{signature}", self.expires)
    }
}

fn read_account(text: &str, other: impl Fn(&str) -> Option<[u8; 32]>) -> Option<[u8; 32]> {
    crate::parse_name(text).or_else(|| other(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_should_be_read_as_they_are_written() {
        let opening = Opening {
            round: 3,
            contributor: [7; 32],
            weight: 1000,
            salt: [9; 32],
        };
        assert_eq!(Opening::parse(&opening.to_string(), |_| None), Some(opening));
        let token = Authorization {
            bearer: [1; 32],
            expires: 1_800_000_000,
            signature: vec![5; 64],
        };
        assert_eq!(Authorization::parse(&token.to_string(), |_| None), Some(token));
    }

    #[test]
    fn headers_with_missing_or_repeated_parts_should_not_be_read() {
        assert_eq!(Opening::parse("round=1;weight=2", |_| None), None);
        let opening = Opening {
            round: 3,
            contributor: [7; 32],
            weight: 1000,
            salt: [9; 32],
        };
        assert_eq!(Opening::parse(&format!("{opening};round=4"), |_| None), None);
        assert_eq!(Authorization::parse("Bearer abc", |_| None), None);
    }
}

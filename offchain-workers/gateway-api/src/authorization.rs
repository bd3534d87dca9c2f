//! Tokens, in the header `authorization`.

use crate::root::read_account;
use std::fmt;

/// How far in the future a token may expire when it is shown, in seconds.
pub const LONGEST_LIFETIME: u64 = 3_600;

/// Whose token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// A validator's, signed by its attestation key.
    Validator,
    /// A reader's, signed by its account.
    Reader,
    /// Of who brings one blob, signed by its account.
    Uploader,
}

impl Scheme {
    /// Its name in the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Validator => "Quorate",
            Self::Reader => "Quorate-Reader",
            Self::Uploader => "Quorate-Uploader",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Validator, Self::Reader, Self::Uploader]
            .into_iter()
            .find(|scheme| text.eq_ignore_ascii_case(scheme.as_str()))
    }
}

/// A token for one gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    pub scheme: Scheme,
    /// Account id.
    pub bearer: [u8; 32],
    /// Unix time in seconds.
    pub expires: u64,
    /// Of a validator: 64 bytes of its attestation key. Of others: SCALE bytes of a `MultiSignature`.
    pub signature: Vec<u8>,
}

impl Authorization {
    /// A validator's token; `signature` by its attestation key.
    pub fn validator(bearer: [u8; 32], expires: u64, signature: &[u8]) -> Self {
        Self {
            scheme: Scheme::Validator,
            bearer,
            expires,
            signature: signature.to_vec(),
        }
    }

    /// A reader's token; `signature`: SCALE bytes of its `MultiSignature`.
    pub fn reader(bearer: [u8; 32], expires: u64, signature: Vec<u8>) -> Self {
        Self {
            scheme: Scheme::Reader,
            bearer,
            expires,
            signature,
        }
    }

    /// A reader's token whose signature is an sr25519 one.
    pub fn reader_sr25519(bearer: [u8; 32], expires: u64, signature: &[u8; 64]) -> Self {
        Self::reader(bearer, expires, sr25519(signature))
    }

    /// An uploader's token whose signature is an sr25519 one.
    pub fn uploader_sr25519(bearer: [u8; 32], expires: u64, signature: &[u8; 64]) -> Self {
        Self {
            scheme: Scheme::Uploader,
            bearer,
            expires,
            signature: sr25519(signature),
        }
    }

    /// Reads `<scheme> <account>:<expires>:<hex signature>`; `account` as in [`crate::Opening::parse`].
    pub fn parse(text: &str, account: impl Fn(&str) -> Option<[u8; 32]>) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once(' ')?;
        let mut parts = rest.trim().split(':');
        let bearer = read_account(parts.next()?, &account)?;
        let expires = parts.next()?.parse().ok()?;
        let signature = parts.next()?;
        let signature = hex::decode(signature.strip_prefix("0x").unwrap_or(signature)).ok()?;
        if parts.next().is_some() {
            return None;
        }
        Some(Self {
            scheme: Scheme::parse(scheme)?,
            bearer,
            expires,
            signature,
        })
    }
}

/// SCALE bytes of a `MultiSignature`.
fn sr25519(signature: &[u8; 64]) -> Vec<u8> {
    const SR25519: u8 = 1;
    [&[SR25519], signature.as_slice()].concat()
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bearer, signature) = (hex::encode(self.bearer), hex::encode(&self.signature));
        write!(f, "{} 0x{bearer}:{}:{signature}", self.scheme.as_str(), self.expires)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_should_be_read_as_it_is_written() {
        let tokens = [
            Authorization::validator([1; 32], 1_800_000_000, &[5; 64]),
            Authorization::reader_sr25519([1; 32], 1_800_000_000, &[5; 64]),
            Authorization::uploader_sr25519([1; 32], 1_800_000_000, &[5; 64]),
        ];
        for token in tokens {
            assert_eq!(Authorization::parse(&token.to_string(), |_| None), Some(token));
        }
    }

    #[test]
    fn token_of_another_scheme_or_form_should_not_be_read() {
        let token = Authorization::validator([1; 32], 7, &[5; 64]).to_string();
        for wrong in [
            "Bearer abc".to_owned(),
            token.replacen("Quorate", "Basic", 1),
            format!("{token}:00"),
        ] {
            assert_eq!(Authorization::parse(&wrong, |_| None), None, "{wrong}");
        }
    }
}

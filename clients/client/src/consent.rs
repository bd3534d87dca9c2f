//! A contributor's agreement to be sponsored: signed off chain, handed to the organisation, used once.

use crate::{Account, Error, Result};
use codec::{Decode, DecodeAll, Encode};
use quorate_primitives::{payload::sponsor_consent, AccountId, BlockNumber, Hash, OrganisationId};
use std::{fmt, str::FromStr};
use subxt::config::substrate::MultiSignature;

/// What the chain takes.
#[derive(Clone, Debug, Encode, Decode)]
pub struct Consent {
    /// First block in which it no longer counts.
    pub expires: BlockNumber,
    /// Over [`sponsor_consent`].
    pub signature: MultiSignature,
}

/// A consent with whom it is from and for: what a contributor hands to an organisation, as one word of hexadecimal digits.
#[derive(Clone, Debug, Encode, Decode)]
pub struct SignedConsent {
    pub genesis: Hash,
    pub organisation: OrganisationId,
    pub contributor: AccountId,
    pub consent: Consent,
}

impl Account {
    /// Consent to be sponsored by `organisation`, in blocks before `expires`.
    pub fn consent(&self, genesis: Hash, organisation: OrganisationId, expires: BlockNumber) -> SignedConsent {
        let contributor = self.id();
        let message = sponsor_consent(genesis, organisation, &contributor, expires);
        SignedConsent {
            genesis,
            organisation,
            contributor,
            consent: Consent {
                expires,
                signature: MultiSignature::Sr25519(self.sign(&message)),
            },
        }
    }
}

impl SignedConsent {
    /// Whether it can be used on this chain by this organisation, before anything is sent.
    ///
    /// # Errors
    /// `Input` that names what does not fit.
    pub fn check(&self, genesis: Hash, organisation: OrganisationId, now: BlockNumber) -> Result<()> {
        let wrong = |what: String| Err(Error::Input(format!("the consent of {} {what}", self.contributor)));
        if self.genesis != genesis {
            return wrong("is for another chain".into());
        }
        if self.organisation != organisation {
            return wrong(format!(
                "is for organisation {}, and this account is organisation {organisation}'s",
                self.organisation
            ));
        }
        if self.consent.expires <= now {
            return wrong(format!("expired in block {}", self.consent.expires));
        }
        Ok(())
    }
}

impl fmt::Display for SignedConsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.encode()))
    }
}

impl FromStr for SignedConsent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok();
        bytes
            .and_then(|bytes| Self::decode_all(&mut bytes.as_slice()).ok())
            .ok_or_else(|| "not a consent as `quorate contributor consent` prints it".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENESIS: Hash = Hash::repeat_byte(5);

    fn consent() -> SignedConsent {
        Account::from_uri("//Contributor0").unwrap().consent(GENESIS, 2, 900)
    }

    #[test]
    fn consent_should_be_read_as_it_is_written() {
        let signed = consent();
        let read: SignedConsent = format!(" {signed}\n").parse().unwrap();
        assert_eq!(read.encode(), signed.encode());
        assert!("0x00".parse::<SignedConsent>().is_err() && "hello".parse::<SignedConsent>().is_err());
    }

    #[test]
    fn consent_should_be_refused_for_another_chain_or_organisation_or_when_expired() {
        let signed = consent();
        assert!(signed.check(GENESIS, 2, 899).is_ok());
        for (wrong, named) in [
            (signed.check(Hash::zero(), 2, 1), "another chain"),
            (signed.check(GENESIS, 3, 1), "organisation 2"),
            (signed.check(GENESIS, 2, 900), "expired in block 900"),
        ] {
            let error = wrong.unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}

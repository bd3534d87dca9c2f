//! A contributor's signed agreement to be sponsored. Nobody is sponsored without it, so that no organisation can take another's
//! contributor first. Each is used once: an account's next consent must expire later than the last one that was used.

use crate::{
    types::{Consent, UsedConsent},
    Config, ConsentCount, Consents, Error, Event, Pallet,
};
use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use quorate_primitives::{payload, AccountId, OrganisationId};
use sp_runtime::{
    traits::{Verify, Zero},
    DispatchResult,
};

/// What wallets put around bytes that are no transaction.
const WRAPPING: (&[u8], &[u8]) = (b"<Bytes>", b"</Bytes>");

/// Whether `signer` signed `message`, as it is or as wallets wrap it.
fn is_signed(consent: &Consent, message: &[u8], signer: &AccountId) -> bool {
    let wrapped: Vec<u8> = [WRAPPING.0, message, WRAPPING.1].concat();
    consent.signature.verify(message, signer) || consent.signature.verify(wrapped.as_slice(), signer)
}

impl<T: Config> Pallet<T> {
    /// Whether `organisation` may use this consent now. The signature comes last: it costs most.
    pub(crate) fn check_consent(
        organisation: OrganisationId,
        quota: u32,
        contributor: &AccountId,
        consent: &Consent,
    ) -> DispatchResult {
        let now = Self::now();
        ensure!(now < consent.expires, Error::<T>::ConsentExpired);
        ensure!(
            consent.expires <= now.saturating_add(T::MaxConsent::get()),
            Error::<T>::ConsentTooLong
        );
        let last = Consents::<T>::get(contributor);
        ensure!(
            last.is_none_or(|last| last.expires < consent.expires),
            Error::<T>::ConsentUsed
        );
        // Sponsoring and unsponsoring account after account leaves a used consent of each behind.
        let replaces = last.is_some_and(|last| last.organisation == organisation);
        ensure!(
            replaces || ConsentCount::<T>::get(organisation) < quota.saturating_mul(2),
            Error::<T>::TooManyConsents
        );
        let genesis = frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::zero());
        let message = payload::sponsor_consent(genesis, organisation, contributor, consent.expires);
        ensure!(is_signed(consent, &message, contributor), Error::<T>::BadConsent);
        Ok(())
    }

    pub(crate) fn use_consent(organisation: OrganisationId, contributor: &AccountId, consent: &Consent) {
        let used = UsedConsent {
            organisation,
            expires: consent.expires,
        };
        let last = Consents::<T>::mutate(contributor, |last| last.replace(used));
        ConsentCount::<T>::mutate(organisation, |count| *count = count.saturating_add(1));
        if let Some(last) = last {
            Self::uncount_consent(last.organisation);
        }
    }

    fn uncount_consent(organisation: OrganisationId) {
        ConsentCount::<T>::mutate_exists(organisation, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
    }

    pub(crate) fn do_forget_consent(contributor: AccountId) -> DispatchResult {
        let used = Consents::<T>::get(&contributor).ok_or(Error::<T>::ConsentNotFound)?;
        ensure!(used.expires <= Self::now(), Error::<T>::ConsentStillValid);
        Self::drop_consent(contributor, used);
        Ok(())
    }

    /// An expired consent cannot be used again: there is nothing to remember. Does nothing while it has not expired.
    pub(crate) fn drop_expired_consent(contributor: &AccountId) {
        if let Some(used) = Consents::<T>::get(contributor).filter(|used| used.expires <= Self::now()) {
            Self::drop_consent(contributor.clone(), used);
        }
    }

    fn drop_consent(contributor: AccountId, used: UsedConsent) {
        Consents::<T>::remove(&contributor);
        Self::uncount_consent(used.organisation);
        Self::deposit_event(Event::ConsentForgotten { contributor });
    }
}

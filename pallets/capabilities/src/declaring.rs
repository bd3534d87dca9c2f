//! Declarations: when one is accepted. Asked twice: by the pool and the block builder through `authorize`, and again when the call
//! runs, since nothing is lost by it.

use crate::{types::Entry, Config, Entries, Error, Event, Pallet};
use codec::Encode;
use frame_support::{
    ensure,
    pallet_prelude::{
        InvalidTransaction, TransactionSource, TransactionValidityError, TransactionValidityWithRefund,
        UnknownTransaction, ValidTransaction, Weight,
    },
    traits::Get,
};
use frame_system::pallet_prelude::BlockNumberFor;
use quorate_primitives::{
    capability::Declaration, committee::Member, crypto::AttestationSignature, payload, traits::Consortium, BlockNumber,
    Hash,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::{traits::UniqueSaturatedInto, DispatchResult};

/// Most blocks between the one that a declaration names and the one that it is accepted in.
pub(crate) const MAX_AGE: BlockNumber = 64;
/// Declarations go after statements and votes, and before what pays.
const PRIORITY: u64 = u64::MAX / 8;

impl<T: Config> Pallet<T> {
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().unique_saturated_into()
    }

    pub(crate) fn genesis_hash() -> Hash {
        frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::default())
    }

    pub(crate) fn authorize_declare(
        _: TransactionSource,
        declaration: &Declaration,
        signature: &AttestationSignature,
    ) -> TransactionValidityWithRefund {
        Self::check_time(declaration).map_err(refusal)?;
        let member = Self::member(declaration).map_err(refusal)?;
        let signed = payload::declaration_payload(Self::genesis_hash(), declaration);
        ensure!(member.key.verify(&signed, signature), refusal(Error::<T>::BadSignature));
        let validity = ValidTransaction {
            priority: PRIORITY,
            requires: Default::default(),
            // Not what it declares: a validator has one declaration in the pool.
            provides: alloc::vec![("QuorateCapability", &declaration.validator).encode()],
            longevity: MAX_AGE.into(),
            propagate: true,
        };
        Ok((validity, Weight::zero()))
    }

    /// The validator, while it is active in the session.
    fn member(declaration: &Declaration) -> Result<Member, Error<T>> {
        let mut members = T::Consortium::committee().into_iter();
        members
            .find(|member| member.validator == declaration.validator)
            .ok_or(Error::<T>::NotAValidator)
    }

    /// Whether it is time for this declaration, and it says something new.
    fn check_time(declaration: &Declaration) -> Result<(), Error<T>> {
        let now = Self::now();
        ensure!(declaration.at <= now, Error::<T>::FromTheFuture);
        ensure!(declaration.at.saturating_add(MAX_AGE) >= now, Error::<T>::TooOld);
        let Some(last) = Entries::<T>::get(&declaration.validator) else {
            return Ok(());
        };
        ensure!(declaration.at > last.at, Error::<T>::NotNewer);
        ensure!(last.next_from(T::MinInterval::get()) <= now, Error::<T>::TooSoon);
        let differs = declaration.capability != last.capability;
        ensure!(differs || last.next_from(T::Era::get()) <= now, Error::<T>::Unchanged);
        Ok(())
    }

    pub(crate) fn do_declare(declaration: Declaration) -> DispatchResult {
        Self::check_time(&declaration)?;
        Self::member(&declaration)?;
        let Declaration {
            validator,
            capability,
            at,
        } = declaration;
        let known = Entries::<T>::get(&validator);
        let entry = Entry {
            capability,
            at,
            accepted_at: Self::now(),
            silent_at: known.and_then(|entry| entry.silent_at),
            barred_until: known.and_then(|entry| entry.barred_until),
        };
        Entries::<T>::insert(&validator, entry);
        Self::deposit_event(Event::Declared { validator, capability });
        Ok(())
    }
}

impl Entry {
    /// The first block that is so many after the declaration was accepted.
    pub(crate) fn next_from(&self, blocks: BlockNumber) -> BlockNumber {
        self.accepted_at.saturating_add(blocks)
    }
}

/// The pool bans the hash of an invalid transaction, but not of an unknown one: what may still become right, because this node is
/// behind the sender or follows a fork that will lose, is unknown.
fn refusal<T: Config>(error: Error<T>) -> TransactionValidityError {
    let code = error.encode().first().copied().unwrap_or(u8::MAX);
    match error {
        Error::NotAValidator | Error::FromTheFuture | Error::TooSoon => UnknownTransaction::Custom(code).into(),
        Error::BadSignature => InvalidTransaction::BadProof.into(),
        Error::TooOld | Error::NotNewer | Error::Unchanged => InvalidTransaction::Stale.into(),
        Error::__Ignore(..) => InvalidTransaction::Custom(code).into(),
    }
}

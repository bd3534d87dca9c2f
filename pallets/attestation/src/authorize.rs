//! Whether a general transaction may enter the pool and a block. It does not matter who sent it: what counts is the signature
//! inside.

use crate::{types::JobOf, Config, Error, Pallet};
use codec::Encode;
use frame_support::pallet_prelude::{
    InvalidTransaction, TransactionSource, TransactionValidityError, TransactionValidityWithRefund, UnknownTransaction,
    ValidTransaction, Weight,
};
use quorate_primitives::{crypto::AttestationSignature, payload, Hash, JobId};
use sp_application_crypto::RuntimeAppPublic;

/// Blocks for which a transaction stays in the pool unless it becomes invalid before: two minutes, then it is built again.
const LONGEVITY: u64 = 64;

impl<T: Config> Pallet<T> {
    pub(crate) fn authorize_commit(
        _: TransactionSource,
        job: &JobId,
        member: &u32,
        commit: &Hash,
        signature: &AttestationSignature,
    ) -> TransactionValidityWithRefund {
        let found = Self::check_commit(*job, *member).map_err(refusal)?;
        let message = payload::commit_payload(Self::genesis(), *job, *member, *commit);
        Self::check_signature(&found, *member, &message, signature).map_err(refusal)?;
        Ok(valid("QuorateCommit", (job, member)))
    }

    pub(crate) fn authorize_reveal(
        _: TransactionSource,
        job: &JobId,
        member: &u32,
        outcome: &T::Outcome,
        salt: &[u8; 32],
        signature: &AttestationSignature,
    ) -> TransactionValidityWithRefund {
        let found = Self::check_reveal(*job, *member, outcome, *salt).map_err(refusal)?;
        let message = payload::reveal_payload(Self::genesis(), *job, *member, outcome, *salt);
        Self::check_signature(&found, *member, &message, signature).map_err(refusal)?;
        Ok(valid("QuorateReveal", (job, member)))
    }

    fn check_signature(
        job: &JobOf<T>,
        member: u32,
        message: &[u8],
        signature: &AttestationSignature,
    ) -> Result<(), Error<T>> {
        let signer = job.committee.get(member as usize).ok_or(Error::<T>::NotInCommittee)?;
        if signer.key.verify(&message, signature) {
            Ok(())
        } else {
            Err(Error::<T>::BadSignature)
        }
    }
}

fn valid(prefix: &'static str, tag: impl Encode) -> (ValidTransaction, Weight) {
    let validity = ValidTransaction {
        // Above every transaction that pays: the chain's own work must not wait behind a full pool.
        priority: u64::MAX / 2,
        requires: Default::default(),
        provides: alloc::vec![(prefix, tag).encode()],
        longevity: LONGEVITY,
        propagate: true,
    };
    (validity, Weight::zero())
}

/// The pool bans the hash of an invalid transaction, but not of an unknown one. A statement that may still become right,
/// because this node is behind the sender or follows a fork that will lose, is unknown.
fn refusal<T: Config>(error: Error<T>) -> TransactionValidityError {
    let code = error.encode().first().copied().unwrap_or(u8::MAX);
    match error {
        Error::UnknownJob | Error::TooEarly | Error::NotCommitted => UnknownTransaction::Custom(code).into(),
        Error::BadSignature => InvalidTransaction::BadProof.into(),
        _ => InvalidTransaction::Custom(code).into(),
    }
}

//! Signs with the keystore's `aiwk` key, lets the runtime build the transaction, gives it to the pool.

use crate::{
    decide::{Action, Identity},
    LOG,
};
use quorate_primitives::{
    crypto::{AttestationSignature, KEY_TYPE},
    payload::{commit_payload, outcome_commitment, reveal_payload, token_payload, vote_payload},
    AccountId, Hash,
};
use quorate_runtime_api::GadgetApi;
use sc_transaction_pool_api::{
    error::{Error as PoolError, IntoPoolError},
    TransactionPool, TransactionSource,
};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_keystore::KeystorePtr;
use sp_runtime::traits::Block as BlockT;
use std::{marker::PhantomData, sync::Arc, time::Duration};

/// How long the pool may take to validate one transaction.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why nothing was submitted. The next block brings another try.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error("the keystore holds no key {0:?} any more")]
    NoKey(Identity),
    #[error("the keystore: {0}")]
    Keystore(sp_keystore::Error),
    #[error("the runtime could not build the transaction: {0}")]
    Runtime(sp_api::ApiError),
    #[error("the pool refused the transaction: {0}")]
    Refused(String),
    #[error("the pool did not answer in {} s", PATIENCE.as_secs())]
    Slow,
}

/// Submits for the keys of one keystore.
pub struct Submitter<B, C, P> {
    pub client: Arc<C>,
    pub pool: Arc<P>,
    pub keystore: KeystorePtr,
    pub genesis: Hash,
    pub block: PhantomData<B>,
}

impl<B, C, P> Submitter<B, C, P>
where
    B: BlockT<Hash = Hash>,
    C: ProvideRuntimeApi<B> + HeaderBackend<B>,
    C::Api: GadgetApi<B>,
    P: TransactionPool<Block = B>,
{
    /// Carry out an action that is a transaction. Others are none of the submitter's business.
    pub async fn submit(&self, action: Action) -> Result<(), SubmitError> {
        let at = self.client.info().best_hash;
        let api = self.client.runtime_api();
        let transaction = match action {
            Action::Vote { by, vote } => {
                let signature = self.sign(&by, &vote_payload(self.genesis, &vote))?;
                api.build_vote(at, vote, signature)
            }
            Action::Commit {
                by,
                job,
                member,
                sealed,
            } => {
                let commit = outcome_commitment(self.genesis, job, &by.validator, &sealed.outcome, sealed.salt);
                let signature = self.sign(&by, &commit_payload(self.genesis, job, member, commit))?;
                api.build_commit(at, job, member, commit, signature)
            }
            Action::Reveal {
                by,
                job,
                member,
                sealed,
            } => {
                let payload = reveal_payload(self.genesis, job, member, &sealed.outcome, sealed.salt);
                let signature = self.sign(&by, &payload)?;
                api.build_reveal(at, job, member, sealed.outcome, sealed.salt, signature)
            }
            Action::Page { job, page, rows, pages } => api.build_page(at, job, page, rows, pages),
            Action::Run { .. } | Action::Cancel { .. } | Action::Seal { .. } => return Ok(()),
        }
        .map_err(SubmitError::Runtime)?;
        // Everyone else will get it by gossip: what the pool takes only from its own node would stop here.
        let submitted = self.pool.submit_one(at, TransactionSource::External, transaction);
        match tokio::time::timeout(PATIENCE, submitted).await {
            Err(_) => Err(SubmitError::Slow),
            Ok(Ok(hash)) => {
                log::debug!(target: LOG, "submitted {hash:?}");
                Ok(())
            }
            Ok(Err(error)) => match error.into_pool_error() {
                Ok(PoolError::AlreadyImported(_) | PoolError::TooLowPriority { .. }) => {
                    log::debug!(target: LOG, "the pool still holds the transaction sent earlier");
                    Ok(())
                }
                Ok(error) => Err(SubmitError::Refused(error.to_string())),
                Err(error) => Err(SubmitError::Refused(error.to_string())),
            },
        }
    }

    /// Sign a gateway token.
    pub fn sign_token(
        &self,
        by: &Identity,
        audience: &AccountId,
        expires: u64,
    ) -> Result<AttestationSignature, SubmitError> {
        self.sign(by, &token_payload(self.genesis, &by.validator, audience, expires))
    }

    fn sign(&self, by: &Identity, payload: &[u8]) -> Result<AttestationSignature, SubmitError> {
        self.keystore
            .sr25519_sign(KEY_TYPE, &by.key.clone().into(), payload)
            .map_err(SubmitError::Keystore)?
            .map(Into::into)
            .ok_or_else(|| SubmitError::NoKey(by.clone()))
    }
}

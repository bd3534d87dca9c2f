//! Signs with the keystore's `aiwk` key, lets the runtime build the transaction, gives it to the pool.

use crate::{
    decide::{Authority, Statement},
    LOG,
};
use quorate_primitives::{
    availability::vote_payload,
    crypto::{AttestationSignature, KEY_TYPE},
    payload::{commit_payload, declaration_payload, outcome_commitment, reveal_payload, Encoded},
    Hash, JobId,
};
use quorate_runtime_api::DutiesApi;
use sc_transaction_pool_api::{
    error::{Error as PoolError, IntoPoolError},
    TransactionPool, TransactionSource,
};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_keystore::KeystorePtr;
use sp_runtime::traits::Block as BlockT;
use std::{marker::PhantomData, sync::Arc, time::Duration};

/// How long the pool may take to look at the newest block.
const POOL_LAG: Duration = Duration::from_millis(500);
/// How long the pool may take to validate one transaction.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why nothing was submitted. The next block brings another try.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error("the keystore holds no key {0:?} any more")]
    NoKey(Authority),
    #[error("the keystore: {0}")]
    Keystore(sp_keystore::Error),
    #[error("the runtime could not build the transaction: {0}")]
    Runtime(sp_api::ApiError),
    #[error("the runtime does not know the outcome of job {0:?}: the worker is of another version")]
    UnknownOutcome(JobId),
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
    pub block: PhantomData<fn() -> B>,
}

impl<B, C, P> Submitter<B, C, P>
where
    B: BlockT<Hash = Hash>,
    C: ProvideRuntimeApi<B> + HeaderBackend<B>,
    C::Api: DutiesApi<B>,
    P: TransactionPool<Block = B>,
{
    /// Build a statement's transaction at the best block and give it to the pool.
    ///
    /// # Errors
    /// [`SubmitError`]
    pub async fn submit(&self, statement: Statement) -> Result<(), SubmitError> {
        let at = self.client.info().best_hash;
        let transaction = self.build(at, statement)?;
        // The pool hears of a block when this gadget does: before it has looked at it, it knows nothing of a job that this block made.
        drop(tokio::time::timeout(POOL_LAG, self.pool.ready_at(at)).await);
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

    fn build(&self, at: Hash, statement: Statement) -> Result<B::Extrinsic, SubmitError> {
        let api = self.client.runtime_api();
        let built = match statement {
            Statement::Vote { by, vote } => {
                let signature = sign(&self.keystore, &by, &vote_payload(self.genesis, &vote))?;
                api.build_vote(at, vote, signature)
            }
            Statement::Commit {
                by,
                job,
                member,
                sealed,
            } => {
                let outcome = Encoded(sealed.outcome);
                let commit = outcome_commitment(self.genesis, job, &by.validator, &outcome, sealed.salt);
                let signature = sign(&self.keystore, &by, &commit_payload(self.genesis, job, member, commit))?;
                api.build_commit(at, job, member, commit, signature)
            }
            Statement::Reveal {
                by,
                job,
                member,
                sealed,
            } => {
                let outcome = Encoded(sealed.outcome);
                let payload = reveal_payload(self.genesis, job, member, &outcome, sealed.salt);
                let signature = sign(&self.keystore, &by, &payload)?;
                let built = api.build_reveal(at, job, member, outcome.0, sealed.salt, signature);
                return built
                    .map_err(SubmitError::Runtime)?
                    .ok_or(SubmitError::UnknownOutcome(job));
            }
            Statement::Page {
                round,
                page,
                rows,
                pages,
            } => api.build_page(at, round, page, rows, pages),
            Statement::Answers {
                batch,
                page,
                rows,
                pages,
            } => api.build_answers(at, batch, page, rows, pages),
            Statement::Declaration { by, declaration } => {
                let signature = sign(&self.keystore, &by, &declaration_payload(self.genesis, &declaration))?;
                api.build_declaration(at, declaration, signature)
            }
        };
        built.map_err(SubmitError::Runtime)
    }
}

/// Sign with the attestation key of `by`.
///
/// # Errors
/// `NoKey`, `Keystore`.
pub fn sign(keystore: &KeystorePtr, by: &Authority, payload: &[u8]) -> Result<AttestationSignature, SubmitError> {
    keystore
        .sr25519_sign(KEY_TYPE, &by.key.clone().into(), payload)
        .map_err(SubmitError::Keystore)?
        .map(Into::into)
        .ok_or_else(|| SubmitError::NoKey(by.clone()))
}

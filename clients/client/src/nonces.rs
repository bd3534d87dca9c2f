//! Transactions whose nonce another one of the same account took first: several programs may use one account at once.

use crate::{Error, Result};
use rand::Rng;
use std::{future::Future, time::Duration};
use subxt::{
    config::{RpcConfigFor, SubstrateConfig},
    rpcs::{methods::legacy::TransactionStatus, LegacyRpcMethods},
    utils::H256,
};

/// Of so many programs that send at once each gets its turn: at least one of them comes through at every try.
const TRIES: u32 = 16;
/// Longest pause before the first new try, in milliseconds; it grows with each.
const PAUSE: u64 = 100;
/// Codes of a node's answers (`author`): what is invalid by some rule; and a nonce that waits in the pool already.
const INVALID: i32 = 1010;
const TOO_LOW_PRIORITY: i32 = 1014;
/// What `InvalidTransaction::Stale` reads as: a block has used the nonce.
const OUTDATED: &str = "Transaction is outdated";

/// Why a transaction did nothing.
#[derive(Debug)]
pub(crate) struct Failure {
    pub error: Error,
    /// Whether the transaction may still come into a block.
    pub pending: bool,
}

impl From<Error> for Failure {
    /// Nothing is known of what became of the transaction.
    fn from(error: Error) -> Self {
        Self { error, pending: true }
    }
}

/// How a try ended that another nonce may help.
#[derive(Debug)]
pub(crate) enum Attempt<T> {
    Done(T),
    /// Another transaction has the nonce, and this one is in no block and never will be.
    NonceTaken(Error),
}

/// What a node tells of a transaction.
pub(crate) type Statuses = subxt::rpcs::client::RpcSubscription<TransactionStatus<H256>>;

/// Hand a signed transaction to the node.
pub(crate) async fn send(
    rpc: &LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
    bytes: &[u8],
) -> Result<Attempt<Statuses>, Failure> {
    match rpc.author_submit_and_watch_extrinsic(bytes).await {
        Ok(statuses) => Ok(Attempt::Done(statuses)),
        Err(error) if is_nonce_taken(&error) => Ok(Attempt::NonceTaken(error.into())),
        Err(error) => {
            // An answer of the node: it has not taken the transaction. A broken line says nothing.
            let pending = !matches!(error, subxt::rpcs::Error::User(_));
            let error = error.into();
            Err(Failure { error, pending })
        }
    }
}

fn is_nonce_taken(error: &subxt::rpcs::Error) -> bool {
    let subxt::rpcs::Error::User(user) = error else {
        return false;
    };
    let outdated = || user.data.as_ref().is_some_and(|data| data.get().contains(OUTDATED));
    user.code == TOO_LOW_PRIORITY || (user.code == INVALID && outdated())
}

/// Try, again with a fresh nonce while others take it, [`TRIES`] times at most.
pub(crate) async fn retry<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<Attempt<T>, Failure>>,
{
    let mut number = 1;
    loop {
        match attempt().await? {
            Attempt::Done(done) => return Ok(done),
            Attempt::NonceTaken(error) if number >= TRIES => {
                let reason = match error {
                    Error::Rejected(reason) => reason,
                    other => other.to_string(),
                };
                let error = Error::Rejected(format!(
                    "{reason} ({TRIES} times in a row another transaction of the account came first)"
                ));
                return Err(Failure { error, pending: false });
            }
            Attempt::NonceTaken(_) => {
                let pause = rand::rng().random_range(0..=PAUSE * u64::from(number));
                tokio::time::sleep(Duration::from_millis(pause)).await;
                number += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use subxt::rpcs::{
        client::{RawRpcFuture, RawRpcSubscription},
        RpcClient, RpcClientT, UserError,
    };

    /// A node that answers each submission with the next error of a list, and takes it when the list is empty.
    struct Scripted(Mutex<Vec<UserError>>);

    type Raw = Box<serde_json::value::RawValue>;

    impl RpcClientT for Scripted {
        fn request_raw<'a>(&'a self, method: &'a str, _: Option<Raw>) -> RawRpcFuture<'a, Raw> {
            panic!("{method} is not asked for")
        }

        fn subscribe_raw<'a>(
            &'a self,
            sub: &'a str,
            _: Option<Raw>,
            _: &'a str,
        ) -> RawRpcFuture<'a, RawRpcSubscription> {
            assert_eq!(sub, "author_submitAndWatchExtrinsic");
            let next = self.0.lock().unwrap().pop();
            Box::pin(async {
                match next {
                    Some(error) => Err(error.into()),
                    None => Ok(RawRpcSubscription {
                        stream: Box::pin(futures::stream::empty()),
                        id: None,
                    }),
                }
            })
        }
    }

    fn error(code: i32, message: &str, data: &str) -> UserError {
        UserError {
            code,
            message: message.into(),
            data: Some(serde_json::value::to_raw_value(data).unwrap()),
        }
    }

    fn too_low() -> UserError {
        error(
            1014,
            "Priority is too low: (1 vs 1)",
            "The transaction has too low priority",
        )
    }

    fn outdated() -> UserError {
        error(1010, "Invalid Transaction", OUTDATED)
    }

    /// What becomes of a transaction whose submissions get these answers, the first one last, and how often it went out.
    async fn submit(answers: Vec<UserError>) -> (Result<(), Failure>, usize) {
        let rpc = LegacyRpcMethods::new(RpcClient::new(Scripted(Mutex::new(answers))));
        let tries = std::cell::Cell::new(0);
        let done = retry(|| {
            tries.set(tries.get() + 1);
            async {
                Ok(match send(&rpc, b"bytes").await? {
                    Attempt::Done(_) => Attempt::Done(()),
                    Attempt::NonceTaken(error) => Attempt::NonceTaken(error),
                })
            }
        });
        (done.await, tries.get())
    }

    #[tokio::test(start_paused = true)]
    async fn taken_nonce_should_be_replaced_by_a_fresh_one() {
        let (done, tries) = submit(vec![outdated(), too_low(), too_low()]).await;
        assert!(done.is_ok());
        assert_eq!(tries, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn retries_should_have_a_bound() {
        let (done, tries) = submit((0..100).map(|_| too_low()).collect()).await;
        let failure = done.unwrap_err();
        assert!(!failure.pending);
        assert!(
            failure.error.to_string().contains("Priority is too low"),
            "{}",
            failure.error
        );
        assert_eq!(tries, TRIES as usize);
    }

    #[tokio::test]
    async fn other_refusals_should_be_told_at_once() {
        let fees = error(
            1010,
            "Invalid Transaction",
            "Inability to pay some fees (e.g. account balance too low)",
        );
        let (done, tries) = submit(vec![fees]).await;
        let failure = done.unwrap_err();
        assert!(matches!(failure.error, Error::Rejected(_)) && !failure.pending);
        assert_eq!(tries, 1);
    }
}

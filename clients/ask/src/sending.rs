//! A transaction that is followed until its block is final, while what it shows in blocks before is gone on with.

use quorate_client::{Error, Result};
use std::{future::Future, pin::pin};

/// Both, at the same time: `sent` ends when the transaction's block is final, and `used` needs it in any block alone.
///
/// Where `sent` ends without anybody knowing what became of the transaction, as after a broken line, `used` finds out; the first of both is
/// that error then.
///
/// # Errors
/// Those of `sent` where the transaction will never count; those of `used`.
pub async fn meanwhile<N, T, E: From<Error>>(
    sent: impl Future<Output = Result<N>>,
    used: impl Future<Output = Result<T, E>>,
) -> Result<(Result<N>, T), E> {
    let (mut sent, mut used) = (pin!(sent), pin!(used));
    tokio::select! {
        biased;
        done = &mut sent => match done {
            Err(error) if !may_count(&error) => Err(error.into()),
            done => Ok((done, used.await?)),
        },
        found = &mut used => {
            let found = found?;
            match sent.await {
                Err(error) if !may_count(&error) => Err(error.into()),
                done => Ok((done, found)),
            }
        }
    }
}

/// Whether a transaction may be in a block, or come into one, after this error.
pub fn may_count(error: &Error) -> bool {
    matches!(error, Error::Network(_) | Error::Timeout(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::pending, time::Duration};
    use tokio::time::sleep;

    async fn later<T>(seconds: u64, value: T) -> T {
        sleep(Duration::from_secs(seconds)).await;
        value
    }

    fn network<T>() -> Result<T> {
        Err(Error::Network("the line broke".into()))
    }

    #[tokio::test(start_paused = true)]
    async fn number_that_is_final_should_be_told_whichever_comes_first() {
        for (finality, answer) in [(1, 2), (2, 1)] {
            let both = meanwhile(later(finality, Ok(8)), later(answer, Ok::<_, Error>("answer")));
            let (number, found) = both.await.unwrap();
            assert_eq!((number.unwrap(), found), (8, "answer"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_chain_refuses_should_end_the_wait_for_it() {
        let refused = || Err::<u64, _>(Error::Rejected("for a reason".into()));
        let waits = meanwhile(later(1, refused()), pending::<Result<()>>()).await;
        assert!(matches!(waits, Err(Error::Rejected(_))));
        // Another block than the one that was gone on with may refuse it.
        let later_refused = meanwhile(later(2, refused()), later(1, Ok::<_, Error>(()))).await;
        assert!(matches!(later_refused, Err(Error::Rejected(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn broken_line_should_be_no_end_of_what_may_be_in_a_block() {
        for line in [1, 3] {
            let (number, found) = meanwhile(later(line, network::<u64>()), later(2, Ok::<_, Error>(5)))
                .await
                .unwrap();
            assert!(matches!(number, Err(Error::Network(_))));
            assert_eq!(found, 5);
        }
        let gone = meanwhile(
            later(0, network::<u64>()),
            later(1, Err::<(), _>(Error::NotFound("x".into()))),
        )
        .await;
        assert!(matches!(gone, Err(Error::NotFound(_))));
    }
}

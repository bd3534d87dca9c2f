//! Questions about the best block: it may lose to another one, and be forgotten, before it is read.

use crate::Result;
use std::future::Future;

/// Times that a question is asked: each time another best block has to be forgotten just then.
const TRIES: u32 = 4;
/// Code of a node's answers (`state`), and what it says of a block that it has forgotten.
const CLIENT: i32 = 4003;
const FORGOTTEN: &str = "UnknownBlock";

/// Asks again when the best block was forgotten meanwhile.
pub(crate) async fn at_best<T, F>(mut ask: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T, subxt::rpcs::Error>>,
{
    let mut number = 1;
    loop {
        match ask().await {
            Err(error) if number < TRIES && is_forgotten(&error) => number += 1,
            answer => return Ok(answer?),
        }
    }
}

fn is_forgotten(error: &subxt::rpcs::Error) -> bool {
    matches!(error, subxt::rpcs::Error::User(user) if user.code == CLIENT && user.message.contains(FORGOTTEN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use subxt::rpcs::{Error, UserError};

    fn error(code: i32, message: &str) -> Error {
        UserError {
            code,
            message: message.into(),
            data: None,
        }
        .into()
    }

    /// What comes of these answers, the first one last, and how often was asked.
    async fn asked(mut answers: Vec<Error>) -> (Result<()>, u32) {
        let tries = std::cell::Cell::new(0);
        let answer = at_best(|| {
            tries.set(tries.get() + 1);
            let answer = answers.pop().map_or(Ok(()), Err);
            async { answer }
        });
        (answer.await, tries.get())
    }

    #[tokio::test]
    async fn block_that_was_forgotten_should_be_followed_by_the_next_best_one() {
        let forgotten = || error(CLIENT, "Client error: UnknownBlock: State already discarded for 0x0000");
        let (answer, tries) = asked(vec![forgotten()]).await;
        assert!(answer.is_ok() && tries == 2);
        let (answer, tries) = asked((0..10).map(|_| forgotten()).collect()).await;
        assert!(answer.is_err() && tries == TRIES);
    }

    #[tokio::test]
    async fn other_errors_should_be_told_at_once() {
        for other in [
            error(7002, "UnknownBlock"),
            error(CLIENT, "Client error: Execution failed"),
        ] {
            let (answer, tries) = asked(vec![other]).await;
            assert!(answer.is_err() && tries == 1);
        }
    }
}

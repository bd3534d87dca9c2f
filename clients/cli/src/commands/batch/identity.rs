//! Which batch a number names.

use crate::failure::{nothing_sent, Result};
use quorate_client::Client;
use quorate_primitives::{views::inference::BatchView, BatchId, JobId};

/// The first job of a batch, which no other batch has, whatever its number.
pub fn drawn(batch: &BatchView) -> JobId {
    batch.first_job.unwrap_or(batch.job)
}

/// Refuses a number that a fork may still give to another batch than the one with this first job: a call names the number alone. Validators reveal
/// what they computed once their commits are final, so that all can be called to what is final.
///
/// # Errors
/// `Usage` where the last final block does not know it.
pub async fn must_be_final(client: &Client, id: BatchId, job: JobId) -> Result {
    let last = client.finalized().await?.hash;
    match client.batch_at(id, Some(last)).await? {
        Some(batch) if drawn(&batch) == job => Ok(()),
        _ => Err(nothing_sent(format!(
            "batch {id} with the job {job:?} is in no final block, and a fork may give its number to another batch: try again in a few seconds"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::disputed::tests::{called, open},
        *,
    };
    use crate::commands::scripted::{Block, Chain, Scripted};
    use quorate_primitives::{AccountId, Hash};

    #[tokio::test]
    async fn number_should_count_where_the_last_final_block_has_the_same_batch_under_it() {
        let me = AccountId::new([1; 32]);
        let other = BatchView {
            job: Hash::repeat_byte(9),
            ..open()
        };
        for (last, counts) in [
            (vec![open()], true),
            (vec![called(&me, 9)], true),
            (vec![other], false),
            (vec![], false),
        ] {
            let chain = Chain {
                last: Block::with_batches(last),
                best: Block::with_batches([open()]),
            };
            let node = Scripted::start(chain).await;
            let checked = must_be_final(&node.client().await, 6, drawn(&open())).await;
            assert_eq!(checked.is_ok(), counts);
            if let Err(failure) = checked {
                assert!(
                    failure.text().starts_with("nothing was sent: batch 6"),
                    "{}",
                    failure.text()
                );
            }
        }
    }
}

//! An answer: fetched, and checked to be the answer to this request.

use crate::Asker;
use quorate_client::{
    gateways::{no_progress, Gateways, Reader, CATCHING_UP},
    inputs::Inputs,
    Client, Error, Result,
};
use quorate_inference::{salt, Answer, FaultKind, SALT};
use quorate_primitives::{
    job::infer::{AnswerRow, AnswerStatus},
    views::{
        inference::{RequestState, RequestView},
        BlobRef,
    },
};
use std::{fmt::Display, time::Duration};
use tokio::time::{sleep, Instant};

/// Between two questions to gateways that have not seen the block yet.
const AGAIN: Duration = Duration::from_millis(500);

/// The row of an answered request.
///
/// # Errors
/// `Input` for one that has not ended, or came to nothing.
pub fn row(known: &RequestView) -> Result<&AnswerRow> {
    match &known.state {
        RequestState::Answered { row, .. } => Ok(row),
        RequestState::Failed(_) => Err(Error::Input(format!("request {} came to nothing", known.id))),
        _ => Err(Error::Input(format!("request {} has not ended", known.id))),
    }
}

/// The answer to a request that has one.
///
/// # Errors
/// `Check` for what is not the row's, or not this request's; those of downloads.
pub async fn fetch(asker: Asker<'_>, inputs: &Inputs, known: &RequestView) -> Result<Answer> {
    let row = row(known)?;
    // Of what does not fit the record says all that there is.
    if row.status == AnswerStatus::Unfit {
        return Ok(Answer::Unfit);
    }
    let reader = Reader::Account(asker.account.clone());
    let gateways = asker.client.open_gateways(Some(reader)).await?;
    let salt = salt_of(inputs, &gateways, &known.input).await?;
    let bytes = blob(&gateways, &row.answer).await?;
    checked(&salt, known, row, &bytes)
}

/// Whether a final block has this answer.
pub async fn is_final(client: &Client, known: &RequestView) -> Result<bool> {
    let block = client.finalized().await?;
    let there = client.inference_request_at(known.id, Some(block.hash)).await?;
    Ok(there.is_some_and(|there| there.state == known.state))
}

/// What a fault was, in words.
pub fn fault_words(fault: FaultKind) -> &'static str {
    match fault {
        FaultKind::NaN => "a value is not a number",
        FaultKind::Index => "an index outside its axis, such as a token that the vocabulary has not",
        FaultKind::Range => "a number outside its type",
    }
}

/// The bytes that salt an answer: from the input as it went out, or, on another machine, as a gateway has it.
async fn salt_of(inputs: &Inputs, gateways: &Gateways, input: &BlobRef) -> Result<[u8; SALT]> {
    let bytes = match inputs.read(input.root)? {
        Some(bytes) => bytes,
        None => blob(gateways, input).await?,
    };
    Ok(salt(&bytes))
}

/// A blob's bytes, verified. Gateways that have not yet seen the block with its name are asked again for a while.
async fn blob(gateways: &Gateways, blob: &BlobRef) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
    let path = folder.path().join("blob");
    let deadline = Instant::now() + CATCHING_UP;
    loop {
        match gateways.fetch(blob.root, blob.len, &path, no_progress()).await {
            Ok(()) => return std::fs::read(&path).map_err(Error::io(&path)),
            Err(Error::Denied(_) | Error::NotFound(_) | Error::Network(_)) if Instant::now() < deadline => {
                sleep(AGAIN).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The answer of these bytes, which are the row's and this request's.
fn checked(salt: &[u8; SALT], known: &RequestView, row: &AnswerRow, bytes: &[u8]) -> Result<Answer> {
    let differs = |why: &dyn Display| Error::Check(format!("what is recorded for request {}: {why}", known.id));
    let answer = Answer::read(salt, &known.task, bytes).map_err(|unreadable| differs(&unreadable))?;
    let tokens = answer.tokens().len();
    match answer.status() == row.status && u32::try_from(tokens) == Ok(row.tokens) {
        true => Ok(answer),
        false => Err(differs(&format_args!(
            "{} with {} tokens, and its answer says {} with {tokens}",
            quorate_client::words::answer_status(row.status),
            row.tokens,
            quorate_client::words::answer_status(answer.status())
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_exact::infer::Tensor;
    use quorate_primitives::{job::infer::Task, AccountId};
    use quorate_program::Value;

    fn blob_of(bytes: &[u8]) -> BlobRef {
        BlobRef {
            root: quorate_exact::root(bytes).into(),
            len: bytes.len() as u64,
        }
    }

    fn known(bytes: &[u8]) -> RequestView {
        let row = AnswerRow {
            request: 4,
            status: AnswerStatus::Answered,
            answer: blob_of(bytes),
            trace: Default::default(),
            tokens: 0,
            operations: 1,
        };
        RequestView {
            id: 4,
            asked_by: AccountId::new([1; 32]),
            organisation: 3,
            model: 0,
            version: 1,
            program: 2,
            input: blob_of(b""),
            task: Task::Run,
            operations: 1,
            memory: 1,
            fee: 7,
            reading: 0,
            cost: 5,
            clean: true,
            state: RequestState::Answered { batch: 6, row },
            requested_at: 8,
            ended_at: Some(9),
        }
    }

    #[test]
    fn answer_to_another_request_should_not_be_given_out() {
        let answer = Answer::Outputs(vec![Value::F32(Tensor::new(vec![2], vec![0.5; 2]).unwrap())]);
        let bytes = answer.write(&[7; SALT]);
        let known = known(&bytes);
        let row = row(&known).unwrap();
        assert_eq!(checked(&[7; SALT], &known, row, &bytes).unwrap(), answer);
        let other = AnswerRow {
            status: AnswerStatus::Fault,
            ..row.clone()
        };
        let more = AnswerRow {
            tokens: 1,
            ..row.clone()
        };
        for wrong in [
            checked(&[8; SALT], &known, row, &bytes),
            checked(&[7; SALT], &known, &other, &bytes),
            checked(&[7; SALT], &known, &more, &bytes),
            checked(&[7; SALT], &known, row, &bytes[..bytes.len() - 1]),
        ] {
            assert!(matches!(wrong, Err(Error::Check(_))));
        }
    }

    #[test]
    fn request_that_has_not_ended_should_have_no_row() {
        let mut known = known(b"");
        known.state = RequestState::Waiting;
        assert!(row(&known).unwrap_err().to_string().contains("has not ended"));
    }
}

//! Inference: requests are checked and answered from files of another validator, and outcome, rows and answers are the reference's.

mod batches;
mod checks;
mod files;
mod spot_checks;
mod streams;

use crate::side::*;
use codec::DecodeAll;
use quorate_primitives::job::{infer::InferOutcome, Outcome};
use quorate_protocol::{Failure, Output, Task};

async fn outcome(side: &mut Side, task: Task) -> Result<InferOutcome, Failure> {
    match side.run(task, PATIENCE).await.1? {
        Output::Outcome(bytes) => match Outcome::decode_all(&mut &bytes[..]).unwrap() {
            Outcome::Infer(outcome) => Ok(outcome),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

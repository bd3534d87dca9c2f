//! One evaluation.

use crate::{
    blobs::Blobs,
    finality::{ended, Standing},
    frozen,
    job::{attested, known},
    report::{conclude, Check, Checks, Conclusion, Stop},
};
use quorate_client::{connection::Block, words, Client, Error, Result};
use quorate_engine::{BlobFile, Control, Engine, EngineError, EvaluateInput, Evaluated, Settings, TileEngine};
use quorate_evaluation::ROW_BYTES;
use quorate_primitives::{
    job::{evaluate::EXACT_VERSION, Evaluate, EvaluateOutcome, IdentifiedJob},
    views::{EvaluationState, EvaluationView},
    EvaluationId, Root,
};
use serde_json::{json, Value};
use std::os::unix::fs::FileExt;

/// What the verification of an evaluation found.
#[derive(Clone, Debug)]
pub struct EvaluationReport {
    pub evaluation: EvaluationView,
    /// The final block whose state was read.
    pub block: Block,
    pub checks: Vec<Check>,
}

impl EvaluationReport {
    pub fn conclusion(&self) -> Conclusion {
        conclude(&self.checks, !self.evaluation.clean)
    }

    pub fn to_json(&self) -> Value {
        let conclusion = self.conclusion();
        json!({
            "evaluation": self.evaluation,
            "block": { "number": self.block.number, "hash": format!("{:?}", self.block.hash) },
            "conclusion": conclusion.as_str(),
            "verified": conclusion == Conclusion::Verified,
            "checks": self.checks.iter().map(Check::to_json).collect::<Vec<_>>(),
        })
    }
}

/// Evaluate again what an evaluation names, and compare bit for bit, as a final block has it; one that is not final yet is waited for. `progress` is called with what is being done.
///
/// # Errors
/// When the chain cannot be read; `Input` for an evaluation without an outcome. Differences, and what could not be checked, are in the report.
pub async fn verify_evaluation(
    client: &Client,
    id: EvaluationId,
    blobs: &Blobs,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<EvaluationReport> {
    progress("reading the record");
    let name = format!("evaluation {id}");
    let read = async |at| Ok(client.evaluation_at(id, at).await?.map(standing));
    let (block, evaluation) = ended(client, &name, progress, read).await?;
    let recorded = match evaluation.state {
        EvaluationState::Done(outcome) => outcome,
        EvaluationState::Computing => return Err(Error::Input(format!("{name} is still computed"))),
        EvaluationState::Failed(reason) => {
            let why = words::evaluation_failure(reason);
            return Err(Error::Input(format!("{name} came to nothing: {why}")));
        }
    };
    // Pruned with its statements some days after the end: the outcome is in the record, and is derived again from the files alone.
    let job: Option<IdentifiedJob> = client.runtime("JobsApi_job", evaluation.job, Some(block.hash)).await?;
    let mut checks = Checks::default();
    if let Some(job) = &job {
        let same = job.job.spec.work.evaluate() == Some(&evaluation.work);
        attested(&mut checks, &job.job, same, Some(recorded.into()));
    }
    let work = &evaluation.work;
    frozen::check(client, &mut checks, work.model, work.frozen_base.as_ref()).await?;
    let derived = again(
        client,
        &mut checks,
        (&evaluation.work, job.as_ref()),
        &recorded,
        blobs,
        progress,
    )
    .await;
    checks.replayed("replay", derived);
    Ok(EvaluationReport {
        evaluation,
        block,
        checks: checks.0,
    })
}

fn standing(evaluation: EvaluationView) -> Standing<EvaluationView> {
    match (&evaluation.state, evaluation.ended_at) {
        (EvaluationState::Done(_) | EvaluationState::Failed(_), Some(at)) => Standing::Ended { at, what: evaluation },
        _ => Standing::Open("still computed".into()),
    }
}

async fn again(
    client: &Client,
    checks: &mut Checks,
    (work, job): (&Evaluate, Option<&IdentifiedJob>),
    recorded: &EvaluateOutcome,
    blobs: &Blobs,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(), Stop> {
    known(job.map(|job| &job.job), EXACT_VERSION)?;
    progress("reading the files");
    let input = EvaluateInput {
        version: blobs
            .open(client, "version", work.version_root, work.version_len)
            .await?,
        frozen_base: blobs.open_frozen_base(client, work.frozen_base.as_ref()).await?,
        program: blobs
            .open(client, "program", work.program_root, work.program_len)
            .await?,
        data: blobs.open(client, "data set", work.data_root, work.data_len).await?,
        operations: work.operations,
    };
    progress("evaluating again");
    let control = blobs.control();
    let made = tokio::task::spawn_blocking(move || evaluate(&input, &control)).await;
    let made = made.map_err(|error| Stop::Unchecked(error.to_string()))??;
    let detail = match recorded {
        EvaluateOutcome::Done { rows, detail, .. } => opened(client, blobs, (*detail, *rows), &made).await,
        EvaluateOutcome::Unfit => None,
    };
    compare(checks, recorded, &made, detail.as_ref());
    Ok(())
}

fn evaluate(input: &EvaluateInput, control: &Control) -> Result<Evaluated, EngineError> {
    TileEngine::new(Settings::default()).evaluate(input, control)
}

/// The recorded detail, if it is another one than was made here, and somebody shows it.
async fn opened(client: &Client, blobs: &Blobs, (root, rows): (Root, u64), made: &Evaluated) -> Option<BlobFile> {
    match made {
        Evaluated::Done { detail, .. } if quorate_exact::root(detail) != root.0 => {
            let len = rows.saturating_mul(ROW_BYTES as u64);
            blobs.open(client, "detail", root, len).await.ok()
        }
        _ => None,
    }
}

fn compare(checks: &mut Checks, recorded: &EvaluateOutcome, made: &Evaluated, detail: Option<&BlobFile>) {
    match (recorded, made) {
        (EvaluateOutcome::Unfit, Evaluated::Unfit(reason)) => checks.add("unfit", true, reason.clone()),
        (EvaluateOutcome::Unfit, Evaluated::Done { .. }) => checks.add("unfit", false, "it fits"),
        (EvaluateOutcome::Done { .. }, Evaluated::Unfit(reason)) => {
            checks.add("rows", false, format!("it does not fit: {reason}"));
        }
        (
            EvaluateOutcome::Done {
                rows,
                loss,
                correct,
                faults,
                detail: root,
            },
            Evaluated::Done { tally, detail: own },
        ) => {
            checks.equal("rows", &tally.rows, rows);
            checks.equal("losses", &tally.loss, loss);
            checks.equal("correct", &tally.correct, correct);
            checks.equal("faults", &tally.faults, faults);
            checks.equal("detail", &Root::from(quorate_exact::root(own)), root);
            if let Some(row) = detail.and_then(|theirs| first_difference(own, theirs)) {
                checks.add("first row", false, row);
            }
        }
    }
}

/// The first row that the recorded detail has otherwise, with both.
fn first_difference(own: &[u8], theirs: &BlobFile) -> Option<String> {
    let mut other = vec![0; usize::try_from(theirs.len()).ok()?];
    theirs.file().read_exact_at(&mut other, 0).ok()?;
    let rows = |bytes: &[u8]| bytes.chunks(ROW_BYTES).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (own, other) = (rows(own), rows(&other));
    let at = own
        .iter()
        .zip(&other)
        .position(|(a, b)| a != b)
        .unwrap_or(own.len().min(other.len()));
    let shown = |rows: &[Vec<u8>]| rows.get(at).map_or_else(|| "no such row".into(), |row| row_text(row));
    Some(format!("row {at}: derived {}, recorded {}", shown(&own), shown(&other)))
}

fn row_text(row: &[u8]) -> String {
    let loss = row.first_chunk().copied().map_or(0, i32::from_le_bytes);
    let flag = match row.last() {
        Some(1) => ", correct",
        Some(2) => ", a fault",
        _ => "",
    };
    format!(
        "loss {}{flag}",
        f64::from(loss) / f64::from(1 << quorate_evaluation::SCALE)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Found;
    use quorate_evaluation::{RowResult, Tally};
    use std::io::Write;

    fn detail(losses: &[i32]) -> Vec<u8> {
        let row = |&loss: &i32| RowResult {
            loss,
            correct: loss == 0,
            fault: false,
        };
        losses.iter().map(row).flat_map(RowResult::bytes).collect()
    }

    fn blob(bytes: &[u8]) -> BlobFile {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        BlobFile::of(file).unwrap()
    }

    fn differing(recorded: &EvaluateOutcome, made: &Evaluated, detail: Option<&BlobFile>) -> Vec<Check> {
        let mut checks = Checks::default();
        compare(&mut checks, recorded, made, detail);
        checks.0.retain(|check| check.found != Found::Equal);
        checks.0
    }

    #[test]
    fn what_is_not_what_was_derived_should_be_named_and_the_first_row_of_it() {
        let own = detail(&[1 << 20, 0, 1 << 19]);
        let tally = Tally {
            rows: 3,
            loss: 3 << 19,
            correct: 1,
            faults: 0,
        };
        let made = Evaluated::Done {
            tally,
            detail: own.clone(),
        };
        let outcome = |loss, bytes: &[u8]| EvaluateOutcome::Done {
            rows: 3,
            loss,
            correct: 1,
            faults: 0,
            detail: quorate_exact::root(bytes).into(),
        };
        assert!(differing(&outcome(3 << 19, &own), &made, None).is_empty());
        let names = |checks: &[Check]| checks.iter().map(|check| check.name).collect::<Vec<_>>();
        assert_eq!(
            names(&differing(&outcome((3 << 19) + 1, &own), &made, None)),
            ["losses"]
        );
        let other = detail(&[1 << 20, 0, 1 << 18]);
        let found = differing(&outcome(3 << 19, &other), &made, Some(&blob(&other)));
        assert_eq!(names(&found), ["detail", "first row"]);
        assert_eq!(found[1].detail, "row 2: derived loss 0.5, recorded loss 0.25");
        let longer = detail(&[1 << 20, 0, 1 << 19, 7]);
        let found = differing(&outcome(3 << 19, &longer), &made, Some(&blob(&longer)));
        assert!(found[1].detail.starts_with("row 3: derived no such row"), "{found:?}");
        let unfit = Evaluated::Unfit("no tensor".into());
        assert!(differing(&EvaluateOutcome::Unfit, &unfit, None).is_empty());
        assert_eq!(names(&differing(&EvaluateOutcome::Unfit, &made, None)), ["unfit"]);
        assert_eq!(names(&differing(&outcome(0, &own), &unfit, None)), ["rows"]);
    }
}

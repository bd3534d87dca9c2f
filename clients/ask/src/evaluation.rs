//! An evaluation: what it costs, and sent.

use crate::{
    artifact::{file_of, read_program},
    fits::{self, Served},
    nothing_sent, paying, Asker,
};
use quorate_client::{calls::evaluation as calls, evaluations::Wanted, Error, Included, Result, Until};
use quorate_contribute::cache::Cache;
use quorate_data_set::DataSet;
use quorate_evaluation::{operations, Fit, SCALE};
use quorate_primitives::{
    availability::ArtifactKind,
    job::EvaluateOutcome,
    views::{EvaluationState, EvaluationView, Quote},
    ArtifactId, Balance, EvaluationId, ModelId, OrganisationId, VersionIndex,
};
use quorate_program::Program;
use std::{fs::File, io::Read, path::Path};

/// What is evaluated, and what it costs now.
#[derive(Clone, Copy, Debug)]
pub struct Priced {
    pub wanted: Wanted,
    /// Whose fund pays.
    pub organisation: OrganisationId,
    pub quote: Quote,
}

/// What an evaluation costs, of a version that has the program's tensors, on a data set that has the program's inputs.
///
/// # Errors
/// `NotFound`; `Input` for what cannot be evaluated, saying why.
pub async fn price(
    asker: Asker<'_>,
    cache: &Cache,
    (model, version): (ModelId, VersionIndex),
    [program, data]: [ArtifactId; 2],
    say: &dyn Fn(&str),
) -> Result<Priced> {
    let (client, account) = (asker.client, Some(asker.account));
    let organisation = paying::paying(client, &asker.account.id()).await?;
    let served = Served::of(client, (model, Some(version)), organisation).await?;
    let (known, file) = file_of(client, account, cache, (program, ArtifactKind::Program)).await?;
    fits::may_use(&known, organisation)?;
    let decoded = read_program(&file)?;
    served.check(asker, &decoded, say).await?;
    let (known, file) = file_of(client, account, cache, (data, ArtifactKind::DataSet)).await?;
    fits::may_use(&known, organisation)?;
    let wanted = Wanted {
        model,
        version,
        program,
        data,
        operations: needed(&decoded, &header(&file)?)?,
    };
    Ok(Priced {
        quote: client.quote(&wanted).await?,
        wanted,
        organisation,
    })
}

/// Ask for an evaluation. `max_fee`: what it costs now unless given, and at most [`paying::MOST`].
///
/// # Errors
/// `Input` where it costs more, or the fund has not as much; those of the chain.
pub async fn send(asker: Asker<'_>, priced: &Priced, max_fee: Option<Balance>) -> Result<EvaluationId> {
    let (client, fee) = (asker.client, priced.quote.fee);
    let max_fee = paying::most(("the evaluation", fee), max_fee)?;
    paying::fund_of(client, priced.organisation, ("the evaluation", fee)).await?;
    let call = calls::request(&priced.wanted, max_fee);
    // A fork that loses would give the number to another one.
    let sent = client.submit(asker.account, &call, Until::Finalized).await?;
    id_of(&sent)
}

/// Thousands of millions of operations that a program takes on a data set.
///
/// # Errors
/// `Input` where they do not fit each other.
pub fn needed(program: &Program, data: &DataSet) -> Result<u64> {
    Fit::new(program, data).map_err(nothing_sent)?;
    operations(program, data.rows()).ok_or_else(|| nothing_sent("nobody pays for so many operations"))
}

/// What the header of a data set says.
///
/// # Errors
/// `Input`; `Io`.
pub fn header(path: &Path) -> Result<DataSet> {
    let wrong = |error: &dyn std::fmt::Display| Error::Input(format!("{}: {error}", path.display()));
    let mut file = File::open(path).map_err(Error::io(path))?;
    let mut prefix = [0; 8];
    file.read_exact(&mut prefix).map_err(|error| wrong(&error))?;
    let len = DataSet::header_len(prefix).map_err(|error| wrong(&error))?;
    let mut bytes = vec![0; len];
    let (start, rest) = bytes.split_at_mut(prefix.len().min(len));
    start.copy_from_slice(prefix.get(..start.len()).unwrap_or_default());
    file.read_exact(rest).map_err(|error| wrong(&error))?;
    DataSet::read_header(&bytes).map_err(|error| wrong(&error))
}

/// The sums of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    pub rows: u64,
    /// Sum of the rows' losses, in units of 2^−20.
    pub loss: i64,
    pub correct: u64,
    pub faults: u64,
}

impl Sums {
    /// Of one that is done.
    pub fn of(evaluation: &EvaluationView) -> Option<Self> {
        match evaluation.state {
            EvaluationState::Done(EvaluateOutcome::Done {
                rows,
                loss,
                correct,
                faults,
                ..
            }) => Some(Self {
                rows,
                loss,
                correct,
                faults,
            }),
            _ => None,
        }
    }

    /// For people: the sums are what was agreed on.
    pub fn mean_loss(self) -> f64 {
        self.loss as f64 / f64::from(1u32 << SCALE) / self.rows.max(1) as f64
    }

    /// Rows that are right, of all.
    pub fn accuracy(self) -> f64 {
        self.correct as f64 / self.rows.max(1) as f64
    }
}

fn id_of(sent: &Included) -> Result<EvaluationId> {
    let fields = sent.event("Evaluation.Requested");
    let id = fields.and_then(|fields| fields.first_chunk()).copied();
    let id = id.map(EvaluationId::from_le_bytes);
    id.ok_or_else(|| Error::Incompatible("no Evaluation.Requested event".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_program::{op::Unary, Graph, Input, Node, Op, Output, Type};

    fn made(output: &str) -> (Program, DataSet) {
        let column = Input {
            name: "x".into(),
            shape: vec![],
            element: Type::F32,
        };
        let graph = Graph {
            inputs: vec![column.clone()],
            nodes: vec![Node {
                operands: vec![0],
                op: Op::Unary(Unary::Abs),
            }],
            outputs: vec![Output {
                name: output.into(),
                value: 1,
            }],
            ..Graph::default()
        };
        (
            Program::new(graph).unwrap(),
            DataSet::new(vec![column], vec![], 1).unwrap(),
        )
    }

    #[test]
    fn what_does_not_fit_should_be_found_before_anything_is_paid() {
        let (program, data) = made("loss");
        assert_eq!(needed(&program, &data).unwrap(), 1);
        let (program, data) = made("cost");
        let refused = needed(&program, &data).unwrap_err().to_string();
        assert!(
            refused.contains("nothing was sent") && refused.contains("loss"),
            "{refused}"
        );
    }

    #[test]
    fn header_of_what_is_no_data_set_should_be_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        for bytes in [&[][..], &[0xFF; 8], &[1; 64]] {
            std::fs::write(&path, bytes).unwrap();
            assert!(header(&path).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn mean_loss_should_be_that_of_a_row() {
        let sums = Sums {
            rows: 4,
            loss: 6 << 20,
            correct: 3,
            faults: 1,
        };
        assert_eq!((sums.mean_loss(), sums.accuracy()), (1.5, 0.75));
    }
}

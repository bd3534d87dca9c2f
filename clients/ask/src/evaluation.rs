//! An evaluation: what it costs, and sent.

use crate::{
    artifact::{self, file_of, Files},
    asked::{Marks, Same},
    fits, nothing_sent,
    own::OwnEvaluation,
    paying,
    waiting::LOST,
    Asker,
};
use quorate_client::{calls::evaluation as calls, evaluations::Wanted, watch::Limit, Call, Client, Error, Result};
use quorate_data_set::DataSet;
use quorate_evaluation::{operations, Fit, SCALE};
use quorate_primitives::{
    availability::ArtifactKind,
    job::EvaluateOutcome,
    views::{EvaluationState, EvaluationView, Quote},
    AccountId, ArtifactId, Balance, BlockNumber, EvaluationId, ModelId, OrganisationId, VersionIndex,
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
/// `NotFound`; `Input`, `Unavailable` for what cannot be evaluated, saying why.
pub async fn price(
    asker: Asker<'_>,
    files: impl Into<Files<'_>>,
    (model, version): (ModelId, VersionIndex),
    [program, data]: [ArtifactId; 2],
    say: &dyn Fn(&str),
) -> Result<Priced> {
    let (client, account, files) = (asker.client, Some(asker.account), files.into());
    let allowed = fits::allowed(asker, (model, Some(version)), &[program, data]).await?;
    let (_, decoded) = artifact::program(client, account, files, program).await?;
    allowed.served.check(asker, &decoded, say).await?;
    let (_, file) = file_of(client, account, files, (data, ArtifactKind::DataSet)).await?;
    let wanted = Wanted {
        model,
        version,
        program,
        data,
        operations: needed(&decoded, &header(&file)?)?,
    };
    priced(client, allowed.organisation, wanted).await
}

/// The same where the operations are known: nothing is fetched, and what does not fit shows to validators alone.
///
/// # Errors
/// `NotFound`; `Input`, `Unavailable`.
pub async fn price_of(asker: Asker<'_>, wanted: Wanted) -> Result<Priced> {
    let version = (wanted.model, Some(wanted.version));
    let allowed = fits::allowed(asker, version, &[wanted.program, wanted.data]).await?;
    priced(asker.client, allowed.organisation, wanted).await
}

async fn priced(client: &Client, organisation: OrganisationId, wanted: Wanted) -> Result<Priced> {
    Ok(Priced {
        quote: client.quote(&wanted).await?,
        wanted,
        organisation,
    })
}

/// An evaluation that can be paid.
#[derive(Debug)]
pub struct Ready {
    pub own: OwnEvaluation,
    call: Call,
}

/// Look whether an evaluation can be paid. `max_fee`: what it costs now unless given, and at most [`paying::MOST`].
///
/// # Errors
/// `Input` where it costs more; `Unavailable` where the fund has not as much.
pub async fn ready(asker: Asker<'_>, priced: &Priced, max_fee: Option<Balance>) -> Result<Ready> {
    let (client, fee) = (asker.client, priced.quote.fee);
    let max_fee = paying::most(("the evaluation", fee), max_fee)?;
    paying::fund_of(client, priced.organisation, ("the evaluation", fee)).await?;
    Ok(Ready {
        own: OwnEvaluation::next(client, asker.account.id(), priced.wanted).await?,
        call: calls::request(&priced.wanted, max_fee),
    })
}

impl Ready {
    /// Send it: its number, when that is final. `over` is called where it will never be on chain.
    ///
    /// # Errors
    /// Those of the chain.
    pub async fn send(&self, asker: Asker<'_>, over: impl FnOnce()) -> Result<EvaluationId> {
        let (client, account) = (asker.client, asker.account);
        let sent = client.submit_numbered_or(account, &self.call, "Evaluation.Requested", over);
        Ok(sent.await?.0)
    }
}

/// The newest evaluation that an account asked for of a version, by a program on a data set, and that has or may have its sums. Another one
/// would have the same.
///
/// # Errors
/// Those of the chain.
pub async fn earlier(
    client: &Client,
    account: &AccountId,
    version: (ModelId, VersionIndex),
    of: [ArtifactId; 2],
) -> Result<Option<EvaluationView>> {
    let (mut newest, mut from) = (None, 0);
    loop {
        let page = client.evaluations_from(version, from, None).await?;
        // A node whose pages do not go on holds up nobody.
        let Some(end) = page.last().filter(|end| end.id >= from) else {
            return Ok(newest);
        };
        from = end.id.saturating_add(1);
        let mut own = page.into_iter().filter(|known| {
            let has_sums = matches!(
                known.state,
                EvaluationState::Computing | EvaluationState::Done(EvaluateOutcome::Done { .. })
            );
            has_sums && known.asked_by == *account && [known.work.program, known.work.data] == of
        });
        newest = own.next_back().or(newest);
    }
}

/// Wait for the evaluation that another call may have sent, which marked it after block `since`: `None` where that call did not send it, or it
/// can come into no block any more.
///
/// # Errors
/// Those of the chain.
pub async fn awaited(
    client: &Client,
    (marks, same, since): (&Marks, Same, BlockNumber),
    earlier: impl AsyncFn() -> Result<Option<EvaluationView>>,
) -> Result<Option<EvaluationView>> {
    let what = "the chain has not gone on with what was asked";
    let step = client.until(what, Limit::WhileBlocksCome, || async {
        let lapsed = !marks.has(same) || client.best().await?.number >= since.saturating_add(LOST);
        let known = earlier().await?;
        Ok((known.is_some() || lapsed).then_some(known))
    });
    step.await
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

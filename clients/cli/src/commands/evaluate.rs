//! Asking for an evaluation.

use crate::{
    commands::{artifact_cache::cached, evaluation, preflight, whole_file},
    context::Context,
    failure::{nothing_sent, usage, Failure, Result},
    output::{spinner, tokens},
    version_ref::VersionRef,
};
use quorate_ask::{
    fits::{may_use, Served},
    Asker,
};
use quorate_client::{
    calls::evaluation as calls, evaluations::Wanted, link::Link, watch::Limit, words, Client, Error, Included, Until,
};
use quorate_data_set::DataSet;
use quorate_evaluation::{operations, Fit};
use quorate_primitives::{
    availability::ArtifactKind,
    job::{Job, JobPhase},
    views::{EvaluationState, EvaluationView},
    ArtifactId, Balance, EvaluationId,
};
use quorate_program::Program;
use serde_json::json;
use std::{fs::File, io::Read, path::Path};

/// What is asked for.
pub struct Request {
    pub version: VersionRef,
    pub program: ArtifactId,
    pub data: ArtifactId,
    pub max_fee: Option<Balance>,
    /// In thousands of millions; counted here unless given.
    pub operations: Option<u64>,
    pub wait: bool,
}

pub async fn run(context: &Context, request: Request) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let organisation = preflight::paying(&client, &account.id()).await?;
    let VersionRef { model, version } = request.version;
    let served = Served::of(&client, (model, Some(version)), organisation).await?;
    for artifact in [request.program, request.data] {
        may_use(&client.artifact(artifact).await?, organisation)?;
    }
    let operations = match request.operations {
        Some(operations) => operations,
        None => {
            let asker = Asker {
                client: &client,
                account: &account,
            };
            counted(context, asker, &served, (request.program, request.data)).await?
        }
    };
    let wanted = Wanted {
        model: request.version.model,
        version: request.version.version,
        program: request.program,
        data: request.data,
        operations,
    };
    let quote = client.quote(&wanted).await?;
    let max_fee = request.max_fee.unwrap_or(quote.fee);
    if quote.fee > max_fee {
        return Err(usage(format!(
            "the evaluation costs {}, more than {}",
            tokens(quote.fee),
            tokens(max_fee)
        )));
    }
    preflight::fund_of(&client, organisation, ("the evaluation", quote.fee)).await?;
    let priced =
        json!({ "fee": quote.fee.to_string(), "blocks": quote.commit, "thousandMillionOperations": operations });
    context.print(&json!({ "quote": priced }), || {
        let (fee, blocks) = (tokens(quote.fee), quote.commit);
        eprintln!("{operations} thousand million operations: {fee}, and at most {blocks} blocks to compute");
    });
    let call = calls::request(&wanted, max_fee);
    let done = client.submit(&account, &call, Until::InBlock).await?;
    let id = id_of(&done)?;
    let known = client.evaluation(id).await?;
    if !context.is_json() {
        let (block, job, fee) = (done.number(), known.job, tokens(known.fee));
        eprintln!("evaluation {id} asked for in block {block}: job {job:?}, fee {fee}");
    }
    match request.wait {
        true => report_end(context, id).await,
        false => {
            let value = json!({ "evaluation": id, "job": known.job, "fee": known.fee.to_string() });
            context.print(&value, || println!("evaluation {id}"));
            Ok(())
        }
    }
}

/// The operations that program and data set need, which are fetched and must fit each other and the version.
async fn counted(
    context: &Context,
    asker: Asker<'_>,
    served: &Served,
    (program, data): (ArtifactId, ArtifactId),
) -> Result<u64> {
    let program = decoded(&cached(context, asker.client, program, ArtifactKind::Program).await?)?;
    let data = cached(context, asker.client, data, ArtifactKind::DataSet).await?;
    let operations = needed(&program, &data)?;
    served.check(asker, &program, &|why| eprintln!("{why}")).await?;
    Ok(operations)
}

/// The program in a file.
pub fn decoded(path: &Path) -> Result<Program> {
    let bytes = whole_file::read(path)?;
    Program::decode(&bytes).map_err(|error| usage(format!("{}: {error}", path.display())))
}

fn needed(decoded: &Program, data: &Path) -> Result<u64> {
    let set = header(data)?;
    Fit::new(decoded, &set).map_err(nothing_sent)?;
    operations(decoded, set.rows()).ok_or_else(|| nothing_sent("nobody pays for so many operations"))
}

/// What the header of a data set says.
pub fn header(path: &Path) -> Result<DataSet> {
    let wrong = |error: &dyn std::fmt::Display| usage(format!("{}: {error}", path.display()));
    let mut file = File::open(path).map_err(|error| wrong(&error))?;
    let mut prefix = [0; 8];
    file.read_exact(&mut prefix).map_err(|error| wrong(&error))?;
    let len = DataSet::header_len(prefix).map_err(|error| wrong(&error))?;
    let mut bytes = vec![0; len];
    let (start, rest) = bytes.split_at_mut(prefix.len().min(len));
    start.copy_from_slice(prefix.get(..start.len()).unwrap_or_default());
    file.read_exact(rest).map_err(|error| wrong(&error))?;
    DataSet::read_header(&bytes).map_err(|error| wrong(&error))
}

fn id_of(done: &Included) -> Result<EvaluationId> {
    let fields = done.event("Evaluation.Requested");
    let id = fields.and_then(|fields| fields.first_chunk()).copied();
    let id = id.map(EvaluationId::from_le_bytes);
    Ok(id.ok_or_else(|| Error::Incompatible("no Evaluation.Requested event".into()))?)
}

/// Waits until the committee has agreed or given up, and says on what.
async fn report_end(context: &Context, id: EvaluationId) -> Result {
    let known = ended(context, id).await?;
    evaluation::print_one(context, &known);
    match known.state {
        EvaluationState::Done(_) | EvaluationState::Computing => Ok(()),
        EvaluationState::Failed(reason) => Err(Failure::Check(format!(
            "evaluation {id} came to nothing: {}",
            words::evaluation_failure(reason)
        ))),
    }
}

/// The chain itself ends the job; until then the connection may break.
async fn ended(context: &Context, id: EvaluationId) -> Result<EvaluationView> {
    let link = Link::new(async || context.connect().await).await?;
    let bar = spinner("waiting for the committee");
    let what = "the committee has not agreed on the evaluation";
    let again = |error: &Error| bar.suspend(|| eprintln!("connecting again: {error}"));
    let wait = async |client: Client| {
        let step = client.until(what, Limit::WhileBlocksCome, || async {
            let known = client.evaluation(id).await?;
            if known.state != EvaluationState::Computing {
                return Ok(Some(known));
            }
            // A job that a fork has taken back is there again in a moment.
            if let Ok(job) = client.job(known.job).await {
                bar.set_message(progress(&job.job));
            }
            Ok(None)
        });
        step.await
    };
    let known = link.keep(again, wait).await;
    bar.finish_and_clear();
    Ok(known?)
}

/// How far the committee is.
fn progress(job: &Job) -> String {
    let (members, all) = (job.committee.len(), &job.statements);
    match job.phase {
        JobPhase::Commit { until } => {
            let done = all.iter().filter(|one| one.commit.is_some()).count();
            format!("computing: {done} of {members} validators are done; until block {until} at most")
        }
        JobPhase::Reveal { until, .. } => {
            let done = all.iter().filter(|one| one.reveal.is_some()).count();
            format!("{done} of {members} validators have said what they found; until block {until} at most")
        }
        JobPhase::Closed { .. } => "the job is closed".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_data_set::Row;
    use quorate_exact::infer::Tensor;
    use quorate_program::{op::Unary, Graph, Input, Node, Op, Output, Type, Value};

    fn files(output: &str, folder: &Path) -> [std::path::PathBuf; 2] {
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
        let set = DataSet::new(vec![column], vec![], 1).unwrap();
        let row = Row {
            sizes: Default::default(),
            values: vec![Value::F32(Tensor::new(vec![], vec![0.5]).unwrap())],
        };
        let files = ["program", "data"].map(|name| folder.join(name));
        std::fs::write(&files[0], Program::new(graph).unwrap().encode()).unwrap();
        std::fs::write(&files[1], [set.header(), set.write_row(&row).unwrap()].concat()).unwrap();
        files
    }

    #[test]
    fn what_does_not_fit_should_be_found_before_anything_is_paid() {
        let folder = tempfile::tempdir().unwrap();
        let [program, data] = files("loss", folder.path());
        assert_eq!(needed(&decoded(&program).unwrap(), &data).unwrap(), 1);
        assert!(decoded(&data).is_err() && header(&program).is_err());
        let [program, data] = files("cost", folder.path());
        let Err(Failure::Usage(text)) = needed(&decoded(&program).unwrap(), &data) else {
            panic!("a program without a loss is taken");
        };
        assert!(text.contains("loss"), "{text}");
    }
}

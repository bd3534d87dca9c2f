//! Requests for answers, and evaluations.

use crate::{failure::raised, net::Net, progress::Progress, roots::root_of, waiting::wait};
use pyo3::{exceptions::PyValueError, prelude::*, pybacked::PyBackedBytes, types::PyBytes};
use quorate_ask::{
    answer, artifact, evaluation,
    own::{OwnEvaluation, OwnRequest},
    question::{salt, Generating, Given, Question},
    request,
    stream::{compared, follow, Compared, Event, Read, Streamed},
    waiting, Asker,
};
use quorate_client::{calls::inference as calls, gateways::no_progress, inputs::Inputs, Account, Client, Error, Until};
use quorate_contribute::Failure;
use quorate_inference::{Answer, FaultKind};
use quorate_primitives::{
    job::infer::{Choice, Task},
    views::{inference::RequestState, inference::RequestView, ArtifactView, EvaluationView},
    ArtifactId, Balance, EvaluationId, ModelId, RequestId, Root, VersionIndex,
};
use quorate_program::{types::shape_text, Type, Value};
use serde::{de::DeserializeOwned, Serialize};
use serde_json::json;
use std::{
    convert::Infallible,
    future::pending,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// A program that is held.
#[pyclass(frozen, module = "quorate._quorate")]
pub struct Program {
    known: ArtifactView,
    inner: quorate_program::Program,
}

#[pymethods]
impl Program {
    /// Name, element type and shape of each input, such as `rows`, `f32`, `[rows, 3]`.
    #[getter]
    fn inputs(&self) -> Vec<(String, String, String)> {
        let inputs = self.inner.graph().inputs.iter();
        let shown = inputs.map(|input| {
            let element = input.element.to_string();
            (input.name.clone(), element, shape_text(&input.shape))
        });
        shown.collect()
    }

    /// Names of the outputs.
    #[getter]
    fn outputs(&self) -> Vec<String> {
        let outputs = self.inner.graph().outputs.iter();
        outputs.map(|output| output.name.clone()).collect()
    }

    /// A run with these inputs, in the program's order: element type, shape and little-endian bytes of each.
    fn run(&self, py: Python<'_>, inputs: Vec<(String, Vec<usize>, PyBackedBytes)>) -> PyResult<Asked> {
        let values: PyResult<Vec<Value>> = inputs.iter().map(value).collect();
        self.ask(py, Given::Inputs(values?))
    }

    /// Up to `max_tokens` tokens that follow these: the likeliest, or drawn at a temperature among the `top` likeliest.
    #[pyo3(signature = (tokens, max_tokens = None, temperature = None, top = 40, stop = None))]
    fn generate(
        &self,
        py: Python<'_>,
        tokens: Vec<u32>,
        max_tokens: Option<u32>,
        temperature: Option<f32>,
        top: u32,
        stop: Option<u32>,
    ) -> PyResult<Asked> {
        let choice = match temperature {
            None => Choice::Largest,
            Some(temperature) => Choice::Drawn {
                temperature: temperature.to_bits(),
                top,
            },
        };
        let generating = Generating {
            max_tokens,
            choice,
            stop,
        };
        self.ask(py, Given::Tokens(tokens, generating))
    }
}

impl Program {
    fn ask(&self, py: Python<'_>, given: Given) -> PyResult<Asked> {
        let asked = py.detach(|| Question::new(&self.inner, given, salt()?));
        asked
            .map(|question| Asked { question })
            .map_err(|error| raised(py, &error.into()))
    }
}

/// A question to a program, with random bytes of its own.
#[pyclass(frozen, module = "quorate._quorate")]
pub struct Asked {
    question: Question,
}

#[pymethods]
impl Asked {
    /// BLAKE3 root of its input: no other question has it.
    #[getter]
    fn root(&self) -> String {
        format!("{:?}", Root::from(quorate_exact::root(&self.question.input)))
    }
}

fn value((element, shape, bytes): &(String, Vec<usize>, PyBackedBytes)) -> PyResult<Value> {
    let element = element_named(element).ok_or_else(|| PyValueError::new_err("no element type of programs"))?;
    let value = Value::from_bytes(element, shape, bytes);
    value.map_err(|fault| PyValueError::new_err(fault.to_string()))
}

fn element_named(name: &str) -> Option<Type> {
    let all = [Type::F32, Type::I64, Type::I32, Type::I8, Type::U8, Type::Bool];
    all.into_iter().find(|element| element.to_string() == name)
}

fn text<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Incompatible(error.to_string()))
}

/// A view of the chain as it was given out.
fn view<T: DeserializeOwned>(text: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(|error| PyValueError::new_err(error.to_string()))
}

impl Net {
    /// Wait for something; what it says is told.
    fn telling<T: Send>(
        &self,
        py: Python<'_>,
        progress: &Progress,
        task: impl AsyncFnOnce(Client, &dyn Fn(&str)) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let done = progress.follow(py, async || {
            task(self.client().await?, &|text: &str| progress.say(text)).await
        })?;
        done.map_err(|error| raised(py, &error.into()))
    }

    /// Do something in the account's name; what it says is told.
    fn asking<T: Send>(
        &self,
        py: Python<'_>,
        progress: &Progress,
        task: impl AsyncFnOnce(Asker<'_>, &dyn Fn(&str)) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        self.telling(py, progress, async |client, say| {
            let (client, account) = (&client, self.asks()?);
            task(Asker { client, account }, say).await
        })
    }

    fn asks(&self) -> Result<&Account, Error> {
        self.account.as_ref().ok_or_else(|| {
            Error::Input("who asks? Give connect an account=, or QUORATE_ACCOUNT in the environment".into())
        })
    }

    /// The same by anybody.
    fn reading<T: Send>(
        &self,
        py: Python<'_>,
        task: impl AsyncFnOnce(Client) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let read = wait(py, async || task(self.client().await?).await)?;
        read.map_err(|error: Error| raised(py, &Failure::from(error)))
    }

    fn inputs(&self) -> Result<Inputs, Error> {
        match &self.state {
            Some(folder) => Inputs::open(folder),
            None => Inputs::open(request::folder(
                "name a folder of your own with state=; answers cannot be checked without what lies there",
            )?),
        }
    }
}

/// A program by its number, fetched if need be.
#[pyfunction]
pub fn program(py: Python<'_>, net: &Net, id: ArtifactId) -> PyResult<Program> {
    let found = net.reading(py, async |client| {
        artifact::program(&client, net.account.as_ref(), &net.cache, id).await
    })?;
    let (known, inner) = found;
    Ok(Program { known, inner })
}

/// What an answer costs now, as JSON.
#[pyfunction]
#[pyo3(signature = (net, model, program, asked, version = None))]
pub fn quote(
    py: Python<'_>,
    net: &Net,
    model: ModelId,
    program: &Program,
    asked: &Asked,
    version: Option<VersionIndex>,
) -> PyResult<String> {
    net.asking(py, &Progress::default(), async |asker, say| {
        let of = (&program.known, &program.inner);
        let priced = request::price(asker, (model, version), of, &asked.question, say).await?;
        text(&json!({
            "fee": priced.quote.fee.to_string(), "reading": priced.quote.reading.to_string(), "blocks": priced.quote.commit,
            "operations": priced.asking.operations, "memory": priced.asking.memory, "capable": priced.count.capable, "needed": priced.count.needed,
            "validators": priced.count.validators,
        }))
    })
}

/// Ask: the request's number, when it is in a block. Its input is kept here, and not brought to anybody yet.
#[pyfunction]
#[pyo3(signature = (net, model, program, asked, version = None, max_fee = None, progress = None))]
#[allow(clippy::too_many_arguments)]
pub fn send(
    py: Python<'_>,
    net: &Net,
    model: ModelId,
    program: &Program,
    asked: &Asked,
    version: Option<VersionIndex>,
    max_fee: Option<Balance>,
    progress: Option<Py<PyAny>>,
) -> PyResult<RequestId> {
    net.asking(py, &Progress::new(progress), async |asker, say| {
        let (inputs, of) = (net.inputs()?, (&program.known, &program.inner));
        let priced = request::price(asker, (model, version), of, &asked.question, say).await?;
        say(&request::words(&priced));
        let id = request::send(asker, &inputs, &asked.question, &priced, max_fee).await?;
        say(&format!("request {id} is in a block"));
        Ok(id)
    })
}

/// Bring a request's input, from where it is kept here, to the gateways.
#[pyfunction]
pub fn upload(py: Python<'_>, net: &Net, known: &str) -> PyResult<()> {
    let known: RequestView = view(known)?;
    net.asking(py, &Progress::default(), async |asker, _| {
        request::upload(asker, &net.inputs()?, &known).await
    })
}

/// Whether the input of a request is kept here.
#[pyfunction]
pub fn is_kept(py: Python<'_>, net: &Net, known: &str) -> PyResult<bool> {
    let known: RequestView = view(known)?;
    let kept = py.detach(|| net.inputs()?.read(known.input.root));
    Ok(kept.map_err(|error| raised(py, &error.into()))?.is_some())
}

/// A request as the chain has it, as JSON.
#[pyfunction]
pub fn request_view(py: Python<'_>, net: &Net, id: RequestId) -> PyResult<String> {
    net.reading(py, async |client| text(&client.inference_request(id).await?))
}

/// What validators streamed of a request while they answered it.
#[pyclass(frozen, module = "quorate._quorate")]
pub struct Streams(Mutex<Read>);

/// Wait for the end of a request, as it was `known`: the request as JSON. A fork may have given it another number. `on_tokens` is told the tokens that are
/// streamed meanwhile: all of them each time.
#[pyfunction]
#[pyo3(signature = (net, known, progress = None, on_tokens = None))]
pub fn ended(
    py: Python<'_>,
    net: &Net,
    known: &str,
    progress: Option<Py<PyAny>>,
    on_tokens: Option<Py<PyAny>>,
) -> PyResult<(String, Streams)> {
    let known: RequestView = view(known)?;
    let streams = on_tokens.is_some() && matches!(known.task, Task::Generate(_));
    let progress = Progress::new(progress).with_tokens(on_tokens);
    let (known, read) = net.telling(py, &progress, async |_, say| {
        let (own, read) = (OwnRequest::of(&known), Read::default());
        let stages = |text: &str| say(text);
        let following = async || -> Result<Infallible, Error> {
            match streams {
                true => {
                    let tell = |event: Event<'_>| tell_of(event, &progress);
                    Ok(follow(async || net.client().await, net.asks()?, &own, &read, &tell).await)
                }
                false => pending().await,
            }
        };
        let known = tokio::select! {
            known = waiting::ended(&net.node, &own, &stages) => known?,
            failed = following() => match failed? {},
        };
        if matches!(known.state, RequestState::Failed(_)) && !read.is_empty() {
            say("NOT attested: what was streamed counts for nothing");
        }
        Ok((text(&known)?, read))
    })?;
    Ok((known, Streams(Mutex::new(read))))
}

fn tell_of(event: Event<'_>, progress: &Progress) {
    match event {
        Event::Begins { by } => progress.say(&format!(
            "provisional, as validator {by} streams it; nobody has attested to it yet"
        )),
        Event::Tokens {
            chunk, shown, known, ..
        } => {
            progress.tokens(shown);
            if chunk.end {
                progress.say(&format!(
                    "provisional: these are all {known} tokens; validators attest to them now"
                ));
            }
        }
        Event::Differs { by } => progress.say(&format!(
            "validator {by} streams other tokens than the one before: wait for the answer, one of them is wrong"
        )),
        Event::Silent { why } => progress.say(&format!("no stream just now: {why}")),
    }
}

/// Take back a request that no batch has taken.
#[pyfunction]
pub fn cancel(py: Python<'_>, net: &Net, id: RequestId) -> PyResult<u32> {
    net.asking(py, &Progress::default(), async |asker, _| {
        let done = asker
            .client
            .submit(asker.account, &calls::cancel(id), Until::InBlock)
            .await?;
        Ok(done.number())
    })
}

/// Remove the input with this root from this machine; whether it was there.
#[pyfunction]
pub fn forget(py: Python<'_>, net: &Net, root: &str) -> PyResult<bool> {
    let root = root_of(root)?;
    let forgotten = py.detach(|| net.inputs()?.forget(root));
    forgotten.map_err(|error| raised(py, &error.into()))
}

/// An output: element type, shape, little-endian bytes.
type Output = (String, Vec<usize>, Py<PyBytes>);
/// What a validator streamed: its address, the tokens, whether it came to its end, the token from which on it is another one than the answer's, and the
/// file with what was signed then.
type Stream = (String, Vec<u32>, bool, Option<usize>, Option<PathBuf>);
/// The record as JSON; `answered`, `fault` or `unfit`; tokens; the kind of fault, and what it is in words; outputs; streams.
type Fetched = (
    String,
    &'static str,
    Vec<u32>,
    Option<(&'static str, &'static str)>,
    Vec<Output>,
    Vec<Stream>,
);

/// The answer to a request that has ended with one, `known`.
#[pyfunction]
#[pyo3(signature = (net, known, streams, progress = None))]
pub fn fetch_answer(
    py: Python<'_>,
    net: &Net,
    known: &str,
    streams: &Streams,
    progress: Option<Py<PyAny>>,
) -> PyResult<Fetched> {
    let known: RequestView = view(known)?;
    let (record, answer, streams) = net.asking(py, &Progress::new(progress), async |asker, say| {
        let inputs = net.inputs()?;
        let answer = answer::fetch(asker, &inputs, &known).await?;
        let record = text(&record(asker.client, &known).await?)?;
        let streams = match known.state {
            RequestState::Answered { batch, .. } => {
                let read = streams.0.lock().unwrap_or_else(PoisonError::into_inner);
                compared(&read, batch, answer.tokens(), &inputs, known.input.root)
            }
            _ => Vec::new(),
        };
        streams.iter().for_each(|one| say(&one.words(answer.tokens().len())));
        Ok((record, answer, streams))
    })?;
    let status = quorate_client::words::answer_status(answer.status());
    let tokens = answer.tokens().to_vec();
    let (fault, values) = match answer {
        Answer::Fault(kind, _) => (Some((fault_name(kind), answer::fault_words(kind))), Vec::new()),
        Answer::Outputs(values) => (None, values),
        Answer::Tokens(_) | Answer::Unfit => (None, Vec::new()),
    };
    let output = |value: Value| {
        let bytes = PyBytes::new(py, &value.bytes()).unbind();
        (value.element().to_string(), value.shape().to_vec(), bytes)
    };
    let (outputs, streams) = (
        values.into_iter().map(output).collect(),
        streams.into_iter().map(stream).collect(),
    );
    Ok((record, status, tokens, fault, outputs, streams))
}

fn stream(streamed: Streamed) -> Stream {
    let (at, file) = match streamed.compared {
        Compared::Differs { at, file } => (Some(at), file.ok()),
        Compared::Same | Compared::Beginning => (None, None),
    };
    (
        streamed.validator.to_string(),
        streamed.tokens,
        streamed.has_ended,
        at,
        file,
    )
}

fn fault_name(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::NaN => "NaN",
        FaultKind::Index => "Index",
        FaultKind::Range => "Range",
    }
}

/// A request with its batch.
async fn record(client: &Client, known: &RequestView) -> Result<serde_json::Value, Error> {
    let batch = match known.state {
        RequestState::Answered { batch, .. } => client.batch_at(batch, None).await?,
        _ => None,
    };
    Ok(json!({ "request": known, "batch": batch }))
}

/// Whether a final block has the request as it is `known`.
#[pyfunction]
pub fn answer_is_final(py: Python<'_>, net: &Net, known: &str) -> PyResult<bool> {
    let known: RequestView = view(known)?;
    net.reading(py, async |client| answer::is_final(&client, &known).await)
}

/// What an evaluation costs now, as JSON.
#[pyfunction]
pub fn quote_evaluation(
    py: Python<'_>,
    net: &Net,
    model: ModelId,
    version: VersionIndex,
    program: ArtifactId,
    data: ArtifactId,
) -> PyResult<String> {
    net.asking(py, &Progress::default(), async |asker, say| {
        let priced = evaluation::price(asker, &net.cache, (model, version), [program, data], say).await?;
        let (fee, blocks) = (priced.quote.fee.to_string(), priced.quote.commit);
        text(&json!({ "fee": fee, "blocks": blocks, "operations": priced.wanted.operations }))
    })
}

/// Ask for an evaluation: its number, when it is in a block.
#[pyfunction]
#[pyo3(signature = (net, model, version, program, data, max_fee = None, progress = None))]
#[allow(clippy::too_many_arguments)]
pub fn send_evaluation(
    py: Python<'_>,
    net: &Net,
    model: ModelId,
    version: VersionIndex,
    program: ArtifactId,
    data: ArtifactId,
    max_fee: Option<Balance>,
    progress: Option<Py<PyAny>>,
) -> PyResult<EvaluationId> {
    net.asking(py, &Progress::new(progress), async |asker, say| {
        let priced = evaluation::price(asker, &net.cache, (model, version), [program, data], say).await?;
        let (fee, blocks) = (quorate_ask::amount::tokens(priced.quote.fee), priced.quote.commit);
        let operations = priced.wanted.operations;
        say(&format!(
            "{operations} thousand million operations: {fee}, and at most {blocks} blocks to compute"
        ));
        let id = evaluation::send(asker, &priced, max_fee).await?;
        say(&format!("evaluation {id} is in a block"));
        Ok(id)
    })
}

fn evaluated(known: &EvaluationView) -> Result<String, Error> {
    let sums = evaluation::Sums::of(known);
    let (loss, accuracy) = (
        sums.map(evaluation::Sums::mean_loss),
        sums.map(evaluation::Sums::accuracy),
    );
    text(&json!({ "evaluation": known, "meanLoss": loss, "accuracy": accuracy }))
}

/// An evaluation as the chain has it, as JSON.
#[pyfunction]
pub fn evaluation_view(py: Python<'_>, net: &Net, id: EvaluationId) -> PyResult<String> {
    net.reading(py, async |client| evaluated(&client.evaluation(id).await?))
}

/// Wait for the end of an evaluation, as it was `known`: the evaluation as JSON.
#[pyfunction]
#[pyo3(signature = (net, known, progress = None))]
pub fn evaluation_ended(py: Python<'_>, net: &Net, known: &str, progress: Option<Py<PyAny>>) -> PyResult<String> {
    let known: EvaluationView = view(known)?;
    net.telling(py, &Progress::new(progress), async |_, say| {
        let own = OwnEvaluation::of(&known);
        evaluated(&waiting::ended(&net.node, &own, &|text: &str| say(text)).await?)
    })
}

/// Whether a final block has the evaluation as it is `known`.
#[pyfunction]
pub fn evaluation_is_final(py: Python<'_>, net: &Net, known: &str) -> PyResult<bool> {
    let known: EvaluationView = view(known)?;
    net.reading(py, async |client| {
        let block = client.finalized().await?;
        let there = client.evaluation_at(known.id, Some(block.hash)).await?;
        Ok(there.is_some_and(|there| (&there.work, there.state) == (&known.work, known.state)))
    })
}

/// Where the node answers, whether in plain text, and the folder of the cache: for the verifier.
#[pyfunction]
pub fn place(net: &Net) -> (String, bool, PathBuf) {
    let (url, plaintext) = net.node.place();
    (url.into(), plaintext, net.cache.folder().to_path_buf())
}

/// Nothing; raises what ends a call of this thread that waits.
#[pyfunction]
pub fn check(py: Python<'_>) -> PyResult<()> {
    wait(py, async || ())
}

/// Bring a file of this root and length to a path, with the account's token, if there is an account.
#[pyfunction]
pub fn bring(py: Python<'_>, net: &Net, root: &str, len: u64, path: PathBuf) -> PyResult<()> {
    let root = root_of(root)?;
    net.reading(py, async |client| {
        let reader = net.account.clone().map(quorate_client::gateways::Reader::Account);
        let gateways = client.open_gateways(reader).await?;
        gateways.fetch(root, len, &path, no_progress()).await
    })
}

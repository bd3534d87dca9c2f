//! Requests for answers, and evaluations.

use crate::{failure::raised, net::Net, progress::Progress, waiting::wait};
use pyo3::{exceptions::PyValueError, prelude::*, pybacked::PyBackedBytes, types::PyBytes};
use quorate_ask::{
    answer, artifact, evaluation,
    question::{salt, Generating, Given, Question},
    request, waiting, Asker,
};
use quorate_client::{calls::inference as calls, gateways::no_progress, inputs::Inputs, Client, Error, Until};
use quorate_contribute::Failure;
use quorate_inference::{Answer, FaultKind};
use quorate_primitives::{
    job::infer::Choice,
    views::{inference::RequestState, inference::RequestView, ArtifactView, EvaluationView},
    ArtifactId, Balance, EvaluationId, ModelId, RequestId, Root, VersionIndex,
};
use quorate_program::{types::shape_text, Type, Value};
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;

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

impl Net {
    /// Do something in the account's name; what it says is told.
    fn asking<T: Send>(
        &self,
        py: Python<'_>,
        progress: Option<Py<PyAny>>,
        task: impl AsyncFnOnce(Asker<'_>, &dyn Fn(&str)) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let progress = Progress::new(progress);
        let done = progress.follow(py, async || {
            let account = self.account.as_ref().ok_or_else(|| {
                Error::Input("who asks? Give connect an account=, or QUORATE_ACCOUNT in the environment".into())
            })?;
            let client = self.client().await?;
            let asker = Asker {
                client: &client,
                account,
            };
            task(asker, &|text: &str| progress.say(text)).await
        })?;
        done.map_err(|error| raised(py, &error.into()))
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
    net.asking(py, None, async |asker, say| {
        let of = (&program.known, &program.inner);
        let priced = request::price(asker, (model, version), of, &asked.question, say).await?;
        text(&json!({
            "fee": priced.quote.fee.to_string(), "blocks": priced.quote.commit, "operations": priced.asking.operations,
            "memory": priced.asking.memory, "capable": priced.count.capable, "needed": priced.count.needed,
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
    net.asking(py, progress, async |asker, say| {
        let (inputs, of) = (net.inputs()?, (&program.known, &program.inner));
        let priced = request::price(asker, (model, version), of, &asked.question, say).await?;
        say(&request::words(&priced));
        let id = request::send(asker, &inputs, &asked.question, &priced, max_fee).await?;
        say(&format!("request {id} is in a block"));
        Ok(id)
    })
}

/// Bring a request's input to the gateways.
#[pyfunction]
pub fn upload(py: Python<'_>, net: &Net, id: RequestId) -> PyResult<()> {
    net.asking(py, None, async |asker, _| {
        let known = asker.client.inference_request(id).await?;
        request::upload(asker, &net.inputs()?, &known).await
    })
}

/// A request as the chain has it, as JSON.
#[pyfunction]
pub fn request_view(py: Python<'_>, net: &Net, id: RequestId) -> PyResult<String> {
    net.reading(py, async |client| text(&client.inference_request(id).await?))
}

/// Wait for a request's end: the request as JSON.
#[pyfunction]
#[pyo3(signature = (net, id, progress = None))]
pub fn ended(py: Python<'_>, net: &Net, id: RequestId, progress: Option<Py<PyAny>>) -> PyResult<String> {
    let progress = Progress::new(progress);
    let ended = progress.follow(py, async || {
        net.client().await?;
        text(&waiting::request(&net.node, id, &|text: &str| progress.say(text)).await?)
    })?;
    ended.map_err(|error| raised(py, &error.into()))
}

/// Take back a request that no batch has taken.
#[pyfunction]
pub fn cancel(py: Python<'_>, net: &Net, id: RequestId) -> PyResult<u32> {
    net.asking(py, None, async |asker, _| {
        let done = asker
            .client
            .submit(asker.account, &calls::cancel(id), Until::InBlock)
            .await?;
        Ok(done.number())
    })
}

/// Remove a request's input from this machine; whether it was there.
#[pyfunction]
pub fn forget(py: Python<'_>, net: &Net, id: RequestId) -> PyResult<bool> {
    net.reading(py, async |client| {
        let known = client.inference_request(id).await?;
        net.inputs()?.forget(known.input.root)
    })
}

/// An output: element type, shape, little-endian bytes.
type Output = (String, Vec<usize>, Py<PyBytes>);
/// The record as JSON; `answered`, `fault` or `unfit`; tokens; the kind of fault, and what it is in words; outputs.
type Fetched = (
    String,
    &'static str,
    Vec<u32>,
    Option<(&'static str, &'static str)>,
    Vec<Output>,
);

/// The answer to a request that has ended with one.
#[pyfunction]
pub fn fetch_answer(py: Python<'_>, net: &Net, id: RequestId) -> PyResult<Fetched> {
    let (record, answer) = net.asking(py, None, async |asker, _| {
        let known = asker.client.inference_request(id).await?;
        let answer = answer::fetch(asker, &net.inputs()?, &known).await?;
        Ok((text(&record(asker.client, &known).await?)?, answer))
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
    Ok((record, status, tokens, fault, values.into_iter().map(output).collect()))
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

/// Whether a final block has the request's answer.
#[pyfunction]
pub fn answer_is_final(py: Python<'_>, net: &Net, id: RequestId) -> PyResult<bool> {
    net.reading(py, async |client| {
        let known = client.inference_request(id).await?;
        answer::is_final(&client, &known).await
    })
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
    net.asking(py, None, async |asker, say| {
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
    net.asking(py, progress, async |asker, say| {
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

/// Wait for an evaluation's end: the evaluation as JSON.
#[pyfunction]
#[pyo3(signature = (net, id, progress = None))]
pub fn evaluation_ended(py: Python<'_>, net: &Net, id: EvaluationId, progress: Option<Py<PyAny>>) -> PyResult<String> {
    let progress = Progress::new(progress);
    let ended = progress.follow(py, async || {
        net.client().await?;
        evaluated(&waiting::evaluation(&net.node, id, &|text: &str| progress.say(text)).await?)
    })?;
    ended.map_err(|error| raised(py, &error.into()))
}

/// Whether a final block has the evaluation's end.
#[pyfunction]
pub fn evaluation_is_final(py: Python<'_>, net: &Net, id: EvaluationId) -> PyResult<bool> {
    net.reading(py, async |client| {
        let (known, block) = (client.evaluation(id).await?, client.finalized().await?);
        let there = client.evaluation_at(id, Some(block.hash)).await?;
        Ok(there.is_some_and(|there| there.state == known.state))
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
    let root: Root = root
        .parse()
        .map_err(|_| PyValueError::new_err("a root has 0x and 64 hex digits"))?;
    net.reading(py, async |client| {
        let reader = net.account.clone().map(quorate_client::gateways::Reader::Account);
        let gateways = client.open_gateways(reader).await?;
        gateways.fetch(root, len, &path, no_progress()).await
    })
}

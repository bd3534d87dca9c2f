//! Programs, questions to them, and who asks.

use crate::{failure::raised, net::Net, progress::Progress, roots::root_of, waiting::wait};
use pyo3::{exceptions::PyValueError, prelude::*, pybacked::PyBackedBytes};
use quorate_ask::{
    artifact,
    asked::Marks,
    question::{salt, Generating, Given, Question},
    request, Asker,
};
use quorate_client::{gateways::no_progress, inputs::Inputs, Account, Client, Error};
use quorate_contribute::Failure;
use quorate_primitives::{job::infer::Choice, views::ArtifactView, ArtifactId, ModelId, VersionIndex};
use quorate_program::{types::shape_text, Type, Value};
use serde::{de::DeserializeOwned, Serialize};
use serde_json::json;
use std::path::PathBuf;

/// A program that is held.
#[pyclass(frozen, module = "quorate._quorate")]
pub struct Program {
    pub(crate) known: ArtifactView,
    pub(crate) inner: quorate_program::Program,
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
    pub(crate) question: Question,
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

pub(crate) fn text<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Incompatible(error.to_string()))
}

/// A view of the chain as it was given out.
pub(crate) fn view<T: DeserializeOwned>(text: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(|error| PyValueError::new_err(error.to_string()))
}

impl Net {
    /// Wait for something; what it says is told.
    pub(crate) fn telling<T: Send>(
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
    pub(crate) fn asking<T: Send>(
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

    pub(crate) fn asks(&self) -> Result<&Account, Error> {
        self.account.as_ref().ok_or_else(|| {
            Error::Input("who asks? Give connect an account=, or QUORATE_ACCOUNT in the environment".into())
        })
    }

    /// The same by anybody.
    pub(crate) fn reading<T: Send>(
        &self,
        py: Python<'_>,
        task: impl AsyncFnOnce(Client) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let read = wait(py, async || task(self.client().await?).await)?;
        read.map_err(|error: Error| raised(py, &Failure::from(error)))
    }

    /// Inputs of requests, and marks of what was asked, on this machine.
    pub(crate) fn kept(&self) -> Result<(Inputs, Marks), Error> {
        let folder = match &self.state {
            Some(folder) => folder.clone(),
            None => request::folder(
                "name a folder of your own with state=; answers cannot be checked without what lies there",
            )?,
        };
        Ok((Inputs::open(&folder)?, Marks::open(&folder)?))
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

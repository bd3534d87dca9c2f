//! What is derived again.

use crate::running::{run, Asker, Calls};
use pyo3::{exceptions::PyValueError, prelude::*};
use quorate_client::{connection::Options, link::same_chain, Client, Error};
use quorate_primitives::{evidence::Evidence, EvaluationId, Hash, ModelId, RequestId, VersionIndex};
use quorate_verify::{verify, verify_ancestry, verify_answer, verify_evaluation, Blobs, Conclusion, Level, Report};
use serde_json::{json, Value};
use std::path::{Path, PathBuf};

/// Where records and files come from.
#[pyclass(frozen, module = "quorate_verify._quorate_verify")]
pub struct Sources {
    url: String,
    plaintext: bool,
    genesis: Hash,
    stores: Vec<PathBuf>,
    bring: Py<PyAny>,
    check: Py<PyAny>,
    progress: Option<Py<PyAny>>,
}

#[pymethods]
impl Sources {
    /// `url`: of a node; `plaintext`: whether that may leave this machine; `genesis`: hash of the first block of its chain, another one is refused. `stores`: folders of files named by their roots, looked into first.
    /// `bring(root, len, path)` brings what they have not, on the thread that asks; `check()` raises what ends a call; `progress(text)` is told
    /// what is going on.
    #[new]
    #[pyo3(signature = (url, plaintext, genesis, stores, bring, check, progress = None))]
    fn new(
        url: String,
        plaintext: bool,
        genesis: &str,
        stores: Vec<PathBuf>,
        bring: Py<PyAny>,
        check: Py<PyAny>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let wrong = || PyValueError::new_err("a hash has 0x and 64 hex digits");
        Ok(Self {
            url,
            plaintext,
            genesis: genesis.parse().map_err(|_| wrong())?,
            stores,
            bring,
            check,
            progress,
        })
    }
}

impl Sources {
    fn run(
        &self,
        py: Python<'_>,
        task: impl AsyncFnOnce(&Client, &Blobs, &(dyn Fn(&str) + Sync)) -> Result<Value, Error> + Send + 'static,
    ) -> PyResult<String> {
        let (url, plaintext, genesis) = (self.url.clone(), self.plaintext, self.genesis);
        let stores = self.stores.clone();
        let calls = Calls {
            progress: self.progress.as_ref().map(|call| call.bind(py)),
            bring: self.bring.bind(py),
            check: self.check.bind(py),
        };
        run(py, &calls, async move |asker: Asker| {
            let options = Options {
                plaintext,
                ..Options::default()
            };
            let client = Client::connect_with(&url, options).await?;
            same_chain(genesis, client.genesis())?;
            let blobs = Blobs::brought(stores, asker.bring())?;
            let report = task(&client, &blobs, &|text: &str| asker.say(text)).await?;
            Ok(report.to_string())
        })
    }
}

fn evidence(path: &Path) -> Result<Evidence, Error> {
    quorate_verify::read(path)
}

/// Derive a version again: the report as JSON. `evidence`: a file that was exported before the chain pruned it.
#[pyfunction]
#[pyo3(signature = (sources, model, version, evidence = None))]
pub fn version(
    py: Python<'_>,
    sources: &Sources,
    model: ModelId,
    version: VersionIndex,
    evidence: Option<PathBuf>,
) -> PyResult<String> {
    sources.run(py, async move |client, blobs, say| {
        let evidence = evidence.as_deref().map(self::evidence).transpose()?;
        Ok(verify(client, (model, version), blobs, evidence, say).await?.to_json())
    })
}

/// Derive a version and all that it descends from again: their reports, from the newest on, as JSON.
#[pyfunction]
#[pyo3(signature = (sources, model, version, evidence = Vec::new()))]
pub fn replay(
    py: Python<'_>,
    sources: &Sources,
    model: ModelId,
    version: VersionIndex,
    evidence: Vec<PathBuf>,
) -> PyResult<String> {
    sources.run(py, async move |client, blobs, say| {
        let evidence: Vec<Evidence> = evidence
            .iter()
            .map(|path| self::evidence(path))
            .collect::<Result<_, _>>()?;
        let mut reports = Vec::new();
        let mut shown = |report: &Report| {
            say(&format!(
                "{}@{} is {}",
                report.record.model,
                report.record.version,
                report.conclusion().as_str()
            ));
            reports.push(report.to_json());
        };
        let ancestry = verify_ancestry(client, (model, version), blobs, evidence, say, &mut shown).await?;
        let conclusion = ancestry.conclusion();
        let stopped = ancestry.stopped.map(|(at, why)| json!({ "at": at, "reason": why }));
        Ok(json!({
            "conclusion": conclusion.as_str(), "verified": conclusion == Conclusion::Verified, "versions": reports, "stopped": stopped,
        }))
    })
}

/// Compute an answer again: the report as JSON.
#[pyfunction]
pub fn answer(py: Python<'_>, sources: &Sources, id: RequestId) -> PyResult<String> {
    sources.run(py, async move |client, blobs, say| {
        // The best that this processor has.
        Ok(verify_answer(client, id, blobs, Level::Avx512, say).await?.to_json())
    })
}

/// Compute an evaluation again: the report as JSON.
#[pyfunction]
pub fn evaluation(py: Python<'_>, sources: &Sources, id: EvaluationId) -> PyResult<String> {
    sources.run(py, async move |client, blobs, say| {
        Ok(verify_evaluation(client, id, blobs, say).await?.to_json())
    })
}

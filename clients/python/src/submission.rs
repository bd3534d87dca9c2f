//! An account's part in a round.

use crate::{
    failure::raised,
    memory::Weights,
    waiting::{runtime, wait, Own},
};
use pyo3::prelude::*;
use quorate_client::{text::visible, Client, Error};
use quorate_contribute::{
    beginning::{Beginning, Contributor, Part},
    outcome::Outcome,
    sending::Sending,
};
use quorate_primitives::RoundId;
use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// To be called in a child that was forked: it leaves the rounds that its parent takes part in.
#[pyfunction]
pub fn forked() {
    quorate_contribute::place::forked();
}

/// A round in which this process alone takes part for the account, until this is dropped or sent.
#[pyclass(frozen, module = "quorate._quorate")]
pub struct Begun {
    /// Empty when it is sent or left.
    beginning: Own<Mutex<Option<(Client, Beginning)>>>,
    contributor: Contributor,
    trained: PathBuf,
    resumes: bool,
    round: RoundId,
}

impl Begun {
    pub fn new(client: Client, contributor: Contributor, beginning: Beginning) -> Self {
        Self {
            contributor,
            trained: beginning.trained(),
            resumes: matches!(beginning.part, Part::Committed { .. }),
            round: beginning.round.id,
            beginning: Own::new(Mutex::new(Some((client, beginning)))),
        }
    }

    fn take(&self) -> Result<Option<(Client, Beginning)>, Error> {
        Ok(self
            .beginning
            .get()?
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take())
    }
}

#[pymethods]
impl Begun {
    /// Where the weights may be written: they are removed when they were read.
    #[getter]
    fn trained(&self) -> PathBuf {
        self.trained.clone()
    }

    /// Whether an update that was committed to is sent, whatever the weights are.
    #[getter]
    fn resumes(&self) -> bool {
        self.resumes
    }

    /// Make the update of the weights, unless one was committed to, check it, and send it; returns when the commitment is on chain.
    #[pyo3(signature = (weight, ignore_extra, weights = None))]
    fn send(&self, py: Python<'_>, weight: u64, ignore_extra: bool, weights: Option<Weights>) -> PyResult<Receipt> {
        let taken = self.take();
        let opened = py.detach(|| weights.map(Weights::open).transpose());
        let opened = opened.map_err(|error| raised(py, &error.into()))?;
        let sent = wait(py, async || {
            let (client, beginning) = taken?.ok_or_else(|| Error::Input("it is sent already".into()))?;
            let (weights, _loan) = opened.unzip();
            let made = beginning.make(&client, weights, weight, ignore_extra).await?;
            Sending::start(runtime()?.handle(), beginning, made)
        })?;
        let sending = sent.map_err(|failure| raised(py, &failure))?;
        wait(py, async || sending.committed().await)?.map_err(|failure| raised(py, &failure))?;
        Ok(Receipt {
            contributor: self.contributor.clone(),
            sending: Own::new(sending),
            round: self.round,
            resumed: self.resumes,
        })
    }

    /// Leave the round to others.
    fn close(&self) {
        // In a child it is not its own to leave.
        drop(self.take());
    }
}

/// An update that is on its way.
#[pyclass(frozen, module = "quorate._quorate")]
pub struct Receipt {
    contributor: Contributor,
    sending: Own<Sending>,
    round: RoundId,
    resumed: bool,
}

impl Receipt {
    fn sending(&self, py: Python<'_>) -> PyResult<&Sending> {
        self.sending.get().map_err(|error| raised(py, &error.into()))
    }
}

#[pymethods]
impl Receipt {
    #[getter]
    fn round(&self) -> RoundId {
        self.round
    }

    #[getter]
    fn resumed(&self) -> bool {
        self.resumed
    }

    /// What happened up to now.
    #[getter]
    fn notes(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let notes = self.sending(py)?.notes();
        Ok(notes.iter().map(|note| visible(note)).collect())
    }

    /// Wait until validators have decided on the update: the update as JSON.
    fn decided(&self, py: Python<'_>) -> PyResult<String> {
        let sending = self.sending(py)?;
        let update = wait(py, async || sending.decided().await)?.map_err(|failure| raised(py, &failure))?;
        serde_json::to_string(&update).map_err(|error| raised(py, &Error::Incompatible(error.to_string()).into()))
    }

    /// Wait until the round has its version and its scores: model, version, and the update as JSON.
    fn outcome(&self, py: Python<'_>) -> PyResult<(u32, u32, String)> {
        let sending = self.sending(py)?;
        let update = wait(py, async || sending.decided().await)?.map_err(|failure| raised(py, &failure))?;
        let outcome = wait(py, async || self.contributor.outcome(self.round, &update).await)?;
        let Outcome { model, version, update } = outcome.map_err(|failure| raised(py, &failure))?;
        let update = serde_json::to_string(&update);
        let update = update.map_err(|error| raised(py, &Error::Incompatible(error.to_string()).into()))?;
        Ok((model, version, update))
    }
}

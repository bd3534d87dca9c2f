//! An account's part in a round.

use crate::{
    failure::raised,
    waiting::{runtime, wait},
};
use pyo3::prelude::*;
use quorate_client::{Client, Error};
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

/// A round in which this process alone takes part for the account, until this is dropped or sent.
#[pyclass(frozen, module = "quorate._quorate")]
pub struct Begun {
    client: Client,
    contributor: Contributor,
    beginning: Mutex<Option<Beginning>>,
    trained: PathBuf,
    resumes: bool,
    round: RoundId,
}

impl Begun {
    pub fn new(client: Client, contributor: Contributor, beginning: Beginning) -> Self {
        Self {
            client,
            contributor,
            trained: beginning.trained(),
            resumes: matches!(beginning.part, Part::Committed { .. }),
            round: beginning.round.id,
            beginning: Mutex::new(Some(beginning)),
        }
    }
}

#[pymethods]
impl Begun {
    /// Where the weights are to be written.
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
    fn send(&self, py: Python<'_>, weight: u64, ignore_extra: bool) -> PyResult<Receipt> {
        let beginning = self.beginning.lock().unwrap_or_else(PoisonError::into_inner).take();
        let sent = wait(py, async || {
            let beginning = beginning.ok_or_else(|| Error::Input("it is sent already".into()))?;
            let made = beginning.make(&self.client, weight, ignore_extra).await?;
            Sending::start(runtime()?.handle(), beginning, made)
        })?;
        let sending = sent.map_err(|failure| raised(py, &failure))?;
        wait(py, async || sending.committed().await)?.map_err(|failure| raised(py, &failure))?;
        Ok(Receipt {
            contributor: self.contributor.clone(),
            sending,
            round: self.round,
            resumed: self.resumes,
        })
    }

    /// Leave the round to others.
    fn close(&self) {
        drop(self.beginning.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// An update that is on its way.
#[pyclass(frozen, module = "quorate._quorate")]
pub struct Receipt {
    contributor: Contributor,
    sending: Sending,
    round: RoundId,
    resumed: bool,
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
    fn notes(&self) -> Vec<String> {
        self.sending.notes()
    }

    /// Wait until validators have decided on the update: the update as JSON.
    fn decided(&self, py: Python<'_>) -> PyResult<String> {
        let update = wait(py, async || self.sending.decided().await)?.map_err(|failure| raised(py, &failure))?;
        serde_json::to_string(&update).map_err(|error| raised(py, &Error::Incompatible(error.to_string()).into()))
    }

    /// Wait until the round has its version and its scores: model, version, and the update as JSON.
    fn outcome(&self, py: Python<'_>) -> PyResult<(u32, u32, String)> {
        let update = wait(py, async || self.sending.decided().await)?.map_err(|failure| raised(py, &failure))?;
        let outcome = wait(py, async || self.contributor.outcome(self.round, &update).await)?;
        let Outcome { model, version, update } = outcome.map_err(|failure| raised(py, &failure))?;
        let update = serde_json::to_string(&update);
        let update = update.map_err(|error| raised(py, &Error::Incompatible(error.to_string()).into()))?;
        Ok((model, version, update))
    }
}

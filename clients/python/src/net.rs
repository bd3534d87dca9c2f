//! A connection.

use crate::{
    account::PyAccount,
    cache,
    failure::raised,
    roots::root_of,
    submission::Begun,
    waiting::{wait, Own},
};
use pyo3::prelude::*;
use quorate_client::{connection::Options, Account, Client, Error};
use quorate_contribute::{
    beginning::Contributor,
    cache::Cache,
    folders,
    node::{version_file, Node},
    outcome::next_round,
    Failure,
};
use quorate_primitives::{AccountId, Hash, ModelId, RoundId, VersionIndex};
use serde::Serialize;
use std::{
    ffi::OsString,
    path::PathBuf,
    sync::{PoisonError, RwLock},
};

/// A chain, and who asks it.
#[pyclass(frozen, module = "quorate._quorate")]
pub struct Net {
    pub(crate) node: Node,
    client: Own<RwLock<Client>>,
    genesis: Hash,
    pub(crate) account: Option<Account>,
    pub(crate) cache: Cache,
    pub(crate) state: Option<PathBuf>,
}

/// Connect to a node. `account`: a key file, a development name, or an account; else what the environment names, if it does.
#[pyfunction]
#[pyo3(signature = (url, account = None, key = None, plaintext = false, cache = None, state = None))]
pub fn connect(
    py: Python<'_>,
    url: String,
    account: Option<OsString>,
    key: Option<PyRef<'_, PyAccount>>,
    plaintext: bool,
    cache: Option<PathBuf>,
    state: Option<PathBuf>,
) -> PyResult<Net> {
    let key = key.map(|key| key.inner.clone());
    let options = Options {
        plaintext,
        ..Options::default()
    };
    let node = Node::new(url, options);
    let connected = wait(py, async || {
        let account = match (key, account) {
            (Some(key), _) => Some(key),
            (None, Some(word)) => Some(PyAccount::named(word, None)?.inner),
            (None, None) => PyAccount::environment(None)?.map(|account| account.inner),
        };
        let client = node.connect().await?;
        Ok::<_, Error>(Net {
            genesis: client.genesis(),
            client: Own::new(RwLock::new(client)),
            node,
            account,
            cache: cache::open(cache)?,
            state,
        })
    })?;
    connected.map_err(|error| raised(py, &error.into()))
}

fn json<T: Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Error::Incompatible(error.to_string()).into())
}

impl Net {
    /// The connection, made again if it broke.
    pub(crate) async fn client(&self) -> Result<Client, Error> {
        let place = self.client.get()?;
        let current = place.read().unwrap_or_else(PoisonError::into_inner).clone();
        match current.best().await {
            Err(Error::Network(_)) => (),
            other => return other.map(|_| current),
        }
        let made = self.node.connect().await?;
        *place.write().unwrap_or_else(PoisonError::into_inner) = made.clone();
        Ok(made)
    }

    fn contributor(&self) -> Result<Contributor, Error> {
        let account = self.account.clone().ok_or_else(|| {
            Error::Input("who contributes? Give connect an account=, or QUORATE_ACCOUNT in the environment".into())
        })?;
        let state = match &self.state {
            Some(folder) => folder.clone(),
            None => folders::updates("name a folder of your own with state=; salts of commitments lie there")?,
        };
        Ok(Contributor {
            node: self.node.clone(),
            account,
            cache: self.cache.clone(),
            state,
        })
    }

    /// The account that asks; nobody's where there is none.
    fn asker(&self) -> AccountId {
        self.account.as_ref().map_or(AccountId::new([0; 32]), Account::id)
    }

    /// What a question to the chain answers, as JSON.
    fn ask<T: Serialize + Send>(
        &self,
        py: Python<'_>,
        question: impl AsyncFnOnce(Client) -> Result<T, Error> + Send,
    ) -> PyResult<String> {
        let asked = wait(py, async || {
            let answer = question(self.client().await?).await?;
            json(&answer)
        })?;
        asked.map_err(|failure| raised(py, &failure))
    }
}

#[pymethods]
impl Net {
    /// Hash of the chain's first block.
    #[getter]
    fn genesis(&self) -> String {
        format!("{:?}", self.genesis)
    }

    #[getter]
    fn address(&self) -> Option<String> {
        self.account.as_ref().map(|account| account.id().to_string())
    }

    fn models(&self, py: Python<'_>) -> PyResult<String> {
        self.ask(py, async |client| client.models().await)
    }

    fn model(&self, py: Python<'_>, id: ModelId) -> PyResult<String> {
        self.ask(py, async |client| client.model(id).await)
    }

    fn versions(&self, py: Python<'_>, model: ModelId) -> PyResult<String> {
        self.ask(py, async |client| client.versions(model).await)
    }

    fn version(&self, py: Python<'_>, model: ModelId, version: VersionIndex) -> PyResult<String> {
        self.ask(py, async |client| client.version(model, version).await)
    }

    fn lineage(&self, py: Python<'_>, model: ModelId, version: VersionIndex) -> PyResult<String> {
        self.ask(py, async |client| client.lineage(model, version).await)
    }

    /// A round with all its updates, or with the own account's alone.
    #[pyo3(signature = (id, own = false))]
    fn round(&self, py: Python<'_>, id: RoundId, own: bool) -> PyResult<String> {
        let account = self.asker();
        self.ask(py, async move |client| match own {
            true => client.own_round(id, &account).await,
            false => client.round(id).await,
        })
    }

    /// Reputation and unclaimed pay of the own account.
    fn standing(&self, py: Python<'_>) -> PyResult<String> {
        let account = self.asker();
        self.ask(py, async move |client| client.standing(&account).await)
    }

    /// The account's consent to be sponsored by an organisation, for so many blocks from now on.
    fn consent(&self, py: Python<'_>, organisation: u32, blocks: u32) -> PyResult<String> {
        let signed = wait(py, async || {
            let account = self.contributor()?.account;
            let client = self.client().await?;
            let expires = client.best().await?.number.saturating_add(blocks);
            Ok(account.consent(client.genesis(), organisation, expires).to_string())
        })?;
        signed.map_err(|error: Error| raised(py, &error.into()))
    }

    /// Claim what the own account has earned; the block, if there was anything.
    fn claim(&self, py: Python<'_>) -> PyResult<Option<u32>> {
        let claimed = wait(py, async || {
            let account = self.contributor()?.account;
            let client = self.client().await?;
            if client.standing(&account.id()).await?.claimable == 0 {
                return Ok(None);
            }
            let call = quorate_client::calls::incentives::claim();
            let done = client.submit(&account, &call, quorate_client::Until::InBlock).await?;
            Ok(Some(done.number()))
        })?;
        claimed.map_err(|error: Error| raised(py, &error.into()))
    }

    /// The file of a version, which has this root, fetched into the cache if need be, and hashed.
    fn fetch(&self, py: Python<'_>, model: ModelId, version: VersionIndex, root: &str) -> PyResult<PathBuf> {
        let root = root_of(root)?;
        let fetched = wait(py, async || {
            let client = self.client().await?;
            let record = client.version(model, version).await?.record;
            if record.root != root {
                return Err(Error::Check(format!(
                    "the chain has another file under {model}@{version} now, {:?} and not {root:?}: a fork lost, or the node answers otherwise",
                    record.root
                )));
            }
            let hashed = version_file(&client, self.account.as_ref(), &self.cache, &record).await?;
            Ok(hashed.path)
        })?;
        fetched.map_err(|error| raised(py, &error.into()))
    }

    /// Wait for a model's next round after `last` in which the account can take part.
    #[pyo3(signature = (model, last = None))]
    fn next_round(&self, py: Python<'_>, model: ModelId, last: Option<RoundId>) -> PyResult<String> {
        let round = wait(py, async || {
            self.client.get()?;
            json(&next_round(&self.node, model, &self.asker(), last).await?)
        })?;
        round.map_err(|failure| raised(py, &failure))
    }

    /// Begin, or go on with, the account's part in a round. `base`: number and root of the version that the weights were trained from.
    #[pyo3(signature = (round, base = None))]
    fn begin(&self, py: Python<'_>, round: RoundId, base: Option<(VersionIndex, String)>) -> PyResult<Begun> {
        let base = base
            .map(|(number, root)| Ok::<_, PyErr>((number, root_of(&root)?)))
            .transpose()?;
        let begun = wait(py, async || {
            let contributor = self.contributor()?;
            let client = self.client().await?;
            let beginning = contributor.begin(&client, round, base).await?;
            Ok(Begun::new(client, contributor, beginning))
        })?;
        begun.map_err(|failure: Failure| raised(py, &failure))
    }
}

//! Requests for answers, known by the roots of their inputs.

use crate::{
    asking::{text, view, Asked, Program},
    net::Net,
    progress::Progress,
    roots::root_of,
};
use pyo3::{prelude::*, types::PyBytes};
use quorate_ask::{
    answer::{self, fault_words},
    asked::{Mark, Same},
    going_on::GoingOn,
    own::{Own, OwnRequest},
    paying::paying,
    question::Question,
    request::{self, Earlier, Ready},
    sending::meanwhile,
    stream::{compared, follow, Compared, Event, Read, Streamed},
    Asker,
};
use quorate_client::{calls::inference as calls, inputs::Inputs, Client, Error, Until};
use quorate_inference::{Answer, FaultKind};
use quorate_primitives::{
    views::inference::{RequestState, RequestView},
    Balance, ModelId, RequestId, VersionIndex,
};
use quorate_program::Value;
use serde_json::json;
use std::{
    convert::Infallible,
    future::{pending, Future},
    path::PathBuf,
    sync::{
        atomic::{AtomicU8, Ordering::Relaxed},
        Mutex, MutexGuard, PoisonError,
    },
};

/// A question, before it is sent and after.
#[pyclass(frozen, module = "quorate._quorate")]
pub struct Request {
    known: Known,
    /// While it is held the same call is another request.
    mark: Mutex<Option<Mark>>,
    at: AtomicU8,
}

enum Known {
    ToSend(Box<Ready>),
    Sent(OwnRequest),
}

/// Where a request is: nothing went out, or it may be on chain, or is known to be there; it is over; the chain refused it.
const NEW: u8 = 0;
const OPEN: u8 = 1;
const OVER: u8 = 2;
const REFUSED: u8 = 3;

#[pymethods]
impl Request {
    /// BLAKE3 root of its input: no other request has it.
    #[getter]
    fn root(&self) -> String {
        format!("{:?}", self.own().root)
    }

    /// The number that it had last, if it was in a block.
    #[getter]
    fn number(&self) -> Option<RequestId> {
        self.own().number()
    }

    /// Whether it may be on chain, and nobody was given its answer.
    #[getter]
    fn is_open(&self) -> bool {
        self.at.load(Relaxed) == OPEN
    }

    /// Whether the same call goes on with it.
    #[getter]
    fn is_marked(&self) -> bool {
        self.lock().is_some()
    }

    /// The same call may go on with it: this one was interrupted, and its traceback may keep it for long.
    fn release(&self) {
        drop(self.lock().take());
    }
}

impl Request {
    fn sent(own: OwnRequest, mark: Option<Mark>) -> Self {
        Self {
            known: Known::Sent(own),
            mark: Mutex::new(mark),
            at: OPEN.into(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Mark>> {
        self.mark.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own(&self) -> &OwnRequest {
        match &self.known {
            Known::ToSend(ready) => &ready.own,
            Known::Sent(own) => own,
        }
    }

    /// As the chain has it now.
    async fn view(&self, client: &Client) -> Result<RequestView, Error> {
        let known = self.own().find(client, None).await?;
        known.ok_or_else(|| missing(self.own()))
    }

    /// What is to be sent: nothing where the chain has it.
    async fn to_send(&self, client: &Client) -> Result<Option<&Ready>, Error> {
        let ready: &Ready = match &self.known {
            Known::ToSend(ready) => ready,
            Known::Sent(_) => return Ok(None),
        };
        match self.at.load(Relaxed) {
            NEW => Ok(Some(ready)),
            REFUSED => Err(Error::Input("the chain refused the request: ask anew".into())),
            // Nobody knows whether it went out. One that was in a block comes into another one by itself.
            OPEN if ready.own.number().is_none() => Ok(ready.own.find(client, None).await?.is_none().then_some(ready)),
            _ => Ok(None),
        }
    }

    /// Both, where it is to be sent: send it, and go on with it as soon as it is in a block. Else `used` alone. The number is final then, or
    /// unknown.
    async fn sending<T>(
        &self,
        (asker, inputs): (Asker<'_>, &Inputs),
        used: impl Future<Output = Result<T, Error>>,
    ) -> Result<(Option<RequestId>, T), Error> {
        let Some(ready) = self.to_send(asker.client).await? else {
            return Ok((None, used.await?));
        };
        let sent = async {
            self.at.store(OPEN, Relaxed);
            let sent = ready.send(asker, inputs).await;
            if ready.is_refused() {
                self.at.store(REFUSED, Relaxed);
                if let Some(mark) = self.lock().take() {
                    mark.end()?;
                }
            }
            sent
        };
        let (number, used) = meanwhile(sent, used).await?;
        Ok((number.ok(), used))
    }
}

fn missing(own: &OwnRequest) -> Error {
    Error::NotFound(format!(
        "no request of organisation {} has the input {:?}: it is in no block, or was pruned; what was sent just now may come into a block \
         within a few minutes",
        own.organisation, own.root
    ))
}

/// A question that is to be sent, with its input kept here; or the same one that an earlier call asked, and whose answer nobody was given.
#[pyfunction]
#[pyo3(signature = (net, model, program, asked, version = None, max_fee = None, progress = None))]
#[allow(clippy::too_many_arguments)]
pub fn prepare(
    py: Python<'_>,
    net: &Net,
    model: ModelId,
    program: &Program,
    asked: &Asked,
    version: Option<VersionIndex>,
    max_fee: Option<Balance>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Request> {
    net.asking(py, &Progress::new(progress), async |asker, say| {
        let (client, account) = (asker.client, asker.account);
        let ((inputs, marks), question) = (net.kept()?, &asked.question);
        let of = (model, version, program.known.id);
        let same = Same::question((client, account), of, &question.task, &question.input);
        let payer = (account.id(), paying(client, &account.id()).await?);
        let (question, mark) = match request::earlier(client, payer, (&inputs, &marks), same).await? {
            Earlier::Asked(own, mark) => {
                let number = own.number().unwrap_or_default();
                say(&format!(
                    "goes on with request {number}, the same that was asked before and whose answer nobody was given: nothing more is paid"
                ));
                return Ok(Request::sent(own, Some(mark)));
            }
            Earlier::Unknown(input, mark) => {
                say("sends the input of the same call once more, which was interrupted: the chain takes it once");
                (
                    Question {
                        input,
                        ..question.clone()
                    },
                    Some(mark),
                )
            }
            Earlier::None => (question.clone(), None),
        };
        let artifact = (&program.known, &program.inner);
        let priced = request::price(asker, (model, version), artifact, &question, say).await?;
        say(&request::words(&priced));
        let ready = request::ready(asker, &inputs, &question, &priced, max_fee).await?;
        let (ready, mark, at) = match mark {
            // It is looked for before it is sent: by then the first one may be on chain, or answered.
            Some(mark) => (ready.again(), mark, OPEN),
            None => {
                let mark = marks.begin(same, ready.own.root)?;
                (ready, mark, NEW)
            }
        };
        let root = ready.own.root;
        say(&format!(
            "input {root:?}: if this is interrupted, net.request(\"{root:?}\").wait() goes on"
        ));
        Ok(Request {
            known: Known::ToSend(Box::new(ready)),
            mark: Mutex::new(Some(mark)),
            at: at.into(),
        })
    })
}

/// A request by its number.
#[pyfunction]
pub fn request_numbered(py: Python<'_>, net: &Net, id: RequestId) -> PyResult<Request> {
    net.reading(py, async |client| {
        let known = client.inference_request(id).await?;
        Ok(Request::sent(OwnRequest::of(&known), None))
    })
}

/// A request of the account's organisation by the root of its input: on chain, or with its input kept here.
#[pyfunction]
pub fn request_with(py: Python<'_>, net: &Net, root: &str) -> PyResult<Request> {
    let root = root_of(root)?;
    net.asking(py, &Progress::default(), async |asker, _| {
        let organisation = paying(asker.client, &asker.account.id()).await?;
        let own = OwnRequest::with_input(organisation, root);
        let is_known = own.find(asker.client, None).await?.is_some() || net.kept()?.0.read(root)?.is_some();
        match is_known {
            true => Ok(Request::sent(own, None)),
            false => Err(missing(&own)),
        }
    })
}

/// A request for each input that is kept here.
#[pyfunction]
pub fn kept(py: Python<'_>, net: &Net) -> PyResult<Vec<Request>> {
    net.asking(py, &Progress::default(), async |asker, _| {
        let organisation = paying(asker.client, &asker.account.id()).await?;
        let all = asker.client.inference_requests(Some(organisation)).await?;
        let roots = net.kept()?.0.roots()?.into_iter();
        let requests = roots.map(|root| {
            let known = all.iter().find(|known| known.input.root == root);
            let own = known.map_or_else(|| OwnRequest::with_input(organisation, root), OwnRequest::of);
            Request::sent(own, None)
        });
        Ok(requests.collect())
    })
}

/// A request as the chain has it now, as JSON.
#[pyfunction]
pub fn request_view(py: Python<'_>, net: &Net, request: &Request) -> PyResult<String> {
    net.reading(py, async |client| text(&request.view(&client).await?))
}

/// Send a request, unless the chain has it, and bring its input. Its number is final where it was sent now.
#[pyfunction]
#[pyo3(signature = (net, request, progress = None))]
pub fn send(py: Python<'_>, net: &Net, request: &Request, progress: Option<Py<PyAny>>) -> PyResult<()> {
    net.asking(py, &Progress::new(progress), async |asker, say| {
        let ((inputs, _), tell) = (net.kept()?, |text: &str| say(text));
        let going_on = GoingOn::new(&net.node, asker.account, &inputs, request.own(), &tell);
        let brought = going_on.brought();
        let is_sent = request.to_send(asker.client).await?.is_none();
        let (_, known) = request.sending((asker, &inputs), brought).await?;
        if !is_sent {
            going_on.numbered(known.id).await?;
        }
        Ok(())
    })
}

/// Bring a request's input, from where it is kept here, to the gateways.
#[pyfunction]
pub fn upload(py: Python<'_>, net: &Net, request: &Request) -> PyResult<()> {
    net.asking(py, &Progress::default(), async |asker, _| {
        let known = request.view(asker.client).await?;
        let brought = request::upload(asker, &net.kept()?.0, &known).await;
        brought.map_err(|error| match error {
            error @ Error::Input(_) => error,
            error => Error::NotUploaded {
                request: known.id,
                root: known.input.root,
                why: error.to_string(),
            },
        })
    })
}

/// Take back a request that no batch has taken.
#[pyfunction]
pub fn cancel(py: Python<'_>, net: &Net, request: &Request) -> PyResult<u32> {
    net.asking(py, &Progress::default(), async |asker, _| {
        let client = asker.client;
        // A cancellation names the number alone.
        let last = client.finalized().await?;
        let known = request.own().find(client, Some(last.hash)).await?;
        let known = known.ok_or_else(|| {
            Error::Unavailable(
                "nothing was sent: the request is in no final block, and a fork may give its number to another one: try again in a few seconds"
                    .into(),
            )
        })?;
        let call = calls::cancel(known.id);
        let done = client.submit(asker.account, &call, Until::InBlock).await?;
        Ok(done.number())
    })
}

/// Remove a request's input from this machine; whether it was there.
#[pyfunction]
pub fn forget(py: Python<'_>, net: &Net, request: &Request) -> PyResult<bool> {
    let root = request.own().root;
    let forgotten = py.detach(|| {
        let (inputs, marks) = net.kept()?;
        marks.forget(root)?;
        inputs.forget(root)
    });
    forgotten.map_err(|error: Error| crate::failure::raised(py, &error.into()))
}

/// An output: element type, shape, little-endian bytes.
type Output = (String, Vec<usize>, Py<PyBytes>);
/// What a validator streamed: its address, the tokens, whether it came to its end, the token from which on it is another one than the answer's, and the
/// file with what was signed then.
type Stream = (String, Vec<u32>, bool, Option<usize>, Option<PathBuf>);
/// Record and batch as JSON; `answered`, `fault` or `unfit`; tokens; the kind of fault, and what it is in words; outputs; streams.
type Fetched = (
    String,
    &'static str,
    Vec<u32>,
    Option<(&'static str, &'static str)>,
    Vec<Output>,
    Vec<Stream>,
);

/// Send a request, unless the chain has it, wait for its end, and fetch the answer: the request as JSON, and what it has for an answer. `on_tokens` is
/// told the tokens that are streamed meanwhile: all of them each time.
#[pyfunction]
#[pyo3(signature = (net, request, progress = None, on_tokens = None))]
pub fn answered(
    py: Python<'_>,
    net: &Net,
    request: &Request,
    progress: Option<Py<PyAny>>,
    on_tokens: Option<Py<PyAny>>,
) -> PyResult<(String, Option<Fetched>)> {
    let streams = on_tokens.is_some();
    let progress = Progress::new(progress).with_tokens(on_tokens);
    let (known, fetched) = net.asking(py, &progress, async |asker, say| {
        let ((inputs, _), read) = (net.kept()?, Read::default());
        let (own, account, tell) = (request.own(), asker.account, |text: &str| say(text));
        let going_on = GoingOn::new(&net.node, account, &inputs, own, &tell);
        let followed = async || -> Infallible {
            match streams {
                true => {
                    let tell = |event: Event<'_>| tell_of(event, &progress);
                    follow(async || net.client().await, account, own, &read, &tell).await
                }
                false => pending().await,
            }
        };
        let ended = async {
            tokio::select! {
                ended = going_on.answered() => ended,
                never = followed() => match never {},
            }
        };
        let (number, (mut known, mut answer)) = request.sending((asker, &inputs), ended).await?;
        if number.is_some_and(|number| number != known.id) {
            // A fork gave it another one.
            (known, answer) = going_on.answered().await?;
        }
        if answer.is_none() && !read.is_empty() {
            say("NOT attested: what was streamed counts for nothing");
        }
        let fetched = match answer {
            Some(answer) => {
                let streams = match known.state {
                    RequestState::Answered { batch, .. } => {
                        compared(&read, batch, answer.tokens(), &inputs, known.input.root)
                    }
                    _ => Vec::new(),
                };
                streams.iter().for_each(|one| say(&one.words(answer.tokens().len())));
                let record = text(&record(&net.client().await?, &known).await?)?;
                Some((record, answer, streams))
            }
            None => None,
        };
        Ok((text(&known)?, fetched))
    })?;
    Ok((known, fetched.map(|fetched| shown(py, fetched))))
}

/// The answer is given out: the same call asks anew.
#[pyfunction]
pub fn given(py: Python<'_>, net: &Net, request: &Request) -> PyResult<()> {
    let forgotten = py.detach(|| net.kept()?.1.forget(request.own().root));
    forgotten.map_err(|error: Error| crate::failure::raised(py, &error.into()))?;
    request.at.store(OVER, Relaxed);
    Ok(())
}

fn shown(py: Python<'_>, (record, answer, streams): (String, Answer, Vec<Streamed>)) -> Fetched {
    let status = quorate_client::words::answer_status(answer.status());
    let tokens = answer.tokens().to_vec();
    let (fault, values) = match answer {
        Answer::Fault(kind, _) => (Some((fault_name(kind), fault_words(kind))), Vec::new()),
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
    (record, status, tokens, fault, outputs, streams)
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

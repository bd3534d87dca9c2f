//! `PUT /v1/blobs/{root}`: only what opens a commitment on chain, or is a version that an owner gives and that awaits votes.

use crate::{
    access::account,
    refusal::{internal, Refusal},
    Gateway, Snapshot,
};
use axum::{
    body::{Body, BodyDataStream},
    extract::{Path, State},
    http::{header::CONTENT_LENGTH, HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    Json,
};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use quorate_blobs::BlobError;
use quorate_gateway_api::{name, parse_name, Opening, Root, OPENING_HEADER};
use quorate_primitives::{payload::update_commitment, AccountId, Hash};
use serde_json::json;
use std::time::Duration;
use tokio::time::{timeout, timeout_at, Instant};

/// Kind of the note beside an update's blob. It holds the commitment that the upload opened, or zeros.
pub const UPDATE_MARK: &str = "updates";

/// An upload slower than this, in bytes a second, is given up.
const SLOWEST: u64 = 16 << 10;
/// A client whose bytes are not wanted is listened to for this long, so that it reads the answer instead of a broken connection.
const DRAIN: Duration = Duration::from_secs(3);
const DRAIN_BYTES: usize = 32 << 20;

/// What an upload is.
struct Allowed {
    len: u64,
    /// Of an update.
    commitment: Option<Hash>,
}

pub(crate) async fn upload(
    State(gateway): State<Gateway>,
    Path(root): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut body = body.into_data_stream();
    let taken = take(&gateway, &root, &headers, &mut body).await;
    // A blob that is held already is not read either.
    drain(body).await;
    match taken {
        Ok(status) => (status, Json(json!({ "root": root, "held": true }))).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn take(
    gateway: &Gateway,
    root: &str,
    headers: &HeaderMap,
    body: &mut BodyDataStream,
) -> Result<StatusCode, Refusal> {
    let root = parse_name(root).ok_or_else(|| Refusal::bad("a blob's name has 64 hexadecimal digits"))?;
    let snapshot = gateway.snapshot();
    let snapshot = snapshot.ok_or_else(|| {
        Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "this worker's node has not sent yet what the chain allows",
        )
    })?;
    let allowed = allowed(&snapshot, &root, headers)?;
    let got = headers
        .get(CONTENT_LENGTH)
        .and_then(|len| len.to_str().ok()?.parse::<u64>().ok());
    let got = got.ok_or_else(|| {
        Refusal::new(StatusCode::LENGTH_REQUIRED, "content-length is needed").with("expected", allowed.len)
    })?;
    if got != allowed.len {
        return Err(Refusal::bad("content-length is not what the model asks for")
            .with("expected", allowed.len)
            .with("got", got));
    }
    if gateway.store.len(&root).await.map_err(internal)?.is_some() {
        mark(gateway, &root, &allowed).await?;
        return Ok(StatusCode::OK);
    }
    let _permit = gateway.uploads.try_acquire().map_err(|_| {
        Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many uploads at once; try again, or another gateway",
        )
    })?;
    let arriving = Arriving::enter(gateway, root);
    let _arriving =
        arriving.ok_or_else(|| Refusal::new(StatusCode::CONFLICT, "this blob is being uploaded just now"))?;
    let _room = gateway.quota.reserve(allowed.len).await.map_err(full)?;
    store(gateway, root, &allowed, body).await?;
    mark(gateway, &root, &allowed).await?;
    tracing::info!(
        root = name(&root),
        len = allowed.len,
        update = allowed.commitment.is_some(),
        "blob uploaded"
    );
    Ok(StatusCode::CREATED)
}

/// No room is the operator's matter: how much there is stays in the log.
fn full(error: BlobError) -> Refusal {
    match error {
        BlobError::OverQuota { .. } | BlobError::DiskFull { .. } => {
            tracing::warn!(%error, "an upload is refused: raise --max-disk, lower --keep-free, or give the store a larger disk");
            Refusal::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "this gateway's store has no room for the blob; use another validator's gateway and tell this one's operator",
            )
        }
        other => internal(other),
    }
}

/// A root in the list of those that are being uploaded; leaves it also when the client goes away.
struct Arriving<'a>(&'a Gateway, Root);

impl<'a> Arriving<'a> {
    fn enter(gateway: &'a Gateway, root: Root) -> Option<Self> {
        let new = gateway.arriving.lock().is_ok_and(|mut arriving| arriving.insert(root));
        new.then_some(Self(gateway, root))
    }
}

impl Drop for Arriving<'_> {
    fn drop(&mut self) {
        if let Ok(mut arriving) = self.0.arriving.lock() {
            arriving.remove(&self.1);
        }
    }
}

fn allowed(snapshot: &Snapshot, root: &Root, headers: &HeaderMap) -> Result<Allowed, Refusal> {
    let forbidden = |reason: &str| Refusal::new(StatusCode::FORBIDDEN, reason);
    let Some(header) = headers.get(OPENING_HEADER) else {
        let pending = snapshot.allowed.pending(root).ok_or_else(|| {
            forbidden("no model awaits this blob as a version that its owner gives; an update needs the header with its opening")
                .with("header", OPENING_HEADER)
        })?;
        return Ok(Allowed {
            len: pending.len,
            commitment: None,
        });
    };
    let opening = header.to_str().ok().and_then(|text| Opening::parse(text, account));
    let opening = opening.ok_or_else(|| {
        Refusal::bad(format!("{OPENING_HEADER} cannot be read"))
            .with("expected", "round=<n>;contributor=<account>;weight=<n>;salt=<hex>")
    })?;
    let contributor = AccountId::from(opening.contributor);
    let upload = snapshot.allowed.upload(opening.round, &contributor).ok_or_else(|| {
        forbidden(
            "this contributor has no commitment in this round that awaits an upload; submit it first, or wait until \
                   this validator has seen the block",
        )
    })?;
    let Opening {
        round, weight, salt, ..
    } = opening;
    let commitment = update_commitment(snapshot.genesis, round, &contributor, (*root).into(), weight, salt);
    match commitment == upload.commitment {
        true => Ok(Allowed {
            len: upload.len,
            commitment: Some(commitment),
        }),
        false => Err(forbidden("root, weight and salt do not open the commitment on chain")
            .with("expected", format!("{:?}", upload.commitment))
            .with("got", format!("{commitment:?}"))),
    }
}

async fn store(gateway: &Gateway, root: Root, allowed: &Allowed, body: &mut BodyDataStream) -> Result<(), Refusal> {
    let idle = gateway.limits.idle;
    let end = Instant::now() + idle + Duration::from_secs(allowed.len / SLOWEST);
    let stream = Box::pin(timed(body, idle, end));
    gateway
        .store
        .put_stream(root, allowed.len, stream)
        .await
        .map_err(|error| match error {
            BlobError::WrongRoot { expected, got } => Refusal::bad("the bytes are not those that the root names")
                .with("expected", expected)
                .with("got", got),
            BlobError::TooLong { expected } | BlobError::TooShort { expected, .. } => {
                Refusal::bad(error.to_string()).with("expected", expected)
            }
            BlobError::Source(reason) => Refusal::new(StatusCode::REQUEST_TIMEOUT, reason),
            other => internal(other),
        })
}

/// The body, with idle and total timeouts.
fn timed<'a>(
    body: &'a mut BodyDataStream,
    idle: Duration,
    end: Instant,
) -> impl Stream<Item = Result<Bytes, String>> + 'a {
    futures::stream::unfold(body, move |body| async move {
        let next = timeout_at(end.min(Instant::now() + idle), body.next()).await;
        match next {
            Err(_) => Some((Err("the upload is too slow or stands still".to_string()), body)),
            Ok(None) => None,
            Ok(Some(part)) => Some((part.map_err(|error| error.to_string()), body)),
        }
    })
}

async fn mark(gateway: &Gateway, root: &Root, allowed: &Allowed) -> Result<(), Refusal> {
    match allowed.commitment {
        None => Ok(()),
        Some(commitment) => {
            let note = Bytes::copy_from_slice(&commitment.0);
            gateway.store.set_mark(UPDATE_MARK, root, note).await.map_err(internal)
        }
    }
}

async fn drain(mut body: BodyDataStream) {
    let mut seen = 0;
    let drained = timeout(DRAIN, async {
        while let Some(Ok(part)) = body.next().await {
            seen += part.len();
            if seen > DRAIN_BYTES {
                break;
            }
        }
    });
    // Whether or not it came to its end: the answer goes out now.
    let _ = drained.await;
}

//! `PUT /v1/blobs/{root}`: only what opens a commitment on chain, from its contributor, or is a version that an owner gives and that
//! awaits votes, from an organisation.

use crate::{
    access,
    refusal::{internal, Refusal},
    slots::{Busy, Slot, Stop, Uploader},
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
use quorate_blobs::{BlobError, Patience};
use quorate_gateway_api::{name, parse_name, Opening, Root, OPENING_HEADER};
use quorate_primitives::{payload::update_commitment, AccountId, Hash};
use serde_json::json;
use std::time::Duration;
use tokio::time::{timeout, Instant};

/// Kind of the note beside an update's blob. It holds the commitment that the upload opened, or zeros.
pub const UPDATE_MARK: &str = "updates";

/// A client whose bytes are not wanted is listened to for this long, so that it reads the answer instead of a broken connection.
const DRAIN: Duration = Duration::from_secs(3);
const DRAIN_BYTES: usize = 32 << 20;

/// What an upload is.
struct Allowed {
    len: u64,
    uploader: Uploader,
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
    if is_held(gateway, &root, &allowed).await? {
        return Ok(StatusCode::OK);
    }
    let slot = gateway.slots.enter(root, &allowed.uploader).map_err(busy)?;
    // Whoever brought it first may have ended just now, and told nobody who came later.
    if is_held(gateway, &root, &allowed).await? {
        return Ok(StatusCode::OK);
    }
    let _room = gateway
        .quota
        .reserve(allowed.len)
        .await
        .map_err(|error| full(gateway, error))?;
    let stop = tokio::select! {
        biased;
        stored = store(gateway, root, &allowed, &slot, body) => {
            stored?;
            None
        }
        stop = slot.stopped() => Some(stop),
    };
    match stop {
        None => {
            mark(gateway, &root, &allowed).await?;
            slot.won();
            tracing::info!(
                root = name(&root),
                len = allowed.len,
                update = allowed.commitment.is_some(),
                "blob uploaded"
            );
            Ok(StatusCode::CREATED)
        }
        Some(Stop::Held) => {
            mark(gateway, &root, &allowed).await?;
            Ok(StatusCode::OK)
        }
        Some(Stop::GaveWay) => Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "this upload was slow and others wait; try again, or another gateway",
        )),
    }
}

/// Whether the blob is held; it is then noted whose update it is.
async fn is_held(gateway: &Gateway, root: &Root, allowed: &Allowed) -> Result<bool, Refusal> {
    let held = gateway.store.len(root).await.map_err(internal)?.is_some();
    if held {
        mark(gateway, root, allowed).await?;
    }
    Ok(held)
}

fn busy(busy: Busy) -> Refusal {
    let (status, reason) = match busy {
        Busy::Same => (
            StatusCode::CONFLICT,
            "this account is uploading this blob just now; try again when that has ended or stands still",
        ),
        Busy::Account => (
            StatusCode::SERVICE_UNAVAILABLE,
            "this account has as many uploads at once as one may have; try again, or another gateway",
        ),
        Busy::Organisation => (
            StatusCode::SERVICE_UNAVAILABLE,
            "this organisation has as many uploads at once as one may have; try again, or another gateway",
        ),
        Busy::All => (
            StatusCode::SERVICE_UNAVAILABLE,
            "too many uploads at once; try again, or another gateway",
        ),
    };
    Refusal::new(status, reason)
}

/// No room is the operator's matter: how much there is stays in the log.
fn full(gateway: &Gateway, error: BlobError) -> Refusal {
    match error {
        BlobError::OverQuota { .. } | BlobError::DiskFull { .. } => {
            if let Some(more) = gateway.full.now() {
                tracing::warn!(
                    %error,
                    more,
                    "an upload is refused: raise --max-disk, lower --keep-free, or give the store a larger disk"
                );
            }
            Refusal::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "this gateway's store has no room for the blob; use another validator's gateway and tell this one's operator",
            )
        }
        other => internal(other),
    }
}

fn allowed(snapshot: &Snapshot, root: &Root, headers: &HeaderMap) -> Result<Allowed, Refusal> {
    let forbidden = |reason: &str| Refusal::new(StatusCode::FORBIDDEN, reason);
    let Some(header) = headers.get(OPENING_HEADER) else {
        let pending = snapshot.allowed.pending(root).ok_or_else(|| {
            forbidden("no model awaits this blob as a version that its owner gives; an update needs the header with its opening")
                .with("header", OPENING_HEADER)
        })?;
        let account = access::uploader(snapshot, headers, root)?;
        let organisation = snapshot.allowed.organisation(&account).ok_or_else(|| {
            forbidden(
                "a version is brought by the account or a contributor of an organisation in good standing, and this account is neither",
            )
        })?;
        return Ok(Allowed {
            len: pending.len,
            uploader: Uploader { account, organisation },
            commitment: None,
        });
    };
    let opening = header
        .to_str()
        .ok()
        .and_then(|text| Opening::parse(text, access::account));
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
    if commitment != upload.commitment {
        return Err(forbidden("root, weight and salt do not open the commitment on chain")
            .with("expected", format!("{:?}", upload.commitment))
            .with("got", format!("{commitment:?}")));
    }
    // The opening is public once it is revealed.
    let account = access::uploader(snapshot, headers, root)?;
    if account != contributor {
        return Err(forbidden("the token's bearer is not the update's contributor"));
    }
    Ok(Allowed {
        len: upload.len,
        uploader: Uploader {
            account,
            organisation: upload.organisation,
        },
        commitment: Some(commitment),
    })
}

async fn store(
    gateway: &Gateway,
    root: Root,
    allowed: &Allowed,
    slot: &Slot,
    body: &mut BodyDataStream,
) -> Result<(), Refusal> {
    let patience = Patience::new(gateway.limits.idle, gateway.limits.slowest);
    let stream = Box::pin(paced(body, patience, slot));
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

/// The body, as long as it is fast enough.
fn paced<'a>(
    body: &'a mut BodyDataStream,
    patience: Patience,
    slot: &'a Slot,
) -> impl Stream<Item = Result<Bytes, String>> + 'a {
    futures::stream::unfold((body, patience), move |(body, mut patience)| async move {
        let asked = Instant::now();
        let part = match timeout(patience.left(), body.next()).await {
            Err(_) => Err("the upload is too slow or stands still".to_string()),
            Ok(None) => return None,
            Ok(Some(part)) => part.map_err(|error| error.to_string()),
        };
        if let Ok(part) = &part {
            patience.waited(asked.elapsed());
            patience.moved(part.len());
            slot.add(part.len());
        }
        Some((part, (body, patience)))
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

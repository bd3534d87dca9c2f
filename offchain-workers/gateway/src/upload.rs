//! `PUT /v1/blobs/{root}`: only what opens a commitment on chain, from its contributor, is a version that an owner gives and that
//! awaits votes, from an organisation, or an artifact or the input of a request that awaits votes, from the organisation that named it.
//! An upload that broke off is gone on with: `HEAD` with the uploader's token tells where.

use crate::{
    metrics::RefusedUpload,
    parts,
    permit::{permit, Permit, UPDATE_MARK},
    receive::{receive, Received},
    refusal::{internal, Refusal},
    shares::{self, NoRoom},
    slots::{Busy, Stop},
    Gateway, Snapshot,
};
use axum::{
    body::{Body, BodyDataStream},
    extract::{Path, State},
    http::{
        header::{CONTENT_LENGTH, CONTENT_RANGE},
        HeaderMap, HeaderValue, StatusCode,
    },
    response::{IntoResponse, Response},
    Json,
};
use bytes::Bytes;
use futures::StreamExt;
use quorate_blobs::BlobError;
use quorate_gateway_api::{name, parse_name, Root, OFFSET_HEADER};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// A client whose bytes are not wanted is listened to for this long, so that it reads the answer instead of a broken connection.
const DRAIN: Duration = Duration::from_secs(3);
const DRAIN_BYTES: usize = 32 << 20;

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

/// How many bytes of an upload are here: all of them if the blob is held.
pub(crate) async fn offset(gateway: &Gateway, root: &str, headers: &HeaderMap) -> Result<Response, Refusal> {
    let root = root_of(root)?;
    let permit = permit(&*snapshot(gateway)?, &root, headers)?;
    let offset = match is_held(gateway, &root, &permit).await? {
        true => permit.len,
        false => gateway
            .store
            .part_len(&root, &parts::owner(&permit.uploader))
            .map_err(internal)?
            .min(permit.len.saturating_sub(1)),
    };
    let mut response = StatusCode::OK.into_response();
    response.headers_mut().insert(OFFSET_HEADER, HeaderValue::from(offset));
    Ok(response)
}

fn root_of(root: &str) -> Result<Root, Refusal> {
    parse_name(root).ok_or_else(|| Refusal::bad("a blob's name has 64 hexadecimal digits"))
}

fn snapshot(gateway: &Gateway) -> Result<Arc<Snapshot>, Refusal> {
    gateway.snapshot().ok_or_else(|| {
        Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "this worker's node has not sent yet what the chain allows",
        )
    })
}

async fn take(
    gateway: &Gateway,
    root: &str,
    headers: &HeaderMap,
    body: &mut BodyDataStream,
) -> Result<StatusCode, Refusal> {
    let root = root_of(root)?;
    let permit = permit(&*snapshot(gateway)?, &root, headers)?;
    let from = first_byte(headers, permit.len)?;
    if is_held(gateway, &root, &permit).await? {
        return Ok(StatusCode::OK);
    }
    let slot = gateway
        .slots
        .enter(root, &permit.uploader)
        .map_err(|why| busy(gateway, why))?;
    let _under_way = gateway.metrics.upload();
    // Whoever brought it first may have ended just now, and told nobody who came later.
    if is_held(gateway, &root, &permit).await? {
        return Ok(StatusCode::OK);
    }
    parts::keep_few(gateway, &root, &permit.uploader).map_err(internal)?;
    if from == 0 {
        // Its room is asked for anew.
        parts::begin_anew(gateway, &root, &permit.uploader).map_err(internal)?;
    }
    let _room = shares::reserve(gateway, &permit.uploader, permit.len - from)
        .await
        .map_err(|why| full(gateway, why))?;
    match receive(gateway, &root, &permit, from, &slot, body).await? {
        Received::Whole => {
            slot.won();
            tracing::info!(
                root = name(&root),
                len = permit.len,
                update = permit.commitment().is_some(),
                "blob uploaded"
            );
            Ok(StatusCode::CREATED)
        }
        Received::Stopped(Stop::Held) => match is_held(gateway, &root, &permit).await? {
            true => Ok(StatusCode::OK),
            false => Err(Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the blob was just removed; try again",
            )),
        },
        Received::Stopped(Stop::GaveWay) => {
            gateway.metrics.refuse(RefusedUpload::GaveWay);
            Err(Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "this upload was slow and others wait; go on with it later, or at another gateway",
            ))
        }
    }
}

/// Where the body begins in the blob; it has to go to the blob's end.
fn first_byte(headers: &HeaderMap, len: u64) -> Result<u64, Refusal> {
    let number = |text: &str| text.parse::<u64>().ok();
    let got = headers.get(CONTENT_LENGTH).and_then(|got| number(got.to_str().ok()?));
    let got =
        got.ok_or_else(|| Refusal::new(StatusCode::LENGTH_REQUIRED, "content-length is needed").with("expected", len))?;
    let from = match headers.get(CONTENT_RANGE) {
        None => 0,
        Some(range) => {
            let range = range.to_str().ok().and_then(|range| {
                let (range, of) = range.trim().strip_prefix("bytes ")?.split_once('/')?;
                let (first, last) = range.split_once('-')?;
                Some((number(first)?, number(last)?, number(of)?))
            });
            match range {
                Some((first, last, of)) if of == len && last == len.saturating_sub(1) && first <= last => first,
                _ => {
                    let expected = format!("bytes <first>-{}/{len}", len.saturating_sub(1));
                    return Err(Refusal::bad(
                        "content-range is not one that goes to the end of what the model asks for",
                    )
                    .with("expected", expected));
                }
            }
        }
    };
    match got == len - from {
        true => Ok(from),
        false => Err(Refusal::bad("content-length is not what the model asks for")
            .with("expected", len - from)
            .with("got", got)),
    }
}

/// Whether the blob is held, and stays. If it is here as an update it is then noted whose: anyone may commit to the root of a version, which
/// must not be collected as an update. Nor is a blob of another length what the commitment speaks of.
async fn is_held(gateway: &Gateway, root: &Root, permit: &Permit) -> Result<bool, Refusal> {
    let store = &gateway.store;
    let here = store.len(root).await.map_err(internal)?;
    if here != Some(permit.len) || !store.promise(root).await.map_err(internal)? {
        return Ok(false);
    }
    if let Some(commitment) = permit.commitment() {
        let note = Bytes::copy_from_slice(&commitment.0);
        if store.mark(UPDATE_MARK, root).await.map_err(internal)?.is_some() {
            store.set_mark(UPDATE_MARK, root, note).await.map_err(internal)?;
        }
    }
    Ok(true)
}

fn busy(gateway: &Gateway, busy: Busy) -> Refusal {
    gateway.metrics.refuse(match busy {
        Busy::Same => RefusedUpload::Same,
        Busy::Account => RefusedUpload::Account,
        Busy::Organisation => RefusedUpload::Organisation,
        Busy::All => RefusedUpload::All,
    });
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
fn full(gateway: &Gateway, why: NoRoom) -> Refusal {
    let error = match why {
        NoRoom::Store(error) => error,
        NoRoom::Share => {
            gateway.metrics.refuse(RefusedUpload::Share);
            return Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "what this organisation is uploading has as much of the room as one may have; try again, or another gateway",
            );
        }
    };
    match error {
        BlobError::OverQuota { .. } | BlobError::DiskFull { .. } => {
            gateway.metrics.refuse(RefusedUpload::NoRoom);
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

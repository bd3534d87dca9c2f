//! The bytes of an upload, as long as they come fast enough.

use crate::{
    metrics::RefusedUpload,
    parts,
    permit::{Permit, UPDATE_MARK},
    refusal::{internal, Refusal},
    slots::{Slot, Stop},
    Gateway,
};
use axum::{body::BodyDataStream, http::StatusCode};
use bytes::Bytes;
use futures::StreamExt;
use quorate_blobs::{BlobError, BlobWriter, Part, Patience};
use quorate_gateway_api::Root;
use std::time::Duration;
use tokio::time::{timeout, Instant};

/// How an upload ended.
pub(crate) enum Received {
    Whole,
    Stopped(Stop),
}

/// Where the bytes go.
enum Sink {
    /// They stay if the upload breaks off.
    Part(Part),
    /// In a store that is no local folder.
    Writer(BlobWriter),
}

/// Takes the bytes from byte `from` on. When all are there and right, the blob becomes visible, after its note.
pub(crate) async fn receive(
    gateway: &Gateway,
    root: &Root,
    permit: &Permit,
    from: u64,
    slot: &Slot,
    body: &mut BodyDataStream,
) -> Result<Received, Refusal> {
    // What is here of it is read first: no longer than it may have taken to come, and not on behalf of who has lost the slot.
    let limits = &gateway.limits;
    let patience = limits
        .idle
        .saturating_add(Duration::from_secs(from / limits.slowest.max(1)));
    let mut sink = tokio::select! {
        biased;
        stop = slot.stopped() => return Ok(stopped(gateway, root, permit, stop)),
        opened = timeout(patience, open(gateway, root, permit, from)) => {
            opened.map_err(|_| internal("what is here of an upload cannot be read in time"))??
        }
    };
    let ended = tokio::select! {
        biased;
        taken = take(gateway, &mut sink, permit.len, slot, body) => taken.map(|()| None),
        stop = slot.stopped() => Ok(Some(stop)),
    };
    match ended {
        Ok(None) => {
            finish(gateway, root, permit, sink)
                .await
                .map_err(|error| refusal(gateway, error))?;
            Ok(Received::Whole)
        }
        Ok(Some(stop)) => {
            keep(sink).await;
            Ok(stopped(gateway, root, permit, stop))
        }
        Err(error) => {
            keep(sink).await;
            Err(refusal(gateway, error))
        }
    }
}

fn stopped(gateway: &Gateway, root: &Root, permit: &Permit, stop: Stop) -> Received {
    if stop == Stop::Held {
        let removed = gateway.store.remove_part(root, &parts::owner(&permit.uploader));
        // It goes later then.
        removed.map_or_else(|error| tracing::debug!(%error, "a part stays"), drop);
    }
    Received::Stopped(stop)
}

async fn open(gateway: &Gateway, root: &Root, permit: &Permit, from: u64) -> Result<Sink, Refusal> {
    let (owner, len) = (parts::owner(&permit.uploader), permit.len);
    let conflict = |held: u64| {
        let error = "the upload is not gone on with where it stopped";
        Refusal::new(StatusCode::CONFLICT, error).with("held", held)
    };
    // A place that is not the right one costs no reading. A whole one was not made visible: the worker ended just then.
    let here = gateway.store.part_len(root, &owner).map_err(internal)?;
    if from > 0 && here != from && here != len {
        return Err(conflict(if here > len { 0 } else { here }));
    }
    let mut part = match gateway.store.part(root, &owner, len).await {
        Ok(Some(part)) => part,
        Ok(None) => {
            let error = "this account's upload of this blob is just ending; try again";
            return Err(Refusal::new(StatusCode::CONFLICT, error));
        }
        Err(BlobError::NotLocal) if from == 0 => {
            let mut writer = gateway.store.writer(*root, len).await.map_err(internal)?;
            if let Some(note) = permit.note() {
                writer.mark(UPDATE_MARK, note);
            }
            return Ok(Sink::Writer(writer));
        }
        Err(BlobError::NotLocal) => return Err(conflict(0)),
        Err(error) => return Err(internal(error)),
    };
    match part.seen() {
        held if held == from || (held == len && from > 0) => Ok(Sink::Part(part)),
        _ if from == 0 => {
            part.clear(len).await.map_err(internal)?;
            Ok(Sink::Part(part))
        }
        held => {
            part.keep().await;
            Err(conflict(held))
        }
    }
}

/// Takes all bytes of the body, which has exactly as many as are missing.
async fn take(
    gateway: &Gateway,
    sink: &mut Sink,
    len: u64,
    slot: &Slot,
    body: &mut BodyDataStream,
) -> Result<(), BlobError> {
    let mut patience = Patience::new(gateway.limits.idle, gateway.limits.slowest);
    if sink.seen() == len && len > 0 {
        return Ok(());
    }
    loop {
        let asked = Instant::now();
        let bytes = match timeout(patience.left(), body.next()).await {
            Err(_) => return Err(BlobError::Source("the upload is too slow or stands still".into())),
            Ok(None) if sink.seen() < len => {
                return Err(BlobError::TooShort {
                    expected: len,
                    got: sink.seen(),
                })
            }
            Ok(None) => return Ok(()),
            Ok(Some(bytes)) => bytes.map_err(|error| BlobError::Source(error.to_string()))?,
        };
        patience.waited(asked.elapsed());
        patience.moved(bytes.len());
        slot.add(bytes.len());
        gateway.metrics.taken(bytes.len());
        sink.write(&bytes).await?;
    }
}

async fn finish(gateway: &Gateway, root: &Root, permit: &Permit, sink: Sink) -> Result<(), BlobError> {
    match sink {
        Sink::Writer(writer) => writer.finish().await,
        Sink::Part(part) => {
            let whole = part.finish(*root).await?;
            let store = &gateway.store;
            // What came here meanwhile and is no update does not become one.
            let other = store.len(root).await?.is_some() && store.mark(UPDATE_MARK, root).await?.is_none();
            let mark = permit.note().filter(|_| !other).map(|note| (UPDATE_MARK, note));
            store.adopt(whole, mark).await
        }
    }
}

async fn keep(sink: Sink) {
    match sink {
        Sink::Part(part) => part.keep().await,
        Sink::Writer(writer) => writer.abort().await,
    }
}

impl Sink {
    fn seen(&self) -> u64 {
        match self {
            Self::Part(part) => part.seen(),
            Self::Writer(writer) => writer.seen(),
        }
    }

    async fn write(&mut self, bytes: &Bytes) -> Result<(), BlobError> {
        match self {
            Self::Part(part) => part.write(bytes).await,
            Self::Writer(writer) => writer.write(bytes).await,
        }
    }
}

fn refusal(gateway: &Gateway, error: BlobError) -> Refusal {
    match &error {
        BlobError::WrongRoot { .. } | BlobError::TooLong { .. } => gateway.metrics.refuse(RefusedUpload::Wrong),
        BlobError::TooShort { .. } | BlobError::Source(_) => gateway.metrics.refuse(RefusedUpload::Broken),
        _ => (),
    }
    match error {
        BlobError::WrongRoot { expected, got } => Refusal::bad("the bytes are not those that the root names")
            .with("expected", expected)
            .with("got", got),
        BlobError::TooLong { expected } | BlobError::TooShort { expected, .. } => {
            Refusal::bad(error.to_string()).with("expected", expected)
        }
        BlobError::Source(reason) => Refusal::new(StatusCode::REQUEST_TIMEOUT, reason),
        other => internal(other),
    }
}

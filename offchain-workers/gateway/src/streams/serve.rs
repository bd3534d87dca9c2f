//! `GET /v1/streams/{job}/{request}`: a request's tokens while they are generated.

use super::{
    open::Open,
    sequence::{Next, Sequence, PAUSE},
    Streams,
};
use crate::{access, refusal::Refusal, Gateway};
use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{
        header::{CACHE_CONTROL, CONTENT_TYPE},
        HeaderMap, StatusCode,
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{stream, Stream};
use quorate_gateway_api::{
    parse_name,
    stream::{write_line, StreamId, STREAM},
};
use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::watch, time::timeout};

/// How often a reader is told that this gateway is there.
const ALIVE: Duration = Duration::from_secs(5);

pub(crate) async fn serve(
    State(gateway): State<Gateway>,
    Path((job, request)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let job = parse_name(&job).ok_or_else(|| Refusal::bad("a job has 64 hexadecimal digits"))?;
    let request = request.parse().map_err(|_| Refusal::bad("a request is a number"))?;
    let from =
        first(query.as_deref()).ok_or_else(|| Refusal::bad("from=<number of a token> is all that can be asked"))?;
    let missing = || Refusal::new(StatusCode::NOT_FOUND, "no tokens of this request and job here now");
    let snapshot = gateway.snapshot().ok_or_else(missing)?;
    let organisation = snapshot.allowed.asked_by(request).ok_or_else(missing)?;
    access::asker(&snapshot, &headers, request)?;
    let streams = gateway.streams;
    let sequence = streams.find(job.into(), request).ok_or_else(missing)?;
    let (validator, key) = streams.word().ok_or_else(|| {
        Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "this worker's node has not signed its key yet",
        )
    })?;
    let open = streams.0.opened.enter(organisation, &gateway.limits).ok_or_else(|| {
        let error = "as many streams are open as may be; the answer comes without one, too";
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error)
    })?;
    let reader = Reader {
        of: StreamId {
            genesis: snapshot.genesis,
            validator,
            job: job.into(),
            request,
        },
        changes: sequence.changes(),
        sequence,
        streams,
        from,
        number: 0,
        first: Some(write_line(&key).into()),
        _open: open,
    };
    let body = Body::from_stream(reader.lines());
    Ok(([(CONTENT_TYPE, STREAM), (CACHE_CONTROL, "no-store")], body).into_response())
}

/// From which token on; nothing else may be asked.
fn first(query: Option<&str>) -> Option<u32> {
    match query {
        None | Some("") => Some(0),
        Some(query) => query.strip_prefix("from=")?.parse().ok(),
    }
}

/// Somebody who reads. Lines are made when there is room for them on the way.
struct Reader {
    of: StreamId,
    sequence: Arc<Sequence>,
    changes: watch::Receiver<()>,
    streams: Streams,
    from: u32,
    /// Of the next chunk.
    number: usize,
    /// The line before all others.
    first: Option<Bytes>,
    _open: Open,
}

impl Reader {
    fn lines(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, |mut reader| async move {
            let line = reader.next().await?;
            Some((Ok(line), reader))
        })
    }

    /// None at the end.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            self.changes.borrow_and_update();
            let (pair, now) = (&self.streams.0.pair, Instant::now());
            let wait = match self.sequence.chunk(self.number, &self.of, pair, now) {
                Next::Chunk(chunk) => {
                    self.number += 1;
                    let end = chunk.first.saturating_add(chunk.tokens.len() as u32);
                    match end <= self.from && !chunk.end {
                        true => continue,
                        false => return Some(write_line(&chunk).into()),
                    }
                }
                Next::Over => return None,
                Next::Soon => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Next::Wait => timeout(ALIVE, self.changes.changed()).await,
            };
            if wait.is_err() {
                return Some(Bytes::from_static(b"\n"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::first;

    #[test]
    fn nothing_but_the_first_token_should_be_asked() {
        assert_eq!(
            (first(None), first(Some("")), first(Some("from=7"))),
            (Some(0), Some(0), Some(7))
        );
        for wrong in ["from=", "from=-1", "from=4294967296", "from=1&x=2", "x"] {
            assert_eq!(first(Some(wrong)), None, "{wrong}");
        }
    }
}

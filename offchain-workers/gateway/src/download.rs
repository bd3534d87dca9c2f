//! `GET` and `HEAD /v1/blobs/{root}`: the bytes, or groups of them with their proof.

use crate::{
    access, old,
    places::Place,
    readers::ReadableBy,
    refusal::{internal, Refusal},
    upload, Gateway,
};
use axum::{
    body::Body,
    extract::{Extension, Path, State},
    http::{
        header::{ACCEPT, ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, RANGE, VARY},
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{stream::BoxStream, StreamExt, TryStreamExt};
use quorate_blobs::BlobError;
use quorate_gateway_api::{name, parse_name, proven, Root};
use std::{ops::Range, sync::Arc};

pub(crate) async fn download(
    State(gateway): State<Gateway>,
    Extension(place): Extension<Arc<Place>>,
    Path(root): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if method == Method::HEAD && access::is_uploader(&headers) {
        return upload::offset(&gateway, &root, &headers).await;
    }
    let root = parse_name(&root).ok_or_else(|| Refusal::bad("a blob's name has 64 hexadecimal digits"))?;
    let missing = || Refusal::new(StatusCode::NOT_FOUND, "no such blob here, or not to be shown now");
    let snapshot = gateway.snapshot().ok_or_else(missing)?;
    // Also where no token is asked for.
    if !place.is_validators() {
        if let Some(validator) = access::validator(&snapshot, &headers) {
            place.shown(&validator);
        }
    }
    let readable_by = match snapshot.allowed.readable_by(&root) {
        ReadableBy::Nobody => old::readable_by(&gateway, &snapshot, &root).await.map_err(internal)?,
        by => by.clone(),
    };
    match readable_by {
        ReadableBy::Nobody => return Err(missing()),
        ReadableBy::Some(readers) => access::reader(&snapshot, &headers, &readers)?,
        ReadableBy::Anyone => (),
    }
    let len = gateway.store.len(&root).await.map_err(internal)?.ok_or_else(missing)?;
    let wanted = match is_proven(&headers) {
        true => Wanted::groups(&headers, len)?,
        false => Wanted::bytes(&headers, len)?,
    };
    let body = match method {
        Method::HEAD => Body::empty(),
        _ => Body::from_stream(wanted.read(&gateway, &root).await?),
    };
    let mut response = (wanted.status, body).into_response();
    let headers = response.headers_mut();
    let mut set = |header: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header, value);
        }
    };
    set(CONTENT_TYPE, wanted.kind().into());
    set(CONTENT_LENGTH, wanted.len(len).to_string());
    set(ACCEPT_RANGES, wanted.unit().into());
    set(VARY, ACCEPT.to_string());
    set(HeaderName::from_static(proven::LENGTH_HEADER), len.to_string());
    // Two representations, two tags.
    let suffix = if wanted.proven { "-proven" } else { "" };
    set(ETAG, format!("\"{}{suffix}\"", name(&root)));
    if wanted.status == StatusCode::PARTIAL_CONTENT {
        set(CONTENT_RANGE, wanted.content_range(len));
    }
    Ok(response)
}

/// Whether the blob is wanted with its proof.
fn is_proven(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
    let mut kinds = accepted.flat_map(|accept| accept.split(','));
    kinds.any(|kind| {
        kind.split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(proven::PROVEN))
    })
}

/// What of a blob is wanted.
struct Wanted {
    status: StatusCode,
    /// Groups with their proof, or else bytes.
    proven: bool,
    range: Range<u64>,
}

impl Wanted {
    fn bytes(headers: &HeaderMap, len: u64) -> Result<Self, Refusal> {
        Self::new(false, headers, 0..len, |text| parse_range(text, len)).ok_or_else(|| {
            let error = "only one range of bytes inside the blob can be asked for";
            Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, error).with("length", len)
        })
    }

    fn groups(headers: &HeaderMap, len: u64) -> Result<Self, Refusal> {
        let count = proven::groups(len);
        Self::new(true, headers, 0..count, |text| proven::parse_groups(text, count)).ok_or_else(|| {
            let error = "with a proof only one range of groups inside the blob can be asked for";
            Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, error).with("groups", count)
        })
    }

    fn new(
        proven: bool,
        headers: &HeaderMap,
        all: Range<u64>,
        parse: impl Fn(&str) -> Option<Range<u64>>,
    ) -> Option<Self> {
        let (status, range) = match headers.get(RANGE) {
            None => (StatusCode::OK, all),
            Some(header) => (StatusCode::PARTIAL_CONTENT, parse(header.to_str().ok()?)?),
        };
        Some(Self { status, proven, range })
    }

    /// Verified before it is sent: a peer is not to take this side's damaged disk for malice.
    async fn read(
        &self,
        gateway: &Gateway,
        root: &Root,
    ) -> Result<BoxStream<'static, Result<Bytes, BlobError>>, Refusal> {
        let read = match self.proven {
            true => gateway.store.get_proven(root, self.range.clone()).await,
            false => gateway.store.get_verified(root, self.range.clone()).await,
        };
        let read = read.map_err(internal)?;
        let seldom = gateway.damaged.clone();
        let metrics = gateway.metrics.clone();
        let read = read.inspect_ok(move |bytes| metrics.served(bytes.len()));
        let told = read.inspect_err(move |error| {
            if let Some(more) = seldom.now() {
                tracing::error!(%error, more, "a blob is not sent to its end");
            }
        });
        Ok(told.boxed())
    }

    fn kind(&self) -> &'static str {
        match self.proven {
            true => proven::PROVEN,
            false => "application/octet-stream",
        }
    }

    fn unit(&self) -> &'static str {
        match self.proven {
            true => "groups",
            false => "bytes",
        }
    }

    /// Bytes of the answer.
    fn len(&self, len: u64) -> u64 {
        match self.proven {
            true => proven::proven_len(len, &self.range),
            false => self.range.end - self.range.start,
        }
    }

    fn content_range(&self, len: u64) -> String {
        match self.proven {
            true => proven::content_groups(&self.range, proven::groups(len)),
            false => format!("bytes {}-{}/{len}", self.range.start, self.range.end - 1),
        }
    }
}

/// One range of RFC 9110, 14.1.2: `bytes=a-b`, `bytes=a-` or `bytes=-n`, not empty.
fn parse_range(text: &str, len: u64) -> Option<Range<u64>> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let range = match (first, last) {
        ("", suffix) => len.saturating_sub(suffix.parse().ok()?)..len,
        (first, "") => first.parse().ok()?..len,
        (first, last) => first.parse().ok()?..last.parse::<u64>().ok()?.saturating_add(1).min(len),
    };
    (range.start < range.end).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::parse_range;

    #[test]
    fn ranges_should_be_read_as_the_standard_says() {
        assert_eq!(parse_range("bytes=0-0", 10), Some(0..1));
        assert_eq!(parse_range("bytes=4-", 10), Some(4..10));
        assert_eq!(parse_range("bytes=-3", 10), Some(7..10));
        assert_eq!(parse_range("bytes=-30", 10), Some(0..10));
        assert_eq!(parse_range("bytes=5-99", 10), Some(5..10));
        for wrong in [
            "bytes=10-",
            "bytes=5-4",
            "bytes=0-1,3-4",
            "bytes=-0",
            "items=0-1",
            "bytes=a-b",
            "bytes=-",
        ] {
            assert_eq!(parse_range(wrong, 10), None, "{wrong}");
        }
    }
}

//! `GET` and `HEAD /v1/blobs/{root}`.

use crate::{
    access,
    places::Place,
    refusal::{internal, Refusal},
    snapshot::ReadableBy,
    Gateway,
};
use axum::{
    body::Body,
    extract::{Extension, Path, State},
    http::{
        header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, RANGE},
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    },
    response::{IntoResponse, Response},
};
use quorate_gateway_api::{name, parse_name};
use std::{ops::Range, sync::Arc};

pub(crate) async fn download(
    State(gateway): State<Gateway>,
    Extension(place): Extension<Arc<Place>>,
    Path(root): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let root = parse_name(&root).ok_or_else(|| Refusal::bad("a blob's name has 64 hexadecimal digits"))?;
    let missing = || Refusal::new(StatusCode::NOT_FOUND, "no such blob here, or not to be shown now");
    let snapshot = gateway.snapshot().ok_or_else(missing)?;
    // Also where no token is asked for.
    if !place.is_validators() {
        if let Some(validator) = access::validator(&snapshot, &headers) {
            place.shown(&validator);
        }
    }
    match snapshot.allowed.readable_by(&root) {
        ReadableBy::Nobody => return Err(missing()),
        ReadableBy::Some(readers) => access::reader(&snapshot, &headers, readers)?,
        ReadableBy::Anyone => (),
    }
    let len = gateway.store.len(&root).await.map_err(internal)?.ok_or_else(missing)?;
    let (status, range) = match headers.get(RANGE) {
        None => (StatusCode::OK, 0..len),
        Some(header) => {
            let range = header.to_str().ok().and_then(|text| parse_range(text, len));
            let wrong = || {
                let error = "only one range of bytes inside the blob can be asked for";
                Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, error).with("length", len)
            };
            (StatusCode::PARTIAL_CONTENT, range.ok_or_else(wrong)?)
        }
    };
    let body = match method {
        Method::HEAD => Body::empty(),
        _ => Body::from_stream(gateway.store.get_range(&root, range.clone()).await.map_err(internal)?),
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    let mut set = |header: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header, value);
        }
    };
    set(CONTENT_TYPE, "application/octet-stream".into());
    set(CONTENT_LENGTH, (range.end - range.start).to_string());
    set(ACCEPT_RANGES, "bytes".into());
    set(ETAG, format!("\"{}\"", name(&root)));
    if status == StatusCode::PARTIAL_CONTENT {
        set(CONTENT_RANGE, format!("bytes {}-{}/{len}", range.start, range.end - 1));
    }
    Ok(response)
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

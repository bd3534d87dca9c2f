//! The corpus of the fuzz target for answers to downloads, replayed and spoilt.

mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use futures::TryStreamExt;
use quorate_blobs::BlobStore;

/// The blob with its proof, as a gateway sends it.
fn proven() -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = BlobStore::open("memory:///").unwrap();
        let root = store.put_bytes(checks::blob().into()).await.unwrap();
        let stream = store.get_proven(&root, 0..3).await.unwrap();
        let parts: Vec<_> = stream.try_collect().await.unwrap();
        parts.concat()
    })
}

#[test]
fn answers_should_bring_the_blob_or_nothing() {
    let body = proven();
    let answer = |status: &str, headers: &[&str], body: &[u8]| {
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n");
        [head.as_bytes(), body].concat()
    };
    let kind = "content-type: application/vnd.quorate.bao";
    let (len, range) = (format!("content-length: {}", body.len()), "content-range: groups 0-2/3");
    let known = "x-quorate-length: 40000";
    let mut wrong = body.clone();
    wrong[30_000] ^= 1;
    let seeds = [
        (
            "whole",
            answer("206 Partial Content", &[kind, &len, range, known], &body),
        ),
        (
            "without_length",
            answer("206 Partial Content", &[kind, range, known], &body),
        ),
        (
            "wrong",
            answer("206 Partial Content", &[kind, &len, range, known], &wrong),
        ),
        (
            "short",
            answer("206 Partial Content", &[kind, &len, range, known], &body[..20_000]),
        ),
        (
            "other_range",
            answer(
                "206 Partial Content",
                &[kind, &len, "content-range: groups 1-2/3", known],
                &body,
            ),
        ),
        ("plain", answer("200 OK", &["content-length: 40000"], &checks::blob())),
        (
            "other_length",
            answer(
                "200 OK",
                &["content-length: 3", "x-quorate-length: 18446744073709551615"],
                b"abc",
            ),
        ),
        (
            "refused",
            answer("404 Not Found", &["content-length: 13"], br#"{"error":"a"}"#),
        ),
        ("redirect", answer("302 Found", &["location: http://127.0.0.1:1/"], b"")),
        (
            "busy",
            answer("503 Service Unavailable", &["retry-after: 99999999999"], b""),
        ),
        ("nothing", vec![]),
    ];
    for (name, bytes) in &seeds {
        let expected = ["whole", "without_length"].contains(name);
        assert_eq!(checks::answer(bytes), expected, "{name}");
    }
    replay::run("answer", &seeds, 300, |bytes| {
        checks::answer(bytes);
    });
}

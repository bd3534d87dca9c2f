//! The corpus of the fuzz target for what strangers send to a gateway, replayed and spoilt.

mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use quorate_gateway_api::{name, Authorization, Opening};

#[test]
fn strangers_should_be_answered_in_time_and_shown_nothing_that_is_not_for_everybody() {
    let (public, restricted, unnamed) = checks::WORLD.with(|world| (world.public, world.restricted, world.unnamed));
    let token = Authorization::validator([2; 32], 1_800_000_000, &[5; 64]);
    let uploader = Authorization::uploader_sr25519([3; 32], 1_800_000_000, &[5; 64]);
    let opening = Opening {
        round: 4,
        contributor: [3; 32],
        weight: 5,
        salt: [9; 32],
    };
    let request = |line: &str, headers: &[String], body: &[u8]| {
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let head = format!("{line} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}\r\n");
        [head.as_bytes(), body].concat()
    };
    let blob = |root| format!("/v1/blobs/{}", name(&root));
    let get = |root, headers: &[String]| request(&format!("GET {}", blob(root)), headers, b"");
    let authorization = |token: &Authorization| format!("authorization: {token}");
    let put = |headers: &[String], body: &[u8]| {
        let all = [
            &[authorization(&uploader), format!("x-quorate-opening: {opening}")],
            headers,
        ]
        .concat();
        request(&format!("PUT {}", blob([6; 32])), &all, body)
    };
    let seeds = [
        ("status", request("GET /v1/status", &[], b"")),
        ("public", get(public, &[])),
        ("range", get(public, &["range: bytes=39990-".into()])),
        ("range_last", get(public, &["range: bytes=-7".into()])),
        (
            "proven",
            get(
                public,
                &["accept: application/vnd.quorate.bao".into(), "range: groups=1-2".into()],
            ),
        ),
        ("restricted", get(restricted, &[])),
        ("restricted_token", get(restricted, &[authorization(&token)])),
        ("unnamed", get(unnamed, &[authorization(&token)])),
        ("head", request(&format!("HEAD {}", blob(public)), &[], b"")),
        (
            "offset",
            request(&format!("HEAD {}", blob([6; 32])), &[authorization(&uploader)], b""),
        ),
        ("upload", put(&["content-length: 3".into()], b"abc")),
        (
            "upload_chunks",
            put(&["transfer-encoding: chunked".into()], b"3\r\nabc\r\n0\r\n\r\n"),
        ),
        (
            "upload_length",
            put(&["content-length: 18446744073709551615".into()], b"abc"),
        ),
        (
            "upload_two_lengths",
            put(&["content-length: 3".into(), "content-length: 4".into()], b"abcd"),
        ),
        (
            "many_headers",
            request("GET /v1/status", &vec!["x: y".to_owned(); 80], b""),
        ),
        (
            "long_header",
            request("GET /v1/status", &[format!("x: {}", "y".repeat(20_000))], b""),
        ),
        ("path", request("GET /v1/blobs/..%2f..%2fetc%2fpasswd", &[], b"")),
        ("tls", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03".to_vec()),
        ("http2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        (
            "two",
            [
                b"GET /v1/status HTTP/1.1\r\nhost: a\r\n\r\n",
                get(restricted, &[]).as_slice(),
            ]
            .concat(),
        ),
    ];
    let status = |name: &str| {
        let seed = seeds.iter().find(|(known, _)| *known == name);
        checks::request(&seed.expect("an input").1)
    };
    for (name, expected) in [
        ("status", 200),
        ("public", 200),
        ("range", 206),
        ("proven", 206),
        ("restricted", 401),
        ("restricted_token", 403),
        ("unnamed", 404),
        ("upload", 403),
        ("many_headers", 431),
        ("long_header", 431),
        ("path", 400),
    ] {
        assert_eq!(status(name), expected, "{name}");
    }
    replay::run("request", &seeds, 1_500, |bytes| {
        checks::request(bytes);
    });
}

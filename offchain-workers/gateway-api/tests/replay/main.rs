//! The corpus of the fuzz target for headers, paths and lines of streams, replayed and spoilt.

mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use quorate_gateway_api::{
    name, proven,
    stream::{write_line, Chunk, StreamKey},
    Authorization, Opening,
};

#[test]
fn headers_and_lines_should_be_read_in_one_way_or_not() {
    let opening = Opening {
        round: 3,
        contributor: [7; 32],
        weight: 1000,
        salt: [9; 32],
    };
    let seeds = [
        (
            "validator",
            Authorization::validator([1; 32], 1_800_000_000, &[5; 64]).to_string(),
        ),
        (
            "reader",
            Authorization::reader_sr25519([1; 32], u64::MAX, &[5; 64]).to_string(),
        ),
        (
            "uploader",
            Authorization::uploader_sr25519([1; 32], 0, &[5; 64]).to_string(),
        ),
        ("opening", opening.to_string()),
        (
            "opening_order",
            "salt=;weight=1 ; contributor=5Grw; round=4294967296".into(),
        ),
        ("ss58", "quorate 5GrwvaEF:7:00".into()),
        ("name", name(&[0xa5; 32])),
        ("groups_from", proven::groups_from(3)),
        ("groups", "groups=3-7".into()),
        ("groups_largest", "groups=0-18446744073709551615".into()),
    ];
    let lines = [
        (
            "chunk",
            write_line(&Chunk {
                first: 3,
                tokens: vec![1, 20, u32::MAX],
                end: true,
                previous: [7; 32],
                signature: [9; 64],
            }),
        ),
        (
            "stream_key",
            write_line(&StreamKey {
                key: [7; 32],
                expires: 1_800_000_000,
                signature: [9; 64],
            }),
        ),
    ];
    let seeds = seeds.map(|(name, text)| (name, text.into_bytes()));
    let seeds: Vec<_> = seeds.into_iter().chain(lines).collect();
    replay::run("tokens", &seeds, 50_000, checks::tokens);
}

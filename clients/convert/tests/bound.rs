//! Reading a hostile file costs memory in proportion to the file, whatever it claims.

use peak_alloc::PeakAlloc;
use quorate_convert::Source;
use std::fs;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes of memory for each byte of the file, and beside that.
const RATIO: usize = 16;
const BESIDE: usize = 1 << 20;
const LEN: usize = 2 << 20;

fn file(header: &str) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file
}

fn repeated(first: &str, part: &str, last: &str) -> String {
    format!("{first}{}{last}", part.repeat(LEN / part.len()))
}

#[test]
fn memory_should_be_bounded_by_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let tensors: Vec<String> = (0..LEN / 48)
        .map(|i| format!(r#""{i}":{{"dtype":"U8","shape":[],"data_offsets":[{i},{}]}}"#, i + 1))
        .collect();
    let files: Vec<String> = (0..LEN / 10).map(|i| format!(r#""{i}":"a""#)).collect();
    for (what, bytes) in [
        ("claims", [&99_999_999u64.to_le_bytes()[..], b"{}"].concat()),
        ("claims more", [&u64::MAX.to_le_bytes()[..], b"{}"].concat()),
        ("nesting", file(&repeated("{\"a\":{\"x\":", "[", ""))),
        ("unknown key", file(&repeated("{\"a\":{\"x\":[0", ",0", "]}}"))),
        ("unknown objects", file(&repeated("{\"a\":{\"x\":[0", ",{}", "]}}"))),
        ("shape", file(&repeated("{\"a\":{\"shape\":[1", ",1", "]}}"))),
        (
            "metadata",
            file(&repeated("{\"__metadata__\":{\"a\":\"", "\\u0001", "\"}}")),
        ),
        ("spaces", file(&repeated("{", " ", "}"))),
        ("tensors", file(&format!("{{{}}}", tensors.join(",")))),
        (
            "index",
            format!("{{\"weight_map\":{{{}}}}}", files.join(",")).into_bytes(),
        ),
    ] {
        let path = folder.path().join("in");
        fs::write(&path, &bytes).unwrap();
        let len = bytes.len();
        drop(bytes);
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let opened = Source::open(&path);
        let peak = MEMORY.peak_usage().saturating_sub(before);
        assert!(
            peak <= RATIO * len + BESIDE,
            "{what}: {peak} bytes for {len}, {:?}",
            opened.err()
        );
    }
}

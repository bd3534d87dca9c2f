//! What holds for any text in a gateway's headers and paths, and for lines of its streams; the fuzz target has the same check.

use quorate_gateway_api::{
    name, parse_name, proven,
    stream::{read_line, write_line, Chunk, StreamKey, LONGEST_LINE},
    Authorization, Opening,
};

/// Whatever is read is written in one way, and read from there as the same. Ranges lie inside the blob.
pub fn tokens(bytes: &[u8]) {
    if let Ok(chunk) = read_line::<Chunk>(bytes) {
        assert!(bytes.len() <= LONGEST_LINE);
        assert_eq!(read_line(write_line(&chunk).trim_ascii_end()), Ok(chunk));
    }
    if let Ok(key) = read_line::<StreamKey>(bytes) {
        assert_eq!(read_line(write_line(&key).trim_ascii_end()), Ok(key));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // Accounts that are no hexadecimal digits: as a gateway reads the SS58 form.
    let account = |text: &str| text.strip_prefix('5').map(|_| [5; 32]);
    if let Some(token) = Authorization::parse(text, account) {
        assert_eq!(Authorization::parse(&token.to_string(), |_| None), Some(token));
    }
    if let Some(opening) = Opening::parse(text, account) {
        assert_eq!(Opening::parse(&opening.to_string(), |_| None), Some(opening));
    }
    if let Some(root) = parse_name(text) {
        assert_eq!(parse_name(&name(&root)), Some(root));
    }
    for len in [0, 1, proven::GROUP, 5 * proven::GROUP + 7, u64::MAX] {
        let count = proven::groups(len);
        if let Some(range) = proven::parse_groups(text, count) {
            assert!(range.start < range.end && range.end <= count, "{range:?} of {count}");
            assert!(proven::proven_len(len, &range) <= proven::proven_len(len, &(0..count)));
        }
    }
}

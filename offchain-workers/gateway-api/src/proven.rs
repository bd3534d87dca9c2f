//! Blobs with their proof: every group of 16 KiB can be checked as soon as it is there.

use std::ops::Range;

/// Media type of a blob with its proof, in `accept` and `content-type`: the BLAKE3 tree in pre-order as `bao-tree` encodes it over
/// groups of 16 KiB, without a length in front: 64 bytes for a pair of hashes, then what is below it, left side first.
pub const PROVEN: &str = "application/vnd.quorate.bao";
/// Length of the whole blob in bytes, in answers of this media type.
pub const LENGTH_HEADER: &str = "x-quorate-length";
/// Bytes of a group.
pub const GROUP: u64 = 16 << 10;

/// Groups of a blob of `len` bytes; an empty one has one, too.
pub fn groups(len: u64) -> u64 {
    len.div_ceil(GROUP).max(1)
}

/// `range` of a request for all groups from `first` on.
pub fn groups_from(first: u64) -> String {
    format!("groups={first}-")
}

/// Groups that a `range` such as `groups=3-` or `groups=3-7` asks for, of `count`; not empty.
pub fn parse_groups(text: &str, count: u64) -> Option<Range<u64>> {
    let (first, last) = text.trim().strip_prefix("groups=")?.split_once('-')?;
    let first = first.parse().ok()?;
    let end = match last {
        "" => count,
        last => last.parse::<u64>().ok()?.saturating_add(1).min(count),
    };
    (first < end).then_some(first..end)
}

/// `content-range` of an answer with these groups, of `count`.
pub fn content_groups(groups: &Range<u64>, count: u64) -> String {
    format!("groups {}-{}/{count}", groups.start, groups.end.saturating_sub(1))
}

/// Bytes of these groups of a blob of `len` bytes together with their proof.
pub fn proven_len(len: u64, of: &Range<u64>) -> u64 {
    let bytes = len
        .min(of.end.saturating_mul(GROUP))
        .saturating_sub(len.min(of.start.saturating_mul(GROUP)));
    pairs(0..groups(len), of).saturating_mul(64).saturating_add(bytes)
}

/// Inner nodes of the tree over `node` that have some of these groups below them.
fn pairs(node: Range<u64>, of: &Range<u64>) -> u64 {
    let count = node.end - node.start;
    if of.end <= node.start || node.end <= of.start || count < 2 {
        return 0;
    }
    if of.start <= node.start && node.end <= of.end {
        return count - 1;
    }
    // The left side is the largest power of two that leaves something to the right.
    let middle = node.start + (1 << (63 - (count - 1).leading_zeros()));
    1 + pairs(node.start..middle, of) + pairs(middle..node.end, of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_groups_should_be_read_as_they_are_written() {
        assert_eq!(parse_groups(&groups_from(3), 10), Some(3..10));
        assert_eq!(parse_groups("groups=3-7", 10), Some(3..8));
        assert_eq!(parse_groups("groups=0-99", 10), Some(0..10));
        for wrong in [
            "groups=10-",
            "groups=7-3",
            "bytes=0-",
            "groups=-3",
            "groups=0-1,3-4",
            "groups=a-",
            "groups=0-18446744073709551616",
        ] {
            assert_eq!(parse_groups(wrong, 10), None, "{wrong}");
        }
        assert_eq!(content_groups(&(3..8), 10), "groups 3-7/10");
    }

    #[test]
    fn proofs_should_have_a_pair_for_each_node_above_the_groups() {
        assert_eq!(proven_len(0, &(0..1)), 0);
        assert_eq!(proven_len(5, &(0..1)), 5);
        assert_eq!(proven_len(GROUP + 5, &(0..2)), GROUP + 5 + 64);
        assert_eq!(proven_len(GROUP + 5, &(1..2)), 5 + 64);
        // Four groups and one: the last one hangs at the root.
        assert_eq!(proven_len(4 * GROUP + 5, &(4..5)), 5 + 64);
        assert_eq!(proven_len(4 * GROUP + 5, &(1..2)), GROUP + 3 * 64);
        assert_eq!(proven_len(u64::MAX, &(0..1)), GROUP + 50 * 64);
    }
}

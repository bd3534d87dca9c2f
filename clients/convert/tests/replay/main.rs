//! The corpora of the fuzz targets, replayed and spoilt.

mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

#[test]
fn canonical_headers_should_hold() {
    replay::run("header", &[], 5_000, checks::header);
}

#[test]
fn headers_of_any_file_should_hold() {
    replay::run("source", &[], 5_000, checks::source);
}

#[test]
fn indices_of_shards_should_hold() {
    replay::run("index", &[], 5_000, checks::index);
}

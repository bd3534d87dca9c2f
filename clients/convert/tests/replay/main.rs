//! The corpora of the fuzz targets, replayed.

mod checks;

use std::{fs, path::Path};

fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut inputs = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        check(&fs::read(&path).unwrap());
        inputs += 1;
    }
    assert!(inputs > 5, "{inputs} inputs of {target}");
}

#[test]
fn canonical_headers_should_hold() {
    replay("header", checks::header);
}

#[test]
fn headers_of_any_file_should_hold() {
    replay("source", checks::source);
}

#[test]
fn indices_of_shards_should_hold() {
    replay("index", checks::index);
}

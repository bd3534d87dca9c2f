//! What is wrong with this machine, and not with a request.

use crate::batch::{engine, mixed};
use quorate_engine::{BlobFile, Cancel, Control, Engine, EngineError, InferInput};
use std::fs::File;

#[test]
fn damage_and_an_end_should_be_failures_of_this_machine() {
    let batch = mixed();
    let damaged = |bytes: &[u8]| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let blob = BlobFile::of(File::open(file.path()).unwrap()).unwrap();
        let mut changed = bytes.to_vec();
        *changed.last_mut().unwrap() ^= 1;
        std::fs::write(file.path(), changed).unwrap();
        blob
    };
    let mut spoilt = vec![];
    let program = batch.program.encode();
    spoilt.push((
        InferInput {
            version: damaged(&batch.version),
            ..batch.input()
        },
        "base version",
    ));
    spoilt.push((
        InferInput {
            program: damaged(&program),
            ..batch.input()
        },
        "program",
    ));
    let mut input = batch.input();
    input.requests[3].1 = damaged(&batch.requests[3].1);
    spoilt.push((input, "request 3"));
    for (input, name) in spoilt {
        let error = engine(1, None)
            .infer(&input, &mut |_| Ok(()), &Control::default())
            .unwrap_err();
        assert!(
            matches!(error, EngineError::Damaged { input, .. } if input.to_string() == name),
            "{error}"
        );
    }
    for after in [0, 1, 10] {
        let cancel = Cancel::default();
        let stop = cancel.clone();
        let progress = move |done, _| {
            if done >= after {
                stop.cancel();
            }
        };
        if after == 0 {
            cancel.cancel();
        }
        let control = Control {
            cancel,
            progress: &progress,
        };
        let ended = engine(1, None).infer(&batch.input(), &mut |_| Ok(()), &control);
        assert!(matches!(ended, Err(EngineError::Cancelled)));
    }
    let full = |_| Err(std::io::ErrorKind::StorageFull.into());
    let error = engine(1, None)
        .infer(&batch.input(), &mut { full }, &Control::default())
        .unwrap_err();
    assert!(matches!(error, EngineError::Io { .. }), "{error}");
}

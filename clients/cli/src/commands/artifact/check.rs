//! The validators' own check of an artifact's file.

use crate::{
    commands::naming,
    failure::{nothing_sent, usage, Failure, Result},
};
use quorate_convert::{check_model, read_header};
use quorate_data_set::Checker;
use quorate_primitives::availability::ArtifactKind;
use quorate_program::Program;
use std::{
    fmt::Display,
    io::{self, Read},
    path::Path,
};

/// Bytes that are read at a time.
const READ: usize = 1 << 20;

/// Bytes of a file.
pub fn len_of(path: &Path) -> Result<u64> {
    let metadata = naming::open(path)?.metadata();
    Ok(metadata.map_err(|error| unreadable(path, &error))?.len())
}

/// That a file is what its kind asks for.
///
/// # Errors
/// `Usage` with the first fault.
pub fn check(path: &Path, kind: ArtifactKind) -> Result {
    match kind {
        ArtifactKind::Program => check_program(path),
        ArtifactKind::DataSet => check_data_set(path),
        ArtifactKind::Weights => check_weights(path),
    }
}

fn check_program(path: &Path) -> Result {
    let mut bytes = Vec::new();
    let read = naming::open(path)?.read_to_end(&mut bytes);
    read.map_err(|error| unreadable(path, &error))?;
    let decoded = Program::decode(&bytes);
    decoded.map(drop).map_err(|error| wrong(path, "program", &error))
}

fn check_data_set(path: &Path) -> Result {
    let (mut file, mut checker, mut buffer) = (naming::open(path)?, Checker::default(), vec![0; READ]);
    let fault = |error| wrong(path, "data set", &error);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return checker.finish().map(drop).map_err(fault),
            Ok(count) => checker
                .push(buffer.get(..count).unwrap_or_default(), |_, _| ())
                .map_err(fault)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(unreadable(path, &error)),
        }
    }
}

fn check_weights(path: &Path) -> Result {
    let header = read_header(path);
    let checked = header.and_then(|header| check_model(path, &header));
    checked.map_err(|error| wrong(path, "file of weights", &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    usage(format!("{}: {error}", path.display()))
}

fn wrong(path: &Path, what: &str, error: &dyn Display) -> Failure {
    nothing_sent(format!(
        "{} is no {what}: {error}; the validators would reject it",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_data_set::{DataSet, Row};
    use quorate_exact::infer::Tensor;
    use quorate_program::{Graph, Input, Node, Op, Output, Type, Value};

    fn column() -> Input {
        Input {
            name: "x".into(),
            shape: vec![2.into()],
            element: Type::F32,
        }
    }

    fn program() -> Vec<u8> {
        let graph = Graph {
            inputs: vec![column()],
            nodes: vec![Node {
                operands: vec![0],
                op: Op::Unary(quorate_program::op::Unary::Abs),
            }],
            outputs: vec![Output {
                name: "y".into(),
                value: 1,
            }],
            ..Graph::default()
        };
        Program::new(graph).unwrap().encode()
    }

    fn data_set() -> Vec<u8> {
        let set = DataSet::new(vec![column()], vec![], 1).unwrap();
        let row = Row {
            sizes: Default::default(),
            values: vec![Value::F32(Tensor::new(vec![2], vec![0.5, 1.0]).unwrap())],
        };
        [set.header(), set.write_row(&row).unwrap()].concat()
    }

    #[test]
    fn file_should_be_checked_by_the_rules_of_its_kind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let (program, data_set) = (program(), data_set());
        for (bytes, kind, other) in [
            (&program, ArtifactKind::Program, ArtifactKind::DataSet),
            (&data_set, ArtifactKind::DataSet, ArtifactKind::Program),
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert!(check(&path, kind).is_ok());
            assert!(matches!(check(&path, other), Err(Failure::Usage(_))));
            assert_eq!(len_of(&path).unwrap(), bytes.len() as u64);
            for wrong in [
                &bytes[..bytes.len() - 1],
                &[&bytes[..], &[0]].concat(),
                b"",
                &[0xA5; 2_048],
            ] {
                std::fs::write(&path, wrong).unwrap();
                let Err(Failure::Usage(text)) = check(&path, kind) else {
                    panic!("{} bytes are taken for a {kind:?}", wrong.len());
                };
                assert!(text.contains("the validators would reject it"), "{text}");
            }
        }
        assert!(matches!(
            check(&folder.path().join("none"), ArtifactKind::Program),
            Err(Failure::Usage(_))
        ));
    }
}

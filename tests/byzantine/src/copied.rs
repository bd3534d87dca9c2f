//! A lazy validator: it runs nothing, and states the tokens that another one streamed. It has everything that an answer needs but the logits,
//! of which the trace is made.

use quorate_engine::{AnswerRow, Control, EngineError, InferInput, Keep, Made};
use quorate_exact::root;
use quorate_inference::{Answer, Answered, Asked, Trace};
use quorate_primitives::{
    job::infer::{Request, Task},
    views::BlobRef,
    RequestId,
};
use quorate_program::Program;
use std::{
    collections::HashMap,
    fs, io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// How often the file is looked at.
const POLL: Duration = Duration::from_millis(50);

/// Tokens by request.
pub type Copied = HashMap<RequestId, Vec<u32>>;

/// Name of the file with what was copied, beside a worker's store.
pub const NAME: &str = "copied";

fn file(store: &Path) -> PathBuf {
    store.with_file_name(NAME)
}

/// Writes at once what was copied: a line for each request, its number and its tokens.
///
/// # Errors
/// Those of writing.
pub fn write(copied: &Copied, store: &Path) -> io::Result<()> {
    let line = |(request, tokens): (&RequestId, &Vec<u32>)| {
        let tokens = tokens.iter().map(|token| format!(" {token}"));
        format!("{request}{}\n", tokens.collect::<String>())
    };
    let (file, text) = (file(store), copied.iter().map(line).collect::<String>());
    let new = file.with_extension("new");
    fs::write(&new, text)?;
    fs::rename(new, file)
}

fn read(file: &Path) -> Copied {
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let request = words.next()?.parse().ok()?;
        Some((request, words.map(|word| word.parse().unwrap_or_default()).collect()))
    };
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().filter_map(line).collect()
}

/// Answers from what was copied, once it is there for each request.
pub fn answer(
    file: &Path,
    input: &InferInput,
    keep: &mut Keep<'_>,
    control: &Control<'_>,
) -> Result<Vec<AnswerRow>, EngineError> {
    let copied = loop {
        let copied = read(file);
        let known = |(request, _): &(Request, _)| request.task == Task::Run || copied.contains_key(&request.id);
        if input.requests.iter().all(known) {
            break copied;
        }
        if control.cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        std::thread::sleep(POLL);
    };
    let program = Program::decode(&bytes(&input.program)?).map_err(|error| other(&error))?;
    let mut rows = Vec::new();
    for (number, (request, blob)) in input.requests.iter().enumerate() {
        let asked = Asked::read(&program, &request.task, &bytes(blob)?).map_err(|error| other(&error))?;
        let tokens = copied.get(&request.id).cloned().unwrap_or_default();
        // The trace of nothing: there is no better one without the logits.
        let (answer, trace) = (Answer::Tokens(tokens), Trace::new(&asked.salt));
        let answered = Answered::new(&program, request, &asked, answer, &trace);
        let bytes = answered.answer.write(&asked.salt);
        let blob = BlobRef {
            root: root(&bytes).into(),
            len: bytes.len() as u64,
        };
        let made = Made::Answer { request: number, bytes };
        keep(made).map_err(|source| EngineError::Io {
            what: "an answer".into(),
            source,
        })?;
        rows.push(answered.row(request.id, blob));
    }
    Ok(rows)
}

fn bytes(blob: &quorate_engine::BlobFile) -> Result<Vec<u8>, EngineError> {
    let mut bytes = vec![0; blob.len() as usize];
    let read = blob.file().read_exact_at(&mut bytes, 0);
    read.map_err(|error| other(&error)).map(|()| bytes)
}

fn other(error: &dyn std::fmt::Display) -> EngineError {
    EngineError::Io {
        what: "what was copied".into(),
        source: io::Error::other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_should_be_read_as_they_are_written() {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("blobs");
        assert_eq!(read(&file(&store)), Copied::new());
        let copied = Copied::from([(7, vec![1, 2, 3]), (9, vec![])]);
        write(&copied, &store).unwrap();
        assert_eq!(read(&file(&store)), copied);
    }
}

//! An answer checked from its bytes: of generated tokens by one run over all of them.

use alloc::vec::Vec;
use core::fmt;

use quorate_exact::{hash::root, infer::Fault};
use quorate_primitives::{
    job::infer::{AnswerRow, Generation, Request, Task},
    views::BlobRef,
};
use quorate_program::{Program, Value};

use crate::{
    answer::{Answer, FaultKind, Unreadable},
    operations::operations,
    request::{salt, seed, Asked, Malformed},
    run::{choose, finish, logits, run},
    trace::Trace,
};

/// Why an answer is not the one to its request.
#[derive(Clone, PartialEq, Debug)]
pub enum Wrong {
    /// The request's blob asks nothing of this program; the answer says that something was run.
    Request(Malformed),
    /// The answer's bytes.
    Answer(Unreadable),
    /// The run gives something else than the outputs, or the fault.
    Outputs,
    /// This token of the answer is another one.
    Token(usize),
    /// The answer goes on behind its end, or ends before it.
    End,
    /// The answer is right; its row says something else.
    Row,
}

/// Whether an answer's bytes, and its row, are those of a request.
///
/// # Errors
/// As [`Wrong`] says.
pub fn verify(
    program: &Program,
    tensors: Option<&[Value]>,
    request: &Request,
    (input, batch_seed): (&[u8], &[u8; 32]),
    (row, bytes): (&AnswerRow, &[u8]),
) -> Result<(), Wrong> {
    let salt = salt(input);
    let claimed = Answer::read(&salt, &request.task, bytes).map_err(Wrong::Answer)?;
    let asked = Asked::read(program, &request.task, input);
    let (asked, tensors) = match (asked, tensors) {
        (Ok(asked), Some(tensors)) => (asked, tensors),
        (asked, _) => {
            return match (claimed, asked) {
                (Answer::Unfit, _) => compare(&crate::Answered::UNFIT, request, row, bytes),
                (_, Err(malformed)) => Err(Wrong::Request(malformed)),
                _ => Err(Wrong::Outputs),
            };
        }
    };
    let most = match &request.task {
        Task::Run => 0,
        Task::Generate(generation) => generation.max_tokens,
    };
    let paid = |needed: u64| needed <= request.operations;
    if !operations(program, &request.task, &asked, most).is_some_and(paid) {
        return match claimed {
            Answer::Unfit => compare(&crate::Answered::UNFIT, request, row, bytes),
            _ => Err(Wrong::Outputs),
        };
    }
    let mut trace = Trace::new(&asked.salt);
    match &request.task {
        // As bytes: of two zeros one is another.
        Task::Run => match run(program, tensors, &asked).is_ok_and(|own| own.write(&salt) == bytes) {
            true => (),
            false => return Err(Wrong::Outputs),
        },
        Task::Generate(generation) => {
            let transcript = Transcript {
                generation,
                seed: seed(request.id, batch_seed),
                prompt: asked.prompt(),
                claimed: &claimed,
            };
            transcript.check(program, tensors, &mut trace)?;
        }
    }
    let answered = finish(program, request, &asked, Ok(claimed), &trace);
    compare(&answered, request, row, bytes)
}

fn compare(answered: &crate::Answered, request: &Request, row: &AnswerRow, bytes: &[u8]) -> Result<(), Wrong> {
    let blob = BlobRef {
        root: root(bytes).into(),
        len: bytes.len() as u64,
    };
    match answered.row(request.id, blob) == *row {
        true => Ok(()),
        false => Err(Wrong::Row),
    }
}

struct Transcript<'a> {
    generation: &'a Generation,
    seed: [u8; 32],
    prompt: &'a [i64],
    claimed: &'a Answer,
}

impl Transcript<'_> {
    fn check(&self, program: &Program, tensors: &[Value], trace: &mut Trace) -> Result<(), Wrong> {
        let tokens = self.claimed.tokens();
        let ended = self.ended(tokens);
        let all: Vec<i64> = self
            .prompt
            .iter()
            .copied()
            .chain(tokens.iter().map(|&token| token.into()))
            .collect();
        match self.claimed {
            Answer::Tokens(_) if ended => {
                let known = all.get(..all.len().saturating_sub(1)).unwrap_or(&[]);
                let rows = logits(program, tensors, known).map_err(|_| Wrong::Outputs)?;
                self.tokens(&rows, tokens, trace)
            }
            Answer::Fault(kind, _) if !ended && self.goes_on(tokens) => {
                if let Some((_, known)) = tokens.split_last() {
                    let known = all.get(..self.prompt.len() + known.len()).unwrap_or(&[]);
                    let rows = logits(program, tensors, known).map_err(|_| Wrong::Outputs)?;
                    self.tokens(&rows, tokens, trace)?;
                }
                let next = logits(program, tensors, &all).and_then(|rows| {
                    let last = rows.last().map_or(&[][..], Vec::as_slice);
                    choose(self.generation, &self.seed, last, all.len())
                });
                match next.map_err(FaultKind::try_from) {
                    Err(Ok(found)) if found == *kind => Ok(()),
                    _ => Err(Wrong::Outputs),
                }
            }
            Answer::Tokens(_) | Answer::Fault(..) => Err(Wrong::End),
            Answer::Outputs(_) | Answer::Unfit => Err(Wrong::Outputs),
        }
    }

    /// Whether nothing follows these tokens, and something followed all shorter ones.
    fn ended(&self, tokens: &[u32]) -> bool {
        let Some((last, before)) = tokens.split_last() else {
            return false;
        };
        let stopped = self.generation.stop == Some(*last);
        let full = tokens.len() == self.generation.max_tokens as usize;
        (stopped || full) && self.goes_on(before)
    }

    fn goes_on(&self, tokens: &[u32]) -> bool {
        let stopped = self.generation.stop.is_some_and(|stop| tokens.contains(&stop));
        !stopped && tokens.len() < self.generation.max_tokens as usize
    }

    /// The tokens against the rows of a run over all that comes before the last one.
    fn tokens(&self, rows: &[Vec<f32>], tokens: &[u32], trace: &mut Trace) -> Result<(), Wrong> {
        let behind = self.prompt.len().saturating_sub(1);
        for (number, token) in tokens.iter().enumerate() {
            let own = rows.get(behind + number).map_or(&[][..], Vec::as_slice);
            let found: Result<u32, Fault> = choose(self.generation, &self.seed, own, self.prompt.len() + number);
            if found != Ok(*token) {
                return Err(Wrong::Token(number));
            }
            trace.push(own);
        }
        Ok(())
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(malformed) => malformed.fmt(f),
            Self::Answer(unreadable) => unreadable.fmt(f),
            Self::Outputs => f.write_str("the program answers something else"),
            Self::Token(number) => write!(f, "token {number} of the answer is another one"),
            Self::End => f.write_str("the answer does not end where it has to"),
            Self::Row => f.write_str("the record says something else of this answer"),
        }
    }
}

impl core::error::Error for Wrong {}

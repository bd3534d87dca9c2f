//! An answer's blob and its row.

use alloc::vec::Vec;
use core::fmt;

use quorate_exact::{
    hash::{Hasher, Root},
    infer::Fault,
};
use quorate_primitives::{
    job::infer::{AnswerRow, AnswerStatus, Request, Task},
    views::BlobRef,
    RequestId,
};
use quorate_program::{Program, Type, Value, MAX_HEADER};

use crate::{
    operations::operations,
    request::{Asked, SALT},
    trace::Trace,
};

/// What a request came to.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// The program's outputs.
    Outputs(Vec<Value>),
    /// The tokens that follow those of the request.
    Tokens(Vec<u32>),
    /// A run ended in a fault, after these tokens had been chosen.
    Fault(FaultKind, Vec<u32>),
    /// Nothing was run.
    Unfit,
}

/// Faults that follow from values (section 17).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// A value that is not a number.
    NaN = 1,
    /// An index outside its axis: a token outside the vocabulary, for instance.
    Index = 2,
    /// A number that its type does not have.
    Range = 3,
}

/// An answer, with what else its row has.
#[derive(Clone, PartialEq, Debug)]
pub struct Answered {
    /// What it came to.
    pub answer: Answer,
    /// See [`crate::Trace`].
    pub trace: Root,
    /// Millions of operations that were used.
    pub operations: u64,
}

/// Bytes are not the answer to a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unreadable {
    /// It is not salted by the request's salt: it is the answer to another one.
    Salt,
    /// No answer to such a request has these bytes.
    Form,
}

impl FaultKind {
    const ALL: [Self; 3] = [Self::NaN, Self::Index, Self::Range];
}

impl TryFrom<Fault> for FaultKind {
    type Error = Fault;

    /// None of those that follow from shapes and parameters.
    fn try_from(fault: Fault) -> Result<Self, Fault> {
        match fault {
            Fault::NaN => Ok(Self::NaN),
            Fault::Index { .. } => Ok(Self::Index),
            Fault::Range => Ok(Self::Range),
            other => Err(other),
        }
    }
}

impl Answer {
    /// The bytes of the answer to a request with this salt.
    pub fn write(&self, salt: &[u8; SALT]) -> Vec<u8> {
        let mut bytes = salted(salt).to_vec();
        let (end, tokens) = match self {
            Self::Outputs(_) => (0, &[][..]),
            Self::Tokens(tokens) => (0, tokens.as_slice()),
            Self::Fault(kind, tokens) => (*kind as u8, tokens.as_slice()),
            Self::Unfit => (UNFIT, &[][..]),
        };
        bytes.push(end);
        tokens.iter().for_each(|token| bytes.extend(token.to_le_bytes()));
        if let Self::Outputs(outputs) = self {
            for output in outputs {
                bytes.push(code(output.element()));
                bytes.push(output.shape().len() as u8);
                for &size in output.shape() {
                    bytes.extend((size as u32).to_le_bytes());
                }
                bytes.extend(output.bytes());
            }
        }
        bytes
    }

    /// Reads exactly the bytes that [`Answer::write`] writes, as the answer to a task of a request with this salt.
    ///
    /// # Errors
    /// As [`Unreadable`] says.
    pub fn read(salt: &[u8; SALT], task: &Task, bytes: &[u8]) -> Result<Self, Unreadable> {
        let rest = bytes.strip_prefix(&salted(salt)).ok_or(Unreadable::Salt)?;
        let (&end, rest) = rest.split_first().ok_or(Unreadable::Form)?;
        let fault = FaultKind::ALL.into_iter().find(|kind| *kind as u8 == end);
        let answer = match (end, fault, task) {
            (0, _, Task::Run) => outputs(rest).map(Self::Outputs),
            (0, _, Task::Generate(_)) => tokens(rest).filter(|tokens| !tokens.is_empty()).map(Self::Tokens),
            (_, Some(kind), Task::Run) => rest.is_empty().then_some(Self::Fault(kind, Vec::new())),
            (_, Some(kind), Task::Generate(_)) => tokens(rest).map(|tokens| Self::Fault(kind, tokens)),
            (UNFIT, ..) => rest.is_empty().then_some(Self::Unfit),
            _ => None,
        };
        answer.ok_or(Unreadable::Form)
    }

    /// The tokens that were chosen.
    pub fn tokens(&self) -> &[u32] {
        match self {
            Self::Tokens(tokens) | Self::Fault(_, tokens) => tokens,
            Self::Outputs(_) | Self::Unfit => &[],
        }
    }

    /// How the request ended.
    pub fn status(&self) -> AnswerStatus {
        match self {
            Self::Outputs(_) | Self::Tokens(_) => AnswerStatus::Answered,
            Self::Fault(..) => AnswerStatus::Fault,
            Self::Unfit => AnswerStatus::Unfit,
        }
    }
}

impl Answered {
    /// A request of which nothing was run.
    pub const UNFIT: Self = Self {
        answer: Answer::Unfit,
        trace: [0; 32],
        operations: 0,
    };

    /// An answer with its trace, and with the operations that it took: never more than were paid for.
    pub fn new(program: &Program, request: &Request, asked: &Asked, answer: Answer, trace: &Trace) -> Self {
        let tokens = u32::try_from(answer.tokens().len()).unwrap_or(u32::MAX);
        let used = operations(program, &request.task, asked, tokens);
        Self {
            answer,
            trace: trace.root(),
            operations: used.unwrap_or(request.operations).min(request.operations),
        }
    }

    /// The row of a request whose answer has this blob.
    pub fn row(&self, request: RequestId, answer: BlobRef) -> AnswerRow {
        AnswerRow {
            request,
            status: self.answer.status(),
            answer,
            trace: self.trace.into(),
            tokens: u32::try_from(self.answer.tokens().len()).unwrap_or(u32::MAX),
            operations: self.operations,
        }
    }
}

/// What stands for a request of which nothing was run.
const UNFIT: u8 = 255;

/// What an answer begins with.
fn salted(salt: &[u8; SALT]) -> Root {
    let mut key = Hasher::new_derive_key("quorate/answer/1");
    key.update(salt);
    *key.finalize().as_bytes()
}

/// More outputs than a program has.
const MAX_OUTPUTS: usize = MAX_HEADER as usize / 16;

const TYPES: [Type; 6] = [Type::F32, Type::I64, Type::I32, Type::I8, Type::U8, Type::Bool];

fn code(element: Type) -> u8 {
    TYPES.iter().position(|known| *known == element).unwrap_or(TYPES.len()) as u8
}

fn tokens(bytes: &[u8]) -> Option<Vec<u32>> {
    let words = bytes.chunks_exact(4);
    let word = |bytes: &[u8]| bytes.first_chunk().copied().map_or(0, u32::from_le_bytes);
    words.remainder().is_empty().then(|| words.map(word).collect())
}

fn outputs(mut bytes: &[u8]) -> Option<Vec<Value>> {
    let mut outputs = Vec::new();
    while !bytes.is_empty() {
        // A program's header has no room for more, and each takes more memory than its bytes.
        if outputs.len() == MAX_OUTPUTS {
            return None;
        }
        let ([element, rank], rest) = bytes.split_first_chunk()?;
        let element = *TYPES.get(usize::from(*element))?;
        let (shape, rest) = rest.split_at_checked(usize::from(*rank).checked_mul(4)?)?;
        let shape: Vec<usize> = tokens(shape)?.into_iter().map(|size| size as usize).collect();
        let elements = quorate_exact::infer::elements(&shape).ok()?;
        let (own, rest) = rest.split_at_checked(elements.checked_mul(element.bytes())?)?;
        outputs.push(Value::from_bytes(element, &shape, own).ok()?);
        bytes = rest;
    }
    // A program has an output.
    (!outputs.is_empty()).then_some(outputs)
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NaN => "a value is not a number",
            Self::Index => "an index, such as a token, lies outside its axis",
            Self::Range => "a number does not fit the type that it is cast to",
        })
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Salt => "these bytes are not the answer to this request",
            Self::Form => "no answer to such a request has these bytes",
        })
    }
}

impl core::error::Error for Unreadable {}

//! A request's blob.

use alloc::{string::String, vec::Vec};
use core::fmt;

use quorate_data_set::{DataSet, Row, MAX_ROW};
use quorate_exact::{
    hash::Hasher,
    infer::{
        sample::{Sampler, MAX_VOCABULARY},
        Fault,
    },
};
use quorate_primitives::{
    job::infer::{Choice, Generation, Task, MAX_TOKENS},
    RequestId,
};
use quorate_program::{Program, Sizes, Type, Value, ValueType};

use crate::outputs::outputs_len;

/// Random bytes at the beginning of a request.
pub const SALT: usize = 32;
/// Bytes before an answer's own: its salt, and how it ended.
pub(crate) const HEAD: usize = SALT + 1;
/// Longest blob of a request.
pub const MAX_REQUEST: u64 = SALT as u64 + MAX_ROW;
/// Most bytes of an answer's outputs.
pub const MAX_ANSWER: u64 = 16 << 20;

/// What a well-formed request asks for.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// Salts answer and trace.
    pub salt: [u8; SALT],
    /// One for each of the program's.
    pub inputs: Vec<Value>,
    /// Of the program's dimensions.
    pub sizes: Sizes,
    /// Bytes of the request's blob.
    pub len: u64,
}

/// A blob does not ask anything of a program.
#[derive(Clone, PartialEq, Debug)]
pub enum Malformed {
    /// It is shorter than its salt.
    Short,
    /// The program has more inputs than a row has columns, or none.
    Inputs,
    /// The bytes behind the salt are no row of the program's inputs.
    Row(Fault),
    /// The program does not take these sizes.
    Sizes(Fault),
    /// Its outputs would have more bytes than an answer.
    Long,
    /// The program does not go on from what there is, says why.
    NotCausal(String),
    /// Another input than tokens, or another first output than a row of logits for each.
    NoTokens,
    /// No token is asked for, or more than one request may have.
    Tokens(u32),
    /// Prompt and answer together have more tokens than the program takes.
    Context {
        /// Most that the program takes.
        most: u64,
    },
    /// Tokens cannot be chosen like this.
    Choice(&'static str),
}

impl Asked {
    /// Reads exactly the bytes that [`write`] writes.
    ///
    /// # Errors
    /// As [`Malformed`] says: everything that the program, the task and the blob show.
    pub fn read(program: &Program, task: &Task, blob: &[u8]) -> Result<Self, Malformed> {
        let (salt, row) = blob.split_first_chunk::<SALT>().ok_or(Malformed::Short)?;
        let set = columns(program)?;
        let row = read_row(&set, row).map_err(Malformed::Row)?;
        let shapes = program.at(&row.sizes).map_err(Malformed::Sizes)?;
        match task {
            Task::Run => {
                let len = outputs_len(program, &shapes);
                if len.is_none_or(|len| len > MAX_ANSWER) {
                    return Err(Malformed::Long);
                }
            }
            Task::Generate(generation) => {
                check_program(program)?;
                check_generation(program, generation, &row.sizes)?;
            }
        }
        Ok(Self {
            salt: *salt,
            inputs: row.values,
            sizes: row.sizes,
            len: blob.len() as u64,
        })
    }

    /// The tokens of the only input.
    pub fn prompt(&self) -> &[i64] {
        match self.inputs.first() {
            Some(Value::I64(tokens)) => tokens.data(),
            _ => &[],
        }
    }

    /// The sizes of a run over so many tokens.
    pub fn with_tokens(&self, tokens: u64) -> Sizes {
        self.sizes.keys().map(|name| (name.clone(), tokens)).collect()
    }
}

/// The bytes of a request for a program.
///
/// # Errors
/// As [`Malformed`] says: inputs that the program does not take.
pub fn write(program: &Program, salt: [u8; SALT], inputs: Vec<Value>) -> Result<Vec<u8>, Malformed> {
    let shapes: Vec<&[usize]> = inputs.iter().map(Value::shape).collect();
    let sizes = program.sizes_of(&shapes).map_err(Malformed::Sizes)?;
    let set = columns(program)?;
    let row = set.write_row(&Row { sizes, values: inputs });
    Ok([&salt[..], &row.map_err(Malformed::Row)?].concat())
}

/// The salt of a request: zeros in place of bytes that its blob does not have.
pub fn salt(blob: &[u8]) -> [u8; SALT] {
    let mut salt = [0; SALT];
    salt.iter_mut().zip(blob).for_each(|(own, byte)| *own = *byte);
    salt
}

/// The seed of a request's sampler, from that of its batch.
pub fn seed(request: RequestId, batch: &[u8; 32]) -> [u8; 32] {
    let mut hasher = Hasher::new();
    hasher
        .update(b"quorate/request/1")
        .update(&request.to_le_bytes())
        .update(batch);
    *hasher.finalize().as_bytes()
}

/// The sampler of a choice.
///
/// # Errors
/// `Choice`: a temperature or a number of tokens that no sampler has.
pub(crate) fn sampler(choice: Choice) -> Result<Sampler, Malformed> {
    let Choice::Drawn { temperature, top } = choice else {
        return Ok(Sampler::Argmax);
    };
    let temperature = f32::from_bits(temperature);
    if !(temperature > 0.0 && temperature < f32::INFINITY) {
        return Err(Malformed::Choice("a temperature is finite and above 0"));
    }
    match top {
        0 => Err(Malformed::Choice("at least one token can be drawn")),
        top_k => Ok(Sampler::Draw { temperature, top_k }),
    }
}

/// The program's inputs as columns.
fn columns(program: &Program) -> Result<DataSet, Malformed> {
    let graph = program.graph();
    DataSet::new(graph.inputs.clone(), graph.dimensions.clone(), 1).map_err(|_| Malformed::Inputs)
}

fn read_row(set: &DataSet, bytes: &[u8]) -> Result<Row, Fault> {
    let (prefix, values) = bytes.split_at_checked(set.prefix_len()).ok_or(Fault::Length {
        expected: set.prefix_len(),
        got: bytes.len(),
    })?;
    let sizes = set.read_sizes(prefix)?;
    let values = set.read_values(&sizes, values)?;
    Ok(Row { sizes, values })
}

/// One input of tokens, causal, and a row of logits for each token.
fn check_program(program: &Program) -> Result<(), Malformed> {
    let dimension = program.causal().map_err(Malformed::NotCausal)?;
    let rows = quorate_program::Expression::dimension(dimension);
    let graph = program.graph();
    let tokens = match graph.inputs.as_slice() {
        [input] => input.element == Type::I64 && input.shape == [rows.clone()],
        _ => false,
    };
    let logits = |value: &ValueType| {
        let vocabulary = value.shape.get(1).and_then(|size| size.constant());
        value.element == Type::F32
            && value.shape.len() == 2
            && value.shape.first() == Some(&rows)
            && vocabulary.is_some_and(|size| (1..=MAX_VOCABULARY as i64).contains(&size))
    };
    let first = graph.outputs.first();
    let first = first.and_then(|output| program.types().get(output.value as usize));
    match tokens && first.is_some_and(logits) {
        true => Ok(()),
        false => Err(Malformed::NoTokens),
    }
}

fn check_generation(program: &Program, generation: &Generation, sizes: &Sizes) -> Result<(), Malformed> {
    if !(1..=MAX_TOKENS).contains(&generation.max_tokens) {
        return Err(Malformed::Tokens(generation.max_tokens));
    }
    sampler(generation.choice)?;
    let prompt = sizes.values().next().copied().unwrap_or(0);
    let most = program
        .graph()
        .dimensions
        .first()
        .map_or(0, |dimension| dimension.max.into());
    match prompt.saturating_add(generation.max_tokens.into()) > most {
        true => Err(Malformed::Context { most }),
        false => Ok(()),
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => write!(f, "the request is shorter than the {SALT} random bytes that it begins with"),
            Self::Inputs => f.write_str("requests are for programs with 1 to 64 inputs"),
            Self::Row(fault) => write!(f, "the request's bytes are not the program's inputs: {fault}"),
            Self::Sizes(fault) => write!(f, "the program does not take inputs of these sizes: {fault}"),
            Self::Long => write!(f, "the outputs would have more than {MAX_ANSWER} bytes"),
            Self::NotCausal(why) => write!(f, "the program does not generate: {why}"),
            Self::NoTokens => f.write_str(
                "the program does not generate: its only input has to be i64 [tokens], its first output f32 [tokens, vocabulary]",
            ),
            Self::Tokens(tokens) => write!(f, "{tokens} tokens are asked for; 1 to {MAX_TOKENS} can be"),
            Self::Context { most } => write!(f, "prompt and answer together have more than the program's {most} tokens"),
            Self::Choice(why) => f.write_str(why),
        }
    }
}

impl core::error::Error for Malformed {}

//! Why a file cannot be converted.

use crate::{
    names::{list, quoted},
    Strip,
};
use quorate_exact::{Dtype, HeaderError, Malformed, ModelHeader, Root};
use quorate_output::OutputError;

/// Why a file cannot be converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error("{path}: {source}")]
    Io { path: String, source: std::io::Error },
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error("{path} is no safetensors file: {reason}")]
    NotSafetensors { path: String, reason: String },
    #[error("{path} is not canonical: {error}; write it with `quorate convert`")]
    NotCanonical { path: String, error: HeaderError },
    #[error("{path} is no update: make one with `quorate convert --base --contributor`")]
    NoUpdate { path: String },
    #[error("{path} is of kind {}{}: {wanted}", crate::names::shown(.kind), meaning(.kind))]
    Kind {
        path: String,
        kind: String,
        /// What would be right.
        wanted: &'static str,
    },
    #[error("{path} is another base: {}; the model stands on one of {} bytes with the root {}", found(.root, .len), .expected.1, hex(&.expected.0))]
    OtherBase {
        path: String,
        /// Root and length of the model's frozen base.
        expected: Box<(Root, u64)>,
        /// What was found; no root where the length tells it already.
        root: Option<Root>,
        len: u64,
    },
    #[error("the header of the result: {0}")]
    Header(#[from] HeaderError),
    #[error("{path} lacks tensors that the base has: {}{}{}", list(.missing), others(.unexpected), advice(.hint, .missing.len()))]
    Missing {
        path: String,
        missing: Vec<String>,
        /// Tensors that the base does not have.
        unexpected: Vec<String>,
        /// Parts of names that may be left out, and how many of the missing tensors are found then.
        hint: Option<(Vec<Strip>, usize)>,
    },
    #[error("--strip {} is in no name of the input or the base", quoted(.text))]
    StripUnused { text: String },
    #[error("{} and {} would both be {}", quoted(.first), quoted(.second), quoted(.both))]
    SameName {
        first: String,
        second: String,
        both: String,
    },
    #[error("the pattern {} matches no tensor", quoted(.pattern))]
    NoMatch { pattern: String },
    #[error("tensor {} has shape {got:?}; the base has {expected:?}", quoted(.name))]
    Shape {
        name: String,
        expected: Vec<u64>,
        got: Vec<u64>,
    },
    #[error(
        "tensor {} is {}; only F32, F64, F16 and BF16 can be trained: send floats, or give it the role const",
        quoted(.name), .dtype.name()
    )]
    Dtype { name: String, dtype: Dtype },
    #[error(
        "tensor {} is {element}, but the base trains it: send floats (F32, F64, F16 or BF16). Quantised weights do not hold what an \
         update consists of",
        quoted(.name)
    )]
    NotFloats { name: String, element: &'static str },
    #[error(
        "tensor {} is {element}, a type that a canonical file does not have: {}, or leave it out of the input",
        quoted(.name), instead(.element)
    )]
    Foreign { name: String, element: &'static str },
    #[error(
        "tensor {} is {}: eight bits hold too little of a weight to be trained. Write it as BF16 or F32, multiplied by its scale if it \
         has one; or keep its bytes untrained, with --roles and {}=const",
        quoted(.name), .dtype.name(), crate::names::shown(.name)
    )]
    Tiny { name: String, dtype: Dtype },
    #[error("tensor {} {reason}", quoted(.name))]
    Held { name: String, reason: String },
    #[error("{path}: {reason}. Mend or remove it, or name the .safetensors file itself: then nothing beside it is taken along")]
    Beside { path: String, reason: String },
    #[error("{path} is no file of decisions, as --save-plan writes it: {reason}")]
    Decisions { path: String, reason: String },
    #[error("{path} and the plan have different tensors{}{}", those("; the input lacks ", .missing), those("; the plan lacks ", .undecided))]
    Undecided {
        path: String,
        /// Tensors of the input that the plan does not name.
        undecided: Vec<String>,
        /// Tensors of the plan that the input does not have.
        missing: Vec<String>,
    },
    #[error("tensor {} is {}; the plan was made for {}", quoted(.name), .got.name(), .expected.name())]
    OtherDtype { name: String, expected: Dtype, got: Dtype },
    #[error(
        "tensor {}, element {index}: {value:e} is beyond {}, which the model came in: take it as f32, with --dtype f32",
        quoted(.name), .dtype.name()
    )]
    Beyond {
        name: String,
        index: u64,
        value: f32,
        dtype: Dtype,
    },
    #[error("tensor {}, element {index}: {value} is not finite", quoted(.name))]
    NonFinite { name: String, index: u64, value: f64 },
    #[error("tensor {}, element {index}: the base has {value}, which is not finite: is it a version of the chain?", quoted(.name))]
    BaseNonFinite { name: String, index: u64, value: f32 },
    #[error("tensor {}, element {index}: {value:e} is beyond f32, whose largest value is 3.4e38", quoted(.name))]
    BeyondF32 { name: String, index: u64, value: f64 },
    #[error(
        "tensor {}, element {index}: the base has {value:e}, which is beyond {}: send F32",
        quoted(.name), .dtype.name()
    )]
    BaseBeyond {
        name: String,
        index: u64,
        value: f32,
        dtype: Dtype,
    },
    #[error(
        "tensor {}, element {index}: {value} exceeds 2^(30 - {scale}). Train less, clip, or register the model with a \
         lower scale for this tensor",
        quoted(.name)
    )]
    OutOfRange {
        name: String,
        index: u64,
        value: f64,
        scale: i8,
    },
    #[error("{} and {} are one tensor under two names, but their values differ", quoted(.alias), quoted(.name))]
    NotTied { name: String, alias: String },
    #[error("{} is no name for a tensor: 1 to 1024 bytes", quoted(.0))]
    Name(String),
    #[error("no tensor is named {}", quoted(.0))]
    Unknown(String),
    #[error("validators would refuse the file: {}{fault}", named(.tensor))]
    Malformed {
        fault: Malformed,
        /// Name of the tensor that the fault is in.
        tensor: Option<String>,
    },
}

impl ConvertError {
    pub(crate) fn malformed(model: &ModelHeader) -> impl Fn(Malformed) -> Self + '_ {
        |fault| {
            let tensor = match fault {
                Malformed::NonFinite { tensor, .. } | Malformed::OutOfRange { tensor, .. } => {
                    model.tensors.get(tensor as usize).map(|tensor| tensor.name.clone())
                }
                Malformed::Header
                | Malformed::Length { .. }
                | Malformed::OtherBase
                | Malformed::OtherContributor
                | Malformed::NotPossessed
                | Malformed::Artifact
                | Malformed::Rows { .. }
                | Malformed::Columns => None,
            };
            Self::Malformed { fault, tensor }
        }
    }

    /// Of a thread that the operating system does not give.
    pub(crate) fn thread(source: std::io::Error) -> Self {
        Self::io(std::path::Path::new("a thread"))(source)
    }

    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Io { path, source }
    }
}

fn hex(root: &Root) -> String {
    let digits = root.iter().map(|byte| format!("{byte:02x}"));
    std::iter::once("0x".into()).chain(digits).collect()
}

fn found(root: &Option<Root>, len: &u64) -> String {
    match root {
        Some(root) => format!("of {len} bytes, with the root {}", hex(root)),
        None => format!("of {len} bytes"),
    }
}

fn named(tensor: &Option<String>) -> String {
    tensor
        .as_ref()
        .map_or_else(String::new, |name| format!("{}, ", quoted(name)))
}

/// What to store instead of elements of a type that a canonical file does not have.
fn instead(element: &str) -> &'static str {
    match element {
        "C64" => "store the real and the imaginary parts as two tensors of floats",
        _ => "write its weights as BF16 or F32, multiplied by their scales",
    }
}

fn those(what: &str, names: &[String]) -> String {
    match names.is_empty() {
        true => String::new(),
        false => format!("{what}{}", list(names)),
    }
}

fn meaning(kind: &str) -> &'static str {
    match kind {
        "model" => " (a version)",
        "delta" => " (an update)",
        "state" => " (the state of a server optimiser)",
        _ => "",
    }
}

fn others(unexpected: &[String]) -> String {
    match unexpected.is_empty() {
        true => String::new(),
        false => format!("; it has others that the base lacks: {}", list(unexpected)),
    }
}

fn advice(hint: &Option<(Vec<Strip>, usize)>, missing: usize) -> String {
    hint.as_ref().map_or_else(String::new, |(strips, found)| {
        let options: Vec<String> = strips
            .iter()
            .map(|strip| format!("--strip {}", crate::names::shown(strip.text())))
            .collect();
        format!(
            ". With `{}` {found} of the {missing} missing would be found",
            options.join(" ")
        )
    })
}

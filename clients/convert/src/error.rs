//! Why a file cannot be converted.

use quorate_exact::{Dtype, HeaderError, Malformed, ModelHeader};

/// Why a file cannot be converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error("{path}: {source}")]
    Io { path: String, source: std::io::Error },
    #[error("{path} is no safetensors file: {reason}")]
    NotSafetensors { path: String, reason: String },
    #[error("{path} is not canonical: {error}; write it with `quorate convert`")]
    NotCanonical { path: String, error: HeaderError },
    #[error("the header of the result: {0}")]
    Header(#[from] HeaderError),
    #[error("{path} lacks tensors that the base has: {}", .names.join(", "))]
    Missing { path: String, names: Vec<String> },
    #[error("tensor {name:?} has shape {got:?}; the base has {expected:?}")]
    Shape {
        name: String,
        expected: Vec<u64>,
        got: Vec<u64>,
    },
    #[error("tensor {name:?} is {}; only F32, F64, F16 and BF16 can be trained. Give it the role const", .dtype.name())]
    Dtype { name: String, dtype: Dtype },
    #[error("tensor {name:?}, element {index}: {value} is not finite")]
    NonFinite { name: String, index: u64, value: f64 },
    #[error(
        "tensor {name:?}, element {index}: {value} exceeds 2^(30 - {scale}). Train less, clip, or register the model with a \
         lower scale for this tensor"
    )]
    OutOfRange {
        name: String,
        index: u64,
        value: f64,
        scale: i8,
    },
    #[error("{alias:?} is not tied to {name:?}: their values differ")]
    NotTied { name: String, alias: String },
    #[error("no tensor is named {0:?}")]
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
                Malformed::Header | Malformed::Length { .. } => None,
            };
            Self::Malformed { fault, tensor }
        }
    }

    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Io { path, source }
    }
}

fn named(tensor: &Option<String>) -> String {
    tensor.as_ref().map_or_else(String::new, |name| format!("{name:?}, "))
}

//! Why a model does not become a program.

use quorate_convert::{names::shown, ConvertError};
use quorate_exact::infer::Fault;
use quorate_program::{expression::TooLarge, NodeFault, ProgramError};

/// Why a model does not become a program.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The bytes are no ONNX model, or one with parts that programs do not have.
    #[error("the ONNX file: {0}")]
    Onnx(String),
    /// Sizes of inputs are missing or wrong.
    #[error("{0}")]
    Sizes(String),
    /// A node of the model.
    #[error("node {} ({}): {reason}", shown(.node), shown(.op))]
    Node {
        /// Its name, or the name of its first result.
        node: String,
        /// Its operation.
        op: String,
        /// Why.
        reason: Reason,
    },
    /// A tensor of the model.
    #[error("tensor {}: {reason}", shown(.name))]
    Tensor {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// Constants that belong into a model's file.
    #[error(
        "{total} bytes of constants are more than {limit}; the largest is {} with {len} bytes. Let the tensors be the model's: \
         --tensors FILE writes them to a file that `quorate convert` takes, and --model FILE finds them in it; or raise --constants-at-most",
        shown(.largest)
    )]
    Constants {
        /// Of all.
        total: u64,
        /// What is allowed.
        limit: u64,
        /// Name of the largest.
        largest: String,
        /// Its bytes.
        len: u64,
    },
    /// A template and the model do not fit.
    #[error("{0}")]
    Template(String),
    /// The file of the model's tensors.
    #[error(transparent)]
    Model(#[from] ConvertError),
    /// What was made is refused.
    #[error("the program: {0}")]
    Program(ProgramError),
}

/// Why a node is not compiled.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Reason {
    /// Programs have nothing for it.
    #[error("{0}")]
    Unsupported(String),
    /// An attribute is missing or has a value that is not taken.
    #[error("attribute {0}")]
    Attribute(String),
    /// An operand is missing.
    #[error("operand {0} is missing")]
    Missing(usize),
    /// Nothing before the node makes what it reads.
    #[error("it reads {}, which no input, initializer or node before it makes", shown(.0))]
    Unknown(String),
    /// A value has to be known when the model is compiled.
    #[error("{0} is not known before the model runs")]
    NotFolded(String),
    /// The operation does not take its operands.
    #[error("{0}")]
    Fault(#[from] NodeFault),
    /// A constant has no result.
    #[error("of constants: {0}")]
    Value(Fault),
}

impl From<TooLarge> for Reason {
    fn from(_: TooLarge) -> Self {
        Self::Fault(NodeFault::TooLarge)
    }
}

/// Shorthand for what the lowering of one node answers.
pub type Answer<T = ()> = Result<T, Reason>;

/// That programs have nothing for it.
pub(crate) fn unsupported<T>(what: impl Into<String>) -> Answer<T> {
    Err(Reason::Unsupported(what.into()))
}

//! Inference: every operation of a program as short scalar code, rounded once where the text says so, in the written order.

pub mod arithmetic;
pub mod attention;
pub mod cast;
pub mod conv;
pub mod elementwise;
mod fault;
pub mod functions;
mod layout;
pub mod matmul;
pub mod moves;
pub mod normalise;
pub mod pool;
pub mod quantised;
pub mod recurrent;
pub mod reduce;
pub mod rope;
pub mod sample;
pub mod sums;
mod tensor;
mod window;

pub use fault::Fault;
pub use tensor::{elements, Element, Tensor, MAX_ELEMENTS, MAX_RANK};
pub use window::Stride;

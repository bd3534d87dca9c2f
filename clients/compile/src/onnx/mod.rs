//! Reading ONNX files.

mod model;
mod wire;

pub use model::{Dim, Model, ModelInput, Node};

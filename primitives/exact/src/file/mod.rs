//! The canonical safetensors file: one header per model, and nothing left to the writer's choice.

pub(crate) mod error;
pub mod header;
pub(crate) mod json;
pub(crate) mod layout;
pub(crate) mod tensor;
pub mod update;

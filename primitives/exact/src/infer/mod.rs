//! Inference: every operation of a program as short scalar code, rounded once where the text says so, in the written order.

pub mod arithmetic;
pub mod functions;

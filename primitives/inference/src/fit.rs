//! Whether a request named as much as it takes.

use quorate_primitives::job::infer::Request;
use quorate_program::Program;

use crate::{
    memory::memory,
    operations::{asked_for, operations},
    request::Asked,
};

/// Whether a request's operations, with all tokens that it asks for, and its memory are at most what it named. Nothing runs for one that
/// is not fit.
pub fn is_fit(program: &Program, request: &Request, asked: &Asked) -> bool {
    let needed = operations(program, &request.task, asked, asked_for(&request.task));
    needed.is_some_and(|needed| needed <= request.operations)
        && memory(program, &request.task, asked).is_some_and(|needed| needed <= request.memory)
}

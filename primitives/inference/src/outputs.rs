//! How long the outputs of a run are in an answer, and how many logits a token is chosen by.

use quorate_program::{Program, Shapes};

/// Bytes of a run's outputs in an answer.
pub fn outputs_len(program: &Program, shapes: &Shapes) -> Option<u64> {
    let own = |output: &quorate_program::Output| {
        let shape = shapes.of(output.value);
        let element = program.types().get(output.value as usize)?.element.bytes();
        let elements = shape
            .iter()
            .try_fold(element, |product, &size| product.checked_mul(size))?;
        u64::try_from(elements.checked_add(2)?.checked_add(shape.len().checked_mul(4)?)?).ok()
    };
    let outputs = program.graph().outputs.iter();
    outputs.map(own).try_fold(0u64, |sum, len| sum.checked_add(len?))
}

/// Logits of a position, by which a token is chosen: the second dimension of the first output. None of a program that does not generate.
pub(crate) fn logits(program: &Program) -> Option<u64> {
    let output = program.graph().outputs.first()?;
    let shape = &program.types().get(output.value as usize)?.shape;
    u64::try_from(shape.get(1)?.constant()?).ok()
}

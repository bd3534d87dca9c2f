//! How long the outputs of a run are in an answer.

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

//! An evaluation by the reference.

use alloc::vec::Vec;

use quorate_data_set::{DataSet, Row};
use quorate_exact::infer::Fault;
use quorate_program::{Program, Value};

use crate::{
    fit::{Fit, Misfit},
    operations::Most,
    tally::{RowResult, Tally},
};

/// The sums over all rows, and the detail blob.
///
/// # Errors
/// [`Misfit`].
pub fn evaluate(
    program: &Program,
    tensors: &[Value],
    data: &DataSet,
    rows: impl IntoIterator<Item = Row>,
) -> Result<(Tally, Vec<u8>), Misfit> {
    let fit = Fit::new(program, data)?;
    let most = Most::of(program);
    let (mut tally, mut detail) = (Tally::default(), Vec::new());
    for row in rows {
        let inputs = fit.inputs(&row);
        let outputs = match most.allows(program, &inputs) {
            true => program.run(inputs, tensors),
            // More than was paid for: counted, not run.
            false => Err(Fault::Size),
        };
        let answer = outputs.and_then(|outputs| fit.answer(&outputs).ok_or(Fault::Parameter("outputs")));
        let result = RowResult::new(answer);
        tally.add(result);
        detail.extend(result.bytes());
    }
    Ok((tally, detail))
}

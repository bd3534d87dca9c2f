//! What a check amounts to.

use super::wanted::Wanted;
use quorate_data_set::DataSet;
use quorate_engine::Checked;
use quorate_exact::{root, Malformed, ModelHeader};
use quorate_primitives::views::tasks::FileShape;
use quorate_protocol::CheckResult;

/// What was found. An organisation that has named bytes that it does not have is told nothing about them. A version that an owner gives is
/// also what its model was registered with: rounds and `verify` go by that. Whether a program fits a shard is not looked at here.
pub(super) fn result(wanted: &Wanted, checked: &Checked) -> CheckResult {
    let found = match wanted {
        Wanted::Version(.., possession)
        | Wanted::Artifact(.., possession)
        | Wanted::Shard(.., possession)
        | Wanted::Input(.., possession)
            if checked.possession != Some(*possession) =>
        {
            Err(Malformed::NotPossessed)
        }
        Wanted::Version(shape, ..) => checked.found.and_then(|()| check_shape(checked.header.as_ref(), shape)),
        Wanted::Shard(_, rows, ..) => checked
            .found
            .and_then(|()| check_rows(checked.data_set.as_ref(), *rows)),
        Wanted::Update(..) | Wanted::Artifact(..) | Wanted::Input(..) => checked.found,
    };
    found.map_or_else(CheckResult::Malformed, |()| CheckResult::Held)
}

/// # Errors
/// `Header` when the header is another one; `Length` when it is the registered one, and the length of its updates is not.
fn check_shape(header: Option<&ModelHeader>, shape: &FileShape) -> Result<(), Malformed> {
    let header = header.ok_or(Malformed::Header)?;
    let bytes = header.encode();
    if root(&bytes) != shape.header_hash.0 || header.header_len() != u64::from(shape.header_len) {
        return Err(Malformed::Header);
    }
    let update_len = header.update_len();
    match update_len == shape.update_len {
        true => Ok(()),
        false => Err(Malformed::Length {
            expected: shape.update_len,
            got: update_len,
        }),
    }
}

/// # Errors
/// `Rows` when the data set has another number of rows.
fn check_rows(data: Option<&DataSet>, expected: u32) -> Result<(), Malformed> {
    let got = data.ok_or(Malformed::Artifact)?.rows();
    match got == u64::from(expected) {
        true => Ok(()),
        false => Err(Malformed::Rows { expected, got }),
    }
}

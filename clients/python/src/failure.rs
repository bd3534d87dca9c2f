//! Errors of Rust as the classes of `quorate.errors`.

use pyo3::{prelude::*, types::PyDict};
use quorate_client::{text::visible, Error};
use quorate_contribute::Failure;
use quorate_convert::ConvertError;

/// The name of a failure's class, and what else it carries.
struct Class {
    name: &'static str,
    fields: Vec<(&'static str, Field)>,
}

enum Field {
    Text(Option<String>),
    Texts(Vec<String>),
    Number(u64),
    /// A number that may be unknown.
    Maybe(Option<u64>),
}

/// The error to raise for a failure.
pub fn raised(py: Python<'_>, failure: &Failure) -> PyErr {
    make(py, failure).unwrap_or_else(|error| error)
}

fn make(py: Python<'_>, failure: &Failure) -> PyResult<PyErr> {
    let Class { name, fields } = class_of(failure);
    let arguments = PyDict::new(py);
    arguments.set_item("code", failure.code())?;
    for (name, field) in fields {
        match field {
            Field::Text(text) => arguments.set_item(name, text)?,
            Field::Texts(texts) => arguments.set_item(name, texts)?,
            Field::Number(number) => arguments.set_item(name, number)?,
            Field::Maybe(number) => arguments.set_item(name, number)?,
        }
    }
    let class = py.import("quorate.errors")?.getattr(name)?;
    let text = visible(&failure.to_string());
    Ok(PyErr::from_value(class.call((text,), Some(&arguments))?))
}

fn plain(name: &'static str) -> Class {
    Class {
        name,
        fields: Vec::new(),
    }
}

fn with<const N: usize>(name: &'static str, fields: [(&'static str, Field); N]) -> Class {
    Class {
        name,
        fields: fields.into(),
    }
}

fn class_of(failure: &Failure) -> Class {
    use Field::{Maybe, Number, Text, Texts};
    let round = |id: &u32| ("round", Number(u64::from(*id)));
    match failure {
        Failure::Client(error) => class_of_client(error),
        Failure::Convert(error) => class_of_conversion(error),
        Failure::Busy(_) => plain("Busy"),
        Failure::NotSponsored { account } => with("NotSponsored", [("account", Text(Some(account.to_string())))]),
        Failure::StaleBase {
            round: id, given, base, ..
        } => with(
            "StaleBase",
            [
                round(id),
                ("given", Number(u64::from(*given))),
                ("base", Number(u64::from(*base))),
            ],
        ),
        Failure::WrongWeight { most, .. } => with("WrongWeight", [("most", Number(u64::from(*most)))]),
        Failure::UnexpectedTensors { names } => with(
            "WrongTensors",
            [("missing", Texts(Vec::new())), ("unexpected", Texts(names.clone()))],
        ),
        Failure::AlreadyCommitted { round: id, root } => with(
            "AlreadyCommitted",
            [round(id), ("root", Text(Some(format!("{root:?}"))))],
        ),
        Failure::Invalid {
            round: id,
            fault,
            tensor,
        } => with(
            "Invalid",
            [
                round(id),
                ("tensor", Text(tensor.clone())),
                ("index", Maybe(index_of(fault))),
            ],
        ),
        Failure::Expired { round: id } => with("Expired", [round(id)]),
        Failure::Withdrawn { round: id } => with("Withdrawn", [round(id)]),
    }
}

fn class_of_client(error: &Error) -> Class {
    match error {
        Error::Network(_) => plain("NetworkError"),
        Error::Timeout(_) => plain("TimedOut"),
        Error::Incompatible(_) => plain("Incompatible"),
        Error::Refused { .. } | Error::Tried(_) => plain("Refused"),
        Error::Rejected(_) => plain("Rejected"),
        Error::Denied(_) => plain("Denied"),
        Error::NotFound(_) => plain("NotFound"),
        Error::Check(_) => plain("CheckFailed"),
        Error::Input(_) | Error::Io { .. } => plain("InputError"),
        Error::Unavailable(_) => plain("Unavailable"),
        Error::RoundClosed { round, .. } => with("RoundClosed", [("round", Field::Number(u64::from(*round)))]),
        Error::RoundFailed { round, .. } => with("RoundFailed", [("round", Field::Number(u64::from(*round)))]),
        Error::NotUploaded { request, root, .. } => with(
            "NotUploaded",
            [
                ("request", Field::Number(*request)),
                ("input", Field::Text(Some(format!("{root:?}")))),
            ],
        ),
    }
}

fn class_of_conversion(error: &ConvertError) -> Class {
    use Field::{Maybe, Number, Text, Texts};
    let element = |name: &String, index: &u64| [("tensor", Text(Some(name.clone()))), ("index", Number(*index))];
    match error {
        ConvertError::Missing {
            missing, unexpected, ..
        } => with(
            "WrongTensors",
            [
                ("missing", Texts(missing.clone())),
                ("unexpected", Texts(unexpected.clone())),
            ],
        ),
        ConvertError::Shape { name, .. } | ConvertError::NotFloats { name, .. } | ConvertError::Dtype { name, .. } => {
            with("WrongShape", [("tensor", Text(Some(name.clone())))])
        }
        ConvertError::NonFinite { name, index, .. } | ConvertError::BeyondF32 { name, index, .. } => {
            with("NonFinite", element(name, index))
        }
        ConvertError::OutOfRange { name, index, .. } => with("OutOfRange", element(name, index)),
        ConvertError::Malformed { fault, tensor } => with(
            "Invalid",
            [("tensor", Text(tensor.clone())), ("index", Maybe(index_of(fault)))],
        ),
        ConvertError::OtherBase { .. } => plain("CheckFailed"),
        _ => plain("InputError"),
    }
}

fn index_of(fault: &quorate_primitives::update::Malformed) -> Option<u64> {
    use quorate_primitives::update::Malformed::{NonFinite, OutOfRange};
    match fault {
        NonFinite { index, .. } | OutOfRange { index, .. } => Some(*index),
        _ => None,
    }
}

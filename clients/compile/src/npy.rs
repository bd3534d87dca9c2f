//! NumPy's .npy files, of the types that programs have.

use quorate_exact::infer::Fault;
use quorate_program::{Type, Value};

/// Why a file is not read.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum NpyError {
    /// It is something else.
    #[error("no .npy file of version 1 or 2, or one that is cut off")]
    Form,
    /// Its elements are not those of programs.
    #[error("elements {0:?}: <f4, <i8, <i4, |i1, |u1 and |b1 are read; convert it with astype")]
    Elements(String),
    /// Its order is Fortran's.
    #[error("its elements are in Fortran's order: save numpy.ascontiguousarray of it")]
    Order,
    /// Its data.
    #[error("its data does not fit its shape, or is not a number: {0}")]
    Data(Fault),
}

const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads a file.
///
/// # Errors
/// As [`NpyError`] says.
pub fn read(file: &[u8]) -> Result<Value, NpyError> {
    let rest = file.strip_prefix(MAGIC).ok_or(NpyError::Form)?;
    let (version, rest) = rest.split_at_checked(2).ok_or(NpyError::Form)?;
    let wide = if version[0] == 1 { 2 } else { 4 };
    let (len, rest) = rest.split_at_checked(wide).ok_or(NpyError::Form)?;
    let len = len.iter().rev().fold(0usize, |len, &byte| len << 8 | usize::from(byte));
    let (head, data) = rest.split_at_checked(len).ok_or(NpyError::Form)?;
    let head = std::str::from_utf8(head).map_err(|_| NpyError::Form)?;
    let behind = |key: &str| {
        head.split_once(key)
            .map(|(_, rest)| rest.trim_start_matches([':', ' ']))
            .ok_or(NpyError::Form)
    };
    let element = behind("'descr'")?.split('\'').nth(1).ok_or(NpyError::Form)?;
    let element = match element {
        "<f4" => Type::F32,
        "<i8" => Type::I64,
        "<i4" => Type::I32,
        "|i1" => Type::I8,
        "|u1" => Type::U8,
        "|b1" => Type::Bool,
        other => return Err(NpyError::Elements(other.into())),
    };
    if !behind("'fortran_order'")?.starts_with("False") {
        return Err(NpyError::Order);
    }
    let shape = behind("'shape'")?;
    let inside = shape
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .ok_or(NpyError::Form)?
        .0;
    let sizes = inside.split(',').map(str::trim).filter(|size| !size.is_empty());
    let shape: Vec<usize> = sizes
        .map(|size| size.parse().map_err(|_| NpyError::Form))
        .collect::<Result<_, _>>()?;
    Value::from_bytes(element, &shape, data).map_err(NpyError::Data)
}

/// The bytes of a file.
pub fn write(value: &Value) -> Vec<u8> {
    let element = match value.element() {
        Type::F32 => "<f4",
        Type::I64 => "<i8",
        Type::I32 => "<i4",
        Type::I8 => "|i1",
        Type::U8 => "|u1",
        Type::Bool => "|b1",
    };
    let sizes: String = value.shape().iter().map(|size| format!("{size},")).collect();
    let mut head = format!("{{'descr': '{element}', 'fortran_order': False, 'shape': ({sizes}), }}");
    let len = (MAGIC.len() + 4 + head.len() + 1).next_multiple_of(64) - MAGIC.len() - 4;
    head.push_str(&" ".repeat(len - 1 - head.len()));
    head.push('\n');
    let mut file = MAGIC.to_vec();
    file.extend([1, 0]);
    file.extend((len as u16).to_le_bytes());
    file.extend(head.as_bytes());
    file.extend(value.bytes());
    file
}

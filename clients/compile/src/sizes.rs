//! The sizes of requests: which of a model's dimensions are fixed, which become the program's.

use std::fmt::Write;

use quorate_convert::names::shown;
use quorate_program::{types::shape_text, Dimension, Expression};

use crate::{
    bounds,
    error::CompileError,
    onnx::{Dim, Model, ModelInput},
};

/// What a person says of sizes: `--dimension` and `--input`, as they are written.
#[derive(Clone, Debug, Default)]
pub struct Sizes {
    /// `NAME=8`, `NAME=1..128` or `NAME=2*tokens`.
    pub dimensions: Vec<String>,
    /// `NAME=1,3,32*h,32*w`.
    pub inputs: Vec<String>,
}

/// The program's dimensions, and the shapes of a model's inputs.
#[derive(Debug)]
pub struct Bound {
    /// Declared ones.
    pub dimensions: Vec<Dimension>,
    /// As many as the model's inputs.
    pub shapes: Vec<Vec<Expression>>,
}

impl Sizes {
    /// Declares dimensions and gives all inputs their shapes.
    ///
    /// # Errors
    /// `Sizes`: with the model's inputs and a whole command.
    pub fn bind(&self, model: &Model) -> Result<Bound, CompileError> {
        let named = self.declared().map_err(CompileError::Sizes)?;
        let dimensions: Vec<Dimension> = named.iter().filter_map(|(_, _, declared)| declared.clone()).collect();
        let mut known: Vec<&str> = Vec::new();
        let value = |name: &str| {
            let found = named.iter().find(|(own, ..)| own == name);
            found.map(|(_, value, _)| value.clone())
        };
        let mut given = Vec::new();
        for text in &self.inputs {
            let (name, shape) = split(text, "--input NAME=SHAPE").map_err(CompileError::Sizes)?;
            if !model.inputs.iter().any(|input| input.name == name) {
                return Err(CompileError::Sizes(format!(
                    "the model has no input {}\n{}",
                    shown(name),
                    example(model)
                )));
            }
            if given.iter().any(|(known, _)| *known == name) {
                return Err(CompileError::Sizes(format!("--input {} is given twice", shown(name))));
            }
            let dims: Result<Vec<Expression>, String> =
                shape.split(',').map(|dim| bounds::expression(dim, &value)).collect();
            given.push((name, dims.map_err(CompileError::Sizes)?));
        }
        let mut missing = false;
        let mut shapes = Vec::new();
        for input in &model.inputs {
            let shape = match given.iter().find(|(name, _)| *name == input.name) {
                Some((_, shape)) => {
                    fits(input, shape).map_err(CompileError::Sizes)?;
                    Some(shape.clone())
                }
                None => input.dims.as_ref().and_then(|dims| {
                    let dim = |dim: &Dim| match dim {
                        Dim::Fixed(size) => i64::try_from(*size).ok().map(Expression::from),
                        Dim::Named(name) => value(name),
                        Dim::Unknown => None,
                    };
                    dims.iter().map(dim).collect()
                }),
            };
            missing |= shape.is_none();
            shapes.push(shape.unwrap_or_default());
        }
        if missing {
            return Err(CompileError::Sizes(format!(
                "sizes of inputs are missing\n{}",
                example(model)
            )));
        }
        for dim in model.inputs.iter().flat_map(|input| input.dims.iter().flatten()) {
            if let Dim::Named(name) = dim {
                known.push(name);
            }
        }
        let used: Vec<&str> = shapes.iter().flatten().flat_map(Expression::dimensions).collect();
        for (name, _, declared) in &named {
            let in_shapes = declared.as_ref().is_some_and(|own| used.contains(&own.name.as_str()));
            if !known.contains(&name.as_str()) && !in_shapes {
                return Err(CompileError::Sizes(format!(
                    "no input has the dimension {}\n{}",
                    shown(name),
                    example(model)
                )));
            }
        }
        Ok(Bound { dimensions, shapes })
    }

    /// The bounds of one dimension of a template, as `--dimension` gives them.
    ///
    /// # Errors
    /// What was expected.
    pub fn range(text: &str, name: &str) -> Result<(u32, u32), String> {
        let wrong = || format!("--dimension {text}: {name}=1..128 or {name}=8 was expected");
        let value = text
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('='))
            .ok_or_else(wrong)?;
        let (min, max) = value.split_once("..").unwrap_or((value, value));
        let number = |text: &str| {
            text.trim()
                .parse::<u32>()
                .ok()
                .filter(|&size| size > 0 && size <= i32::MAX as u32)
        };
        number(min)
            .zip(number(max))
            .filter(|(min, max)| min <= max)
            .ok_or_else(wrong)
    }

    /// Each `--dimension`: its name, its value, and what is declared for it.
    fn declared(&self) -> Result<Vec<(String, Expression, Option<Dimension>)>, String> {
        let mut named: Vec<(String, Expression, Option<Dimension>)> = Vec::new();
        let mut later = Vec::new();
        for text in &self.dimensions {
            let (name, value) = split(text, "--dimension NAME=8 or NAME=1..128")?;
            if named.iter().any(|(own, ..)| own == name) || later.iter().any(|(own, _)| *own == name) {
                return Err(format!("--dimension {} is given twice", shown(name)));
            }
            let range = value.split_once("..");
            match (range, value.parse::<u32>()) {
                (Some((min, max)), _) => {
                    let number = |text: &str| {
                        text.trim()
                            .parse::<u32>()
                            .ok()
                            .filter(|&size| size > 0 && size <= i32::MAX as u32)
                    };
                    let bounds = number(min).zip(number(max)).filter(|(min, max)| min <= max);
                    let (min, max) = bounds.ok_or_else(|| {
                        format!("--dimension {text}: 1 ≤ least ≤ largest was expected, such as 1..128")
                    })?;
                    let own = declared_name(name);
                    if named
                        .iter()
                        .any(|(_, _, declared)| declared.as_ref().is_some_and(|declared| declared.name == own))
                    {
                        return Err(format!("--dimension {text}: another dimension is called {own} too; give it with an expression of that one, such as {}={own}", name));
                    }
                    match min == max {
                        true => named.push((name.into(), Expression::from(i64::from(min)), None)),
                        false => named.push((
                            name.into(),
                            Expression::dimension(&own),
                            Some(Dimension { max, min, name: own }),
                        )),
                    }
                }
                (None, Ok(0)) => return Err(format!("--dimension {text}: a size is at least 1")),
                (None, Ok(size)) => named.push((name.into(), Expression::from(i64::from(size)), None)),
                _ => later.push((name, value)),
            }
        }
        for (name, text) in later {
            let value = |name: &str| {
                named
                    .iter()
                    .find(|(own, ..)| own == name)
                    .map(|(_, value, _)| value.clone())
            };
            let value = bounds::expression(text, &value)?;
            named.push((name.into(), value, None));
        }
        Ok(named)
    }
}

/// NAME=VALUE; a name may have `=` in it.
fn split<'a>(text: &'a str, expected: &str) -> Result<(&'a str, &'a str), String> {
    match text.rsplit_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name, value)),
        _ => Err(format!("{text:?}: {expected} was expected")),
    }
}

/// A name that programs have: small letters, digits and _.
fn declared_name(name: &str) -> String {
    let letter = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_lowercase() || c.is_ascii_digit() => c,
        _ => '_',
    };
    name.chars()
        .map(letter)
        .take(quorate_program::MAX_DIMENSION_NAME)
        .collect()
}

fn fits(input: &ModelInput, shape: &[Expression]) -> Result<(), String> {
    let Some(dims) = &input.dims else { return Ok(()) };
    let wrong = || {
        format!(
            "--input {}={}: the model's input is {}",
            shown(&input.name),
            shape_text(shape),
            text(input)
        )
    };
    let fits = |(dim, own): (&Dim, &Expression)| match dim {
        Dim::Fixed(size) => own.size() == usize::try_from(*size).ok(),
        _ => true,
    };
    match dims.len() == shape.len() && dims.iter().zip(shape).all(fits) {
        true => Ok(()),
        false => Err(wrong()),
    }
}

fn text(input: &ModelInput) -> String {
    let dim = |dim: &Dim| match dim {
        Dim::Fixed(size) => size.to_string(),
        Dim::Named(name) => shown(name).into_owned(),
        Dim::Unknown => "?".into(),
    };
    let dims = match &input.dims {
        Some(dims) => dims.iter().map(dim).collect::<Vec<_>>().join(", "),
        None => "…".into(),
    };
    format!("{} {} [{dims}]", shown(&input.name), input.element)
}

/// The model's inputs, and a command that would give them sizes.
fn example(model: &Model) -> String {
    let mut lines = String::from("the model's inputs:\n");
    let mut options = String::new();
    let mut named: Vec<&str> = Vec::new();
    for input in &model.inputs {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "  {}", text(input));
        let dims = input.dims.as_deref().unwrap_or(&[Dim::Unknown]);
        if dims.contains(&Dim::Unknown) {
            let size = |(axis, dim): (usize, &Dim)| match (dim, axis) {
                (Dim::Fixed(size), _) => size.to_string(),
                (_, 0) => "1".into(),
                (_, axis) => format!("{}", 32 * (axis > 1) as u32 + 64),
            };
            let shape: Vec<String> = dims.iter().enumerate().map(size).collect();
            let _ = write!(options, " --input '{}={}'", input.name, shape.join(","));
            continue;
        }
        for dim in dims {
            let Dim::Named(name) = dim else { continue };
            if !named.contains(&name.as_str()) {
                named.push(name);
                let value = if name.to_ascii_lowercase().contains("batch") {
                    "1"
                } else {
                    "1..128"
                };
                let _ = write!(options, " --dimension '{name}={value}'");
            }
        }
    }
    let _ = write!(
        lines,
        "a program is for one request, so that a batch is 1; for instance:\n  quorate compile MODEL.onnx --out PROGRAM.qp{options}"
    );
    lines
}

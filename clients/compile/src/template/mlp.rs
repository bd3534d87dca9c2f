//! Layers one behind the other, with Relu between them.

use quorate_program::{op::Unary, Expression, Type};

use super::{refused, Draft, Made, TemplateOptions};
use crate::Compiled;

/// Input `x` [rows, features], output `logits` [rows, classes]: the weights `NAME.weight` [n, k] and biases `NAME.bias`, in the order of
/// their names, numbers in them by value.
///
/// # Errors
/// `Template`, `Program`.
pub fn mlp(options: &TemplateOptions) -> Made<Compiled> {
    let names: Vec<String> = options
        .weights
        .source()
        .tensors
        .keys()
        .filter_map(|name| name.strip_suffix(".weight").map(String::from))
        .collect();
    let mut layers = names;
    layers.sort_by_key(|name| natural(name));
    let Some(first) = layers.first() else {
        return refused("no tensor's name ends with .weight: mlp takes NAME.weight and NAME.bias");
    };
    let marker = format!("{first}.weight");
    let (mut draft, rows) = Draft::new(options, "rows", "");
    let features = match options
        .weights
        .source()
        .tensors
        .get(&marker)
        .map(|entry| entry.shape.as_slice())
    {
        Some([_, features]) => Expression::from(i64::try_from(*features).unwrap_or(i64::MAX)),
        _ => return refused(format!("{marker} is no matrix: mlp takes weights [n, k]")),
    };
    let mut x = draft.input("x", vec![rows, features], Type::F32);
    for (index, layer) in layers.iter().enumerate() {
        x = draft.linear(x, layer)?;
        if index + 1 < layers.len() {
            x = draft.build.unary(Unary::Relu, x)?;
        }
    }
    draft.finish(&[("logits", x)], |_| false, None)
}

/// A name with its numbers as numbers, so that 10 is behind 9.
fn natural(name: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (text, behind) = rest.split_at(digits);
        let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
        let (number, behind) = behind.split_at(end);
        parts.push((text.into(), number.parse().unwrap_or(0)));
        rest = behind;
    }
    parts
}

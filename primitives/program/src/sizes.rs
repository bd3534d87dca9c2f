//! Shapes for given sizes, and what operations do not take of them.

use alloc::{vec, vec::Vec};

use quorate_exact::infer::{self, elements, Fault};

use crate::{
    expression::{Expression, Factor, Sizes},
    graph::{Dimension, Graph},
    op::{Fill, Op, Stride},
    types::ValueType,
};

/// The shapes of a program's values for sizes of its dimensions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shapes {
    shapes: Vec<Vec<usize>>,
    sizes: Sizes,
}

impl Shapes {
    /// Of operations without expressions.
    pub(crate) fn none() -> Self {
        Self {
            shapes: Vec::new(),
            sizes: Sizes::default(),
        }
    }

    /// The shape of a value; none of a number that no value has.
    pub fn of(&self, value: u32) -> &[usize] {
        self.shapes.get(value as usize).map_or(&[], Vec::as_slice)
    }

    /// The sizes of the dimensions.
    pub fn sizes(&self) -> &Sizes {
        &self.sizes
    }

    /// An expression's value, at least 0.
    ///
    /// # Errors
    /// `Size`.
    pub fn value(&self, expression: &Expression) -> Result<usize, Fault> {
        value(expression, &self.sizes)
    }
}

fn value(expression: &Expression, sizes: &Sizes) -> Result<usize, Fault> {
    let value = expression.value(sizes).and_then(|value| usize::try_from(value).ok());
    value.ok_or(Fault::Size)
}

/// Where there is no tensor for some sizes.
pub(crate) enum Place {
    /// The input, tensor or constant of this number among the values.
    Source(usize),
    /// The node of this number.
    Node(usize),
}

/// The shapes of all values, of `sources` and of what each node `results` in, or the first place that has none for these sizes.
pub(crate) fn at<'a>(
    graph: &Graph,
    sources: &[ValueType],
    results: impl Fn(usize) -> &'a [ValueType],
    sizes: &Sizes,
) -> Result<Shapes, (Place, Fault)> {
    let shape = |value_type: &ValueType| {
        let shape: Vec<usize> = value_type
            .shape
            .iter()
            .map(|d| value(d, sizes))
            .collect::<Result<_, _>>()?;
        elements(&shape).map(|_| shape)
    };
    let mut shapes = Shapes {
        shapes: Vec::with_capacity(sources.len().saturating_add(graph.nodes.len())),
        sizes: sizes.clone(),
    };
    for (index, source) in sources.iter().enumerate() {
        let source = shape(source).map_err(|fault| (Place::Source(index), fault))?;
        shapes.shapes.push(source);
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        let at_node = |fault| (Place::Node(index), fault);
        let operands: Vec<&[usize]> = node.operands.iter().map(|&operand| shapes.of(operand)).collect();
        check(&node.op, &operands, &shapes).map_err(at_node)?;
        for result in results(index) {
            let result = shape(result).map_err(at_node)?;
            shapes.shapes.push(result);
        }
    }
    Ok(shapes)
}

/// What follows from shapes and parameters and not from [`crate::shapes::results`] alone.
fn check(op: &Op, operands: &[&[usize]], shapes: &Shapes) -> Result<(), Fault> {
    let x = operands.first().copied().unwrap_or(&[]);
    let dimension = |axis: u32| x.get(axis as usize).copied().unwrap_or(0);
    match op {
        Op::Conv { strides, .. } => {
            let w = operands.get(1).copied().unwrap_or(&[]);
            window(x, w, strides, |stride, size, taps| stride.places(size, taps, false))
        }
        Op::ConvTranspose { extra, strides, .. } => {
            let w = operands.get(1).copied().unwrap_or(&[]);
            let mut axes = extra.iter();
            window(x, w, strides, |stride, size, taps| {
                stride.spread(size, taps, axes.next().copied().unwrap_or(0) as usize)
            })
        }
        Op::MaxPool { ceil, kernel, strides }
        | Op::AveragePool {
            ceil, kernel, strides, ..
        } => {
            let taps = [1, kernel[0] as usize, kernel[1] as usize];
            parameter("kernel", elements(&taps).is_ok())?;
            window(x, &taps, strides, |stride, size, taps| {
                stride
                    .places(size, taps, *ceil)
                    .and_then(|places| stride.sees_image(size, taps, places))
            })
        }
        Op::Slice {
            axis,
            count,
            start,
            step,
        } => {
            let (start, count) = (shapes.value(start)? as i128, shapes.value(count)? as i128);
            let last = start + (count - 1) * i128::from(*step);
            let size = dimension(*axis) as i128;
            parameter(
                "count",
                count >= 1 && (0..size).contains(&start) && (0..size).contains(&last),
            )
        }
        Op::TopK { axis, k, .. } => parameter("k", (1..=dimension(*axis)).contains(&shapes.value(k)?)),
        Op::Pad {
            after,
            axis,
            before,
            fill,
        } => {
            let mirrored = matches!(fill, Fill::Reflect);
            let most = (*after).max(*before) as usize;
            parameter("padding", !mirrored || most < dimension(*axis))
        }
        Op::Rope { largest } => parameter("position", dimension(0) <= *largest as usize + 1),
        Op::MatMulInteger => parameter("K", x.last().is_some_and(|&k| k <= infer::quantised::MAX_TERMS)),
        _ => Ok(()),
    }
}

fn parameter(name: &'static str, holds: bool) -> Result<(), Fault> {
    match holds {
        true => Ok(()),
        false => Err(Fault::Parameter(name)),
    }
}

/// Tries both axes of a window over x [batch, height, width, channels], whose taps are in axes 1 and 2 of `kernel`.
fn window<T>(
    x: &[usize],
    kernel: &[usize],
    strides: &[Stride; 2],
    mut places: impl FnMut(infer::Stride, usize, usize) -> Result<T, Fault>,
) -> Result<(), Fault> {
    for (axis, stride) in strides.iter().enumerate() {
        let size = |shape: &[usize]| shape.get(axis + 1).copied().unwrap_or(0);
        places((*stride).into(), size(x), size(kernel))?;
    }
    Ok(())
}

impl From<Stride> for infer::Stride {
    fn from(stride: Stride) -> Self {
        Self {
            step: stride.step as usize,
            dilation: stride.dilation as usize,
            before: stride.before as usize,
            after: stride.after as usize,
        }
    }
}

/// The sizes that give inputs these shapes: a dimension is found where it stands in a product by itself, plus a number.
pub(crate) fn of_inputs(graph: &Graph, inputs: &[&[usize]]) -> Result<Sizes, Fault> {
    if inputs.len() != graph.inputs.len() {
        return Err(Fault::Parameter("inputs"));
    }
    let mut sizes = Sizes::new();
    let mut pairs = vec![];
    for (input, &shape) in graph.inputs.iter().zip(inputs) {
        let (expected, got) = (input.shape.len(), shape.len());
        if expected != got {
            return Err(Fault::Rank { expected, got });
        }
        pairs.extend(input.shape.iter().zip(shape));
    }
    for (expression, &size) in &pairs {
        if let Some((name, size)) = solved(expression, size) {
            sizes.entry(name.into()).or_insert(size);
        }
    }
    let allowed = |d: &Dimension| {
        let size = sizes.get(&d.name).copied().unwrap_or(0);
        (u64::from(d.min)..=u64::from(d.max)).contains(&size)
    };
    if !graph.dimensions.iter().all(allowed) {
        return Err(Fault::Parameter("dimensions"));
    }
    for (expression, &got) in &pairs {
        let expected = value(expression, &sizes)?;
        if expected != got {
            return Err(Fault::Dimension { expected, got });
        }
    }
    Ok(sizes)
}

/// The dimension of `a · dimension + b`, a and b: what says the dimension's size.
pub(crate) fn line(expression: &Expression) -> Option<(&str, i64, i64)> {
    let (mut slope, mut number) = (None, 0);
    for (factors, coefficient) in expression.terms() {
        match factors {
            [] => number = coefficient,
            [Factor::Dimension(name)] if slope.is_none() => slope = Some((name.as_str(), coefficient)),
            _ => return None,
        }
    }
    slope.map(|(name, slope)| (name, slope, number))
}

/// The only dimension of `a · dimension + b`, and its size where that is `size`.
fn solved(expression: &Expression, size: usize) -> Option<(&str, u64)> {
    let (name, factor, number) = line(expression)?;
    let product = i64::try_from(size).ok()?.checked_sub(number)?;
    let size = (product % factor == 0).then_some(product / factor)?;
    u64::try_from(size).ok().map(|size| (name, size))
}

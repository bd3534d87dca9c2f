//! Which results an operation has, for all sizes of the dimensions.

use alloc::{vec, vec::Vec};

use crate::{
    error::NodeFault,
    expression::{Expression, MAX_INTEGER},
    op::{Binary, Fill, Op, Stride},
    types::{Shape, Type, ValueType},
};

/// Largest step, dilation and padding of a window.
const MAX_STRIDE: u32 = 65_535;
/// Largest padding of a pool, whose windows have to see the image.
const MAX_POOL_PADDING: u32 = 1_023;

type Answer<T> = Result<T, NodeFault>;

/// The results of an operation on operands of these types.
///
/// # Errors
/// As [`NodeFault`] says.
pub fn results(op: &Op, operands: &[&ValueType]) -> Answer<Vec<ValueType>> {
    let given = Operands(operands);
    given.count(op)?;
    match op {
        Op::Unary(_) => given.typed(0, Type::F32).map(|x| vec![x.clone()]),
        Op::Not => given.typed(0, Type::Bool).map(|x| vec![x.clone()]),
        Op::Binary(_) | Op::Compare(_) | Op::Logic(_) | Op::Where => elementwise(op, given),
        Op::Cast { to } => Ok(vec![ValueType::new(*to, given.any(0)?.shape.clone())]),
        Op::Linear | Op::MatMul | Op::MatMulInteger => product(op, given),
        Op::Conv { groups, strides } => image(given, *groups, |size, kernel, axis| {
            places(&strides[axis], size, kernel, false)
        }),
        Op::ConvTranspose { extra, groups, strides } => image(given, *groups, |size, kernel, axis| {
            spread(&strides[axis], size, kernel, extra[axis])
        }),
        Op::MaxPool { ceil, kernel, strides }
        | Op::AveragePool {
            ceil, kernel, strides, ..
        } => pool(given, *ceil, kernel, strides),
        Op::Softmax { axis } => {
            let x = given.typed(0, Type::F32)?;
            at(*axis, &x.shape)?;
            Ok(vec![x.clone()])
        }
        Op::LayerNorm { .. } | Op::RmsNorm { .. } | Op::BatchNorm { .. } => normalised(given),
        Op::Rope { .. } => {
            let x = given.typed(0, Type::F32)?;
            let [_, _, d] = dims(x, 0)?;
            let [half] = dims(given.typed(1, Type::F32)?, 1)?;
            equal(&half.times(&2.into())?, d)?;
            Ok(vec![x.clone()])
        }
        Op::Attention { causal, .. } => attention(given, *causal),
        Op::Reduce { axes, keep, .. } => {
            let x = given.typed(0, Type::F32)?;
            reduced(x, axes, *keep).map(|shape| vec![ValueType::new(Type::F32, shape)])
        }
        Op::ArgMax { axis, keep } => {
            reduced(given.any(0)?, &[*axis], *keep).map(|shape| vec![ValueType::new(Type::I64, shape)])
        }
        Op::TopK { axis, k, .. } => {
            let x = given.any(0)?;
            let shape = with(&x.shape, *axis, k.clone())?;
            Ok(vec![
                ValueType::new(x.element, shape.clone()),
                ValueType::new(Type::I64, shape),
            ])
        }
        Op::Gather { .. }
        | Op::Concat { .. }
        | Op::Slice { .. }
        | Op::Split { .. }
        | Op::Reshape { .. }
        | Op::Transpose { .. }
        | Op::Expand { .. }
        | Op::Pad { .. }
        | Op::Resize { .. } => moved(op, given),
        Op::Lstm => recurrent(given, 4, 2),
        Op::Gru { .. } => recurrent(given, 3, 1),
        Op::QuantizeLinear | Op::DequantizeLinear | Op::DynamicQuantizeLinear => quantised(op, given),
    }
}

/// The shape of what is computed from two shapes, element by element (section 15.2).
///
/// # Errors
/// `Dimension` where two dimensions are not equal for all sizes and neither is 1.
pub fn broadcast(a: &[Expression], b: &[Expression]) -> Answer<Shape> {
    let rank = a.len().max(b.len());
    let one = Expression::from(1);
    let own = |shape: &[Expression], axis: usize| match axis.checked_sub(rank - shape.len()) {
        Some(own) => shape.get(own).cloned().unwrap_or_else(|| one.clone()),
        None => one.clone(),
    };
    let dimension = |axis: usize| {
        let (a, b) = (own(a, axis), own(b, axis));
        match (a.is(1), b.is(1)) {
            (true, _) => Ok(b),
            (_, true) => Ok(a),
            _ => equal(&a, &b).map(|()| a),
        }
    };
    (0..rank).map(dimension).collect()
}

/// The number of elements of a shape.
///
/// # Errors
/// `TooLarge`.
pub fn elements(shape: &[Expression]) -> Answer<Expression> {
    let product = shape
        .iter()
        .try_fold(Expression::from(1), |product, d| product.times(d))?;
    Ok(product)
}

#[derive(Clone, Copy)]
struct Operands<'a>(&'a [&'a ValueType]);

impl<'a> Operands<'a> {
    /// That there are as many as the operation takes.
    fn count(self, op: &Op) -> Answer<()> {
        let got = self.0.len();
        let (least, most) = arity(op);
        let pairs = matches!(op, Op::Lstm | Op::Gru { .. }) && got == least + 1;
        match (least..=most).contains(&got) && !pairs {
            true => Ok(()),
            false => Err(NodeFault::Operands { got }),
        }
    }

    fn any(self, operand: usize) -> Answer<&'a ValueType> {
        let got = self.0.len();
        self.0.get(operand).copied().ok_or(NodeFault::Operands { got })
    }

    fn typed(self, operand: usize, element: Type) -> Answer<&'a ValueType> {
        let value = self.any(operand)?;
        match value.element == element {
            true => Ok(value),
            false => Err(wrong_type(operand, value)),
        }
    }

    /// An operand that may be left out.
    fn optional(self, operand: usize) -> Option<&'a ValueType> {
        self.0.get(operand).copied()
    }
}

/// The least and the largest number of operands.
fn arity(op: &Op) -> (usize, usize) {
    match op {
        Op::Concat { .. } => (1, crate::MAX_OPERANDS),
        Op::BatchNorm { .. } => (5, 5),
        Op::Lstm => (5, 7),
        Op::Gru { .. } => (4, 6),
        Op::MatMulInteger => (4, 4),
        Op::Attention { .. } => (3, 4),
        Op::Where | Op::QuantizeLinear => (3, 3),
        Op::Conv { .. } | Op::ConvTranspose { .. } | Op::Linear | Op::LayerNorm { .. } | Op::DequantizeLinear => (2, 3),
        Op::Binary(_)
        | Op::Compare(_)
        | Op::Logic(_)
        | Op::MatMul
        | Op::RmsNorm { .. }
        | Op::Rope { .. }
        | Op::Gather { .. } => (2, 2),
        _ => (1, 1),
    }
}

fn wrong_type(operand: usize, value: &ValueType) -> NodeFault {
    NodeFault::Type {
        operand,
        got: value.element,
    }
}

fn equal(expected: &Expression, got: &Expression) -> Answer<()> {
    match expected == got {
        true => Ok(()),
        false => Err(NodeFault::Dimension {
            expected: expected.clone(),
            got: got.clone(),
        }),
    }
}

fn dims<const N: usize>(value: &ValueType, operand: usize) -> Answer<&[Expression; N]> {
    <&[Expression; N]>::try_from(value.shape.as_slice()).map_err(|_| NodeFault::Rank {
        operand,
        got: value.shape.len(),
    })
}

/// That an operand has exactly this shape.
fn shaped(value: &ValueType, operand: usize, shape: &[&Expression]) -> Answer<()> {
    if value.shape.len() != shape.len() {
        let got = value.shape.len();
        return Err(NodeFault::Rank { operand, got });
    }
    shape
        .iter()
        .zip(&value.shape)
        .try_for_each(|(expected, got)| equal(expected, got))
}

/// The axis as an index, which exists.
fn at(axis: u32, shape: &[Expression]) -> Answer<usize> {
    let (axis, rank) = (axis as usize, shape.len());
    match axis < rank {
        true => Ok(axis),
        false => Err(NodeFault::Axis { axis, rank }),
    }
}

fn with(shape: &[Expression], axis: u32, dimension: Expression) -> Answer<Shape> {
    let axis = at(axis, shape)?;
    let mut shape = shape.to_vec();
    if let Some(own) = shape.get_mut(axis) {
        *own = dimension;
    }
    Ok(shape)
}

fn elementwise(op: &Op, given: Operands) -> Answer<Vec<ValueType>> {
    let first = usize::from(matches!(op, Op::Where));
    let (a, b) = (given.any(first)?, given.any(first + 1)?);
    if a.element != b.element {
        return Err(wrong_type(first + 1, b));
    }
    let takes = match op {
        Op::Binary(Binary::Add | Binary::Sub | Binary::Mul) => matches!(a.element, Type::F32 | Type::I64 | Type::I32),
        Op::Binary(_) => a.element == Type::F32,
        Op::Logic(_) => a.element == Type::Bool,
        _ => true,
    };
    if !takes {
        return Err(wrong_type(first, a));
    }
    let mut shape = broadcast(&a.shape, &b.shape)?;
    let element = match op {
        Op::Compare(_) => Type::Bool,
        _ => a.element,
    };
    if matches!(op, Op::Where) {
        shape = broadcast(&broadcast(&given.typed(0, Type::Bool)?.shape, &a.shape)?, &b.shape)?;
    }
    Ok(vec![ValueType::new(element, shape)])
}

fn product(op: &Op, given: Operands) -> Answer<Vec<ValueType>> {
    if matches!(op, Op::MatMul) {
        let (a, b) = (given.typed(0, Type::F32)?, given.typed(1, Type::F32)?);
        let (batch_a, [m, k]) = matrices(a, 0)?;
        let (batch_b, [other, n]) = matrices(b, 1)?;
        equal(k, other)?;
        let mut shape = broadcast(batch_a, batch_b)?;
        shape.extend([m.clone(), n.clone()]);
        return Ok(vec![ValueType::new(Type::F32, shape)]);
    }
    let quantised = matches!(op, Op::MatMulInteger);
    let (x, w) = match quantised {
        true => (given.any(0)?, given.any(2)?),
        false => (given.typed(0, Type::F32)?, given.typed(1, Type::F32)?),
    };
    let [n, k] = dims(w, if quantised { 2 } else { 1 })?;
    let (last, rows) = x.shape.split_last().ok_or(NodeFault::Rank { operand: 0, got: 0 })?;
    equal(k, last)?;
    if quantised {
        for (operand, value) in [(0, x), (2, w)] {
            if !matches!(value.element, Type::I8 | Type::U8) {
                return Err(wrong_type(operand, value));
            }
        }
        shaped(given.typed(1, x.element)?, 1, &[])?;
        let zeros = given.typed(3, w.element)?;
        equal_shapes(
            &broadcast(&zeros.shape, core::slice::from_ref(n))?,
            core::slice::from_ref(n),
        )?;
    } else if given.optional(2).is_some() {
        shaped(given.typed(2, Type::F32)?, 2, &[n])?;
    }
    let mut shape = rows.to_vec();
    shape.push(n.clone());
    let element = if quantised { Type::I32 } else { Type::F32 };
    Ok(vec![ValueType::new(element, shape)])
}

/// The axes before the last two, and these.
fn matrices(value: &ValueType, operand: usize) -> Answer<(&[Expression], [&Expression; 2])> {
    match value.shape.as_slice() {
        [batch @ .., rows, columns] => Ok((batch, [rows, columns])),
        shape => Err(NodeFault::Rank {
            operand,
            got: shape.len(),
        }),
    }
}

fn equal_shapes(expected: &[Expression], got: &[Expression]) -> Answer<()> {
    if expected.len() != got.len() {
        let got = got.len();
        return Err(NodeFault::Rank { operand: 0, got });
    }
    expected
        .iter()
        .zip(got)
        .try_for_each(|(expected, got)| equal(expected, got))
}

/// Conv and ConvTranspose: `size` of the result from that of the image and the kernel, for each of the two axes.
fn image(
    given: Operands,
    groups: u32,
    size: impl Fn(&Expression, &Expression, usize) -> Answer<Expression>,
) -> Answer<Vec<ValueType>> {
    let (x, w) = (given.typed(0, Type::F32)?, given.typed(1, Type::F32)?);
    let [batch, height, width, channels] = dims(x, 0)?;
    let [n, kernel_height, kernel_width, own] = dims(w, 1)?;
    let divides = n.size().is_some_and(|n| groups > 0 && n % groups as usize == 0);
    if !divides {
        return Err(NodeFault::Parameter("groups"));
    }
    equal(channels, &own.times(&i64::from(groups).into())?)?;
    if given.optional(2).is_some() {
        shaped(given.typed(2, Type::F32)?, 2, &[n])?;
    }
    let shape = vec![
        batch.clone(),
        size(height, kernel_height, 0)?,
        size(width, kernel_width, 1)?,
        n.clone(),
    ];
    Ok(vec![ValueType::new(Type::F32, shape)])
}

/// before + size + after.
fn padded(stride: &Stride, size: &Expression) -> Answer<Expression> {
    Ok(size.plus(&(i64::from(stride.before) + i64::from(stride.after)).into())?)
}

/// dilation · (kernel − 1) + 1.
fn extent(stride: &Stride, kernel: &Expression) -> Answer<Expression> {
    let counts = 1..=MAX_STRIDE;
    if !counts.contains(&stride.step)
        || !counts.contains(&stride.dilation)
        || stride.before.max(stride.after) > MAX_STRIDE
    {
        return Err(NodeFault::Parameter("strides"));
    }
    let gaps = kernel.minus(&1.into())?.times(&i64::from(stride.dilation).into())?;
    Ok(gaps.plus(&1.into())?)
}

/// ⌊(padded − extent) / step⌋ + 1. With `ceil` one more where a rest is left and the place begins on the image: known only of
/// images of fixed size, or if nothing is left of any.
fn places(stride: &Stride, size: &Expression, kernel: &Expression, ceil: bool) -> Answer<Expression> {
    let room = padded(stride, size)?.minus(&extent(stride, kernel)?)?;
    let step = i64::from(stride.step);
    let last = room.quotient(step)?.ok_or(NodeFault::Parameter("strides"))?;
    let whole = last.times(&step.into())? == room;
    let more = match (ceil && !whole, last.constant(), size.constant()) {
        (false, ..) => 0,
        (true, Some(last), Some(size)) => {
            i64::from((last + 1).saturating_mul(step) < size.saturating_add(stride.before.into()))
        }
        _ => return Err(NodeFault::Parameter("ceil: the image's size is not fixed")),
    };
    Ok(last.plus(&(1 + more).into())?)
}

/// (size − 1) · step + extent + extra − before − after.
fn spread(stride: &Stride, size: &Expression, kernel: &Expression, extra: u32) -> Answer<Expression> {
    let places = size.minus(&1.into())?.times(&i64::from(stride.step).into())?;
    let whole = places.plus(&extent(stride, kernel)?)?.plus(&i64::from(extra).into())?;
    Ok(whole.minus(&(i64::from(stride.before) + i64::from(stride.after)).into())?)
}

fn pool(given: Operands, ceil: bool, kernel: &[u32; 2], strides: &[Stride; 2]) -> Answer<Vec<ValueType>> {
    let x = given.typed(0, Type::F32)?;
    let [batch, height, width, channels] = dims(x, 0)?;
    if strides.iter().any(|s| s.before.max(s.after) > MAX_POOL_PADDING) {
        return Err(NodeFault::Parameter("strides"));
    }
    let size = |size: &Expression, axis: usize| match kernel[axis] {
        0 => Err(NodeFault::Parameter("kernel")),
        taps => places(&strides[axis], size, &i64::from(taps).into(), ceil),
    };
    let shape = vec![batch.clone(), size(height, 0)?, size(width, 1)?, channels.clone()];
    Ok(vec![ValueType::new(Type::F32, shape)])
}

/// All but x have the last dimension.
fn normalised(given: Operands) -> Answer<Vec<ValueType>> {
    let x = given.typed(0, Type::F32)?;
    let last = x.shape.last().ok_or(NodeFault::Rank { operand: 0, got: 0 })?;
    for operand in 1..given.0.len() {
        shaped(given.typed(operand, Type::F32)?, operand, &[last])?;
    }
    Ok(vec![x.clone()])
}

fn attention(given: Operands, causal: bool) -> Answer<Vec<ValueType>> {
    let [q, k, v] = [
        given.typed(0, Type::F32)?,
        given.typed(1, Type::F32)?,
        given.typed(2, Type::F32)?,
    ];
    let ([queries, heads, d], [keys, groups, _], [_, _, e]) = (dims(q, 0)?, dims(k, 1)?, dims(v, 2)?);
    shaped(k, 1, &[keys, groups, d])?;
    shaped(v, 2, &[keys, groups, e])?;
    if given.optional(3).is_some() {
        shaped(given.typed(3, Type::F32)?, 3, &[queries, keys])?;
    }
    let divides =
        matches!((heads.size(), groups.size()), (Some(heads), Some(groups)) if groups > 0 && heads % groups == 0);
    if !divides {
        return Err(NodeFault::Parameter("heads"));
    }
    if causal {
        equal(queries, keys)?;
    }
    let shape = vec![queries.clone(), heads.clone(), e.clone()];
    Ok(vec![ValueType::new(Type::F32, shape)])
}

fn ascending(axes: &[u32], rank: usize) -> Answer<()> {
    let fault = |&axis: &u32| {
        let axis = axis as usize;
        Err(NodeFault::Axis { axis, rank })
    };
    if axes.is_empty() {
        return Err(NodeFault::Parameter("axes"));
    }
    if let Some(axis) = axes.iter().find(|&&axis| axis as usize >= rank) {
        return fault(axis);
    }
    match axes.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => fault(&pair[1]),
        None => Ok(()),
    }
}

fn reduced(x: &ValueType, axes: &[u32], keep: bool) -> Answer<Shape> {
    ascending(axes, x.shape.len())?;
    let mut shape = Shape::new();
    for (axis, dimension) in x.shape.iter().enumerate() {
        match (axes.iter().any(|&reduced| reduced as usize == axis), keep) {
            (true, true) => shape.push(1.into()),
            (true, false) => {}
            (false, _) => shape.push(dimension.clone()),
        }
    }
    Ok(shape)
}

fn moved(op: &Op, given: Operands) -> Answer<Vec<ValueType>> {
    let x = given.any(0)?;
    let one = |shape: Shape| Ok(vec![ValueType::new(x.element, shape)]);
    match op {
        Op::Gather { axis } => {
            let axis = at(*axis, &x.shape)?;
            let indices = given.typed(1, Type::I64)?;
            let (before, behind) = x.shape.split_at(axis);
            one([before, &indices.shape, behind.get(1..).unwrap_or(&[])].concat())
        }
        Op::Concat { axis } => {
            let along = at(*axis, &x.shape)?;
            let mut sum = Expression::default();
            for (operand, part) in given.0.iter().enumerate() {
                given.typed(operand, x.element)?;
                let own = part.shape.get(along).cloned().unwrap_or_default();
                let expected = with(&x.shape, *axis, own.clone())?;
                shaped(part, operand, &expected.iter().collect::<Vec<_>>())?;
                sum.add(&own)?;
            }
            one(with(&x.shape, *axis, sum)?)
        }
        Op::Slice { axis, count, step, .. } => match *step != 0 && written(*step) {
            false => Err(NodeFault::Parameter("step")),
            true => one(with(&x.shape, *axis, count.clone())?),
        },
        Op::Split { axis, sizes } => {
            if sizes.is_empty() {
                return Err(NodeFault::Parameter("sizes"));
            }
            let mut sum = Expression::default();
            sizes.iter().try_for_each(|size| sum.add(size))?;
            let own = x.shape.get(at(*axis, &x.shape)?).cloned().unwrap_or_default();
            equal(&own, &sum)?;
            let part = |size: &Expression| Ok(ValueType::new(x.element, with(&x.shape, *axis, size.clone())?));
            sizes.iter().map(part).collect()
        }
        Op::Reshape { shape } => {
            equal(&elements(&x.shape)?, &elements(shape)?)?;
            one(shape.clone())
        }
        Op::Transpose { order } => {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            let all = sorted.iter().enumerate().all(|(i, &axis)| i == axis as usize);
            if !all || order.len() != x.shape.len() {
                return Err(NodeFault::Parameter("order"));
            }
            one(order
                .iter()
                .filter_map(|&axis| x.shape.get(axis as usize).cloned())
                .collect())
        }
        Op::Expand { shape } => {
            equal_shapes(shape, &broadcast(&x.shape, shape)?)?;
            one(shape.clone())
        }
        Op::Pad {
            after,
            axis,
            before,
            fill,
        } => {
            let fits = match fill {
                Fill::Constant(_) => x.element == Type::F32,
                Fill::Integer(value) => written(*value) && holds(x.element, *value),
                Fill::Edge | Fill::Reflect => true,
            };
            if !fits {
                return Err(NodeFault::Parameter("fill"));
            }
            let own = x.shape.get(at(*axis, &x.shape)?).cloned().unwrap_or_default();
            let padded = own.plus(&(i64::from(*before) + i64::from(*after)).into())?;
            one(with(&x.shape, *axis, padded)?)
        }
        Op::Resize { axis, scale } => {
            if *scale == 0 {
                return Err(NodeFault::Parameter("scale"));
            }
            let own = x.shape.get(at(*axis, &x.shape)?).cloned().unwrap_or_default();
            one(with(&x.shape, *axis, own.times(&i64::from(*scale).into())?)?)
        }
        _ => Err(NodeFault::Parameter("op")),
    }
}

/// Whether it is an integer that every JSON reader keeps.
fn written(value: i64) -> bool {
    value.unsigned_abs() <= MAX_INTEGER.unsigned_abs()
}

/// Whether elements of this type can be this integer.
fn holds(element: Type, value: i64) -> bool {
    match element {
        Type::F32 => false,
        Type::I64 => true,
        Type::I32 => i32::try_from(value).is_ok(),
        Type::I8 => i8::try_from(value).is_ok(),
        Type::U8 => u8::try_from(value).is_ok(),
        Type::Bool => value == 0 || value == 1,
    }
}

/// x, W, R, as many states, then both biases or none.
fn recurrent(given: Operands, gates: i64, states: usize) -> Answer<Vec<ValueType>> {
    let x = given.typed(0, Type::F32)?;
    let [steps, batch, inputs] = dims(x, 0)?;
    let [rows, _] = dims(given.typed(2, Type::F32)?, 2)?;
    let [_, units] = dims(given.typed(2, Type::F32)?, 2)?;
    equal(&units.times(&gates.into())?, rows)?;
    shaped(given.typed(1, Type::F32)?, 1, &[rows, inputs])?;
    for operand in 3..3 + states {
        shaped(given.typed(operand, Type::F32)?, operand, &[batch, units])?;
    }
    for operand in 3 + states..given.0.len() {
        shaped(given.typed(operand, Type::F32)?, operand, &[rows])?;
    }
    let state = ValueType::new(Type::F32, vec![batch.clone(), units.clone()]);
    let all = ValueType::new(Type::F32, vec![steps.clone(), batch.clone(), units.clone()]);
    Ok(core::iter::once(all).chain(vec![state; states]).collect())
}

fn quantised(op: &Op, given: Operands) -> Answer<Vec<ValueType>> {
    let x = given.any(0)?;
    let broadcast_to_x = |operand: usize, element: Type| {
        let value = given.typed(operand, element)?;
        equal_shapes(&x.shape, &broadcast(&value.shape, &x.shape)?)
    };
    let quantised = |value: &ValueType| matches!(value.element, Type::I8 | Type::U8);
    match op {
        Op::DynamicQuantizeLinear => {
            given.typed(0, Type::F32)?;
            Ok(vec![
                ValueType::new(Type::U8, x.shape.clone()),
                ValueType::new(Type::F32, Vec::new()),
                ValueType::new(Type::U8, Vec::new()),
            ])
        }
        Op::QuantizeLinear => {
            given.typed(0, Type::F32)?;
            broadcast_to_x(1, Type::F32)?;
            let zero = given.any(2)?;
            if !quantised(zero) {
                return Err(wrong_type(2, zero));
            }
            broadcast_to_x(2, zero.element)?;
            Ok(vec![ValueType::new(zero.element, x.shape.clone())])
        }
        _ => {
            if !quantised(x) && x.element != Type::I32 {
                return Err(wrong_type(0, x));
            }
            broadcast_to_x(1, Type::F32)?;
            if given.optional(2).is_some() {
                broadcast_to_x(2, x.element)?;
            }
            Ok(vec![ValueType::new(Type::F32, x.shape.clone())])
        }
    }
}

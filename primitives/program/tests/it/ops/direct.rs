//! Operations by direct calls of the reference; expressions are numbers here.

use quorate_exact::infer::{
    arithmetic,
    attention::{attention, Seen},
    cast::cast,
    conv, elementwise, functions, matmul, moves, normalise, pool, quantised, recurrent, reduce, rope, Element, Fault,
    Tensor,
};
use quorate_program::{
    each_type,
    op::{Binary, Comparison, Fill, Logic, Op, Reduction, Stride, Unary},
    Expression, Held, Type, Value,
};

/// None if the operation takes no operands of these types, or not so many.
pub type Answer = Option<Result<Vec<Value>, Fault>>;

fn one<T: Held>(y: Result<Tensor<T>, Fault>) -> Answer {
    Some(y.map(|y| vec![T::held(y)]))
}

fn number(e: &Expression) -> usize {
    // What is below 0 is as wrong as what is far too large.
    e.size().unwrap_or(usize::MAX >> 1)
}

fn numbers(shape: &[Expression]) -> Vec<usize> {
    shape.iter().map(number).collect()
}

fn axes(axes: &[u32]) -> Vec<usize> {
    axes.iter().map(|&axis| axis as usize).collect()
}

fn window(strides: &[Stride; 2]) -> [quorate_exact::infer::Stride; 2] {
    strides.map(|s| quorate_exact::infer::Stride {
        step: s.step as usize,
        dilation: s.dilation as usize,
        before: s.before as usize,
        after: s.after as usize,
    })
}

fn pair(values: &[u32; 2]) -> [usize; 2] {
    values.map(|v| v as usize)
}

/// An operand that must be of this type where it is there.
fn may<'a, T: Held>(x: &[&'a Value], i: usize) -> Option<Option<&'a Tensor<T>>> {
    match x.get(i) {
        None => Some(None),
        Some(value) => T::of(value).map(Some),
    }
}

pub fn direct(op: &Op, x: &[&Value]) -> Answer {
    let most = match op {
        Op::Concat { .. } => 1_024,
        Op::BatchNorm { .. } => 5,
        Op::Lstm => 7,
        Op::Gru { .. } => 6,
        Op::MatMulInteger | Op::Attention { .. } => 4,
        Op::Where
        | Op::QuantizeLinear
        | Op::DequantizeLinear
        | Op::Conv { .. }
        | Op::ConvTranspose { .. }
        | Op::Linear
        | Op::LayerNorm { .. } => 3,
        Op::Binary(_)
        | Op::Compare(_)
        | Op::Logic(_)
        | Op::MatMul
        | Op::RmsNorm { .. }
        | Op::Rope { .. }
        | Op::Gather { .. } => 2,
        _ => 1,
    };
    if x.len() > most {
        return None;
    }
    // What operand i is, of a type.
    fn of<'a, T: Held>(x: &[&'a Value], i: usize) -> Option<&'a Tensor<T>> {
        x.get(i).and_then(|x| T::of(x))
    }
    let f = |i: usize| of::<f32>(x, i);
    let any = x.first().copied()?;
    match op {
        Op::Unary(function) => unary(*function, f(0)?),
        Op::Binary(how) => binary(*how, any, x.get(1)?),
        Op::Compare(how) => each_type!(any, a => one(compare(*how, a, of(x, 1)?))),
        Op::Logic(how) => {
            let f: fn(bool, bool) -> bool = match how {
                Logic::And => |a, b| a & b,
                Logic::Or => |a, b| a | b,
                Logic::Xor => |a, b| a ^ b,
            };
            one(elementwise::binary(of(x, 0)?, of(x, 1)?, f))
        }
        Op::Not => one(of::<bool>(x, 0)?.map(|x| !x)),
        Op::Where => each_type!(x.get(1)?, a => one(elementwise::select(of(x, 0)?, a, of(x, 2)?))),
        Op::Cast { to } => each_type!(any, x => match to {
            Type::F32 => one(cast::<_, f32>(x)),
            Type::I64 => one(cast::<_, i64>(x)),
            Type::I32 => one(cast::<_, i32>(x)),
            Type::I8 => one(cast::<_, i8>(x)),
            Type::U8 => one(cast::<_, u8>(x)),
            Type::Bool => one(cast::<_, bool>(x)),
        }),
        Op::Linear => one(matmul::linear(f(0)?, f(1)?, may(x, 2)?)),
        Op::MatMul => one(matmul::matmul(f(0)?, f(1)?)),
        Op::Conv { groups, strides } => one(conv::conv(f(0)?, filters(x, *groups)?, window(strides))),
        Op::ConvTranspose { extra, groups, strides } => one(conv::conv_transpose(
            f(0)?,
            filters(x, *groups)?,
            window(strides),
            pair(extra),
        )),
        Op::MaxPool { ceil, kernel, strides } => {
            one(pool::pool(f(0)?, pool::Pool::Max, pair(kernel), window(strides), *ceil))
        }
        Op::AveragePool {
            ceil,
            include_padding,
            kernel,
            strides,
        } => {
            let include_padding = *include_padding;
            let how = pool::Pool::Average { include_padding };
            one(pool::pool(f(0)?, how, pair(kernel), window(strides), *ceil))
        }
        Op::Softmax { axis } => one(normalise::softmax(f(0)?, *axis as usize)),
        Op::LayerNorm { epsilon } => one(normalise::layer_norm(f(0)?, f(1)?, may(x, 2)?, epsilon.get())),
        Op::RmsNorm { epsilon } => one(normalise::rms_norm(f(0)?, f(1)?, epsilon.get())),
        Op::BatchNorm { epsilon } => one(normalise::batch_norm(
            f(0)?,
            [f(1)?, f(2)?, f(3)?, f(4)?],
            epsilon.get(),
        )),
        Op::Rope { largest } => {
            let inverse = f(1)?;
            if inverse.shape().len() != 1 {
                return None;
            }
            one(rope::rope(f(0)?, 0, inverse.data(), *largest as usize))
        }
        Op::Attention { causal, scale } => {
            let [q, k, v] = [f(0)?, f(1)?, f(2)?];
            let seen = match causal {
                // More keys than queries are another program's: its first query is not at 0.
                true if q.shape().first() != k.shape().first() => return None,
                true => Seen::Causal { first: 0 },
                false => Seen::All,
            };
            one(attention([q, k, v], scale.get(), may(x, 3)?, seen))
        }
        Op::Reduce { axes: of, how, keep } => {
            let how = match how {
                Reduction::L1 => reduce::Reduce::L1,
                Reduction::L2 => reduce::Reduce::L2,
                Reduction::Max => reduce::Reduce::Max,
                Reduction::Mean => reduce::Reduce::Mean,
                Reduction::Min => reduce::Reduce::Min,
                Reduction::Sum => reduce::Reduce::Sum,
                Reduction::SumSquare => reduce::Reduce::SumSquare,
            };
            one(reduce::reduce(f(0)?, how, &axes(of), *keep))
        }
        Op::ArgMax { axis, keep } => each_type!(any, x => one(reduce::arg_max(x, *axis as usize, *keep))),
        Op::TopK { axis, k, largest } => each_type!(any, x => {
            let answer = reduce::top_k(x, number(k), *axis as usize, *largest);
            Some(answer.map(|(values, indices)| vec![Held::held(values), Value::I64(indices)]))
        }),
        Op::Lstm | Op::Gru { .. } => recurrence(op, x),
        Op::QuantizeLinear => match x.get(2)? {
            Value::I8(zero) => one(quantised::quantize(f(0)?, f(1)?, zero)),
            Value::U8(zero) => one(quantised::quantize(f(0)?, f(1)?, zero)),
            _ => None,
        },
        Op::DequantizeLinear => match any {
            Value::I8(q) => one(quantised::dequantize(q, f(1)?, may(x, 2)?)),
            Value::U8(q) => one(quantised::dequantize(q, f(1)?, may(x, 2)?)),
            Value::I32(q) => one(quantised::dequantize(q, f(1)?, may(x, 2)?)),
            _ => None,
        },
        Op::DynamicQuantizeLinear => {
            let answer = quantised::dynamic_quantize(f(0)?);
            Some(answer.map(|(y, scale, zero)| vec![Value::U8(y), Value::F32(scale), Value::U8(zero)]))
        }
        Op::MatMulInteger => match (any, x.get(2)?) {
            (Value::I8(a), Value::I8(w)) => one(quantised::matmul_integer(a, of(x, 1)?, w, of(x, 3)?)),
            (Value::I8(a), Value::U8(w)) => one(quantised::matmul_integer(a, of(x, 1)?, w, of(x, 3)?)),
            (Value::U8(a), Value::I8(w)) => one(quantised::matmul_integer(a, of(x, 1)?, w, of(x, 3)?)),
            (Value::U8(a), Value::U8(w)) => one(quantised::matmul_integer(a, of(x, 1)?, w, of(x, 3)?)),
            _ => None,
        },
        Op::Gather { axis } => each_type!(any, first => one(moves::gather(first, of(x, 1)?, *axis as usize))),
        Op::Concat { axis } => each_type!(any, first => {
            let mut parts = vec![first];
            for i in 1..x.len() {
                parts.push(of(x, i)?);
            }
            one(moves::concat(&parts, *axis as usize))
        }),
        Op::Slice {
            axis,
            count,
            start,
            step,
        } => each_type!(any, x => one(moves::slice(x, *axis as usize, number(start), *step, number(count)))),
        Op::Split { axis, sizes } => each_type!(any, x => {
            // No parts are refused, not no results.
            let parts = match sizes.is_empty() {
                true => return None,
                false => moves::split(x, *axis as usize, &numbers(sizes)),
            };
            Some(parts.map(|parts| parts.into_iter().map(Held::held).collect()))
        }),
        Op::Reshape { shape } => each_type!(any, x => one(moves::reshape(x, &numbers(shape)))),
        Op::Transpose { order } => each_type!(any, x => one(moves::transpose(x, &axes(order)))),
        Op::Expand { shape } => each_type!(any, x => one(moves::expand(x, &numbers(shape)))),
        Op::Resize { axis, scale } => {
            each_type!(any, x => one(moves::resize_nearest(x, *axis as usize, *scale as usize)))
        }
        Op::Pad {
            after,
            axis,
            before,
            fill,
        } => {
            let at = [*axis, *before, *after].map(|n| n as usize);
            match (any, fill) {
                (Value::F32(x), Fill::Constant(real)) => pad(x, at, moves::Fill::Constant(real.get())),
                (_, Fill::Edge) => each_type!(any, x => pad(x, at, moves::Fill::Edge)),
                (_, Fill::Reflect) => each_type!(any, x => pad(x, at, moves::Fill::Reflect)),
                (Value::I64(x), Fill::Integer(n)) => pad(x, at, moves::Fill::Constant(*n)),
                (Value::I32(x), Fill::Integer(n)) => pad(x, at, moves::Fill::Constant((*n).try_into().ok()?)),
                (Value::I8(x), Fill::Integer(n)) => pad(x, at, moves::Fill::Constant((*n).try_into().ok()?)),
                (Value::U8(x), Fill::Integer(n)) => pad(x, at, moves::Fill::Constant((*n).try_into().ok()?)),
                (Value::Bool(x), Fill::Integer(n @ 0..=1)) => pad(x, at, moves::Fill::Constant(*n == 1)),
                _ => None,
            }
        }
    }
}

fn pad<T: Held>(x: &Tensor<T>, [axis, before, after]: [usize; 3], fill: moves::Fill<T>) -> Answer {
    one(moves::pad(x, axis, before, after, fill))
}

fn unary(function: Unary, x: &Tensor) -> Answer {
    one(match function {
        Unary::Abs => x.map(f32::abs),
        Unary::Clip(b) => x.map(|x| elementwise::clip(x, b.low.get(), b.high.get())),
        Unary::Cos => x.map(functions::cos),
        Unary::Cube => x.map(functions::pow3),
        Unary::Erf => x.map(functions::erf),
        Unary::Exp => x.map(functions::exp),
        Unary::Gelu => x.map(functions::gelu),
        Unary::GeluTanh => x.map(functions::gelu_tanh),
        Unary::HardSigmoid(l) => x.map(|x| functions::hard_sigmoid(x, l.alpha.get(), l.beta.get())),
        Unary::Log => x.map(functions::log),
        Unary::Neg => x.map(elementwise::neg),
        Unary::Relu => x.map(elementwise::relu),
        Unary::Sigmoid => x.map(functions::sigmoid),
        Unary::Silu => x.map(functions::silu),
        Unary::Sin => x.map(functions::sin),
        Unary::Sqrt => x.map(functions::pow_half),
        Unary::Square => x.map(functions::pow2),
        Unary::Tanh => x.map(functions::tanh),
    })
}

fn binary(how: Binary, a: &Value, b: &Value) -> Answer {
    match (a, b) {
        (Value::F32(a), Value::F32(b)) => one(match how {
            Binary::Add => elementwise::binary(a, b, |a, b| a + b),
            Binary::Div => elementwise::binary(a, b, |a, b| a / b),
            Binary::Max => elementwise::binary(a, b, arithmetic::max),
            Binary::Min => elementwise::binary(a, b, arithmetic::min),
            Binary::Mul => elementwise::binary(a, b, |a, b| a * b),
            Binary::Sub => elementwise::binary(a, b, |a, b| a - b),
        }),
        (Value::I64(a), Value::I64(b)) => whole(how, a, b),
        (Value::I32(a), Value::I32(b)) => whole(how, a, b),
        _ => None,
    }
}

fn whole<T: Held + elementwise::Whole>(how: Binary, a: &Tensor<T>, b: &Tensor<T>) -> Answer {
    match how {
        Binary::Add => one(elementwise::whole(a, b, T::add)),
        Binary::Mul => one(elementwise::whole(a, b, T::mul)),
        Binary::Sub => one(elementwise::whole(a, b, T::sub)),
        _ => None,
    }
}

fn compare<T: Element>(how: Comparison, a: &Tensor<T>, b: &Tensor<T>) -> Result<Tensor<bool>, Fault> {
    match how {
        Comparison::Equal => elementwise::binary(a, b, |a, b| a == b),
        Comparison::Greater => elementwise::binary(a, b, |a, b| a > b),
        Comparison::GreaterOrEqual => elementwise::binary(a, b, |a, b| a >= b),
        Comparison::Less => elementwise::binary(a, b, |a, b| a < b),
        Comparison::LessOrEqual => elementwise::binary(a, b, |a, b| a <= b),
    }
}

fn filters<'a>(x: &[&'a Value], groups: u32) -> Option<conv::Filters<'a>> {
    Some(conv::Filters {
        weights: may(x, 1)??,
        bias: may(x, 2)?,
        groups: groups as usize,
    })
}

fn recurrence(op: &Op, x: &[&Value]) -> Answer {
    let f = |i: usize| may::<f32>(x, i);
    let first = if matches!(op, Op::Lstm) { 5 } else { 4 };
    let bias = match (f(first)?, f(first + 1)?) {
        (Some(input), Some(hidden)) => Some([input, hidden]),
        (None, _) => None,
        _ => return None,
    };
    let gates = recurrent::Gates {
        input: f(1)??,
        hidden: f(2)??,
        bias,
    };
    let results = match op {
        Op::Gru { linear_before_reset } => {
            recurrent::gru(f(0)??, gates, f(3)??, *linear_before_reset).map(|results| results.to_vec())
        }
        _ => recurrent::lstm(f(0)??, gates, [f(3)??, f(4)??]).map(|results| results.to_vec()),
    };
    Some(results.map(|results| results.into_iter().map(Value::F32).collect()))
}

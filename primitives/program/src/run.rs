//! A run by the reference: node after node, each value as a whole. This is what a program means.

use alloc::{vec, vec::Vec};

use quorate_exact::infer::{
    arithmetic,
    attention::{attention, Seen},
    cast::cast,
    conv, elementwise, functions, matmul, moves, normalise, pool, quantised,
    recurrent::{self, Gates},
    reduce, rope, Fault, Tensor,
};

use crate::{
    each_type,
    op::{Binary, Comparison, Fill, Logic, Op, Reduction, Stride, Unary},
    program::Program,
    sizes::Shapes,
    value::{Held, Value},
    Type,
};

impl Program {
    /// The outputs of a run, in their order.
    ///
    /// # Errors
    /// `Parameter("inputs")`, `Parameter("tensors")` unless there are as many as the program has, of its types and shapes; what
    /// [`Program::at`] refuses; the first fault in the order of the nodes.
    pub fn run(&self, inputs: Vec<Value>, tensors: &[Value]) -> Result<Vec<Value>, Fault> {
        let shapes: Vec<&[usize]> = inputs.iter().map(Value::shape).collect();
        let shapes = self.at(&self.sizes_of(&shapes)?)?;
        let graph = self.graph();
        let mut values = inputs;
        let typed = values
            .iter()
            .zip(&graph.inputs)
            .all(|(value, input)| value.element() == input.element);
        let fits = |(i, value): (usize, &Value)| {
            let number = (self.first_tensor() + i) as u32;
            value.shape() == shapes.of(number)
                && graph
                    .tensors
                    .get(i)
                    .is_some_and(|tensor| tensor.element == value.element())
        };
        if !typed {
            return Err(Fault::Parameter("inputs"));
        }
        if tensors.len() != graph.tensors.len() || !tensors.iter().enumerate().all(fits) {
            return Err(Fault::Parameter("tensors"));
        }
        values.extend_from_slice(tensors);
        for (i, constant) in graph.constants.iter().enumerate() {
            let shape = shapes.of((self.first_constant() + i) as u32);
            values.push(Value::from_bytes(constant.element, shape, &constant.bytes)?);
        }
        for node in &graph.nodes {
            let operands: Vec<&Value> = node
                .operands
                .iter()
                .filter_map(|&value| values.get(value as usize))
                .collect();
            let results = apply(&node.op, &operands, &shapes)?;
            values.extend(results);
        }
        let output = |value: u32| values.get(value as usize).cloned().ok_or(Fault::Parameter("outputs"));
        graph.outputs.iter().map(|wanted| output(wanted.value)).collect()
    }
}

/// The results of one operation. `shapes` gives expressions their values.
///
/// # Errors
/// As the operation.
pub fn apply(op: &Op, operands: &[&Value], shapes: &Shapes) -> Result<Vec<Value>, Fault> {
    let given = Operands(operands);
    let one = |tensor: Tensor| Ok(vec![Value::F32(tensor)]);
    match op {
        Op::Unary(function) => one(given.float(0)?.map(|x| unary(*function, x))?),
        Op::Binary(function) => binary(*function, given).map(|value| vec![value]),
        Op::Compare(how) => compare(*how, given).map(|value| vec![value]),
        Op::Logic(how) => {
            let f = match how {
                Logic::And => |a: bool, b: bool| a && b,
                Logic::Or => |a, b| a || b,
                Logic::Xor => |a, b| a != b,
            };
            Ok(vec![Value::Bool(elementwise::binary(given.of(0)?, given.of(1)?, f)?)])
        }
        Op::Not => Ok(vec![Value::Bool(given.of::<bool>(0)?.map(|x| !x)?)]),
        Op::Where => each_type!(given.any(1)?, a => {
            Ok(vec![Held::held(elementwise::select(given.of(0)?, a, given.of(2)?)?)])
        }),
        Op::Cast { to } => each_type!(given.any(0)?, x => {
            Ok(vec![match to {
                Type::F32 => Value::F32(cast(x)?),
                Type::I64 => Value::I64(cast(x)?),
                Type::I32 => Value::I32(cast(x)?),
                Type::I8 => Value::I8(cast(x)?),
                Type::U8 => Value::U8(cast(x)?),
                Type::Bool => Value::Bool(cast(x)?),
            }])
        }),
        Op::Linear => one(matmul::linear(given.float(0)?, given.float(1)?, given.optional(2))?),
        Op::MatMul => one(matmul::matmul(given.float(0)?, given.float(1)?)?),
        Op::Conv { groups, strides } => one(conv::conv(given.float(0)?, given.filters(*groups)?, windows(strides))?),
        Op::ConvTranspose { extra, groups, strides } => {
            let extra = extra.map(|extra| extra as usize);
            one(conv::conv_transpose(
                given.float(0)?,
                given.filters(*groups)?,
                windows(strides),
                extra,
            )?)
        }
        Op::MaxPool { ceil, kernel, strides } => one(pool::pool(
            given.float(0)?,
            pool::Pool::Max,
            sizes(kernel),
            windows(strides),
            *ceil,
        )?),
        Op::AveragePool {
            ceil,
            include_padding,
            kernel,
            strides,
        } => {
            let how = pool::Pool::Average {
                include_padding: *include_padding,
            };
            one(pool::pool(
                given.float(0)?,
                how,
                sizes(kernel),
                windows(strides),
                *ceil,
            )?)
        }
        Op::Softmax { axis } => one(normalise::softmax(given.float(0)?, *axis as usize)?),
        Op::LayerNorm { epsilon } => one(normalise::layer_norm(
            given.float(0)?,
            given.float(1)?,
            given.optional(2),
            epsilon.get(),
        )?),
        Op::RmsNorm { epsilon } => one(normalise::rms_norm(given.float(0)?, given.float(1)?, epsilon.get())?),
        Op::BatchNorm { epsilon } => {
            let parameters = [given.float(1)?, given.float(2)?, given.float(3)?, given.float(4)?];
            one(normalise::batch_norm(given.float(0)?, parameters, epsilon.get())?)
        }
        Op::Rope { largest } => one(rope::rope(
            given.float(0)?,
            0,
            given.float(1)?.data(),
            *largest as usize,
        )?),
        Op::Attention { causal, scale } => {
            let seen = match causal {
                true => Seen::Causal { first: 0 },
                false => Seen::All,
            };
            let operands = [given.float(0)?, given.float(1)?, given.float(2)?];
            one(attention(operands, scale.get(), given.optional(3), seen)?)
        }
        Op::Reduce { axes, how, keep } => {
            let axes: Vec<usize> = axes.iter().map(|&axis| axis as usize).collect();
            one(reduce::reduce(given.float(0)?, reduction(*how), &axes, *keep)?)
        }
        Op::ArgMax { axis, keep } => each_type!(given.any(0)?, x => {
            Ok(vec![Value::I64(reduce::arg_max(x, *axis as usize, *keep)?)])
        }),
        Op::TopK { axis, k, largest } => each_type!(given.any(0)?, x => {
            let (elements, indices) = reduce::top_k(x, shapes.value(k)?, *axis as usize, *largest)?;
            Ok(vec![Held::held(elements), Value::I64(indices)])
        }),
        Op::Lstm => {
            let gates = given.gates(5)?;
            let results = recurrent::lstm(given.float(0)?, gates, [given.float(3)?, given.float(4)?])?;
            Ok(results.into_iter().map(Value::F32).collect())
        }
        Op::Gru { linear_before_reset } => {
            let results = recurrent::gru(given.float(0)?, given.gates(4)?, given.float(3)?, *linear_before_reset)?;
            Ok(results.into_iter().map(Value::F32).collect())
        }
        Op::QuantizeLinear | Op::DequantizeLinear | Op::DynamicQuantizeLinear | Op::MatMulInteger => {
            quantised(op, given)
        }
        _ => moved(op, given, shapes),
    }
}

/// The function of one element.
pub fn unary(function: Unary, x: f32) -> f32 {
    match function {
        Unary::Abs => x.abs(),
        Unary::Clip(bounds) => elementwise::clip(x, bounds.low.get(), bounds.high.get()),
        Unary::Cos => functions::cos(x),
        Unary::Cube => functions::pow3(x),
        Unary::Erf => functions::erf(x),
        Unary::Exp => functions::exp(x),
        Unary::Gelu => functions::gelu(x),
        Unary::GeluTanh => functions::gelu_tanh(x),
        Unary::HardSigmoid(line) => functions::hard_sigmoid(x, line.alpha.get(), line.beta.get()),
        Unary::Log => functions::log(x),
        Unary::Neg => elementwise::neg(x),
        Unary::Relu => elementwise::relu(x),
        Unary::Sigmoid => functions::sigmoid(x),
        Unary::Silu => functions::silu(x),
        Unary::Sin => functions::sin(x),
        Unary::Sqrt => arithmetic::sqrt(x),
        Unary::Square => functions::pow2(x),
        Unary::Tanh => functions::tanh(x),
    }
}

/// The function of two f32.
pub fn binary_f32(function: Binary, a: f32, b: f32) -> f32 {
    match function {
        Binary::Add => a + b,
        Binary::Div => a / b,
        Binary::Max => arithmetic::max(a, b),
        Binary::Min => arithmetic::min(a, b),
        Binary::Mul => a * b,
        Binary::Sub => a - b,
    }
}

#[derive(Clone, Copy)]
struct Operands<'a>(&'a [&'a Value]);

impl<'a> Operands<'a> {
    fn any(self, operand: usize) -> Result<&'a Value, Fault> {
        self.0.get(operand).copied().ok_or(Fault::Parameter("operands"))
    }

    fn of<T: Held>(self, operand: usize) -> Result<&'a Tensor<T>, Fault> {
        T::of(self.any(operand)?).ok_or(Fault::Parameter("operands"))
    }

    fn float(self, operand: usize) -> Result<&'a Tensor, Fault> {
        self.of(operand)
    }

    fn optional(self, operand: usize) -> Option<&'a Tensor> {
        self.0.get(operand).and_then(|value| f32::of(value))
    }

    fn filters(self, groups: u32) -> Result<conv::Filters<'a>, Fault> {
        Ok(conv::Filters {
            weights: self.float(1)?,
            bias: self.optional(2),
            groups: groups as usize,
        })
    }

    /// W and R, and the biases from this operand on.
    fn gates(self, biases: usize) -> Result<Gates<'a>, Fault> {
        let bias = self.optional(biases).zip(self.optional(biases + 1));
        Ok(Gates {
            input: self.float(1)?,
            hidden: self.float(2)?,
            bias: bias.map(|(input, hidden)| [input, hidden]),
        })
    }
}

fn windows(strides: &[Stride; 2]) -> [quorate_exact::infer::Stride; 2] {
    strides.map(Into::into)
}

fn sizes(kernel: &[u32; 2]) -> [usize; 2] {
    kernel.map(|taps| taps as usize)
}

fn reduction(how: Reduction) -> reduce::Reduce {
    match how {
        Reduction::L1 => reduce::Reduce::L1,
        Reduction::L2 => reduce::Reduce::L2,
        Reduction::Max => reduce::Reduce::Max,
        Reduction::Mean => reduce::Reduce::Mean,
        Reduction::Min => reduce::Reduce::Min,
        Reduction::Sum => reduce::Reduce::Sum,
        Reduction::SumSquare => reduce::Reduce::SumSquare,
    }
}

fn binary(function: Binary, given: Operands) -> Result<Value, Fault> {
    fn whole<T: Held + elementwise::Whole>(function: Binary, a: &Tensor<T>, b: &Tensor<T>) -> Result<Value, Fault> {
        let f = match function {
            Binary::Add => T::add,
            Binary::Mul => T::mul,
            Binary::Sub => T::sub,
            Binary::Div | Binary::Max | Binary::Min => return Err(Fault::Parameter("operands")),
        };
        elementwise::whole(a, b, f).map(T::held)
    }
    match given.any(0)? {
        Value::F32(a) => Ok(Value::F32(elementwise::binary(a, given.float(1)?, |a, b| {
            binary_f32(function, a, b)
        })?)),
        Value::I64(a) => whole(function, a, given.of(1)?),
        Value::I32(a) => whole(function, a, given.of(1)?),
        _ => Err(Fault::Parameter("operands")),
    }
}

fn compare(how: Comparison, given: Operands) -> Result<Value, Fault> {
    each_type!(given.any(0)?, a => {
        let b = given.of(1)?;
        elementwise::binary(a, b, |a, b| holds(how, &a, &b)).map(Value::Bool)
    })
}

/// Whether a comparison holds: by IEEE 754 for f32.
pub fn holds<T: PartialOrd>(how: Comparison, a: &T, b: &T) -> bool {
    match how {
        Comparison::Equal => a == b,
        Comparison::Greater => a > b,
        Comparison::GreaterOrEqual => a >= b,
        Comparison::Less => a < b,
        Comparison::LessOrEqual => a <= b,
    }
}

fn moved(op: &Op, given: Operands, shapes: &Shapes) -> Result<Vec<Value>, Fault> {
    let shape = |shape: &[crate::Expression]| shape.iter().map(|d| shapes.value(d)).collect::<Result<Vec<usize>, _>>();
    each_type!(given.any(0)?, x => {
        let one = match op {
            Op::Gather { axis } => moves::gather(x, given.of(1)?, *axis as usize),
            Op::Concat { axis } => {
                let parts: Vec<_> = (0..given.0.len()).map(|i| given.of(i)).collect::<Result<_, _>>()?;
                let mut parts = parts;
                if let Some(first) = parts.first_mut() {
                    *first = x;
                }
                moves::concat(&parts, *axis as usize)
            }
            Op::Slice { axis, count, start, step } => {
                moves::slice(x, *axis as usize, shapes.value(start)?, *step, shapes.value(count)?)
            }
            Op::Split { axis, sizes } => {
                let parts = moves::split(x, *axis as usize, &shape(sizes)?)?;
                return Ok(parts.into_iter().map(Held::held).collect());
            }
            Op::Reshape { shape: to } => moves::reshape(x, &shape(to)?),
            Op::Transpose { order } => {
                let order: Vec<usize> = order.iter().map(|&axis| axis as usize).collect();
                moves::transpose(x, &order)
            }
            Op::Expand { shape: to } => moves::expand(x, &shape(to)?),
            Op::Resize { axis, scale } => moves::resize_nearest(x, *axis as usize, *scale as usize),
            Op::Pad { .. } => return padded(op, given),
            _ => Err(Fault::Parameter("op")),
        };
        one.map(|tensor| vec![Held::held(tensor)])
    })
}

fn padded(op: &Op, given: Operands) -> Result<Vec<Value>, Fault> {
    let Op::Pad {
        after,
        axis,
        before,
        fill,
    } = op
    else {
        return Err(Fault::Parameter("op"));
    };
    fn pad<T: Held>(x: &Tensor<T>, op: [usize; 3], fill: Fill, constant: Option<T>) -> Result<Vec<Value>, Fault> {
        let [axis, before, after] = op;
        let fill = match fill {
            Fill::Edge => moves::Fill::Edge,
            Fill::Reflect => moves::Fill::Reflect,
            Fill::Constant(_) | Fill::Integer(_) => moves::Fill::Constant(constant.ok_or(Fault::Parameter("fill"))?),
        };
        Ok(vec![T::held(moves::pad(x, axis, before, after, fill)?)])
    }
    let places = [*axis as usize, *before as usize, *after as usize];
    let number = match fill {
        Fill::Integer(number) => Some(*number),
        _ => None,
    };
    let real = match fill {
        Fill::Constant(real) => Some(real.get()),
        _ => None,
    };
    match given.any(0)? {
        Value::F32(x) => pad(x, places, *fill, real),
        Value::I64(x) => pad(x, places, *fill, number),
        Value::I32(x) => pad(x, places, *fill, number.and_then(|n| n.try_into().ok())),
        Value::I8(x) => pad(x, places, *fill, number.and_then(|n| n.try_into().ok())),
        Value::U8(x) => pad(x, places, *fill, number.and_then(|n| n.try_into().ok())),
        Value::Bool(x) => pad(x, places, *fill, number.map(|n| n != 0)),
    }
}

fn quantised(op: &Op, given: Operands) -> Result<Vec<Value>, Fault> {
    match op {
        Op::QuantizeLinear => match given.any(2)? {
            Value::I8(zero) => Ok(vec![Value::I8(quantised::quantize(
                given.float(0)?,
                given.float(1)?,
                zero,
            )?)]),
            _ => Ok(vec![Value::U8(quantised::quantize(
                given.float(0)?,
                given.float(1)?,
                given.of(2)?,
            )?)]),
        },
        Op::DequantizeLinear => {
            let scale = given.float(1)?;
            let value = match given.any(0)? {
                Value::I8(q) => quantised::dequantize(q, scale, given.0.get(2).map(|_| given.of(2)).transpose()?),
                Value::U8(q) => quantised::dequantize(q, scale, given.0.get(2).map(|_| given.of(2)).transpose()?),
                _ => {
                    quantised::dequantize::<i32>(given.of(0)?, scale, given.0.get(2).map(|_| given.of(2)).transpose()?)
                }
            };
            Ok(vec![Value::F32(value?)])
        }
        Op::DynamicQuantizeLinear => {
            let (y, scale, zero) = quantised::dynamic_quantize(given.float(0)?)?;
            Ok(vec![Value::U8(y), Value::F32(scale), Value::U8(zero)])
        }
        _ => {
            let product = match (given.any(0)?, given.any(2)?) {
                (Value::I8(a), Value::I8(w)) => quantised::matmul_integer(a, given.of(1)?, w, given.of(3)?),
                (Value::I8(a), Value::U8(w)) => quantised::matmul_integer(a, given.of(1)?, w, given.of(3)?),
                (Value::U8(a), Value::I8(w)) => quantised::matmul_integer(a, given.of(1)?, w, given.of(3)?),
                _ => quantised::matmul_integer::<u8, u8>(given.of(0)?, given.of(1)?, given.of(2)?, given.of(3)?),
            };
            Ok(vec![Value::I32(product?)])
        }
    }
}

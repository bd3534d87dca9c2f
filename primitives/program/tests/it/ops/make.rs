//! Random operations with the types and shapes of their operands; some of them wrong.

use quorate_program::{
    op::{Binary, Clip, Comparison, Fill, HardSigmoid, Logic, Op, Reduction, Stride, Unary},
    Expression, Real, Type,
};

use crate::random::{Random, TYPES};

pub type Operand = (Type, Vec<usize>);

/// An operation, its operands, and which of them is a constant: inverse frequencies.
#[derive(Clone, Debug)]
pub struct Case {
    pub op: Op,
    pub operands: Vec<Operand>,
    pub constant: Option<usize>,
}

pub const KINDS: usize = 42;

fn f(shape: &[usize]) -> Operand {
    (Type::F32, shape.to_vec())
}

pub fn real(x: f32) -> Real {
    Real::new(x).unwrap()
}

fn number(n: usize) -> Expression {
    Expression::from(n as i64)
}

impl Random {
    fn shape(&mut self, least: usize, most: usize) -> Vec<usize> {
        let rank = self.size(least, most);
        (0..rank).map(|_| self.pick(&[1, 1, 2, 2, 3, 4, 5])).collect()
    }

    /// A shape that broadcasts with this one.
    fn stretched(&mut self, shape: &[usize]) -> Vec<usize> {
        let shape: Vec<usize> = shape.iter().map(|&d| if self.one_in(4) { 1 } else { d }).collect();
        let from = if self.one_in(3) { self.below(shape.len() + 1) } else { 0 };
        shape[from..].to_vec()
    }

    fn stride(&mut self) -> Stride {
        Stride {
            after: self.below(3) as u32,
            before: self.below(3) as u32,
            dilation: self.pick(&[1, 1, 2, 3]),
            step: self.pick(&[1, 1, 2, 3]),
        }
    }

    fn any(&mut self, shape: &[usize]) -> Operand {
        (self.pick(&TYPES), shape.to_vec())
    }

    fn unary(&mut self) -> Unary {
        let [a, b] = [self.float(), self.float()].map(real);
        self.pick(&[
            Unary::Abs,
            Unary::Clip(Clip { high: a, low: b }),
            Unary::Cos,
            Unary::Cube,
            Unary::Erf,
            Unary::Exp,
            Unary::Gelu,
            Unary::GeluTanh,
            Unary::HardSigmoid(HardSigmoid { alpha: a, beta: b }),
            Unary::Log,
            Unary::Neg,
            Unary::Relu,
            Unary::Sigmoid,
            Unary::Silu,
            Unary::Sin,
            Unary::Sqrt,
            Unary::Square,
            Unary::Tanh,
        ])
    }

    fn epsilon(&mut self) -> Real {
        real(self.pick(&[1e-5, 1e-12, 0.0, 1.0]))
    }

    /// An operation of this kind that mostly fits its operands.
    pub fn operation(&mut self, kind: usize) -> Case {
        let mut constant = None;
        let (op, operands) = match kind {
            0 => {
                let x = self.shape(1, 4);
                let (axis, keep) = (self.below(x.len()) as u32, self.flag());
                (Op::ArgMax { axis, keep }, vec![self.any(&x)])
            }
            1 => self.attention(),
            2 | 26 => self.pool(kind == 2),
            3 => {
                let x = self.shape(1, 4);
                let c = x[x.len() - 1];
                (
                    Op::BatchNorm {
                        epsilon: self.epsilon(),
                    },
                    vec![f(&x), f(&[c]), f(&[c]), f(&[c]), f(&[c])],
                )
            }
            4 | 6 | 22 => {
                let x = self.shape(0, 4);
                let element = match kind {
                    4 => self.pick(&[Type::F32, Type::F32, Type::I64, Type::I32]),
                    6 => self.pick(&TYPES),
                    _ => Type::Bool,
                };
                let how = self.pick(&[
                    Binary::Add,
                    Binary::Div,
                    Binary::Max,
                    Binary::Min,
                    Binary::Mul,
                    Binary::Sub,
                ]);
                let comparison = self.pick(&[
                    Comparison::Equal,
                    Comparison::Greater,
                    Comparison::GreaterOrEqual,
                    Comparison::Less,
                    Comparison::LessOrEqual,
                ]);
                let op = match kind {
                    4 => Op::Binary(how),
                    6 => Op::Compare(comparison),
                    _ => Op::Logic(self.pick(&[Logic::And, Logic::Or, Logic::Xor])),
                };
                (op, vec![(element, self.stretched(&x)), (element, self.stretched(&x))])
            }
            5 => {
                let x = self.shape(0, 4);
                (Op::Cast { to: self.pick(&TYPES) }, vec![self.any(&x)])
            }
            7 => {
                let x = self.shape(1, 4);
                let (axis, element) = (self.below(x.len()), self.pick(&TYPES));
                let parts = self.size(1, 4);
                let part = |_| {
                    let mut own = x.clone();
                    own[axis] = self.size(1, 3);
                    (element, own)
                };
                (Op::Concat { axis: axis as u32 }, (0..parts).map(part).collect())
            }
            8 | 9 => self.conv(kind == 8),
            10 => {
                let x = self.shape(0, 3);
                let element = self.pick(&[Type::I8, Type::U8, Type::I32]);
                let mut operands = vec![(element, x.clone()), f(&self.stretched(&x))];
                if self.flag() {
                    operands.push((element, self.stretched(&x)));
                }
                (Op::DequantizeLinear, operands)
            }
            11 => (Op::DynamicQuantizeLinear, vec![f(&self.shape(0, 3))]),
            12 => {
                let shape = self.shape(0, 4);
                let x = self.stretched(&shape);
                let shape = shape.into_iter().map(number).collect();
                (Op::Expand { shape }, vec![self.any(&x)])
            }
            13 => {
                let (x, indices) = (self.shape(1, 4), self.shape(0, 2));
                let axis = self.below(x.len()) as u32;
                (Op::Gather { axis }, vec![self.any(&x), (Type::I64, indices)])
            }
            14 | 19 => self.recurrent(kind == 19),
            15 | 35 => {
                let x = self.shape(1, 3);
                let c = x[x.len() - 1];
                let mut operands = vec![f(&x), f(&[c])];
                if kind == 15 && self.flag() {
                    operands.push(f(&[c]));
                }
                let epsilon = self.epsilon();
                let op = if kind == 15 {
                    Op::LayerNorm { epsilon }
                } else {
                    Op::RmsNorm { epsilon }
                };
                (op, operands)
            }
            16 => {
                let (x, n) = (self.shape(1, 3), self.size(1, 4));
                let k = x[x.len() - 1];
                let mut operands = vec![f(&x), f(&[n, k])];
                if self.flag() {
                    operands.push(f(&[n]));
                }
                (Op::Linear, operands)
            }
            17 | 18 => {
                let batch = self.shape(0, 2);
                let [m, k, n] = [self.size(1, 3), self.size(1, 5), self.size(1, 3)];
                let a = [self.stretched(&batch), vec![m, k]].concat();
                let b = [self.stretched(&batch), vec![k, n]].concat();
                if kind == 17 {
                    (Op::MatMul, vec![f(&a), f(&b)])
                } else {
                    let types = [Type::I8, Type::U8];
                    let (of_a, of_w) = (self.pick(&types), self.pick(&types));
                    let zeros = if self.flag() { vec![] } else { vec![self.pick(&[1, n])] };
                    let a = if self.one_in(50) {
                        vec![33_025 + self.below(2)]
                    } else {
                        a
                    };
                    let k = a[a.len() - 1];
                    let operands = vec![(of_a, a), (of_a, vec![]), (of_w, vec![n, k]), (of_w, zeros)];
                    (Op::MatMulInteger, operands)
                }
            }
            20 => (Op::Not, vec![(Type::Bool, self.shape(0, 3))]),
            21 | 23 => {
                let x = self.shape(1, 4);
                let axis = self.below(x.len());
                let element = self.pick(&TYPES);
                let fill = match self.below(3) {
                    0 if element == Type::F32 => Fill::Constant(real(self.float())),
                    0 => Fill::Integer(self.integer(if element == Type::I8 { 9 } else { 33 })),
                    1 => Fill::Edge,
                    _ => Fill::Reflect,
                };
                let most = if fill == Fill::Reflect { x[axis] } else { 4 };
                let [after, before] = [self.below(most), self.below(most)].map(|n| n as u32);
                let axis = axis as u32;
                let op = Op::Pad {
                    after,
                    axis,
                    before,
                    fill,
                };
                (op, vec![(element, x)])
            }
            24 => {
                let x = self.shape(0, 3);
                let element = self.pick(&[Type::I8, Type::U8]);
                (
                    Op::QuantizeLinear,
                    vec![f(&x), f(&self.stretched(&x)), (element, self.stretched(&x))],
                )
            }
            25 => {
                let x = self.shape(1, 4);
                let mut axes: Vec<u32> = (0..x.len() as u32).filter(|_| self.flag()).collect();
                if axes.is_empty() && !self.one_in(10) {
                    axes.push(0);
                }
                let how = self.pick(&[
                    Reduction::L1,
                    Reduction::L2,
                    Reduction::Max,
                    Reduction::Mean,
                    Reduction::Min,
                    Reduction::Sum,
                    Reduction::SumSquare,
                ]);
                let keep = self.flag();
                (Op::Reduce { axes, how, keep }, vec![f(&x)])
            }
            27 => {
                let x = self.shape(0, 4);
                let mut shape: Vec<usize> = x.iter().rev().copied().collect();
                if shape.len() > 1 && self.flag() {
                    let last = shape.pop().unwrap_or(1);
                    shape[0] *= last;
                }
                (
                    Op::Reshape {
                        shape: shape.into_iter().map(number).collect(),
                    },
                    vec![self.any(&x)],
                )
            }
            28 => {
                let x = self.shape(1, 4);
                let (axis, scale) = (self.below(x.len()) as u32, self.size(1, 4) as u32);
                (Op::Resize { axis, scale }, vec![self.any(&x)])
            }
            29 => {
                let [t, h, half] = [self.size(1, 4), self.size(1, 3), self.size(1, 3)];
                constant = Some(1);
                let largest = self.pick(&[t as u32 - 1, t as u32, 8, 4_096, 1 << 24]);
                (Op::Rope { largest }, vec![f(&[t, h, 2 * half]), f(&[half])])
            }
            30 => {
                let mut x = self.shape(1, 3);
                let axis = self.below(x.len());
                x[axis] = self.size(1, 9);
                let (d, step) = (x[axis] as i64, self.pick(&[1i64, 1, 2, 3, -1, -2, -4]));
                let start = self.below(x[axis]) as i64;
                let most = if step > 0 {
                    (d - 1 - start) / step
                } else {
                    start / -step
                } + 1;
                let count = 1 + self.below(most as usize) as i64 + i64::from(self.one_in(12));
                let axis = axis as u32;
                let op = Op::Slice {
                    axis,
                    count: count.into(),
                    start: start.into(),
                    step,
                };
                (op, vec![self.any(&x)])
            }
            31 => {
                let x = self.shape(1, 4);
                (
                    Op::Softmax {
                        axis: self.below(x.len()) as u32,
                    },
                    vec![f(&x)],
                )
            }
            32 => {
                let mut x = self.shape(1, 3);
                let axis = self.below(x.len());
                let sizes: Vec<usize> = (0..self.size(1, 3)).map(|_| self.size(1, 3)).collect();
                x[axis] = sizes.iter().sum();
                let sizes = sizes.into_iter().map(number).collect();
                (
                    Op::Split {
                        axis: axis as u32,
                        sizes,
                    },
                    vec![self.any(&x)],
                )
            }
            33 => {
                let x = self.shape(1, 3);
                let axis = self.below(x.len());
                let op = Op::TopK {
                    axis: axis as u32,
                    k: number(self.size(1, x[axis])),
                    largest: self.flag(),
                };
                (op, vec![self.any(&x)])
            }
            34 => {
                let x = self.shape(0, 4);
                let mut order: Vec<u32> = (0..x.len() as u32).collect();
                for i in 1..order.len() {
                    order.swap(i, self.below(i + 1));
                }
                (Op::Transpose { order }, vec![self.any(&x)])
            }
            36 => {
                let x = self.shape(0, 3);
                let element = self.pick(&TYPES);
                let own = [self.stretched(&x), self.stretched(&x), self.stretched(&x)];
                let [c, a, b] = own;
                (Op::Where, vec![(Type::Bool, c), (element, a), (element, b)])
            }
            _ => (Op::Unary(self.unary()), vec![f(&self.shape(0, 3))]),
        };
        Case { op, operands, constant }
    }

    fn attention(&mut self) -> (Op, Vec<Operand>) {
        let causal = self.flag();
        let [t, g, d, e] = [self.size(1, 4), self.size(1, 2), self.size(1, 4), self.size(1, 3)];
        let s = if causal { t } else { self.size(1, 6) };
        let mut operands = vec![f(&[t, g * self.size(1, 2), d]), f(&[s, g, d]), f(&[s, g, e])];
        if self.flag() {
            operands.push(f(&[t, s]));
        }
        let scale = real(self.float());
        (Op::Attention { causal, scale }, operands)
    }

    fn pool(&mut self, average: bool) -> (Op, Vec<Operand>) {
        let x = [self.size(1, 2), self.size(1, 6), self.size(1, 6), self.size(1, 2)];
        let kernel = [self.size(1, 3) as u32, self.size(1, 3) as u32];
        let strides = [self.stride(), self.stride()];
        let (ceil, include_padding) = (self.flag(), self.flag());
        let op = match average {
            true => Op::AveragePool {
                ceil,
                include_padding,
                kernel,
                strides,
            },
            false => Op::MaxPool { ceil, kernel, strides },
        };
        (op, vec![f(&x)])
    }

    fn conv(&mut self, forwards: bool) -> (Op, Vec<Operand>) {
        let groups = self.pick(&[1, 1, 2]);
        let (own, n) = (self.size(1, 2), groups * self.size(1, 2));
        let x = [self.size(1, 2), self.size(1, 5), self.size(1, 5), own * groups];
        let mut operands = vec![f(&x), f(&[n, self.size(1, 3), self.size(1, 3), own])];
        if self.flag() {
            operands.push(f(&[n]));
        }
        let strides = [self.stride(), self.stride()];
        let groups = groups as u32;
        let op = match forwards {
            true => Op::Conv { groups, strides },
            false => Op::ConvTranspose {
                extra: [self.below(3) as u32, self.below(3) as u32],
                groups,
                strides,
            },
        };
        (op, operands)
    }

    fn recurrent(&mut self, lstm: bool) -> (Op, Vec<Operand>) {
        let [t, b, i, h] = [self.size(1, 3), self.size(1, 2), self.size(1, 4), self.size(1, 3)];
        let gates = if lstm { 4 } else { 3 };
        let mut operands = vec![f(&[t, b, i]), f(&[gates * h, i]), f(&[gates * h, h]), f(&[b, h])];
        let linear_before_reset = self.flag();
        if lstm {
            operands.push(f(&[b, h]));
        }
        if self.flag() {
            operands.extend([f(&[gates * h]), f(&[gates * h])]);
        }
        let op = if lstm {
            Op::Lstm
        } else {
            Op::Gru { linear_before_reset }
        };
        (op, operands)
    }

    /// Changes an operand's type or shape, their number, or a parameter.
    pub fn spoil(&mut self, case: &mut Case) {
        let at = self.below(case.operands.len());
        match self.below(9) {
            0 => case.operands[at].0 = self.pick(&TYPES),
            1 => drop(case.operands.pop()),
            2 => {
                let more = case.operands[at].clone();
                case.operands.push(more);
            }
            3 if !case.operands[at].1.is_empty() => {
                let axis = self.below(case.operands[at].1.len());
                case.operands[at].1.remove(axis);
            }
            4 => {
                let axis = self.below(case.operands[at].1.len() + 1);
                case.operands[at].1.insert(axis, self.size(1, 2));
            }
            5 | 6 if !case.operands[at].1.is_empty() => {
                let axis = self.below(case.operands[at].1.len());
                case.operands[at].1[axis] += 1;
            }
            _ => self.spoil_parameter(&mut case.op),
        }
    }

    fn spoil_parameter(&mut self, op: &mut Op) {
        let huge = self.pick(&[0u32, 0, 1, 7, 9, 1 << 20, u32::MAX]);
        let mut bend = |n: &mut u32| match self.below(3) {
            0 => *n = huge,
            1 => *n = n.saturating_add(1),
            _ => *n = n.saturating_sub(1),
        };
        match op {
            Op::ArgMax { axis, .. } | Op::Concat { axis } | Op::Gather { axis } | Op::Softmax { axis } => bend(axis),
            Op::Conv { groups, .. } => bend(groups),
            Op::ConvTranspose { groups, extra, .. } => bend(if huge & 1 == 0 { groups } else { &mut extra[0] }),
            Op::MaxPool { kernel, .. } | Op::AveragePool { kernel, .. } => kernel.iter_mut().for_each(bend),
            Op::Pad {
                after, axis, before, ..
            } => {
                // No more than memory has.
                match huge % 3 {
                    0 => bend(after),
                    1 => bend(axis),
                    _ => bend(before),
                }
                *after = (*after).min(100);
                *before = (*before).min(100);
            }
            Op::Reduce { axes, .. } if !axes.is_empty() => bend(&mut axes[0]),
            Op::Transpose { order } if !order.is_empty() => bend(&mut order[0]),
            Op::Resize { axis, scale } => {
                bend(if huge & 1 == 0 { axis } else { scale });
                *scale = (*scale).min(100);
            }
            Op::Rope { largest } => bend(largest),
            Op::Slice { count, start, step, .. } => match self.below(4) {
                0 => *step = self.pick(&[0, -1, 5, (1 << 53) - 1, -(1 << 53) + 1]),
                1 => *start = self.pick(&[-1, 0, 5, 1 << 52]).into(),
                _ => *count = self.pick(&[-1, 0, 7, 1 << 52]).into(),
            },
            Op::TopK { k, .. } => *k = self.pick(&[-1, 0, 9, 1 << 52]).into(),
            Op::Split { sizes, .. } => match self.below(4) {
                0 => sizes.clear(),
                1 => sizes.push(0.into()),
                2 => sizes.extend([Expression::from(-1), 1.into()]),
                _ => sizes[0] = self.pick(&[0, 2, 1 << 52]).into(),
            },
            Op::Reshape { shape } | Op::Expand { shape } => match self.below(5) {
                0 => drop(shape.pop()),
                1 => shape.push(self.pick(&[1, 0, 2, -1]).into()),
                2 => shape.extend([Expression::from(-1), Expression::from(-1)]),
                3 => shape.extend(vec![Expression::from(1); 8]),
                _ => shape.insert(0, self.pick(&[1, 2, 1 << 32]).into()),
            },
            _ => {}
        }
    }
}

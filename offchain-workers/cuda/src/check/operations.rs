//! Random operations with values for their operands, the same for a seed on every machine: of ordinary size, and where sums round,
//! cancel, overflow or lie among the subnormals.

use super::cases::Random;
use quorate_exact::infer::{Element, Fault, Tensor};
use quorate_program::{
    op::{Binary, Clip, Comparison, Fill, HardSigmoid, Logic, Reduction, Stride, Unary},
    Expression, Held, Op, Real, Type, Value,
};

/// An operation and the values that it reads.
pub struct Operation {
    /// What is done.
    pub op: Op,
    /// In their order.
    pub operands: Vec<Value>,
    /// How many results it has.
    pub results: usize,
}

/// What values are like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Numbers {
    /// Between −2 and 2.
    Ordinary,
    /// Zeros of both signs, numbers around 1, halfway cases, subnormals, very large and very small ones, now and then an infinity.
    Hard,
}

/// Where sums round, cancel or lie halfway.
const CRITICAL: [u32; 12] = [
    0x0000_0000,
    0x8000_0000,
    0x3f80_0000,
    0xbf80_0000,
    0x3f80_0001,
    0xbf80_0001,
    0x3f7f_ffff,
    0x4b80_0000,
    0xcb80_0000,
    0x3380_0000,
    0xb380_0000,
    0x33c0_0000,
];

/// Makes operations.
pub struct Maker<'a> {
    /// From which everything is drawn.
    pub random: &'a mut Random,
    /// What values are like.
    pub numbers: Numbers,
}

type Made = Result<Operation, Fault>;

impl Maker<'_> {
    fn float(&mut self) -> f32 {
        let uniform = |random: &mut Random| random.below(1 << 24) as f32 / 4_194_304.0 - 2.0;
        match (self.numbers, self.random.below(32)) {
            (Numbers::Hard, 0..=7) | (Numbers::Ordinary, 0) => f32::from_bits(self.random.pick(&CRITICAL)),
            (Numbers::Hard, 8..=11) => {
                f32::from_bits(self.random.below(1 << 23) as u32 | (self.random.below(2) as u32) << 31)
            }
            (Numbers::Hard, 12) if self.random.one_in(64) => self.random.pick(&[f32::INFINITY, f32::NEG_INFINITY]),
            (Numbers::Hard, 13..) => {
                let power = f32::from_bits((self.random.between(103, 151) as u32) << 23);
                uniform(self.random) * power
            }
            _ => uniform(self.random),
        }
    }

    fn tensor<T: Held + Element>(
        &mut self,
        shape: &[usize],
        mut one: impl FnMut(&mut Self) -> T,
    ) -> Result<Value, Fault> {
        let data = (0..shape.iter().product::<usize>()).map(|_| one(&mut *self)).collect();
        Ok(T::held(Tensor::new(shape.to_vec(), data)?))
    }

    fn floats(&mut self, shape: &[usize]) -> Result<Value, Fault> {
        self.tensor(shape, Self::float)
    }

    fn positive(&mut self, shape: &[usize]) -> Result<Value, Fault> {
        self.tensor(shape, |maker| maker.float().abs())
    }

    /// Of any type. Integers have as many bits as comes.
    fn any(&mut self, element: Type, shape: &[usize]) -> Result<Value, Fault> {
        let word = |maker: &mut Self| maker.random.word() as i64 >> maker.random.below(64);
        match element {
            Type::F32 => self.floats(shape),
            Type::I64 => self.tensor(shape, word),
            Type::I32 => self.tensor(shape, |maker| word(maker) as i32),
            Type::I8 => self.tensor(shape, |maker| word(maker) as i8),
            Type::U8 => self.tensor(shape, |maker| word(maker) as u8),
            Type::Bool => self.tensor(shape, |maker| maker.random.one_in(2)),
        }
    }

    fn element(&mut self) -> Type {
        self.random
            .pick(&[Type::F32, Type::I64, Type::I32, Type::I8, Type::U8, Type::Bool])
    }

    fn size(&mut self) -> usize {
        self.random.pick(&[1, 2, 3, 5, 17, 31, 32, 33, 65])
    }

    fn small(&mut self) -> usize {
        self.random.between(1, 5) as usize
    }

    fn few(&mut self) -> usize {
        self.random.between(1, 3) as usize
    }

    fn shape(&mut self, least: i64, most: i64) -> Vec<usize> {
        let rank = self.random.between(least, most);
        (0..rank).map(|_| self.random.pick(&[1, 2, 3, 4, 7])).collect()
    }

    /// A shape that broadcasts with this one.
    fn stretched(&mut self, shape: &[usize]) -> Vec<usize> {
        let own: Vec<usize> = shape
            .iter()
            .map(|&d| if self.random.one_in(3) { 1 } else { d })
            .collect();
        let left_out = match self.random.one_in(3) {
            true => self.random.below(shape.len() as u64 + 1) as usize,
            false => 0,
        };
        own[left_out..].to_vec()
    }

    fn axis(&mut self, shape: &[usize]) -> u32 {
        self.random.below(shape.len() as u64) as u32
    }

    fn real(&mut self) -> Result<Real, Fault> {
        Real::new(self.random.pick(&[-0.5, 0.25, 1.0, 1e-5, -3.0])).ok_or(Fault::NaN)
    }

    fn epsilon(&mut self) -> Result<Real, Fault> {
        Real::new(self.random.pick(&[1e-5, 1e-12, 1.0])).ok_or(Fault::NaN)
    }

    fn stride(&mut self) -> Stride {
        Stride {
            after: self.random.below(3) as u32,
            before: self.random.below(3) as u32,
            dilation: self.random.between(1, 2) as u32,
            step: self.random.between(1, 3) as u32,
        }
    }

    /// One operation of each kind that a device can have.
    ///
    /// # Errors
    /// What no kind has: a test shows it.
    pub fn all(&mut self) -> Result<Vec<Operation>, Fault> {
        let mut all = self.functions()?;
        all.extend(self.pairs()?);
        all.extend(self.products()?);
        all.extend(self.images()?);
        all.extend(self.rows()?);
        all.extend(self.moves()?);
        Ok(all)
    }

    /// A product of square matrices.
    ///
    /// # Errors
    /// `Size`.
    pub fn linear(&mut self, side: usize) -> Result<Operation, Fault> {
        let operands = vec![self.floats(&[side, side])?, self.floats(&[side, side])?];
        Ok(operation(Op::Linear, operands))
    }

    fn functions(&mut self) -> Result<Vec<Operation>, Fault> {
        let [low, high, alpha, beta] = [self.real()?, self.real()?, self.real()?, self.real()?];
        let all = [
            Unary::Abs,
            Unary::Clip(Clip { high, low }),
            Unary::Cos,
            Unary::Cube,
            Unary::Erf,
            Unary::Exp,
            Unary::Gelu,
            Unary::GeluTanh,
            Unary::HardSigmoid(HardSigmoid { alpha, beta }),
            Unary::Log,
            Unary::Neg,
            Unary::Relu,
            Unary::Sigmoid,
            Unary::Silu,
            Unary::Sin,
            Unary::Sqrt,
            Unary::Square,
            Unary::Tanh,
        ];
        let one = |function: Unary| -> Made {
            let x = match function {
                Unary::Log | Unary::Sqrt => self.positive(&[1, 300])?,
                // Above 8,192 radians there is none.
                Unary::Sin | Unary::Cos => self.tensor(&[300], |maker| maker.float().clamp(-8192.0, 8192.0))?,
                _ => self.floats(&[300])?,
            };
            Ok(operation(Op::Unary(function), vec![x]))
        };
        all.into_iter().map(one).collect()
    }

    fn pairs(&mut self) -> Result<Vec<Operation>, Fault> {
        use Binary::{Add, Div, Max, Min, Mul, Sub};
        let mut all = vec![];
        for how in [Add, Div, Max, Min, Mul, Sub] {
            let shape = self.shape(1, 4);
            let [a, b] = [self.stretched(&shape), self.stretched(&shape)];
            all.push(operation(Op::Binary(how), vec![self.floats(&a)?, self.floats(&b)?]));
        }
        for how in [Add, Mul, Sub] {
            let (element, shape) = (self.random.pick(&[Type::I64, Type::I32]), self.shape(1, 3));
            let operands = vec![self.any(element, &shape)?, self.any(element, &shape)?];
            all.push(operation(Op::Binary(how), operands));
        }
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        for how in [Equal, Greater, GreaterOrEqual, Less, LessOrEqual] {
            let (element, shape) = (self.element(), self.shape(1, 4));
            let [a, b] = [self.stretched(&shape), self.stretched(&shape)];
            let operands = vec![self.any(element, &a)?, self.any(element, &b)?];
            all.push(operation(Op::Compare(how), operands));
        }
        for how in [Logic::And, Logic::Or, Logic::Xor] {
            let shape = self.shape(1, 3);
            let [a, b] = [self.stretched(&shape), self.stretched(&shape)];
            let operands = vec![self.any(Type::Bool, &a)?, self.any(Type::Bool, &b)?];
            all.push(operation(Op::Logic(how), operands));
        }
        let shape = self.shape(1, 3);
        all.push(operation(Op::Not, vec![self.any(Type::Bool, &shape)?]));
        let (element, [c, a, b]) = (
            self.element(),
            [self.stretched(&shape), self.stretched(&shape), self.stretched(&shape)],
        );
        let operands = vec![
            self.any(Type::Bool, &c)?,
            self.any(element, &a)?,
            self.any(element, &b)?,
        ];
        all.push(operation(Op::Where, operands));
        for to in [Type::F32, Type::I64, Type::I32, Type::I8, Type::U8, Type::Bool] {
            let from = self.element();
            // Now and then one does not fit.
            let x = match from {
                Type::F32 => self.tensor(&[40], |maker| (maker.float() * 40.0).clamp(-127.0, 127.0))?,
                _ => self.any(from, &[3])?,
            };
            all.push(operation(Op::Cast { to }, vec![x]));
        }
        Ok(all)
    }

    fn products(&mut self) -> Result<Vec<Operation>, Fault> {
        let [m, k, n] = [self.size(), self.size(), self.size()];
        let mut linear = vec![self.floats(&[2, m, k])?, self.floats(&[n, k])?];
        if self.random.one_in(2) {
            linear.push(self.floats(&[n])?);
        }
        let batch = self.shape(1, 2);
        let mut matmul = vec![];
        for rest in [[m, k], [k, n]] {
            let shape = [self.stretched(&batch), rest.to_vec()].concat();
            matmul.push(self.floats(&shape)?);
        }
        let mut all = vec![operation(Op::Linear, linear), operation(Op::MatMul, matmul)];
        for causal in [false, true] {
            all.push(self.attention(causal)?);
        }
        let [positions, heads, half] = [self.small() * 3, self.small(), self.small()];
        let frequencies = (0..half).map(|i| 0.1f32.powi(i as i32)).collect();
        all.push(operation(
            Op::Rope { largest: 512 },
            vec![
                self.floats(&[positions, heads, 2 * half])?,
                Value::F32(Tensor::new(vec![half], frequencies)?),
            ],
        ));
        Ok(all)
    }

    fn attention(&mut self, causal: bool) -> Made {
        let [queries, groups, share, d, e] = [self.size(), self.few(), self.few(), self.size(), self.small()];
        let keys = if causal { queries } else { self.size() };
        let mut operands = vec![
            self.floats(&[queries, groups * share, d])?,
            self.floats(&[keys, groups, d])?,
            self.floats(&[keys, groups, e])?,
        ];
        if self.random.one_in(2) {
            let mask = |maker: &mut Self| {
                if maker.random.one_in(4) {
                    f32::NEG_INFINITY
                } else {
                    0.0
                }
            };
            operands.push(self.tensor(&[queries, keys], mask)?);
        }
        let scale = self.real()?;
        Ok(operation(Op::Attention { causal, scale }, operands))
    }

    fn images(&mut self) -> Result<Vec<Operation>, Fault> {
        let (groups, depth) = (self.small() as u32, self.small());
        let (inputs, outputs) = (groups as usize * depth, groups as usize * self.small());
        let strides = [self.stride(), self.stride()];
        let taps = [self.random.between(1, 3) as usize, self.random.between(1, 3) as usize];
        let image = [2, 7 + self.small(), 5 + self.small()];
        let mut all = vec![];
        for back in [false, true] {
            let x = self.floats(&[image.as_slice(), &[inputs]].concat())?;
            let mut operands = vec![x, self.floats(&[outputs, taps[0], taps[1], depth])?];
            if self.random.one_in(2) {
                operands.push(self.floats(&[outputs])?);
            }
            let op = match back {
                false => Op::Conv { groups, strides },
                true => Op::ConvTranspose {
                    extra: [0, 1],
                    groups,
                    strides,
                },
            };
            all.push(operation(op, operands));
        }
        // Every window sees the image: less padding than taps.
        let stride = |step| Stride {
            after: 1,
            before: 1,
            dilation: 1,
            step,
        };
        let (kernel, strides) = (
            self.random.pick(&[[2, 2], [3, 2], [6, 6]]),
            [stride(1), stride(self.random.between(1, 2) as u32)],
        );
        let (ceil, include_padding) = (self.random.one_in(2), self.random.one_in(2));
        let shape = [image.as_slice(), &[inputs]].concat();
        all.push(operation(
            Op::MaxPool { ceil, kernel, strides },
            vec![self.floats(&shape)?],
        ));
        let average = Op::AveragePool {
            ceil,
            include_padding,
            kernel,
            strides,
        };
        all.push(operation(average, vec![self.floats(&shape)?]));
        Ok(all)
    }

    fn rows(&mut self) -> Result<Vec<Operation>, Fault> {
        let (rows, n, epsilon) = (self.small(), self.size(), self.epsilon()?);
        let shape = self.shape(1, 4);
        let axis = self.axis(&shape);
        let mut all = vec![
            operation(Op::Softmax { axis: 1 }, vec![self.floats(&[rows, n])?]),
            operation(Op::Softmax { axis }, vec![self.floats(&shape)?]),
            operation(
                Op::RmsNorm { epsilon },
                vec![self.floats(&[rows, n])?, self.floats(&[n])?],
            ),
            operation(
                Op::BatchNorm { epsilon },
                vec![
                    self.floats(&[rows, 3, n])?,
                    self.floats(&[n])?,
                    self.floats(&[n])?,
                    self.floats(&[n])?,
                    self.positive(&[n])?,
                ],
            ),
        ];
        for bias in [false, true] {
            let mut operands = vec![self.floats(&[rows, n])?, self.floats(&[n])?];
            if bias {
                operands.push(self.floats(&[n])?);
            }
            all.push(operation(Op::LayerNorm { epsilon }, operands));
        }
        use Reduction::{Max, Mean, Min, Sum, SumSquare, L1, L2};
        for how in [L1, L2, Max, Mean, Min, Sum, SumSquare] {
            let shape = self.shape(1, 4);
            let mut axes: Vec<u32> = (0..shape.len() as u32).filter(|_| self.random.one_in(2)).collect();
            if axes.is_empty() {
                axes.push(self.axis(&shape));
            }
            let keep = self.random.one_in(2);
            all.push(operation(Op::Reduce { axes, how, keep }, vec![self.floats(&shape)?]));
        }
        let (keep, largest) = (self.random.one_in(2), self.random.one_in(2));
        // Few values: many are equal.
        let few = |maker: &mut Self| maker.random.pick(&[-0.0f32, 0.0, 1.0, -1.0, 2.5]);
        all.push(operation(Op::ArgMax { axis, keep }, vec![self.tensor(&shape, few)?]));
        let k = self.random.between(1, shape[axis as usize] as i64).into();
        all.push(Operation {
            results: 2,
            ..operation(Op::TopK { axis, k, largest }, vec![self.tensor(&shape, few)?])
        });
        Ok(all)
    }

    fn moves(&mut self) -> Result<Vec<Operation>, Fault> {
        let (element, shape) = (self.element(), self.shape(2, 4));
        let axis = self.axis(&shape);
        let size = shape[axis as usize];
        let expression = |n: usize| Expression::from(n as i64);
        // One in some hundreds of indices is not there.
        let index = |maker: &mut Self| match maker.random.one_in(300) {
            true => size as i64,
            false => maker.random.between(-(size as i64), size as i64 - 1),
        };
        let indices = self.shape(0, 2);
        let indices = self.tensor(&indices, index)?;
        let mut all = vec![operation(
            Op::Gather { axis },
            vec![self.any(element, &shape)?, indices],
        )];
        let mut order: Vec<u32> = (0..shape.len() as u32).collect();
        order.rotate_left(self.random.below(shape.len() as u64) as usize);
        order.swap(0, 1);
        all.push(operation(Op::Transpose { order }, vec![self.any(element, &shape)?]));
        let narrow = self.stretched(&shape);
        let wide = shape.iter().map(|&d| expression(d)).collect();
        all.push(operation(Op::Expand { shape: wide }, vec![self.any(element, &narrow)?]));
        let flat = vec![expression(shape.iter().product())];
        all.push(operation(Op::Reshape { shape: flat }, vec![self.any(element, &shape)?]));
        let mut parts = vec![];
        let mut sizes = vec![];
        for _ in 0..self.small() {
            let mut own = shape.clone();
            own[axis as usize] = self.small();
            sizes.push(expression(own[axis as usize]));
            parts.push(self.any(element, &own)?);
        }
        let joined: usize = parts.iter().map(|part| part.shape()[axis as usize]).sum();
        all.push(operation(Op::Concat { axis }, parts));
        let mut long = shape.clone();
        long[axis as usize] = joined;
        all.push(Operation {
            results: sizes.len(),
            ..operation(Op::Split { axis, sizes }, vec![self.any(element, &long)?])
        });
        let start = self.random.below(size as u64) as usize;
        let step = self.random.pick(&[-2i64, -1, 1, 2, 3]);
        let room = if step < 0 { start } else { size - 1 - start };
        let count = self.random.between(1, (room as i64 / step.abs()) + 1);
        all.push(operation(
            Op::Slice {
                axis,
                count: count.into(),
                start: expression(start),
                step,
            },
            vec![self.any(element, &shape)?],
        ));
        let scale = self.small() as u32;
        all.push(operation(Op::Resize { axis, scale }, vec![self.any(element, &shape)?]));
        let constant = match element {
            Type::F32 => Fill::Constant(self.real()?),
            _ => Fill::Integer(1),
        };
        for fill in [constant, Fill::Edge, Fill::Reflect] {
            let most = if fill == Fill::Reflect { size as u64 } else { 4 };
            let [before, after] = [self.random.below(most), self.random.below(most)].map(|n| n as u32);
            let op = Op::Pad {
                after,
                axis,
                before,
                fill,
            };
            all.push(operation(op, vec![self.any(element, &shape)?]));
        }
        Ok(all)
    }
}

fn operation(op: Op, operands: Vec<Value>) -> Operation {
    Operation {
        op,
        operands,
        results: 1,
    }
}

//! Operations become launches.

use super::{
    kernel::Kernel,
    launch::{Given, Launch, Place},
    table::{around, broadcast, strides, Along, Source, Table},
};
use quorate_program::{
    op::{Binary, Comparison, Fill, Logic, Reduction, Stride, Unary},
    Op, Shapes, Type,
};
use Given::{At, Float, Word};

/// A value of a node.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a> {
    /// Where it lies.
    pub place: Place,
    /// Its elements.
    pub element: Type,
    /// Its shape.
    pub shape: &'a [usize],
}

impl Operand<'_> {
    fn len(&self) -> usize {
        self.shape.iter().product()
    }

    fn dim(&self, axis: usize) -> usize {
        self.shape.get(axis).copied().unwrap_or(1)
    }

    fn last(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    fn bytes(&self) -> Given {
        Word(self.element.bytes() as u32)
    }
}

/// Why a node has no launches: for people.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the device lacks {0}")]
pub struct Lacks(pub String);

/// Bytes that an operation needs beside its operands and results.
pub fn scratch(op: &Op, operands: &[Operand<'_>]) -> usize {
    match (op, operands) {
        (Op::Attention { .. }, [q, k, ..]) => {
            let scores = [q.dim(0), q.dim(1), k.dim(0), size_of::<f32>()];
            scores.into_iter().fold(1, usize::saturating_mul)
        }
        _ => 0,
    }
}

/// One node of a program.
pub struct Node<'a, 't> {
    /// Its number, by which a fault is reported.
    pub number: u32,
    /// What is done.
    pub op: &'a Op,
    /// What is read.
    pub operands: &'a [Operand<'a>],
    /// What is written.
    pub results: &'a [Operand<'a>],
    /// Of [`scratch`].
    pub scratch: Place,
    /// For expressions.
    pub shapes: &'a Shapes,
    /// Gets what the kernels read of shapes.
    pub table: &'t mut Table,
}

impl Node<'_, '_> {
    /// The launches, in their order.
    ///
    /// # Errors
    /// [`Lacks`] an operation, or one of these types or of this size.
    pub fn launches(self) -> Result<Vec<Launch>, Lacks> {
        let float = self.operands.first().is_some_and(|x| x.element == Type::F32);
        let launch = match self.op {
            Op::Unary(function) => self.map(*function),
            Op::Binary(how) if float => self.pair(*how),
            Op::Binary(how) => self.whole(*how)?,
            Op::Compare(how) => self.compare(*how),
            Op::Logic(how) => self.logic(match how {
                Logic::And => 0,
                Logic::Or => 1,
                Logic::Xor => 2,
            }),
            Op::Not => self.logic(3),
            Op::Where => self.choose(),
            Op::Cast { .. } => self.cast(),
            Op::Linear => self.linear(),
            Op::MatMul => self.matmul(),
            Op::Conv { groups, strides } => self.conv(Kernel::Conv, *groups, strides),
            Op::ConvTranspose { groups, strides, .. } => self.conv(Kernel::ConvTranspose, *groups, strides),
            Op::MaxPool { kernel, strides, .. } => self.pool(*kernel, strides, None),
            Op::AveragePool {
                include_padding,
                kernel,
                strides,
                ..
            } => self.pool(*kernel, strides, Some(*include_padding)),
            Op::Softmax { axis } => self.softmax(*axis),
            Op::LayerNorm { epsilon } => self.layer_norm(epsilon.get()),
            Op::RmsNorm { epsilon } => self.rms_norm(epsilon.get()),
            Op::BatchNorm { epsilon } => self.batch_norm(epsilon.get()),
            Op::Reduce { axes, how, .. } => self.reduce(axes, *how),
            Op::Rope { .. } => self.rope(),
            Op::Attention { causal, scale } => return self.attention(*causal, scale.get()),
            Op::ArgMax { axis, .. } if float => self.arg_max(*axis),
            Op::TopK { axis, largest, .. } if float => self.top_k(*axis, *largest),
            Op::Gather { axis } => self.gather(*axis),
            Op::Transpose { order } => self.transpose(order),
            Op::Expand { .. } => self.expand(),
            Op::Concat { axis } => return Ok(self.concat(*axis)),
            Op::Split { axis, .. } => return Ok(self.split(*axis)),
            Op::Slice { axis, start, step, .. } => {
                let start = self.shapes.value(start).map_err(|fault| Lacks(fault.to_string()))?;
                self.take(*axis, Source::Every { start, step: *step })
            }
            Op::Resize { axis, scale } => self.take(*axis, Source::Repeated(*scale as usize)),
            Op::Pad { axis, before, fill, .. } => self.pad(*axis, *before, *fill),
            Op::Reshape { .. } => self.reshape(),
            op => {
                let of = self.operands.first().map_or(Type::F32, |x| x.element);
                return Err(Lacks(format!("{} of {of}", op.name())));
            }
        };
        Ok(vec![launch])
    }

    fn at(&self, operand: usize) -> Given {
        At(self.operands.get(operand).map_or(Place::Nowhere, |own| own.place))
    }

    fn to(&self, result: usize) -> Given {
        At(self.results.get(result).map_or(Place::Nowhere, |own| own.place))
    }

    fn faults(&self) -> [Given; 2] {
        [Word(self.number), At(Place::Fault)]
    }

    /// A thread for each element of the result.
    fn each(&self, kernel: Kernel, arguments: Vec<Given>) -> Launch {
        launch(kernel, self.results[0].len(), arguments)
    }

    /// The axes of the result, with those of all operands broadcast to them.
    fn axes(&mut self) -> Given {
        let shape = self.results[0].shape;
        let operands: Vec<_> = self.operands.iter().map(|own| broadcast(own.shape, shape)).collect();
        At(self.table.axes(shape, &operands))
    }

    fn n(&self) -> Given {
        word(self.results[0].len())
    }

    fn map(self, function: Unary) -> Launch {
        let (number, p, q) = match function {
            Unary::Abs => (0, 0.0, 0.0),
            Unary::Clip(bounds) => (1, bounds.low.get(), bounds.high.get()),
            Unary::Cos => (2, 0.0, 0.0),
            Unary::Cube => (3, 0.0, 0.0),
            Unary::Erf => (4, 0.0, 0.0),
            Unary::Exp => (5, 0.0, 0.0),
            Unary::Gelu => (6, 0.0, 0.0),
            Unary::GeluTanh => (7, 0.0, 0.0),
            Unary::HardSigmoid(line) => (8, line.alpha.get(), line.beta.get()),
            Unary::Log => (9, 0.0, 0.0),
            Unary::Neg => (10, 0.0, 0.0),
            Unary::Relu => (11, 0.0, 0.0),
            Unary::Sigmoid => (12, 0.0, 0.0),
            Unary::Silu => (13, 0.0, 0.0),
            Unary::Sin => (14, 0.0, 0.0),
            Unary::Sqrt => (15, 0.0, 0.0),
            Unary::Square => (16, 0.0, 0.0),
            Unary::Tanh => (17, 0.0, 0.0),
        };
        let [node, fault] = self.faults();
        let given = vec![
            self.at(0),
            self.n(),
            Word(number),
            Float(p),
            Float(q),
            self.to(0),
            node,
            fault,
        ];
        self.each(Kernel::MapF32, given)
    }

    fn pair(mut self, how: Binary) -> Launch {
        let ([node, fault], axes) = (self.faults(), self.axes());
        let how = Word(binary(how));
        let given = vec![self.at(0), self.at(1), axes, self.n(), how, self.to(0), node, fault];
        self.each(Kernel::PairF32, given)
    }

    fn whole(mut self, how: Binary) -> Result<Launch, Lacks> {
        let wide = match self.operands.first().map(|x| x.element) {
            Some(Type::I64) => 1,
            Some(Type::I32) => 0,
            other => return Err(Lacks(format!("{} of {other:?}", self.op.name()))),
        };
        let ([node, fault], axes) = (self.faults(), self.axes());
        let (how, wide) = (Word(binary(how)), Word(wide));
        let given = vec![
            self.at(0),
            self.at(1),
            axes,
            self.n(),
            how,
            wide,
            self.to(0),
            node,
            fault,
        ];
        Ok(self.each(Kernel::PairWhole, given))
    }

    fn compare(mut self, how: Comparison) -> Launch {
        let how = match how {
            Comparison::Equal => 0,
            Comparison::Greater => 1,
            Comparison::GreaterOrEqual => 2,
            Comparison::Less => 3,
            Comparison::LessOrEqual => 4,
        };
        let (axes, element) = (self.axes(), Word(number(self.operands[0].element)));
        let given = vec![self.at(0), self.at(1), axes, self.n(), Word(how), element, self.to(0)];
        self.each(Kernel::Compare, given)
    }

    fn logic(self, how: u32) -> Launch {
        let other = self.operands.len().min(2) - 1;
        let shape = self.results[0].shape;
        let strides = [0, other].map(|operand| broadcast(self.operands[operand].shape, shape));
        let axes = At(self.table.axes(shape, &strides));
        let given = vec![self.at(0), self.at(other), axes, self.n(), Word(how), self.to(0)];
        self.each(Kernel::Logic, given)
    }

    fn choose(mut self) -> Launch {
        let (axes, bytes) = (self.axes(), self.results[0].bytes());
        let given = vec![self.at(0), self.at(1), self.at(2), axes, self.n(), bytes, self.to(0)];
        self.each(Kernel::Choose, given)
    }

    fn cast(self) -> Launch {
        let [from, to] = [self.operands[0], self.results[0]].map(|own| Word(number(own.element)));
        let [node, fault] = self.faults();
        let given = vec![self.at(0), self.n(), from, to, self.to(0), node, fault];
        self.each(Kernel::Cast, given)
    }

    /// x [..., K] times w [N, K]: one matrix.
    fn linear(self) -> Launch {
        let (k, n) = (self.operands[0].last(), self.operands[1].dim(0));
        let m = self.operands[0].len() / k;
        let axes = self.table.axes(&[], &[]);
        self.product([1, m, n, k], axes, [k, 1])
    }

    /// a [..., M, K] times b [..., K, N], with the axes before broadcast.
    fn matmul(self) -> Launch {
        let rank = self.results[0].shape.len();
        let (batch, tail) = self.results[0].shape.split_at(rank - 2);
        let (m, n, k) = (tail[0], tail[1], self.operands[0].last());
        let begin = |operand: usize, len: usize| {
            let shape = self.operands[operand].shape;
            let own = broadcast(&shape[..shape.len() - 2], batch);
            own.into_iter().map(|stride| stride * len as i64).collect::<Vec<i64>>()
        };
        let strides = [begin(0, m * k), begin(1, k * n)];
        let axes = self.table.axes(batch, &strides);
        self.product([batch.iter().product(), m, n, k], axes, [1, n])
    }

    fn product(self, [batches, m, n, k]: [usize; 4], axes: Place, [row, column]: [usize; 2]) -> Launch {
        const TILE: usize = 64;
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0), self.at(1), self.at(2), At(axes)];
        given.extend([m, n, k, row, column].map(word));
        given.extend([self.to(0), node, fault]);
        Launch {
            kernel: Kernel::MatMul,
            blocks: (batches * m.div_ceil(TILE) * n.div_ceil(TILE)) as u32,
            arguments: given,
        }
    }

    fn window(&mut self, [rows, columns]: [usize; 2], [depth, shared]: [usize; 2], strides: &[Stride; 2]) -> Given {
        let (x, y) = (self.operands[0], self.results[0]);
        let mut words = vec![x.dim(1), x.dim(2), x.dim(3), rows, columns];
        words.extend([y.dim(3), depth, shared, y.dim(1), y.dim(2)]);
        let each = |of: fn(&Stride) -> u32| strides.iter().map(move |stride| of(stride) as usize);
        words.extend(each(|stride| stride.step));
        words.extend(each(|stride| stride.dilation));
        words.extend(each(|stride| stride.before));
        let padded = strides.iter().enumerate();
        words.extend(padded.map(|(axis, own)| x.dim(axis + 1) + own.before as usize + own.after as usize));
        At(self.table.small(&words))
    }

    fn conv(mut self, kernel: Kernel, groups: u32, strides: &[Stride; 2]) -> Launch {
        let w = self.operands[1];
        let shared = w.dim(0) / (groups as usize).max(1);
        let window = self.window([w.dim(1), w.dim(2)], [w.dim(3), shared], strides);
        let [node, fault] = self.faults();
        let bias = self.at(2);
        let given = vec![self.at(0), self.at(1), bias, window, self.n(), self.to(0), node, fault];
        self.each(kernel, given)
    }

    fn pool(mut self, kernel: [u32; 2], strides: &[Stride; 2], padding: Option<bool>) -> Launch {
        let window = self.window(kernel.map(|taps| taps as usize), [1, 1], strides);
        let [node, fault] = self.faults();
        let n = self.results[0].len();
        let mut given = vec![self.at(0), window, word(n)];
        match padding {
            None => {
                given.extend([self.to(0), node, fault]);
                launch(Kernel::MaxPool, n, given)
            }
            Some(padding) => {
                given.extend([Word(padding.into()), self.to(0), node, fault]);
                warps(Kernel::AveragePool, n, given)
            }
        }
    }

    fn softmax(self, axis: u32) -> Launch {
        let [outer, size, inner] = around(self.operands[0].shape, axis);
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0)];
        given.extend([outer * inner, size, inner, 0].map(word));
        given.extend([self.to(0), node, fault]);
        warps(Kernel::Softmax, outer * inner, given)
    }

    fn layer_norm(self, epsilon: f32) -> Launch {
        let n = self.operands[0].last();
        let lines = self.operands[0].len() / n;
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0), self.at(1), self.at(2), word(lines), word(n)];
        given.extend([Float(n as f32), Float(epsilon), self.to(0), node, fault]);
        warps(Kernel::LayerNorm, lines, given)
    }

    fn rms_norm(self, epsilon: f32) -> Launch {
        let n = self.operands[0].last();
        let lines = self.operands[0].len() / n;
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0), self.at(1), word(lines), word(n)];
        given.extend([Float(n as f32), Float(epsilon), self.to(0), node, fault]);
        warps(Kernel::RmsNorm, lines, given)
    }

    fn batch_norm(self, epsilon: f32) -> Launch {
        let [node, fault] = self.faults();
        let mut given: Vec<Given> = (0..5).map(|operand| self.at(operand)).collect();
        given.extend([
            self.n(),
            word(self.operands[0].last()),
            Float(epsilon),
            self.to(0),
            node,
            fault,
        ]);
        self.each(Kernel::BatchNorm, given)
    }

    fn reduce(self, axes: &[u32], how: Reduction) -> Launch {
        let x = self.operands[0];
        let all = strides(x.shape);
        let mut part = |reduced: bool| {
            let own = (0..x.shape.len()).filter(|&axis| axes.contains(&(axis as u32)) == reduced);
            let (dims, strides): (Vec<usize>, Vec<i64>) = own.map(|axis| (x.shape[axis], all[axis])).unzip();
            (dims.iter().product::<usize>(), At(self.table.axes(&dims, &[strides])))
        };
        let ((lines, kept), (n, reduced)) = (part(false), part(true));
        let how = match how {
            Reduction::L1 => 0,
            Reduction::L2 => 1,
            Reduction::Max => 2,
            Reduction::Mean => 3,
            Reduction::Min => 4,
            Reduction::Sum => 5,
            Reduction::SumSquare => 6,
        };
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0), kept, reduced, word(lines), word(n)];
        given.extend([Float(n as f32), Word(how), self.to(0), node, fault]);
        warps(Kernel::Reduce, lines, given)
    }

    fn rope(self) -> Launch {
        let (x, half) = (self.operands[0], self.operands[1].len());
        let n = x.dim(0) * x.dim(1) * half;
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0), self.at(1)];
        given.extend([n, x.dim(1), half].map(word));
        given.extend([self.to(0), node, fault]);
        launch(Kernel::Rope, n, given)
    }

    /// Scores, their Softmax in place, and the sums of values.
    fn attention(self, causal: bool, scale: f32) -> Result<Vec<Launch>, Lacks> {
        let [queries, heads, d] = [0, 1, 2].map(|axis| self.operands[0].dim(axis));
        let [keys, groups] = [0, 1].map(|axis| self.operands[1].dim(axis));
        let e = self.operands[2].dim(2);
        let scores = [queries, heads, keys].into_iter().fold(1, usize::saturating_mul);
        if scores > i32::MAX as usize {
            return Err(Lacks(format!("attention with {scores} products of queries and keys")));
        }
        let shape = At(self.table.small(&[queries, keys, heads, groups, d, e]));
        let ([node, fault], table) = (self.faults(), At(self.scratch));
        let (flag, lines) = (Word(causal.into()), queries * heads);
        let mut first = vec![self.at(0), self.at(1), self.at(3), shape, word(scores)];
        first.extend([Float(scale), flag, table]);
        let mut second = vec![table];
        second.extend([lines, keys, 1, if causal { heads } else { 0 }].map(word));
        second.extend([table, node, fault]);
        let third = vec![table, self.at(2), shape, self.n(), flag, self.to(0), node, fault];
        Ok(vec![
            launch(Kernel::AttentionScores, scores, first),
            warps(Kernel::Softmax, lines, second),
            self.each(Kernel::AttentionValues, third),
        ])
    }

    fn arg_max(self, axis: u32) -> Launch {
        let [outer, size, inner] = around(self.operands[0].shape, axis);
        let mut given = vec![self.at(0)];
        given.extend([outer * inner, size, inner].map(word));
        given.push(self.to(0));
        launch(Kernel::ArgMax, outer * inner, given)
    }

    fn top_k(self, axis: u32, largest: bool) -> Launch {
        let [outer, size, inner] = around(self.operands[0].shape, axis);
        let n = outer * size * inner;
        let mut given = vec![self.at(0)];
        given.extend([n, size, inner, self.results[0].dim(axis as usize)].map(word));
        given.extend([Word(largest.into()), self.to(0), self.to(1)]);
        launch(Kernel::TopK, n, given)
    }

    fn gather(self, axis: u32) -> Launch {
        let [_, size, inner] = around(self.operands[0].shape, axis);
        let [node, fault] = self.faults();
        let mut given = vec![self.at(0), self.at(1), self.n()];
        given.extend([size, self.operands[1].len(), inner].map(word));
        given.extend([self.operands[0].bytes(), self.to(0), node, fault]);
        self.each(Kernel::Gather, given)
    }

    fn transpose(self, order: &[u32]) -> Launch {
        let own = strides(self.operands[0].shape);
        let turned = order.iter().map(|&axis| own[axis as usize]).collect();
        let axes = At(self.table.axes(self.results[0].shape, &[turned]));
        self.view(axes)
    }

    fn expand(mut self) -> Launch {
        let axes = self.axes();
        self.view(axes)
    }

    fn view(self, axes: Given) -> Launch {
        let given = vec![self.at(0), axes, self.n(), self.operands[0].bytes(), self.to(0)];
        self.each(Kernel::View, given)
    }

    fn concat(self, axis: u32) -> Vec<Launch> {
        let size_there = self.results[0].dim(axis as usize);
        let mut first = 0;
        let mut launches = Vec::with_capacity(self.operands.len());
        for part in self.operands {
            let [outer, size, inner] = around(part.shape, axis);
            let from = Source::Every { start: 0, step: 1 };
            let along = Along {
                outer,
                inner,
                size,
                count: size,
                first,
                size_there,
                from,
            };
            first += size;
            launches.push(place(self.table, part, &self.results[0], along));
        }
        launches
    }

    fn split(self, axis: u32) -> Vec<Launch> {
        let x = &self.operands[0];
        let [outer, size, inner] = around(x.shape, axis);
        let mut start = 0;
        let mut launches = Vec::with_capacity(self.results.len());
        for part in self.results {
            let count = part.dim(axis as usize);
            let from = Source::Every { start, step: 1 };
            start += count;
            launches.push(place(
                self.table,
                x,
                part,
                all_places([outer, size, inner], count, from),
            ));
        }
        launches
    }

    fn take(self, axis: u32, from: Source) -> Launch {
        let around = around(self.operands[0].shape, axis);
        let along = all_places(around, self.results[0].dim(axis as usize), from);
        place(self.table, &self.operands[0], &self.results[0], along)
    }

    fn pad(self, axis: u32, before: u32, fill: Fill) -> Launch {
        let before = before as usize;
        let bits = |bits| Source::Filled { before, bits };
        let from = match (fill, self.operands[0].element) {
            (Fill::Edge, _) => Source::Nearest { before },
            (Fill::Reflect, _) => Source::Mirrored { before },
            (Fill::Constant(real), _) => bits(real.get().to_bits().into()),
            (Fill::Integer(number), Type::Bool) => bits((number != 0).into()),
            (Fill::Integer(number), _) => bits(number as u64),
        };
        self.take(axis, from)
    }

    fn reshape(self) -> Launch {
        let n = self.operands[0].len();
        let along = all_places([1, n, 1], n, Source::Every { start: 0, step: 1 });
        place(self.table, &self.operands[0], &self.results[0], along)
    }
}

/// All places of the result.
fn all_places([outer, size, inner]: [usize; 3], count: usize, from: Source) -> Along {
    Along {
        outer,
        inner,
        size,
        count,
        first: 0,
        size_there: count,
        from,
    }
}

fn place(table: &mut Table, x: &Operand<'_>, y: &Operand<'_>, along: Along) -> Launch {
    let n = along.outer * along.count * along.inner;
    let along = At(table.along(along));
    launch(
        Kernel::Place,
        n,
        vec![At(x.place), along, word(n), x.bytes(), At(y.place)],
    )
}

/// Dimensions and their products are at most 2^31 − 1.
fn word(n: usize) -> Given {
    Word(n as u32)
}

/// A thread for each of n.
fn launch(kernel: Kernel, n: usize, arguments: Vec<Given>) -> Launch {
    Launch {
        kernel,
        blocks: n.div_ceil(Kernel::THREADS as usize) as u32,
        arguments,
    }
}

/// A warp for each of n.
fn warps(kernel: Kernel, n: usize, arguments: Vec<Given>) -> Launch {
    const WARPS: usize = Kernel::THREADS as usize / 32;
    Launch {
        kernel,
        blocks: n.div_ceil(WARPS) as u32,
        arguments,
    }
}

fn binary(how: Binary) -> u32 {
    match how {
        Binary::Add => 0,
        Binary::Div => 1,
        Binary::Max => 2,
        Binary::Min => 3,
        Binary::Mul => 4,
        Binary::Sub => 5,
    }
}

/// As `elementwise.cu` counts types.
fn number(element: Type) -> u32 {
    match element {
        Type::F32 => 0,
        Type::I64 => 1,
        Type::I32 => 2,
        Type::I8 => 3,
        Type::U8 => 4,
        Type::Bool => 5,
    }
}

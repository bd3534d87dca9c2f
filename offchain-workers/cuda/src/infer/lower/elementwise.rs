//! `kernels/elementwise.cu`: a thread for each element of the result.

use super::{word, Lacks, Node};
use crate::infer::{
    kernel::Kernel,
    launch::{
        Given::{self, At, Float, Word},
        Launch,
    },
    table::broadcast,
};
use quorate_program::{
    op::{Binary, Comparison, Unary},
    Type,
};

impl Node<'_, '_> {
    pub(super) fn map(self, function: Unary) -> Launch {
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

    pub(super) fn pair(mut self, how: Binary) -> Launch {
        let ([node, fault], axes) = (self.faults(), self.axes());
        let how = Word(binary(how));
        let given = vec![self.at(0), self.at(1), axes, self.n(), how, self.to(0), node, fault];
        self.each(Kernel::PairF32, given)
    }

    pub(super) fn whole(mut self, how: Binary) -> Result<Launch, Lacks> {
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

    pub(super) fn compare(mut self, how: Comparison) -> Launch {
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

    pub(super) fn logic(self, how: u32) -> Launch {
        let other = self.operands.len().min(2) - 1;
        let shape = self.results[0].shape;
        let strides = [0, other].map(|operand| broadcast(self.operands[operand].shape, shape));
        let axes = At(self.table.axes(shape, &strides));
        let given = vec![self.at(0), self.at(other), axes, self.n(), Word(how), self.to(0)];
        self.each(Kernel::Logic, given)
    }

    pub(super) fn choose(mut self) -> Launch {
        let (axes, bytes) = (self.axes(), self.results[0].bytes());
        let given = vec![self.at(0), self.at(1), self.at(2), axes, self.n(), bytes, self.to(0)];
        self.each(Kernel::Choose, given)
    }

    pub(super) fn cast(self) -> Launch {
        let [from, to] = [self.operands[0], self.results[0]].map(|own| Word(number(own.element)));
        let [node, fault] = self.faults();
        let given = vec![self.at(0), self.n(), from, to, self.to(0), node, fault];
        self.each(Kernel::Cast, given)
    }

    pub(super) fn batch_norm(self, epsilon: f32) -> Launch {
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

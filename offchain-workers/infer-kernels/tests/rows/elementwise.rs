//! Steps on elements, with operands of every form.

use quorate_exact::infer::{
    arithmetic::{max, min},
    elementwise::binary,
    functions, Fault, Tensor,
};
use quorate_infer_kernels::{
    elementwise::{apply, compute, Binary, Operand, Step},
    functions::Function,
    holds_nan, Isa,
};

use crate::{
    grid::{assert_same, tensor, Grid, LENGTHS},
    values::{seed, Random, KINDS},
};

const BINARIES: [Binary; 6] = [
    Binary::Add,
    Binary::Sub,
    Binary::Mul,
    Binary::Div,
    Binary::Min,
    Binary::Max,
];

fn reference(how: Binary, a: &Tensor, b: &Tensor) -> Result<Tensor, Fault> {
    match how {
        Binary::Add => binary(a, b, |a: f32, b: f32| a + b),
        Binary::Sub => binary(a, b, |a: f32, b: f32| a - b),
        Binary::Mul => binary(a, b, |a: f32, b: f32| a * b),
        Binary::Div => binary(a, b, |a: f32, b: f32| a / b),
        Binary::Min => binary(a, b, min),
        Binary::Max => binary(a, b, max),
    }
}

/// The numbers of an operand, and the form in which they are given.
struct Given {
    grid: Grid,
    form: usize,
}

impl Given {
    fn new(random: &mut Random, rows: usize, columns: usize) -> Self {
        let kind = random.of(&KINDS);
        let form = random.below(4);
        let [rows, columns] = [[rows, columns], [1, columns], [rows, 1], [1, 1]][form];
        let mut grid = Grid::random(random, rows, columns, kind);
        if form > 0 {
            grid = Grid::new(&grid.numbers(), columns, 0);
        }
        Self { grid, form }
    }

    fn operand(&self) -> Operand<'_> {
        let len = self.grid.rows * self.grid.columns;
        match self.form {
            0 => Operand::All(self.grid.view()),
            1 => Operand::Row(&self.grid.data[..len]),
            2 => Operand::Column(&self.grid.data[..len]),
            _ => Operand::One(self.grid.data[0]),
        }
    }
}

#[test]
fn chains_of_steps_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    for case in 0..2_000 {
        let (rows, columns) = match case % 20 {
            // Many short rows, of which several are taken as one.
            0 => (400 + random.below(800), random.of(&[1, 3, 7, 16, 33])),
            _ => (1 + random.below(5), random.of(&LENGTHS)),
        };
        let kind = random.of(&KINDS);
        let start = Grid::random(&mut random, rows, columns, kind);
        let other = Given::new(&mut random, rows, columns);
        let given: Vec<Given> = (0..6).map(|_| Given::new(&mut random, rows, columns)).collect();
        let count = random.below(7);
        let mut steps = Vec::new();
        // As the reference has it: from the numbers in y, and from another operand.
        let begin = tensor(&[rows, columns], &vec![0.0; rows * columns]);
        let all = tensor(&[other.grid.rows, other.grid.columns], &other.grid.numbers());
        let mut from_other = binary(&all, &begin, |a: f32, _: f32| a);
        let mut from_start = Ok(start.tensor());
        for given in &given[..count] {
            let how = random.of(&BINARIES);
            let b = given.grid.tensor();
            let mut each = |change: &dyn Fn(Tensor) -> Result<Tensor, Fault>| {
                from_start = from_start.clone().and_then(change);
                from_other = from_other.clone().and_then(change);
            };
            match random.below(3) {
                0 => {
                    steps.push(Step::Map(Function::Tanh));
                    each(&|y: Tensor| y.map(functions::tanh));
                }
                1 => {
                    steps.push(Step::Then(how, given.operand()));
                    each(&|y: Tensor| reference(how, &y, &b));
                }
                _ => {
                    steps.push(Step::After(how, given.operand()));
                    each(&|y: Tensor| reference(how, &b, &y));
                }
            }
        }
        for isa in Isa::available() {
            let what = format!("case {case}: {rows} {columns} {kind:?} {steps:?} {isa:?}");
            let mut y = start.clone();
            let nan = apply(isa, &steps, y.view_mut(), [0, 0]);
            assert_same((&y.numbers(), nan), from_start.clone().map(data), &what);
            let mut y = start.empty();
            let nan = compute(isa, other.operand(), &steps, y.view_mut(), [0, 0]);
            assert_same((&y.numbers(), nan), from_other.clone().map(data), &what);
        }
    }
}

fn data(y: Tensor) -> Vec<f32> {
    y.data().to_vec()
}

#[test]
fn a_part_should_take_its_own_operands() {
    let mut random = Random::new(seed());
    for _ in 0..200 {
        let (rows, columns) = (1 + random.below(9), 1 + random.below(70));
        let kind = random.of(&KINDS);
        let x = Grid::random(&mut random, rows, columns, kind);
        let given: Vec<Given> = (0..3).map(|_| Given::new(&mut random, rows, columns)).collect();
        let steps: Vec<Step<'_>> = given
            .iter()
            .map(|given| Step::Then(random.of(&BINARIES), given.operand()))
            .collect();
        for isa in Isa::available() {
            let (mut whole, mut parts) = (x.clone(), x.clone());
            let nan = apply(isa, &steps, whole.view_mut(), [0, 0]);
            let (row, column) = (random.below(rows + 1), random.below(columns + 1));
            let mut nans = false;
            for (row, rows) in [(0, row), (row, rows - row)] {
                for (column, columns) in [(0, column), (column, columns - column)] {
                    let mut y = parts.view_mut();
                    nans |= apply(isa, &steps, y.part((row, rows), (column, columns)), [row, column]);
                }
            }
            assert_eq!(nan, nans);
            let bits = |grid: &Grid| -> Vec<u32> { grid.numbers().iter().map(|x| x.to_bits()).collect() };
            if !nan {
                assert_eq!(bits(&whole), bits(&parts));
            }
        }
    }
}

#[test]
fn a_nan_should_be_found_wherever_it_is() {
    for isa in Isa::available() {
        for length in [1, 5, 31, 128, 300] {
            let mut x = vec![f32::INFINITY; length];
            assert!(!holds_nan(isa, &x));
            for at in 0..length {
                let before = std::mem::replace(&mut x[at], f32::from_bits(0xffff_ffff));
                assert!(holds_nan(isa, &x), "{at} of {length}");
                x[at] = before;
            }
        }
        assert!(!holds_nan(isa, &[]));
    }
}

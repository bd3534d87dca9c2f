//! Steps of LSTM and GRU, beside whole sequences of the reference.

use quorate_exact::infer::{
    recurrent::{gru, lstm, Gates},
    Fault, Tensor,
};
use quorate_infer_kernels::{
    elementwise::{apply, compute, Binary, Operand, Step},
    products::{linear, Packed},
    recurrent::{gru_after, gru_cell, gru_reset, lstm_cell},
    Isa, View, ViewMut,
};

use crate::{
    grid::{assert_same, tensor},
    values::{seed, Kind, Random},
};

struct Case {
    x: Vec<f32>,
    w: Vec<f32>,
    r: Vec<f32>,
    bias: Option<[Vec<f32>; 2]>,
    state: [Vec<f32>; 2],
    steps: usize,
    batch: usize,
    inputs: usize,
    units: usize,
    gates: usize,
}

impl Case {
    fn new(random: &mut Random, gates: usize, kind: Kind) -> Self {
        let (steps, batch) = (1 + random.below(3), 1 + random.below(3));
        let (inputs, units) = (1 + random.below(20), random.of(&[1, 5, 8, 16, 19, 40]));
        let mut values = |n: usize| random.values(n, kind);
        let (x, w) = (values(steps * batch * inputs), values(gates * units * inputs));
        let r = values(gates * units * units);
        let bias = [values(gates * units), values(gates * units)];
        let state = [values(batch * units), values(batch * units)];
        let bias = (random.below(2) == 0).then_some(bias);
        Self {
            x,
            w,
            r,
            bias,
            state,
            steps,
            batch,
            inputs,
            units,
            gates,
        }
    }

    /// What the reference makes of it.
    fn reference(
        &self,
        run: impl Fn(&Tensor, Gates<'_>, [&Tensor; 2]) -> Result<Tensor, Fault>,
    ) -> Result<Vec<f32>, Fault> {
        let rows = self.gates * self.units;
        let x = tensor(&[self.steps, self.batch, self.inputs], &self.x);
        let (w, r) = (
            tensor(&[rows, self.inputs], &self.w),
            tensor(&[rows, self.units], &self.r),
        );
        let bias = self
            .bias
            .as_ref()
            .map(|bias| [tensor(&[rows], &bias[0]), tensor(&[rows], &bias[1])]);
        let state = [0, 1].map(|i| tensor(&[self.batch, self.units], &self.state[i]));
        let gates = Gates {
            input: &w,
            hidden: &r,
            bias: bias.as_ref().map(|[w, r]| [w, r]),
        };
        run(&x, gates, [&state[0], &state[1]]).map(|y| y.data().to_vec())
    }

    /// chain(v, weights) of some gates' rows.
    fn product(&self, isa: Isa, v: &[f32], weights: &[f32], gates: [usize; 2]) -> (Vec<f32>, bool) {
        let k = v.len() / self.batch;
        let rows = (gates[1] - gates[0]) * self.units;
        let weights = &weights[gates[0] * self.units * k..][..rows * k];
        let packed = Packed::new(isa, View::new(weights, rows, k));
        let mut y = vec![0.0; self.batch * rows];
        let view = ViewMut::new(&mut y, self.batch, rows);
        let nan = linear(
            View::new(v, self.batch, k),
            &packed,
            0..packed.panels(),
            None,
            view,
            None,
        );
        (y, nan)
    }

    fn input(&self, step: usize) -> &[f32] {
        &self.x[step * self.batch * self.inputs..][..self.batch * self.inputs]
    }

    /// A bias of some gates, as a step.
    fn bias_step(&self, which: usize, gates: [usize; 2]) -> Option<Step<'_>> {
        let bias = &self.bias.as_ref()?[which];
        let row = &bias[gates[0] * self.units..gates[1] * self.units];
        Some(Step::Then(Binary::Add, Operand::Row(row)))
    }

    /// The sums of some gates.
    fn sums(&self, isa: Isa, step: usize, h: &[f32], gates: [usize; 2]) -> (Vec<f32>, bool) {
        let (mut u, first) = self.product(isa, self.input(step), &self.w, gates);
        let (v, second) = self.product(isa, h, &self.r, gates);
        let columns = (gates[1] - gates[0]) * self.units;
        let mut steps = vec![Step::Then(
            Binary::Add,
            Operand::All(View::new(&v, self.batch, columns)),
        )];
        steps.extend(self.bias_step(0, gates));
        steps.extend(self.bias_step(1, gates));
        let third = apply(isa, &steps, ViewMut::new(&mut u, self.batch, columns), [0, 0]);
        (u, first | second | third)
    }
}

#[test]
fn an_lstm_s_steps_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    for case in 0..60 {
        let kind = random.of(&[Kind::Ordinary, Kind::Wild, Kind::Infinite]);
        let case_of = Case::new(&mut random, 4, kind);
        let expected = case_of.reference(|x, gates, state| lstm(x, gates, state).map(|[y, ..]| y));
        for isa in Isa::available() {
            let (batch, units) = (case_of.batch, case_of.units);
            let [mut h, mut c] = case_of.state.clone();
            let (mut all, mut nan) = (Vec::new(), false);
            for step in 0..case_of.steps {
                let (sums, bad) = case_of.sums(isa, step, &h, [0, 4]);
                nan |= bad;
                nan |= lstm_cell(
                    isa,
                    View::new(&sums, batch, 4 * units),
                    ViewMut::new(&mut c, batch, units),
                    ViewMut::new(&mut h, batch, units),
                );
                all.extend(&h);
            }
            assert_same((&all, nan), expected.clone(), &format!("case {case} {kind:?} {isa:?}"));
        }
    }
}

#[test]
fn a_gru_s_steps_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    for case in 0..120 {
        let kind = random.of(&[Kind::Ordinary, Kind::Wild, Kind::Infinite]);
        let (case_of, before) = (Case::new(&mut random, 3, kind), case % 2 == 0);
        let expected = case_of.reference(|x, gates, [h, _]| gru(x, gates, h, before).map(|[y, _]| y));
        for isa in Isa::available() {
            let (batch, units) = (case_of.batch, case_of.units);
            let [mut h, _] = case_of.state.clone();
            let (mut all, mut nan) = (Vec::new(), false);
            for step in 0..case_of.steps {
                let (sums, bad) = case_of.sums(isa, step, &h, [0, 2]);
                nan |= bad;
                let sums = View::new(&sums, batch, 2 * units);
                let third = match before {
                    false => {
                        let mut reset = vec![0.0; batch * units];
                        let to = ViewMut::new(&mut reset, batch, units);
                        nan |= gru_reset(isa, sums, View::new(&h, batch, units), to);
                        let (third, bad) = case_of.sums(isa, step, &reset, [2, 3]);
                        nan |= bad;
                        third
                    }
                    true => {
                        let (input, first) = case_of.product(isa, case_of.input(step), &case_of.w, [2, 3]);
                        let (hidden, second) = case_of.product(isa, &h, &case_of.r, [2, 3]);
                        nan |= first | second;
                        let mut third = vec![0.0; batch * units];
                        let steps: Vec<Step<'_>> = case_of.bias_step(1, [2, 3]).into_iter().collect();
                        let start = Operand::All(View::new(&hidden, batch, units));
                        nan |= compute(isa, start, &steps, ViewMut::new(&mut third, batch, units), [0, 0]);
                        let input = View::new(&input, batch, units);
                        nan |= gru_after(isa, sums, input, ViewMut::new(&mut third, batch, units));
                        let steps: Vec<Step<'_>> = case_of.bias_step(0, [2, 3]).into_iter().collect();
                        nan |= apply(isa, &steps, ViewMut::new(&mut third, batch, units), [0, 0]);
                        third
                    }
                };
                let third = View::new(&third, batch, units);
                nan |= gru_cell(isa, sums, third, ViewMut::new(&mut h, batch, units));
                all.extend(&h);
            }
            assert_same((&all, nan), expected.clone(), &format!("case {case} {kind:?} {isa:?}"));
        }
    }
}

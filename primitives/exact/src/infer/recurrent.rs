//! LSTM and GRU over sequences x [T, B, I], steps ascending, one direction. (The other one is a Slice of step −1 before and after.)

use alloc::vec::Vec;

use super::{
    fault::Fault,
    functions::{sigmoid, tanh},
    matmul::pairs,
    sums::chain,
    tensor::{same, Tensor},
};

/// Weights of G gates of H units: rows g · H + j.
#[derive(Clone, Copy, Debug)]
pub struct Gates<'a> {
    /// W [G · H, I], of the step's input.
    pub input: &'a Tensor,
    /// R [G · H, H], of the state before.
    pub hidden: &'a Tensor,
    /// Of the input and of the state, [G · H] each.
    pub bias: Option<[&'a Tensor; 2]>,
}

/// LSTM, gates i, o, f, c. With z_g = ((chain(x, W_g) ⊕ chain(h, R_g)) ⊕ Wb_g) ⊕ Rb_g (without biases the first sum alone):
/// c' = (σ(z_f) ⊗ c) ⊕ (σ(z_i) ⊗ tanh(z_c)); h' = σ(z_o) ⊗ tanh(c'). `state` is h and c before the first step, [B, H] each.
/// Answers all h' [T, B, H], the last h' and c'.
///
/// # Errors
/// `Rank`, `Dimension`, `Size`, `NaN`.
pub fn lstm(x: &Tensor, gates: Gates, state: [&Tensor; 2]) -> Result<[Tensor; 3], Fault> {
    let [h, c] = state;
    c.expect(h.shape())?;
    let units = gates.check(x, h, 4)?;
    let mut cells = c.data().to_vec();
    let [y, h] = run(x, h, |x, h, b| {
        let cells = &mut cells[b * units..][..units];
        let step = |(j, c): (usize, &mut f32)| {
            let z = |gate: usize| gates.both(gate * units + j, x, h);
            let (i, o, f) = (sigmoid(z(0)), sigmoid(z(1)), sigmoid(z(2)));
            *c = (f * *c) + (i * tanh(z(3)));
            o * tanh(*c)
        };
        cells.iter_mut().enumerate().map(step).collect()
    })?;
    Ok([y, h, Tensor::new(c.shape().to_vec(), cells)?])
}

/// GRU, gates z, r, h. z_z and z_r as in [`lstm`]; z = σ(z_z), r = σ(z_r); h' = ((1 ⊖ z) ⊗ n) ⊕ (z ⊗ h), with
/// n = tanh(((chain(x, W_h) ⊕ chain(r ⊗ h, R_h)) ⊕ Wb_h) ⊕ Rb_h), or, where the reset gate comes after the product
/// (`linear_before_reset`), n = tanh((chain(x, W_h) ⊕ (r ⊗ (chain(h, R_h) ⊕ Rb_h))) ⊕ Wb_h).
/// Answers all h' [T, B, H] and the last one.
///
/// # Errors
/// `Rank`, `Dimension`, `Size`, `NaN`.
pub fn gru(x: &Tensor, gates: Gates, state: &Tensor, linear_before_reset: bool) -> Result<[Tensor; 2], Fault> {
    let units = gates.check(x, state, 3)?;
    run(x, state, |x, h, _| {
        let gate = |gate: usize| (0..units).map(move |j| sigmoid(gates.both(gate * units + j, x, h)));
        let (z, r): (Vec<f32>, Vec<f32>) = (gate(0).collect(), gate(1).collect());
        let reset: Vec<f32> = r.iter().zip(h).map(|(r, h)| r * h).collect();
        let step = |j: usize| {
            let row = 2 * units + j;
            let n = match linear_before_reset {
                false => gates.both(row, x, &reset),
                true => {
                    let hidden = plus(gates.of_hidden(row, h), gates.bias_at(1, row));
                    plus(gates.of_input(row, x) + (r[j] * hidden), gates.bias_at(0, row))
                }
            };
            ((1.0 - z[j]) * tanh(n)) + (z[j] * h[j])
        };
        (0..units).map(step).collect()
    })
}

impl Gates<'_> {
    /// H, if all shapes fit.
    fn check(&self, x: &Tensor, state: &Tensor, gates: usize) -> Result<usize, Fault> {
        let ([_, batch, inputs], [sequences, units]) = (x.dims()?, state.dims()?);
        same(batch, sequences)?;
        let rows = units.checked_mul(gates).ok_or(Fault::Size)?;
        self.input.expect(&[rows, inputs])?;
        self.hidden.expect(&[rows, units])?;
        let mut biases = self.bias.iter().flatten();
        biases.try_for_each(|bias| bias.expect(&[rows])).map(|()| units)
    }

    fn of_input(&self, row: usize, x: &[f32]) -> f32 {
        chain(pairs(x, &self.input.data()[row * x.len()..][..x.len()]))
    }

    fn of_hidden(&self, row: usize, h: &[f32]) -> f32 {
        chain(pairs(h, &self.hidden.data()[row * h.len()..][..h.len()]))
    }

    fn bias_at(&self, which: usize, row: usize) -> Option<f32> {
        self.bias.map(|bias| bias[which].data()[row])
    }

    fn both(&self, row: usize, x: &[f32], h: &[f32]) -> f32 {
        let sum = self.of_input(row, x) + self.of_hidden(row, h);
        plus(plus(sum, self.bias_at(0, row)), self.bias_at(1, row))
    }
}

fn plus(sum: f32, bias: Option<f32>) -> f32 {
    bias.map_or(sum, |bias| sum + bias)
}

/// All states and the last one, where `step` makes the next from a sequence's input, its state and its number.
fn run(
    x: &Tensor,
    state: &Tensor,
    mut step: impl FnMut(&[f32], &[f32], usize) -> Vec<f32>,
) -> Result<[Tensor; 2], Fault> {
    let ([steps, batch, inputs], [_, units]) = (x.dims()?, state.dims()?);
    let shape = alloc::vec![steps, batch, units];
    let mut y = Vec::with_capacity(super::tensor::elements(&shape)?);
    let mut h = state.data().to_vec();
    for x in x.data().chunks_exact(batch * inputs) {
        for (b, (x, h)) in x.chunks_exact(inputs).zip(h.chunks_exact_mut(units)).enumerate() {
            h.copy_from_slice(&step(x, h, b));
        }
        y.extend_from_slice(&h);
    }
    Ok([Tensor::new(shape, y)?, Tensor::new(state.shape().to_vec(), h)?])
}

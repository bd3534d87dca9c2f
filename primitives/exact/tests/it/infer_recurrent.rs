//! LSTM and GRU, against their formulas written with whole matrices.

use quorate_exact::infer::{
    elementwise::binary,
    functions::{sigmoid, tanh},
    matmul::linear,
    moves::{reshape, slice},
    recurrent::{gru, lstm, Gates},
    Fault, Tensor,
};

use crate::{
    common::seed,
    infer_numbers::Numbers,
    infer_tensors::{bits, row, tensor},
};

struct Weights {
    input: Tensor,
    hidden: Tensor,
    bias: [Tensor; 2],
}

fn weights(numbers: &mut Numbers, gates: usize, units: usize, inputs: usize) -> Weights {
    Weights {
        input: tensor(numbers, &[gates * units, inputs]),
        hidden: tensor(numbers, &[gates * units, units]),
        bias: [(); 2].map(|()| tensor(numbers, &[gates * units])),
    }
}

impl Weights {
    fn gates(&self, with_bias: bool) -> Gates<'_> {
        Gates {
            input: &self.input,
            hidden: &self.hidden,
            bias: with_bias.then_some([&self.bias[0], &self.bias[1]]),
        }
    }
}

fn plus(a: &Tensor, b: &Tensor) -> Tensor {
    binary(a, b, |a, b| a + b).unwrap()
}

fn times(a: &Tensor, b: &Tensor) -> Tensor {
    binary(a, b, |a, b| a * b).unwrap()
}

/// Gate g of [B, G · H], and a function of it.
fn gate(z: &Tensor, units: usize, g: usize, f: fn(f32) -> f32) -> Tensor {
    slice(z, 1, g * units, 1, units).unwrap().map(f).unwrap()
}

const SHAPES: [[usize; 4]; 4] = [[1, 1, 1, 1], [3, 2, 5, 4], [5, 3, 33, 7], [2, 1, 2, 31]];

#[test]
fn lstm_should_be_its_written_step() {
    let mut numbers = Numbers::new(seed());
    for ([steps, batch, inputs, units], with_bias) in
        SHAPES.into_iter().flat_map(|shape| [(shape, true), (shape, false)])
    {
        let w = weights(&mut numbers, 4, units, inputs);
        let x = tensor(&mut numbers, &[steps, batch, inputs]);
        let state = [(); 2].map(|()| tensor(&mut numbers, &[batch, units]));
        let [y, last_h, last_c] = lstm(&x, w.gates(with_bias), [&state[0], &state[1]]).unwrap();
        let [mut h, mut c] = state;
        for t in 0..steps {
            let x = reshape(&row(&x, t, 1), &[batch, inputs]).unwrap();
            let mut z = plus(
                &linear(&x, &w.input, None).unwrap(),
                &linear(&h, &w.hidden, None).unwrap(),
            );
            if with_bias {
                z = plus(&plus(&z, &w.bias[0]), &w.bias[1]);
            }
            let [i, o, f] = [0, 1, 2].map(|g| gate(&z, units, g, sigmoid));
            c = plus(&times(&f, &c), &times(&i, &gate(&z, units, 3, tanh)));
            h = times(&o, &c.map(tanh).unwrap());
            assert_eq!(bits(&row(&y, t, 1)), bits(&h));
        }
        assert_eq!((bits(&last_h), bits(&last_c)), (bits(&h), bits(&c)));
    }
}

#[test]
fn gru_should_be_its_written_step_in_both_forms() {
    let mut numbers = Numbers::new(seed());
    for ([steps, batch, inputs, units], form) in SHAPES
        .into_iter()
        .flat_map(|shape| (0..4).map(move |form| (shape, form)))
    {
        let (with_bias, after) = (form & 1 == 1, form & 2 == 2);
        let w = weights(&mut numbers, 3, units, inputs);
        let x = tensor(&mut numbers, &[steps, batch, inputs]);
        let state = tensor(&mut numbers, &[batch, units]);
        let [y, last] = gru(&x, w.gates(with_bias), &state, after).unwrap();
        let mut h = state;
        for t in 0..steps {
            let x = reshape(&row(&x, t, 1), &[batch, inputs]).unwrap();
            let of_x = linear(&x, &w.input, None).unwrap();
            let of_h = |h: &Tensor| linear(h, &w.hidden, None).unwrap();
            let biased = |z: Tensor, which: usize| if with_bias { plus(&z, &w.bias[which]) } else { z };
            let z = biased(biased(plus(&of_x, &of_h(&h)), 0), 1);
            let (update, reset) = (gate(&z, units, 0, sigmoid), gate(&z, units, 1, sigmoid));
            let third = |z: &Tensor| slice(z, 1, 2 * units, 1, units).unwrap();
            let n = match after {
                false => third(&biased(biased(plus(&of_x, &of_h(&times(&reset, &h))), 0), 1)),
                true => {
                    let hidden = third(&biased(of_h(&h), 1));
                    let sum = plus(&third(&of_x), &times(&reset, &hidden));
                    if with_bias {
                        plus(&sum, &slice(&w.bias[0], 0, 2 * units, 1, units).unwrap())
                    } else {
                        sum
                    }
                }
            };
            let n = n.map(tanh).unwrap();
            h = plus(&times(&update.map(|z| 1.0 - z).unwrap(), &n), &times(&update, &h));
            assert_eq!(bits(&row(&y, t, 1)), bits(&h));
        }
        assert_eq!(bits(&last), bits(&h));
    }
}

#[test]
fn a_sequence_should_depend_on_no_other_and_go_on_from_its_state() {
    let mut numbers = Numbers::new(seed());
    let (w, v) = (weights(&mut numbers, 4, 6, 5), weights(&mut numbers, 3, 6, 5));
    let x = tensor(&mut numbers, &[7, 3, 5]);
    let [h, c] = [(); 2].map(|()| tensor(&mut numbers, &[3, 6]));
    let [y, last_h, last_c] = lstm(&x, w.gates(true), [&h, &c]).unwrap();
    let [_, h3, c3] = lstm(&row(&x, 0, 3), w.gates(true), [&h, &c]).unwrap();
    let [rest, h7, c7] = lstm(&row(&x, 3, 4), w.gates(true), [&h3, &c3]).unwrap();
    assert_eq!(bits(&rest), bits(&row(&y, 3, 4)));
    assert_eq!((bits(&h7), bits(&c7)), (bits(&last_h), bits(&last_c)));
    let second = slice(&x, 1, 1, 1, 1).unwrap();
    let [alone, ..] = lstm(&second, w.gates(true), [&row(&h, 1, 1), &row(&c, 1, 1)]).unwrap();
    assert_eq!(bits(&alone), bits(&slice(&y, 1, 1, 1, 1).unwrap()));
    let [y, _] = gru(&x, v.gates(true), &h, true).unwrap();
    let [alone, _] = gru(&second, v.gates(true), &row(&h, 1, 1), true).unwrap();
    assert_eq!(bits(&alone), bits(&slice(&y, 1, 1, 1, 1).unwrap()));
}

#[test]
fn gates_that_do_not_fit_should_be_named() {
    let mut numbers = Numbers::new(1);
    let w = weights(&mut numbers, 4, 6, 5);
    let x = |shape: [usize; 3]| tensor(&mut Numbers::new(2), &shape);
    let h = |shape: [usize; 2]| tensor(&mut Numbers::new(3), &shape);
    let fault = |x: &Tensor, h: &Tensor, c: &Tensor| lstm(x, w.gates(true), [h, c]).err();
    assert_eq!(fault(&x([2, 3, 5]), &h([3, 6]), &h([3, 6])), None);
    assert_eq!(
        fault(&x([2, 3, 4]), &h([3, 6]), &h([3, 6])),
        Some(Fault::Dimension { expected: 4, got: 5 })
    );
    assert_eq!(
        fault(&x([2, 3, 5]), &h([2, 6]), &h([2, 6])),
        Some(Fault::Dimension { expected: 3, got: 2 })
    );
    assert_eq!(
        fault(&x([2, 3, 5]), &h([3, 6]), &h([3, 5])),
        Some(Fault::Dimension { expected: 6, got: 5 })
    );
    let gru = gru(&x([2, 3, 5]), w.gates(true), &h([3, 6]), false);
    assert_eq!(gru.err(), Some(Fault::Dimension { expected: 18, got: 24 }));
}

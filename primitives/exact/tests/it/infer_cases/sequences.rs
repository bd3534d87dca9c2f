//! Sequences: RoPE, attention, recurrent cells, sampling.

use alloc::{vec, vec::Vec};

use quorate_exact::infer::{
    attention::{attention, Seen},
    recurrent::{gru, lstm, Gates},
    rope::rope,
    sample::{sample, Sampler},
};

use super::{bytes, inputs::of, Cases, Inputs};

pub fn sequences(cases: &mut Cases) {
    cases.add("rope", &[9, 2, 8], |n| {
        bytes(rope(&n.tensor(&[9, 2, 8]), 100, &[1.0, 0.1, 0.01, 0.001], 4096))
    });
    for [t, s, heads, groups, d] in [[1, 1, 1, 1, 1], [33, 33, 4, 2, 8], [3, 67, 2, 1, 31]] {
        let qkv = move |n: &mut Inputs| [[t, heads, d], [s, groups, d], [s, groups, d]].map(|shape| n.tensor(&shape));
        cases.add("attention", &[t, s, heads, groups, d], |n| {
            let [q, k, v] = qkv(n);
            bytes(attention([&q, &k, &v], 0.125, Some(&n.tensor(&[t, s])), Seen::All))
        });
        cases.add("attention causal", &[t, s, heads, groups, d], |n| {
            let [q, k, v] = qkv(n);
            bytes(attention([&q, &k, &v], 0.125, None, Seen::Causal { first: s - t }))
        });
    }
    cases.add("sample", &[389], |n| {
        let logits = n.tensor(&[389]);
        let sampler = Sampler::Draw {
            temperature: 0.75,
            top_k: 40,
        };
        let tokens = (0..64).map(|position| sample(&logits, sampler, &[9; 32], position).map(|token| token as i64));
        Ok(of(&[64], &tokens.collect::<Result<Vec<_>, _>>()?).bytes())
    });
}

pub fn recurrent(cases: &mut Cases) {
    for [steps, batch, inputs, units] in [[1, 1, 1, 1], [5, 2, 33, 7], [3, 1, 8, 31]] {
        let weights = move |n: &mut Inputs, gates: usize| {
            let shapes = [
                vec![steps, batch, inputs],
                vec![gates * units, inputs],
                vec![gates * units, units],
            ];
            let [x, input, hidden] = shapes.map(|shape| n.tensor(&shape));
            (
                x,
                input,
                hidden,
                [(); 2].map(|()| n.tensor(&[gates * units])),
                [(); 2].map(|()| n.tensor(&[batch, units])),
            )
        };
        cases.add("lstm", &[steps, batch, inputs, units], |n| {
            let (x, input, hidden, [wb, rb], [h, c]) = weights(n, 4);
            let gates = Gates {
                input: &input,
                hidden: &hidden,
                bias: Some([&wb, &rb]),
            };
            lstm(&x, gates, [&h, &c]).map(|all| all.map(|y| y.bytes()).concat())
        });
        for after in [false, true] {
            let name = if after { "gru linear_before_reset" } else { "gru" };
            cases.add(name, &[steps, batch, inputs, units], |n| {
                let (x, input, hidden, [wb, rb], [h, _]) = weights(n, 3);
                let gates = Gates {
                    input: &input,
                    hidden: &hidden,
                    bias: Some([&wb, &rb]),
                };
                gru(&x, gates, &h, after).map(|all| all.map(|y| y.bytes()).concat())
            });
        }
    }
}

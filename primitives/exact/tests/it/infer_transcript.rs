//! A small language model of the reference's operations: its transcript is checked by one prefill.

use quorate_exact::infer::{
    attention::{attention, Seen},
    elementwise::binary,
    functions::silu,
    matmul::linear,
    moves::{concat, gather, reshape},
    normalise::rms_norm,
    rope::rope,
    sample::{sample, Sampler},
    Tensor,
};

use crate::{
    common::seed,
    infer_numbers::Numbers,
    infer_tensors::{bits, filled, of, row, tensor},
};

const VOCABULARY: usize = 61;
const WIDTH: usize = 24;
const HEADS: usize = 4;
const GROUPS: usize = 2;
const HEAD: usize = 6;
const HIDDEN: usize = 40;
const EPSILON: f32 = 1e-5;

struct Layer {
    norms: [Tensor; 2],
    /// Queries, keys, values, output; gate, up, down.
    weights: [Tensor; 7],
}

struct Model {
    tokens: Tensor,
    layers: Vec<Layer>,
    norm: Tensor,
}

/// Keys and values of each layer, as far as they are known.
type Cache = Vec<Option<[Tensor; 2]>>;

fn model(numbers: &mut Numbers) -> Model {
    let shapes = [
        [HEADS * HEAD, WIDTH],
        [GROUPS * HEAD, WIDTH],
        [GROUPS * HEAD, WIDTH],
        [WIDTH, HEADS * HEAD],
        [HIDDEN, WIDTH],
        [HIDDEN, WIDTH],
        [WIDTH, HIDDEN],
    ];
    let layer = |numbers: &mut Numbers| Layer {
        norms: [(); 2].map(|()| tensor(numbers, &[WIDTH])),
        weights: shapes.map(|shape| tensor(numbers, &shape).map(|w| w * 0.25).unwrap()),
    };
    Model {
        tokens: tensor(numbers, &[VOCABULARY, WIDTH]),
        layers: (0..2).map(|_| layer(numbers)).collect(),
        norm: tensor(numbers, &[WIDTH]),
    }
}

fn plus(a: &Tensor, b: &Tensor) -> Tensor {
    binary(a, b, |a, b| a + b).unwrap()
}

impl Model {
    fn empty(&self) -> Cache {
        self.layers.iter().map(|_| None).collect()
    }

    /// Logits of these tokens, which follow those in the cache.
    fn logits(&self, tokens: &[i64], cache: &mut Cache) -> Tensor {
        let mut x = gather(&self.tokens, &of(&[tokens.len()], tokens), 0).unwrap();
        for (layer, cache) in self.layers.iter().zip(cache) {
            x = plus(
                &x,
                &layer.attention(&rms_norm(&x, &layer.norms[0], EPSILON).unwrap(), cache),
            );
            x = plus(
                &x,
                &layer.feed_forward(&rms_norm(&x, &layer.norms[1], EPSILON).unwrap()),
            );
        }
        linear(&rms_norm(&x, &self.norm, EPSILON).unwrap(), &self.tokens, None).unwrap()
    }
}

impl Layer {
    fn attention(&self, x: &Tensor, cache: &mut Option<[Tensor; 2]>) -> Tensor {
        let first = cache.as_ref().map_or(0, |[k, _]| k.shape()[0]);
        let rows = x.shape()[0];
        let heads =
            |weights: &Tensor, heads: usize| reshape(&linear(x, weights, None).unwrap(), &[rows, heads, HEAD]).unwrap();
        let turned = |x: &Tensor| rope(x, first, &[1.0, 0.1, 0.01], 4096).unwrap();
        let [q, k, v, out, ..] = &self.weights;
        let (q, k, v) = (turned(&heads(q, HEADS)), turned(&heads(k, GROUPS)), heads(v, GROUPS));
        let [k, v] = match cache.take() {
            Some([old_k, old_v]) => [concat(&[&old_k, &k], 0).unwrap(), concat(&[&old_v, &v], 0).unwrap()],
            None => [k, v],
        };
        let y = attention([&q, &k, &v], 0.408_248_3, None, Seen::Causal { first }).unwrap();
        *cache = Some([k, v]);
        linear(&reshape(&y, &[rows, HEADS * HEAD]).unwrap(), out, None).unwrap()
    }

    fn feed_forward(&self, x: &Tensor) -> Tensor {
        let [.., gate, up, down] = &self.weights;
        let gate = linear(x, gate, None).unwrap().map(silu).unwrap();
        let up = linear(x, up, None).unwrap();
        linear(&binary(&gate, &up, |a, b| a * b).unwrap(), down, None).unwrap()
    }
}

fn next(logits: &Tensor, position: usize) -> i64 {
    let last = row(logits, logits.shape()[0] - 1, 1);
    let sampler = Sampler::Draw {
        temperature: 0.8,
        top_k: 20,
    };
    let logits = reshape(&last, &[VOCABULARY]).unwrap();
    sample(&logits, sampler, &[3; 32], position as u64).unwrap() as i64
}

#[test]
fn one_prefill_should_verify_a_transcript() {
    let mut numbers = Numbers::new(seed());
    let model = model(&mut numbers);
    let prompt = filled(&[7], || i64::from(numbers.below(VOCABULARY as u32)));
    let mut transcript = prompt.data().to_vec();
    // Token by token after the prompt.
    let mut cache = model.empty();
    let mut logits = model.logits(&transcript, &mut cache);
    let mut all = bits(&logits);
    for _ in 0..50 {
        let token = next(&logits, transcript.len());
        transcript.push(token);
        logits = model.logits(&[token], &mut cache);
        all.extend(bits(&logits));
    }
    // At once.
    let whole = model.logits(&transcript, &mut model.empty());
    assert_eq!(bits(&whole), all);
    for (position, &token) in transcript.iter().enumerate().skip(7) {
        assert_eq!(next(&row(&whole, position - 1, 1), position), token);
    }
    // In chunks.
    for chunk in [1, 2, 16, 31] {
        let mut cache = model.empty();
        let pieces = transcript
            .chunks(chunk)
            .flat_map(|tokens| bits(&model.logits(tokens, &mut cache)));
        assert_eq!(pieces.collect::<Vec<_>>(), all);
    }
}

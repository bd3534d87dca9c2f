//! Layers of real models, made here.

use quorate_program::{
    op::{Binary, Unary},
    Op, Real, Type, Value,
};

use crate::build::{d, ids, shape, Builder};

pub fn real(x: f32) -> Real {
    Real::new(x).unwrap()
}

/// What a layer of Llama has.
struct Layer {
    norm: u32,
    q: u32,
    k: u32,
    v: u32,
    o: u32,
    after: u32,
    gate: u32,
    up: u32,
    down: u32,
}

/// Llama in small: grouped heads, RoPE, gated layers, tied embeddings.
pub fn llama(layers: usize, most: u32) -> Builder {
    let (vocabulary, width, heads, groups, size, inner) = (50, 32, 4, 2, 8, 48);
    let mut b = Builder::default();
    b.dimension("tokens", 1, most);
    let tokens = b.input(Type::I64, &["tokens"]);
    let embedding = b.tensor(&[vocabulary, width], 1.0);
    let layers: Vec<Layer> = (0..layers)
        .map(|_| Layer {
            norm: b.tensor(&[width], 1.0),
            q: b.tensor(&[heads * size, width], 0.3),
            k: b.tensor(&[groups * size, width], 0.3),
            v: b.tensor(&[groups * size, width], 0.3),
            o: b.tensor(&[width, heads * size], 0.3),
            after: b.tensor(&[width], 1.0),
            gate: b.tensor(&[inner, width], 0.3),
            up: b.tensor(&[inner, width], 0.3),
            down: b.tensor(&[width, inner], 0.3),
        })
        .collect();
    let last = b.tensor(&[width], 1.0);
    let inverse = b.constant(&Value::F32(
        quorate_exact::infer::Tensor::new(vec![size / 2], vec![1.0, 0.1, 0.01, 0.001]).unwrap(),
    ));
    let split = |b: &mut Builder, x: u32, heads: usize| {
        let shape = shape(&["tokens", &heads.to_string(), &size.to_string()]);
        b.node(Op::Reshape { shape }, &[x])
    };
    let norm = |b: &mut Builder, x: u32, gain: u32| b.node(Op::RmsNorm { epsilon: real(1e-5) }, &[x, gain]);
    let add = |b: &mut Builder, x: u32, y: u32| b.node(Op::Binary(Binary::Add), &[x, y]);
    let mut x = b.node(Op::Gather { axis: 0 }, &[embedding, tokens]);
    for layer in layers {
        let h = norm(&mut b, x, layer.norm);
        let q = b.node(Op::Linear, &[h, layer.q]);
        let k = b.node(Op::Linear, &[h, layer.k]);
        let v = b.node(Op::Linear, &[h, layer.v]);
        let (q, k, v) = (
            split(&mut b, q, heads),
            split(&mut b, k, groups),
            split(&mut b, v, groups),
        );
        let q = b.node(Op::Rope { largest: most }, &[q, inverse]);
        let k = b.node(Op::Rope { largest: most }, &[k, inverse]);
        let scale = real(0.353_553_4);
        let y = b.node(Op::Attention { causal: true, scale }, &[q, k, v]);
        let flat = shape(&["tokens", &(heads * size).to_string()]);
        let y = b.node(Op::Reshape { shape: flat }, &[y]);
        let y = b.node(Op::Linear, &[y, layer.o]);
        x = add(&mut b, x, y);
        let h = norm(&mut b, x, layer.after);
        let gate = b.node(Op::Linear, &[h, layer.gate]);
        let gate = b.node(Op::Unary(Unary::Silu), &[gate]);
        let up = b.node(Op::Linear, &[h, layer.up]);
        let both = b.node(Op::Binary(Binary::Mul), &[gate, up]);
        let y = b.node(Op::Linear, &[both, layer.down]);
        x = add(&mut b, x, y);
    }
    let x = norm(&mut b, x, last);
    let logits = b.node(Op::Linear, &[x, embedding]);
    b.output(logits);
    b
}

/// A layer of BERT as an exporter writes it: heads by Transpose, MatMul, a mask, Softmax; GELU by its nodes.
pub fn bert() -> Builder {
    let (vocabulary, width, heads, size, inner) = (40, 32, 4, 8, 64);
    let mut b = Builder::default();
    b.dimension("tokens", 1, 40);
    let tokens = b.input(Type::I64, &["1", "tokens"]);
    let seen = b.input(Type::I64, &["1", "tokens"]);
    let embedding = b.tensor(&[vocabulary, width], 1.0);
    let places = b.tensor(&[1, 40, width], 1.0);
    let weights: Vec<(u32, u32)> = (0..4)
        .map(|_| (b.tensor(&[width, width], 0.3), b.tensor(&[width], 0.3)))
        .collect();
    // As [k, n]: turned by a node.
    let first = (b.tensor(&[width, inner], 0.3), b.tensor(&[inner], 0.3));
    let second = (b.tensor(&[width, inner], 0.3), b.tensor(&[width], 0.3));
    let norms: Vec<(u32, u32)> = (0..2)
        .map(|_| (b.tensor(&[width], 1.0), b.tensor(&[width], 1.0)))
        .collect();
    let number = |b: &mut Builder, x: f32| {
        let tensor = quorate_exact::infer::Tensor::new(vec![], vec![x]).unwrap();
        b.constant(&Value::F32(tensor))
    };
    let (one, far, root, two, half) = (
        number(&mut b, 1.0),
        number(&mut b, -1e9),
        number(&mut b, 2.828_427),
        number(&mut b, std::f32::consts::SQRT_2),
        number(&mut b, 0.5),
    );
    let binary = |b: &mut Builder, how: Binary, x: u32, y: u32| b.node(Op::Binary(how), &[x, y]);
    let x = b.node(Op::Gather { axis: 0 }, &[embedding, tokens]);
    let slice = Op::Slice {
        axis: 1,
        count: d("tokens"),
        start: d("0"),
        step: 1,
    };
    let places = b.node(slice, &[places]);
    let x = binary(&mut b, Binary::Add, x, places);
    let mask = b.node(Op::Cast { to: Type::F32 }, &[seen]);
    let mask = b.node(
        Op::Reshape {
            shape: shape(&["1", "1", "1", "tokens"]),
        },
        &[mask],
    );
    let mask = binary(&mut b, Binary::Sub, one, mask);
    let mask = binary(&mut b, Binary::Mul, mask, far);
    let heads_of = |b: &mut Builder, x: u32, (w, bias): (u32, u32), order: &[u32]| {
        let y = b.node(Op::Linear, &[x, w, bias]);
        let apart = shape(&["1", "tokens", &heads.to_string(), &size.to_string()]);
        let y = b.node(Op::Reshape { shape: apart }, &[y]);
        b.node(Op::Transpose { order: order.to_vec() }, &[y])
    };
    let q = heads_of(&mut b, x, weights[0], &[0, 2, 1, 3]);
    let k = heads_of(&mut b, x, weights[1], &[0, 2, 3, 1]);
    let v = heads_of(&mut b, x, weights[2], &[0, 2, 1, 3]);
    let scores = b.node(Op::MatMul, &[q, k]);
    let scores = binary(&mut b, Binary::Div, scores, root);
    let scores = binary(&mut b, Binary::Add, scores, mask);
    let p = b.node(Op::Softmax { axis: 3 }, &[scores]);
    let y = b.node(Op::MatMul, &[p, v]);
    let y = b.node(
        Op::Transpose {
            order: vec![0, 2, 1, 3],
        },
        &[y],
    );
    let together = shape(&["1", "tokens", &width.to_string()]);
    let y = b.node(Op::Reshape { shape: together }, &[y]);
    let y = b.node(Op::Linear, &[y, weights[3].0, weights[3].1]);
    let x = binary(&mut b, Binary::Add, y, x);
    let norm = Op::LayerNorm { epsilon: real(1e-12) };
    let x = b.node(norm.clone(), &[x, norms[0].0, norms[0].1]);
    let turned = b.node(Op::Transpose { order: vec![1, 0] }, &[first.0]);
    let h = b.node(Op::Linear, &[x, turned, first.1]);
    let e = binary(&mut b, Binary::Div, h, two);
    let e = b.node(Op::Unary(Unary::Erf), &[e]);
    let e = binary(&mut b, Binary::Add, e, one);
    let e = binary(&mut b, Binary::Mul, h, e);
    let e = binary(&mut b, Binary::Mul, half, e);
    let y = b.node(Op::Linear, &[e, second.0, second.1]);
    let x = binary(&mut b, Binary::Add, y, x);
    let x = b.node(norm, &[x, norms[1].0, norms[1].1]);
    let axes = vec![1];
    let mean = b.node(
        Op::Reduce {
            axes,
            how: quorate_program::op::Reduction::Mean,
            keep: false,
        },
        &[x],
    );
    b.output(x);
    b.output(mean);
    b
}

pub fn bert_request(seed: u64, tokens: usize, seen: usize) -> Vec<Value> {
    let Value::I64(ids) = ids(seed, tokens, 40) else {
        unreachable!()
    };
    let tokens_of = |data: Vec<i64>| Value::I64(quorate_exact::infer::Tensor::new(vec![1, tokens], data).unwrap());
    let seen = (0..tokens).map(|i| i64::from(i < seen)).collect();
    vec![tokens_of(ids.data().to_vec()), tokens_of(seen)]
}

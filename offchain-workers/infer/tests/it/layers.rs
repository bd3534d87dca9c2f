//! Whole models in small.

use quorate_program::{
    op::{Binary, Unary},
    Op, Type, Value,
};

use crate::{
    build::{floats, ids, Builder},
    models::{bert, bert_request, llama, real},
};

#[test]
fn a_layer_of_bert_should_have_the_references_bits() {
    let requests = [(7, 7), (1, 1), (33, 20), (7, 3), (40, 40)];
    let requests: Vec<_> = requests
        .iter()
        .enumerate()
        .map(|(i, &(n, seen))| bert_request(i as u64, n, seen))
        .collect();
    bert().check(&requests);
}

#[test]
fn llama_should_have_the_references_bits() {
    let requests: Vec<_> = [5, 1, 17, 32].iter().map(|&n| vec![ids(n as u64, n, 50)]).collect();
    llama(2, 32).check(&requests);
}

#[test]
fn rows_should_be_shared_out_without_a_difference() {
    let mut b = Builder::default();
    b.dimension("rows", 1, 2000);
    let x = b.input(Type::F32, &["rows", "64"]);
    let w = b.tensor(&[80, 64], 0.5);
    let bias = b.tensor(&[80], 1.0);
    let gain = b.tensor(&[80], 1.0);
    let y = b.node(Op::Linear, &[x, w, bias]);
    let z = b.node(Op::Unary(Unary::Gelu), &[y]);
    let z = b.node(Op::Binary(Binary::Sub), &[gain, z]);
    let z = b.node(Op::RmsNorm { epsilon: real(1e-6) }, &[z, gain]);
    let s = b.node(Op::Softmax { axis: 1 }, &[z]);
    let t = b.node(Op::Softmax { axis: 0 }, &[z]);
    b.output(s);
    b.output(t);
    let requests: Vec<_> = [900, 1, 13]
        .iter()
        .map(|&rows| vec![floats(rows as u64, &[rows, 64], 2.0)])
        .collect();
    b.check(&requests);
}

/// What the outputs of these models have to be, on any machine and for ever: recorded from the reference.
#[test]
fn outputs_should_have_the_golden_digests() {
    let digest = |b: &Builder, inputs: &[Value]| {
        let outputs = quorate_infer::Runner::new(b.model(quorate_infer::Options::default()))
            .run(inputs)
            .unwrap();
        assert_eq!(Ok(outputs.clone()), b.reference(inputs));
        let bytes: Vec<u8> = outputs.iter().flat_map(Value::bytes).collect();
        blake3::hash(&bytes).to_hex()[..32].to_owned()
    };
    assert_eq!(
        digest(&bert(), &bert_request(1, 33, 20)),
        "73f1863ac756e410b65cb8db8088d4cc"
    );
    assert_eq!(
        digest(&llama(2, 32), &[ids(1, 31, 50)]),
        "0841c01ec9c5c3ef5b6e71aa1cf32e71"
    );
}

#[test]
fn matrices_should_be_broadcast_by_each_requests_own_sizes() {
    let mut b = Builder::default();
    b.dimension("m", 1, 5);
    b.dimension("n", 1, 5);
    let x = b.input(Type::F32, &["n", "1", "3", "4"]);
    let y = b.input(Type::F32, &["1", "m", "4", "5"]);
    let z = b.node(Op::MatMul, &[x, y]);
    let w = b.node(Op::Binary(Binary::Add), &[z, z]);
    b.output(w);
    let request = |n: usize, m: usize| vec![floats(1, &[n, 1, 3, 4], 1.0), floats(2, &[1, m, 4, 5], 1.0)];
    b.check(&[request(1, 3), request(3, 1), request(2, 5), request(1, 1)]);
}

#[test]
fn weights_of_a_request_should_be_weights_like_others() {
    let mut b = Builder::default();
    b.dimension("n", 1, 40);
    let x = b.input(Type::F32, &["n", "3", "7"]);
    let w = b.input(Type::F32, &["n", "7"]);
    let bias = b.input(Type::F32, &["n"]);
    let image = b.input(Type::F32, &["1", "5", "6", "2"]);
    let taps = b.input(Type::F32, &["4", "3", "3", "2"]);
    let own = b.tensor(&[7, 7], 1.0);
    let few = b.tensor(&[9], 1.0);
    let fixed = b.tensor(&[9, 7], 1.0);
    let step = quorate_program::op::Stride {
        after: 1,
        before: 1,
        ..Default::default()
    };
    let y = b.node(Op::Linear, &[x, w, bias]);
    let z = b.node(Op::Linear, &[own, w]);
    let groups = 1;
    let image = b.node(
        Op::Conv {
            groups,
            strides: [step; 2],
        },
        &[image, taps],
    );
    let rest = b.node(Op::Linear, &[x, fixed, few]);
    [y, z, image, rest].into_iter().for_each(|value| b.output(value));
    let request = |seed: u64, n: usize| {
        [vec![n, 3, 7], vec![n, 7], vec![n], vec![1, 5, 6, 2], vec![4, 3, 3, 2]]
            .iter()
            .enumerate()
            .map(|(i, shape)| floats(10 * seed + i as u64, shape, 1.0))
            .collect::<Vec<_>>()
    };
    b.check(&[request(1, 3), request(2, 1), request(3, 40), request(4, 33)]);
}

#[test]
fn numbers_of_8_bits_should_be_multiplied_exactly() {
    let bytes = |seed: u64, shape: &[usize], element: Type| {
        let count = shape.iter().product();
        let numbers = crate::build::numbers(seed, count, 127.9);
        let bytes: Vec<u8> = numbers.iter().map(|x| (*x as i8) as u8).collect();
        Value::from_bytes(element, shape, &bytes).unwrap()
    };
    let mut b = Builder::default();
    b.dimension("n", 1, 40);
    let x = b.input(Type::F32, &["n", "37"]);
    let signed = b.given(bytes(1, &[19, 37], Type::I8));
    let unsigned = b.given(bytes(2, &[19, 37], Type::U8));
    let zeros = b.given(bytes(3, &[19], Type::I8));
    let zero = b.given(bytes(4, &[], Type::U8));
    let scale = b.given(floats(5, &[], 0.01));
    let scales = b.given(floats(6, &[37], 0.01));
    let signed_zeros = b.given(bytes(7, &[37], Type::I8));
    let nothing = b.given(floats(8, &[], 0.0));
    let a = b.nodes(Op::DynamicQuantizeLinear, &[x], 3);
    let y = b.node(Op::MatMulInteger, &[a[0], a[2], signed, zeros]);
    let z = b.node(Op::MatMulInteger, &[a[0], zero, unsigned, zero]);
    let real = b.node(Op::DequantizeLinear, &[y, scale]);
    let again = b.node(Op::QuantizeLinear, &[x, a[1], zero]);
    let whole = b.node(Op::DequantizeLinear, &[again, scale, zero]);
    let small = b.node(Op::QuantizeLinear, &[x, scales, signed_zeros]);
    [y, z, real, again, whole, small]
        .into_iter()
        .for_each(|value| b.output(value));
    let request = |n: usize| vec![floats(n as u64, &[n, 37], 3.0)];
    // A scale of nothing: a quotient of 0 ⊘ 0 is a fault of its request alone.
    let sure = b.node(Op::QuantizeLinear, &[x, nothing, zero]);
    b.output(sure);
    let zeros = vec![Value::F32(
        quorate_exact::infer::Tensor::new(vec![2, 37], vec![0.0; 74]).unwrap(),
    )];
    let infinite = vec![Value::F32(
        quorate_exact::infer::Tensor::new(vec![1, 37], vec![f32::INFINITY; 37]).unwrap(),
    )];
    assert_eq!(b.reference(&zeros), Err(quorate_exact::infer::Fault::NaN));
    b.check(&[request(3), request(1), zeros, infinite, request(40)]);
}

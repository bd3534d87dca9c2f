//! Faults of several kinds in random programs: alone, in batches and in pieces the first one in the program's order counts.

use proptest::prelude::*;
use quorate_exact::infer::{Fault, Tensor};
use quorate_infer::{Runner, Session};
use quorate_program::{
    op::{Binary, Comparison, Reduction, Unary},
    Op, Type, Value,
};

use crate::build::{fault, options, Builder};

/// Rows [n, 4] by operations of which many have a fault for some rows.
fn program(choices: &[(u8, u8, u8)]) -> Builder {
    let mut b = Builder::default();
    b.dimension("n", 1, 64);
    let x = b.input(Type::F32, &["n", "4"]);
    let float = |shape: &[usize], data: &[f32]| Value::F32(Tensor::new(shape.to_vec(), data.to_vec()).unwrap());
    let w = b.tensor(&[4, 4], 1.0);
    let row = b.given(float(&[4], &[1.0, -1.0, 300.0, 0.0]));
    let table = b.tensor(&[9, 4], 20.0);
    let scale = b.given(float(&[], &[0.0]));
    let zero = b.given(Value::U8(Tensor::new(vec![], vec![3]).unwrap()));
    let mut known = vec![x];
    let mut last = b.node(Op::Linear, &[x, w]);
    known.push(last);
    // What keeps all tensors alive, and rarely has a fault.
    last = b.node(Op::Binary(Binary::Add), &[last, row]);
    known.push(last);
    for &(what, first, how) in choices {
        let a = known[known.len() - 1 - usize::from(first) % known.len().min(3)];
        let unary = |b: &mut Builder, f, x| b.node(Op::Unary(f), &[x]);
        let y = match what % 13 {
            0 => unary(&mut b, Unary::Log, a),
            1 => unary(
                &mut b,
                [Unary::Sqrt, Unary::Exp, Unary::Neg, Unary::Relu][usize::from(how) % 4],
                a,
            ),
            2 => b.node(Op::Linear, &[a, w]),
            3 => b.node(Op::Binary(Binary::Add), &[a, known[known.len() - 1]]),
            4 => b.node(Op::Binary([Binary::Div, Binary::Mul][usize::from(how) % 2]), &[a, row]),
            5 => {
                let to = [Type::I8, Type::U8, Type::I32][usize::from(how) % 3];
                let whole = b.node(Op::Cast { to }, &[a]);
                b.node(Op::Cast { to: Type::F32 }, &[whole])
            }
            6 => {
                let axes = vec![1];
                let how = [Reduction::Max, Reduction::Min][usize::from(how) % 2];
                let most = b.node(Op::Reduce { axes, how, keep: false }, &[a]);
                let at = b.node(Op::Cast { to: Type::I64 }, &[most]);
                b.node(Op::Gather { axis: 0 }, &[table, at])
            }
            7 => {
                let less = b.node(Op::Compare(Comparison::Less), &[a, row]);
                b.node(Op::Where, &[less, row, x])
            }
            8 => {
                let whole = b.node(Op::QuantizeLinear, &[a, scale, zero]);
                b.node(Op::Cast { to: Type::F32 }, &[whole])
            }
            9 => {
                // Of the tensors alone.
                let own = match how % 3 {
                    0 => unary(&mut b, Unary::Sqrt, row),
                    1 => {
                        let whole = b.node(Op::Cast { to: Type::I8 }, &[row]);
                        b.node(Op::Cast { to: Type::F32 }, &[whole])
                    }
                    _ => unary(&mut b, Unary::Neg, row),
                };
                b.node(Op::Binary(Binary::Sub), &[own, a])
            }
            10 => {
                let whole = b.node(Op::Cast { to: Type::I32 }, &[a]);
                let whole = b.node(Op::Binary(Binary::Mul), &[whole, whole]);
                b.node(Op::Cast { to: Type::F32 }, &[whole])
            }
            11 => b.node(Op::Softmax { axis: 1 }, &[a]),
            _ => unary(&mut b, Unary::Square, a),
        };
        known.push(y);
    }
    let at = b.node(Op::ArgMax { axis: 1, keep: false }, &[known[known.len() - 1]]);
    let picked = b.node(Op::Gather { axis: 0 }, &[table, at]);
    let quantised = b.node(Op::QuantizeLinear, &[picked, scale, zero]);
    b.output(quantised);
    let read: std::collections::BTreeSet<u32> = b.graph.nodes.iter().flat_map(|n| n.operands.clone()).collect();
    for value in known {
        if !read.contains(&value) {
            b.output(value);
        }
    }
    b
}

fn rows(data: &[f32]) -> Value {
    Value::F32(Tensor::new(vec![data.len() / 4, 4], data.to_vec()).unwrap())
}

fn kind<T>(result: Result<T, Fault>) -> Result<T, &'static str> {
    result.map_err(|fault| match fault {
        Fault::NaN => "NaN",
        Fault::Range => "Range",
        Fault::Index { .. } => "Index",
        _ => "other",
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_faults_should_be_the_references(
        choices in prop::collection::vec(any::<(u8, u8, u8)>(), 1..9),
        numbers in prop::collection::vec(
            prop::sample::select(vec![0.0f32, -0.0, 1.0, 2.5, 0.3, 7.0, -1.0, 9.0, 1e3, 1e5, -1e30, f32::INFINITY]), 24,
        ),
        chunk in 1usize..4,
    ) {
        let b = program(&choices);
        let requests: Vec<Vec<Value>> =
            numbers.chunks(8).chain([&numbers[..], &[0.5; 8]]).map(|data| vec![rows(data)]).collect();
        b.check(&requests);
        let whole = b.reference(&[rows(&numbers)]);
        for options in options() {
            let model = b.model(options);
            let mut session = Session::new(model.clone(), 32).unwrap();
            let mut bytes = vec![vec![]; b.graph.outputs.len()];
            let done = Runner::new(model).extend(&mut session, &[rows(&numbers)], chunk, &|_, _| true, &mut |outputs| {
                bytes.iter_mut().zip(outputs).for_each(|(bytes, output)| bytes.extend(output.bytes()));
                true
            });
            let got = kind(done.map_err(fault).map(|()| bytes));
            let whole = whole.clone().map(|outputs| outputs.iter().map(Value::bytes).collect::<Vec<_>>());
            prop_assert_eq!(got, kind(whole));
        }
    }
}

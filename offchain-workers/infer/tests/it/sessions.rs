//! Sequences in pieces and token by token: the bits of one run.

use quorate_exact::infer::{sample::Sampler, Fault, Tensor};
use quorate_infer::{Choice, ModelError, Options, Runner, Session, Stop};
use quorate_program::{op::Unary, Op, Type, Value};

use crate::{
    build::{d, ids, numbers, options, Builder},
    models::{bert, llama, real},
};

fn tokens(data: &[i64]) -> Value {
    Value::I64(Tensor::new(vec![data.len()], data.to_vec()).unwrap())
}

fn list(value: &Value) -> Vec<i64> {
    match value {
        Value::I64(tensor) => tensor.data().to_vec(),
        _ => unreachable!(),
    }
}

#[test]
fn pieces_should_have_the_bits_of_the_whole() {
    let b = llama(2, 64);
    let all = list(&ids(5, 45, 50));
    let whole = b.reference(&[tokens(&all)]).unwrap()[0].bytes();
    for options in options() {
        let model = b.model(options);
        let mut runner = Runner::new(model.clone());
        for chunk in [1, 4, 7, 45, 100] {
            let mut session = Session::new(model.clone(), 64).unwrap();
            let mut bytes = vec![];
            runner
                .extend(&mut session, &[tokens(&all)], chunk, &|_, _| true, &mut |rows| {
                    bytes.extend(rows[0].bytes());
                    true
                })
                .unwrap();
            assert!(bytes == whole, "in pieces of {chunk}, {options:?}");
            assert_eq!(session.len(), 45);
        }
    }
}

#[test]
fn several_sequences_should_go_on_at_once() {
    let b = llama(2, 64);
    let all: Vec<Vec<i64>> = [12, 3, 30].iter().map(|&n| list(&ids(n as u64, n + 5, 50))).collect();
    let wholes: Vec<Vec<u8>> = all
        .iter()
        .map(|all| b.reference(&[tokens(all)]).unwrap()[0].bytes())
        .collect();
    for options in options() {
        let model = b.model(options);
        let mut runner = Runner::new(model.clone());
        let mut sessions: Vec<Session> = all.iter().map(|_| Session::new(model.clone(), 64).unwrap()).collect();
        let mut bytes: Vec<Vec<u8>> = vec![vec![]; 3];
        for i in 0..3 {
            let first = &all[i][..all[i].len() - 5];
            let own = &mut bytes[i];
            runner
                .extend(&mut sessions[i], &[tokens(first)], 8, &|_, _| true, &mut |rows| {
                    own.extend(rows[0].bytes());
                    true
                })
                .unwrap();
        }
        for step in 0..5 {
            let next: Vec<[Value; 1]> = all
                .iter()
                .map(|all| [tokens(&all[all.len() - 5 + step..][..1])])
                .collect();
            let inputs: Vec<&[Value]> = next.iter().map(|next| next.as_slice()).collect();
            let mut sessions: Vec<&mut Session> = sessions.iter_mut().collect();
            for (answer, bytes) in runner
                .step(&mut sessions, &inputs, &|_, _| true)
                .unwrap()
                .into_iter()
                .zip(&mut bytes)
            {
                bytes.extend(answer.unwrap()[0].bytes());
            }
        }
        assert!(bytes == wholes, "{options:?}");
    }
}

#[test]
fn a_fault_should_be_that_of_the_whole_and_leave_the_session() {
    // Token 7 gives NaN behind the Gather.
    let mut b = Builder::default();
    b.dimension("tokens", 1, 32);
    let at = b.input(Type::I64, &["tokens"]);
    let table = numbers(3, 50 * 4, 1.0)
        .iter()
        .enumerate()
        .map(|(i, x)| if i / 4 == 7 { -1.0 } else { x * x + 0.1 })
        .collect();
    let table = b.given(Value::F32(Tensor::new(vec![50, 1, 4], table).unwrap()));
    let x = b.node(Op::Gather { axis: 0 }, &[table, at]);
    let x = b.node(Op::Unary(Unary::Log), &[x]);
    let scale = real(0.5);
    let y = b.node(Op::Attention { causal: true, scale }, &[x, x, x]);
    b.output(y);
    let model = b.model(Options::default());
    let mut runner = Runner::new(model.clone());
    for (all, fault) in [
        (vec![1, 2, 7, 3, 4, 5, 6, 8, 9], Fault::NaN),
        (vec![1, 2, 7, 3, 4, 5, 6, 99, 9], Fault::Index { index: 99, size: 50 }),
        (
            vec![1, 2, 7, 3, -51, 5, 6, 99, 9],
            Fault::Index { index: -51, size: 50 },
        ),
    ] {
        assert_eq!(b.reference(&[tokens(&all)]), Err(fault));
        for chunk in [1, 2, 3, 20] {
            let mut session = Session::new(model.clone(), 32).unwrap();
            runner
                .extend(&mut session, &[tokens(&[1, 2])], 2, &|_, _| true, &mut |_| true)
                .unwrap();
            let got = runner.extend(&mut session, &[tokens(&all)], chunk, &|_, _| true, &mut |_| true);
            let kind = |fault: &Fault| matches!(fault, Fault::Index { .. });
            match got.unwrap_err() {
                Stop::Fault(got) => assert_eq!(kind(&got), kind(&fault), "pieces of {chunk}"),
                other => panic!("{other}"),
            }
            assert_eq!(session.len(), 2);
            let good = [1, 2, 3, 4, 5];
            let mut bytes = vec![];
            runner
                .extend(&mut session, &[tokens(&good[2..])], 3, &|_, _| true, &mut |rows| {
                    bytes.extend(rows[0].bytes());
                    true
                })
                .unwrap();
            let whole = b.reference(&[tokens(&good)]).unwrap()[0].bytes();
            assert!(whole.ends_with(&bytes));
        }
    }
}

#[test]
fn what_does_not_fit_should_be_refused() {
    let model = llama(1, 16).model(Options::default());
    let mut runner = Runner::new(model.clone());
    let mut session = Session::new(model.clone(), 6).unwrap();
    runner
        .extend(&mut session, &[tokens(&[1, 2, 3, 4])], 4, &|_, _| true, &mut |_| true)
        .unwrap();
    let refused = runner.extend(&mut session, &[tokens(&[1, 2, 3])], 4, &|_, _| true, &mut |_| true);
    assert_eq!(refused.unwrap_err(), Stop::Context { capacity: 6, needed: 7 });
    let two = [tokens(&[1, 2])];
    let refused = runner.step(&mut [&mut session], &[&two], &|_, _| true);
    assert_eq!(refused.unwrap_err(), Stop::Fault(Fault::Parameter("inputs")));
    let stopped = runner.extend(&mut session, &[tokens(&[1, 2])], 1, &|_, _| true, &mut |_| false);
    assert_eq!((stopped.unwrap_err(), session.len()), (Stop::Cancelled, 4));
    session.truncate(1);
    assert_eq!(session.len(), 1);
    assert_eq!(Session::memory(&model, 6), 2 * 4 * 6 * 16);
    let other = llama(1, 16).model(Options::default());
    let refused = Runner::new(other).extend(&mut session, &[tokens(&[1])], 4, &|_, _| true, &mut |_| true);
    assert_eq!(refused.unwrap_err(), Stop::Fault(Fault::Parameter("session")));
}

/// A piece of a prompt takes minutes where a program is large: it ends before the next step, and nothing is left of it.
#[test]
fn a_piece_should_end_between_its_steps() {
    let b = llama(1, 16);
    let model = b.model(Options::default());
    let steps = model.steps().len();
    assert!(steps > 8, "{steps} steps");
    let mut runner = Runner::new(model.clone());
    let mut session = Session::new(model.clone(), 16).unwrap();
    let all = [1, 2, 3, 4, 5, 6];
    let whole = b.reference(&[tokens(&all)]).unwrap()[0].bytes();
    let rest = |runner: &mut Runner, session: &mut Session| {
        let mut bytes = vec![];
        runner
            .extend(
                session,
                &[tokens(&all[session.len()..])],
                2,
                &|_, _| true,
                &mut |rows| {
                    bytes.extend(rows[0].bytes());
                    true
                },
            )
            .unwrap();
        bytes
    };
    for ends in [0, 1, steps - 1] {
        session.truncate(0);
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let go_on = |done, of| {
            assert_eq!(of, steps);
            // In the second piece.
            asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < steps || done < ends
        };
        let stopped = runner.extend(&mut session, &[tokens(&all)], 4, &go_on, &mut |_| true);
        assert_eq!((stopped.unwrap_err(), session.len()), (Stop::Cancelled, 0));
        assert_eq!(asked.into_inner(), steps + ends + 1);
        assert!(rest(&mut runner, &mut session) == whole);
        session.truncate(3);
        let next = [tokens(&all[3..4])];
        let stopped = runner.step(&mut [&mut session], &[&next], &|done, _| done < ends);
        assert_eq!((stopped.unwrap_err(), session.len()), (Stop::Cancelled, 3));
        assert!(whole.ends_with(&rest(&mut runner, &mut session)));
    }
}

fn why_not(b: &Builder) -> String {
    match Session::new(b.model(Options::default()), 4) {
        Err(ModelError::NotCausal(why)) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("causal"),
    }
}

#[test]
fn what_looks_ahead_should_be_refused_as_not_causal() {
    assert_eq!(
        why_not(&bert()),
        "input \"input0\" has not the dimension as its first axis"
    );
    let of = |min: u32, op: Op| {
        let mut b = Builder::default();
        b.dimension("rows", min, 8);
        let x = b.input(Type::F32, &["rows", "4"]);
        let y = b.node(op, &[x]);
        b.output(y);
        b
    };
    assert_eq!(
        why_not(&of(2, Op::Softmax { axis: 1 })),
        "dimension rows is at least 2: no piece may be shorter"
    );
    assert_eq!(
        why_not(&of(1, Op::Softmax { axis: 0 })),
        "node 0 (Softmax) takes more of the rows than those up to its own"
    );
    assert_eq!(
        why_not(&of(1, Op::Transpose { order: vec![1, 0] })),
        "node 0 (Transpose) takes more of the rows than those up to its own"
    );
    let at_the_end = Op::Slice {
        axis: 1,
        count: d("1"),
        start: d("rows")
            .minus(&5.into())
            .unwrap()
            .quotient(4)
            .unwrap()
            .unwrap()
            .plus(&2.into())
            .unwrap(),
        step: 1,
    };
    assert_eq!(
        why_not(&of(1, at_the_end)),
        "node 0 (Slice) depends on how many rows there are"
    );
    assert!(Session::new(of(1, Op::Softmax { axis: 1 }).model(Options::default()), 4).is_ok());
}

#[test]
fn an_answer_should_be_checked_by_one_run() {
    let b = llama(2, 64);
    let model = b.model(Options::default());
    let mut runner = Runner::new(model.clone());
    let prompt = [3, 1, 4, 1, 5];
    let draw = Sampler::Draw {
        temperature: 0.8,
        top_k: 20,
    };
    for sampler in [Sampler::Argmax, draw] {
        let choice = Choice { sampler, seed: [7; 32] };
        let mut session = Session::new(model.clone(), 64).unwrap();
        let (mut answer, mut logits) = (vec![], vec![]);
        runner
            .generate(&mut session, &prompt, &choice, 3, &mut |token, row| {
                answer.push(token);
                logits.extend_from_slice(row);
                answer.len() < 20
            })
            .unwrap();
        assert_eq!(session.len(), 24);
        for chunk in [1, 7, 64] {
            let mut checked = vec![];
            session.truncate(0);
            let verdict = runner.check(&mut session, &prompt, &answer, &choice, chunk, &mut |row| {
                checked.extend_from_slice(row)
            });
            assert_eq!(verdict, Ok(None));
            assert!(checked == logits);
            let mut other = answer.clone();
            other[11] = (other[11] + 1) % 50;
            session.truncate(0);
            let verdict = runner.check(&mut session, &prompt, &other, &choice, chunk, &mut |_| {});
            assert_eq!(verdict, Ok(Some(11)));
        }
    }
}

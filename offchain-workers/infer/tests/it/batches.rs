//! Batches: each request as if it were alone.

use quorate_exact::infer::Fault;
use std::sync::Arc;

use quorate_infer::{Model, Options, Plan, Runner, Stop};
use quorate_program::Value;

use crate::{
    build::{assert_same, ids, options},
    models::{bert, bert_request, llama},
};

#[test]
fn a_bad_request_should_spoil_no_other() {
    let b = llama(1, 32);
    let bad = Value::I64(quorate_exact::infer::Tensor::new(vec![3], vec![1, 50, 2]).unwrap());
    let requests = [
        vec![ids(1, 9, 50)],
        vec![bad],
        vec![ids(2, 33, 50)],
        vec![],
        vec![ids(3, 30, 50)],
    ];
    let expected: Vec<_> = requests.iter().map(|inputs| b.reference(inputs)).collect();
    assert_eq!(expected[1], Err(Fault::Index { index: 50, size: 50 }));
    for options in options() {
        let batch: Vec<&[Value]> = requests.iter().map(Vec::as_slice).collect();
        let answers = Runner::new(b.model(options)).run_batch(&batch, &|_, _| true).unwrap();
        for (got, expected) in answers.iter().zip(&expected) {
            assert_same(got, expected, &format!("{options:?}"));
        }
    }
}

#[test]
fn memory_should_be_known_before_and_not_grow() {
    let b = bert();
    let requests: Vec<_> = (0..4).map(|i| bert_request(i, 10 + i as usize, 9)).collect();
    let batch: Vec<&[Value]> = requests.iter().map(Vec::as_slice).collect();
    let model = b.model(Options::default());
    let sizes: Vec<_> = (10..14).map(|n| [("tokens".to_owned(), n)].into()).collect();
    let needed = Plan::new(&model, &sizes, 0).unwrap().memory();
    let mut runner = Runner::new(model);
    runner.run_batch(&batch, &|_, _| true).unwrap();
    let held = runner.memory();
    assert!(held >= needed && held < needed + 256, "{held} {needed}");
    for _ in 0..20 {
        runner.run_batch(&batch, &|_, _| true).unwrap();
        runner.run(batch[0]).unwrap();
    }
    assert_eq!(runner.memory(), held);
    // With less, fewer are run at once.
    let limited = |memory| {
        let mut model = Model::new(b.program(), &b.held(), Options::default()).unwrap();
        model.allow(model.bytes() + memory);
        Arc::new(model)
    };
    let whole = runner.run_batch(&batch, &|_, _| true).unwrap();
    let single = Plan::new(&b.model(Options::default()), &sizes[3..], 0)
        .unwrap()
        .memory();
    for memory in [needed - 1, single] {
        let mut less = Runner::new(limited(memory));
        assert_eq!(less.run_batch(&batch, &|_, _| true).unwrap(), whole);
        assert!(less.memory() < memory + 256);
    }
    let refused = Runner::new(limited(single - 1)).run_batch(&batch, &|_, _| true);
    let (needed, limit) = (single, single - 1);
    assert_eq!(refused.unwrap_err(), Stop::Memory { needed, limit });
}

#[test]
fn weights_should_be_kept_once() {
    let b = bert();
    let own: u64 = b.tensors.iter().map(|tensor| tensor.bytes().len() as u64).sum();
    let kept = b.model(Options::default()).bytes();
    assert!(kept <= own + 20 * 128, "{kept} bytes for {own}");
}

#[test]
fn a_run_should_end_when_asked_to() {
    let b = llama(1, 8);
    let tokens = vec![ids(1, 4, 50)];
    let mut runner = Runner::new(b.model(Options::default()));
    let refused = runner.run_batch(&[&tokens], &|done, all| {
        assert!(done < all);
        done < 3
    });
    assert_eq!(refused.unwrap_err(), Stop::Cancelled);
    assert!(runner.run(&tokens).is_ok());
}

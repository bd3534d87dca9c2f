//! Answers of batches beside those of the reference.

use crate::{
    batch::{blob, drawn, engine, generate, mixed, reference, Batch},
    sketch::{file_of, llama},
};
use quorate_engine::{verify_answer, AnswerRow, Control, Engine, InferInput, Isa, Level, Settings, TileEngine};
use quorate_inference::{Answer, Answered};
use quorate_primitives::job::infer::AnswerStatus;

#[test]
fn answers_should_be_the_references_bit_for_bit() {
    let batch = mixed();
    let expected = batch.expected();
    let count = |status| expected.iter().filter(|(row, _)| row.status == status).count();
    assert_eq!(
        [AnswerStatus::Answered, AnswerStatus::Fault, AnswerStatus::Unfit].map(count),
        [17, 5, 9],
        "{expected:?}"
    );
    // Some stop before all that was asked for.
    assert!(expected
        .iter()
        .any(|(row, bytes)| row.tokens > 0 && row.tokens < 5 && bytes.len() > 33));
    for threads in [1, 3] {
        assert!(batch.answered(threads, None).unwrap() == expected, "{threads} threads");
    }
    // In another order each has the same answer.
    let mut turned = mixed();
    turned.requests.reverse();
    let mut got = turned.answered(2, None).unwrap();
    got.reverse();
    assert!(got == expected);
}

#[test]
fn answers_should_not_depend_on_the_instructions() {
    let batch = mixed();
    let expected = batch.expected();
    for isa in Isa::available() {
        let engine = TileEngine::new(Settings {
            threads: 1,
            instructions: isa.level(),
            ..Settings::default()
        });
        assert!(batch.answered_by(&engine).unwrap() == expected, "{}", isa.level());
    }
}

#[test]
fn fault_after_some_tokens_should_answer_with_these_tokens() {
    let mut batch = Batch::new(&llama(1, 60));
    for number in 0..8 {
        // Among all tokens some have no logarithm: such a sequence ends in a fault when it is run.
        batch.ask(generate(40, drawn(5.0, 30), None), &[number]);
    }
    let expected = batch.expected();
    let faults = expected
        .iter()
        .filter(|(row, _)| row.status == AnswerStatus::Fault && row.tokens > 1);
    assert!(faults.count() > 2, "{expected:?}");
    assert!(batch.answered(2, None).unwrap() == expected);
}

#[test]
fn version_without_the_programs_tensors_should_make_all_unfit() {
    let mut batch = mixed();
    let expected: Vec<_> = batch
        .requests
        .iter()
        .map(|(request, input)| {
            let bytes = Answer::Unfit.write(&quorate_inference::salt(input));
            (Answered::UNFIT.row(request.id, reference(&bytes)), bytes)
        })
        .collect();
    batch.version = llama(1, 100).version();
    assert!(batch.answered(1, None).unwrap() == expected);
    let (request, input) = &batch.requests[0];
    let (row, bytes) = &expected[0];
    let one = InferInput {
        requests: vec![(request.clone(), blob(input))],
        ..batch.input()
    };
    let found = verify_answer(&one, (row, bytes), (1, None, Level::Avx512), &Control::default()).unwrap();
    assert_eq!(found, Ok(()));
}

#[test]
fn batch_should_be_answered_with_the_tensors_of_a_version_and_of_its_frozen_base() {
    let batch = mixed();
    let expected: Vec<AnswerRow> = batch.expected().into_iter().map(|(row, _)| row).collect();
    let all = || batch.program.graph().tensors.iter().zip(&batch.tensors);
    let part = |even: bool| {
        let own = all().enumerate().filter(|(number, _)| (number % 2 == 0) == even);
        file_of(own.map(|(_, pair)| pair))
    };
    for (version, base) in [(part(true), part(false)), (part(false), part(true))] {
        let input = InferInput {
            version: blob(&version),
            frozen_base: Some(blob(&base)),
            ..batch.input()
        };
        let rows = engine(1, None).infer(&input, &mut |_| Ok(()), &Control::default());
        assert_eq!(rows.unwrap(), expected);
    }
}

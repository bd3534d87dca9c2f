//! A generated row has the same bits in whatever piece it is computed.

use quorate_exact::infer::Tensor;
use quorate_inference::Answer;
use quorate_program::Value;

use crate::case::{generated, Case};

/// The rows of the first output of a run over these tokens.
fn logits(case: &Case, tokens: &[i64]) -> Vec<Vec<u8>> {
    let input = Value::I64(Tensor::new(vec![tokens.len()], tokens.to_vec()).unwrap());
    let outputs = case.program.run(vec![input], case.tensors.as_deref().unwrap()).unwrap();
    let bytes = outputs[0].bytes();
    bytes.chunks(bytes.len() / tokens.len()).map(<[u8]>::to_vec).collect()
}

#[test]
fn one_run_should_have_the_rows_of_all_shorter_ones() {
    let mut rows = 0;
    for case in generated() {
        let Answer::Tokens(chosen) = case.answered().answer else {
            continue;
        };
        let prompt = case.asked().unwrap().prompt().to_vec();
        let all: Vec<i64> = prompt
            .iter()
            .copied()
            .chain(chosen.iter().map(|&token| token.into()))
            .collect();
        let whole = logits(&case, &all[..all.len() - 1]);
        for end in 1..all.len() {
            assert_eq!(logits(&case, &all[..end]), whole[..end]);
            rows += 1;
        }
    }
    assert!(rows > 30, "{rows}");
}

#[test]
fn rows_should_not_depend_on_what_follows() {
    for case in generated() {
        let mut tokens = case.asked().unwrap().prompt().to_vec();
        let alone = logits(&case, &tokens);
        let known = tokens.len();
        let most = case.program.graph().dimensions[0].max as usize;
        for other in 0..3 {
            tokens.truncate(known);
            tokens.extend([0, other % 2, 0].iter().take(most - known));
            assert_eq!(logits(&case, &tokens)[..known], alone);
        }
    }
}

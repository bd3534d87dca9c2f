//! An answer is checked from its bytes: the right one is taken, by one run, and no other is.

use quorate_exact::infer::Fault;
use quorate_inference::{salt, Answer, Answered, Runs, Wrong};
use quorate_primitives::job::infer::{AnswerRow, AnswerStatus, Choice, Task};
use quorate_program::Value;

use crate::case::{blob, generated, requests, run, Case};

/// The reference's runs, counted: rows of runs over tokens, and other runs.
struct Counted<'a> {
    case: &'a Case,
    over: Vec<usize>,
    others: usize,
}

impl Runs for Counted<'_> {
    type Failure = ();

    fn outputs(&mut self, inputs: &[Value]) -> Result<Result<Vec<Value>, Fault>, ()> {
        self.others += 1;
        Ok(self
            .case
            .program
            .run(inputs.to_vec(), self.case.tensors.as_deref().unwrap()))
    }

    fn logits(&mut self, tokens: &[i64], from: usize, each: &mut dyn FnMut(&[f32])) -> Result<Result<(), Fault>, ()> {
        self.over.push(tokens.len());
        let input = quorate_exact::infer::Tensor::new(vec![tokens.len()], tokens.to_vec()).unwrap();
        let outputs = self
            .case
            .program
            .run(vec![Value::I64(input)], self.case.tensors.as_deref().unwrap());
        Ok(outputs.map(|outputs| {
            let Value::F32(logits) = &outputs[0] else {
                unreachable!()
            };
            logits.data().chunks(logits.shape()[1]).skip(from).for_each(each)
        }))
    }
}

fn verdict(case: &Case, row: &AnswerRow, answer: &[u8]) -> Result<(), Wrong> {
    case.checked(row, answer).verify(&case.program, case.tensors.as_deref())
}

#[test]
fn a_transcript_should_be_checked_by_one_run() {
    for case in run() {
        let (answer, row) = case.written();
        let mut counted = Counted {
            case: &case,
            over: Vec::new(),
            others: 0,
        };
        let found = case.checked(&row, &answer).verify_by(&case.program, Some(&mut counted));
        assert_eq!(found, Ok(Ok(())));
        let prompt = case.asked().unwrap().prompt().len();
        match case.answered().answer {
            Answer::Tokens(tokens) => assert_eq!(counted.over, [prompt + tokens.len() - 1]),
            // The last one shows the fault.
            Answer::Fault(_, tokens) if case.generation().is_some() => {
                let before = (!tokens.is_empty()).then(|| prompt + tokens.len() - 1);
                assert_eq!(
                    counted.over,
                    before.into_iter().chain([prompt + tokens.len()]).collect::<Vec<_>>()
                );
            }
            _ => assert_eq!((counted.over.len(), counted.others), (0, 1)),
        }
    }
}

#[test]
fn a_transcript_with_another_token_should_be_wrong() {
    let mut tried = 0;
    for case in generated() {
        let answered = case.answered();
        let salt = salt(&case.input);
        for at in 0..answered.answer.tokens().len() {
            for other in 0..3 {
                let mut answer = answered.answer.clone();
                let (Answer::Tokens(tokens) | Answer::Fault(_, tokens)) = &mut answer else {
                    unreachable!()
                };
                if tokens[at] == other {
                    continue;
                }
                tokens[at] = other;
                // The liar's row is that of its answer.
                let bytes = answer.write(&salt);
                let other = Answered {
                    answer,
                    ..answered.clone()
                };
                let row = other.row(case.request.id, blob(&bytes));
                assert!(verdict(&case, &row, &bytes).is_err());
                tried += 1;
            }
        }
    }
    assert!(tried > 50, "{tried}");
}

#[test]
fn a_transcript_that_ends_elsewhere_should_be_wrong() {
    for case in generated() {
        let answered = case.answered();
        let salt = salt(&case.input);
        let tokens = answered.answer.tokens();
        let shorter = tokens[..tokens.len() - 1].to_vec();
        let longer = [tokens, &[0]].concat();
        for tokens in [shorter, longer] {
            let answers = [
                Answer::Tokens(tokens.clone()),
                Answer::Fault(quorate_inference::FaultKind::NaN, tokens.clone()),
                Answer::Fault(quorate_inference::FaultKind::Index, tokens),
            ];
            for answer in answers {
                let bytes = answer.write(&salt);
                let other = Answered {
                    answer,
                    ..answered.clone()
                };
                let row = other.row(case.request.id, blob(&bytes));
                assert!(verdict(&case, &row, &bytes).is_err());
            }
        }
    }
}

#[test]
fn another_row_should_be_wrong() {
    for case in requests() {
        let (answer, row) = case.written();
        assert_eq!(verdict(&case, &row, &answer), Ok(()));
        let status = match row.status {
            AnswerStatus::Answered => AnswerStatus::Fault,
            _ => AnswerStatus::Answered,
        };
        let mut trace = row.trace;
        trace = {
            let mut bytes: [u8; 32] = trace.into();
            bytes[31] ^= 1;
            bytes.into()
        };
        let others = [
            AnswerRow {
                request: row.request ^ 1,
                ..row.clone()
            },
            AnswerRow { status, ..row.clone() },
            AnswerRow {
                answer: blob(&[&answer[..], &[0]].concat()),
                ..row.clone()
            },
            AnswerRow { trace, ..row.clone() },
            AnswerRow {
                tokens: row.tokens ^ 1,
                ..row.clone()
            },
            AnswerRow {
                operations: row.operations ^ 1,
                ..row.clone()
            },
        ];
        for other in others {
            assert_eq!(verdict(&case, &other, &answer), Err(Wrong::Row));
        }
    }
}

#[test]
fn other_bytes_of_an_answer_should_be_wrong() {
    let mut tried = 0;
    for case in requests() {
        let (answer, row) = case.written();
        for at in (0..answer.len()).filter(|at| answer.len() < 300 || at % 7 == 0) {
            let mut other = answer.clone();
            other[at] ^= 1 << (at % 8);
            let row = AnswerRow {
                answer: blob(&other),
                ..row.clone()
            };
            assert!(verdict(&case, &row, &other).is_err(), "byte {at}");
            tried += 1;
        }
        for other in [&answer[..answer.len() - 1], &[&answer[..], &[0]].concat()] {
            let row = AnswerRow {
                answer: blob(other),
                ..row.clone()
            };
            assert!(verdict(&case, &row, other).is_err());
        }
    }
    assert!(tried > 1_000, "{tried}");
}

/// The logits are not in a transcript: whoever copies it does not know them, nor does whoever computed another request.
#[test]
fn the_trace_should_depend_on_every_logit_and_on_the_salt() {
    for case in generated() {
        let own = case.answered();
        let mut input = case.input.clone();
        input[0] ^= 1;
        let other = Case {
            input,
            ..Case::clone(&case)
        };
        let answered = other.answered();
        assert_eq!(answered.answer, own.answer);
        assert_ne!(answered.trace, own.trace);
        // All logits moved by a little, of another model, that chooses the same tokens.
        let tensors = case.tensors.clone().unwrap();
        let moved: Vec<Value> = tensors.iter().map(nudged).collect();
        let other = Case {
            tensors: Some(moved.clone()),
            ..Case::clone(&case)
        };
        let answered = other.answered();
        if moved != tensors && answered.answer == own.answer && first_logits(&other) != first_logits(&case) {
            assert_ne!(answered.trace, own.trace);
        }
    }
}

fn first_logits(case: &Case) -> Vec<u8> {
    let inputs = case.asked().unwrap().inputs;
    let outputs = case.program.run(inputs, case.tensors.as_deref().unwrap()).unwrap();
    let bytes = outputs[0].bytes();
    bytes[bytes.len() - outputs[0].shape()[1] * 4..].to_vec()
}

fn nudged(value: &Value) -> Value {
    let Value::F32(x) = value else { return value.clone() };
    let data = x
        .data()
        .iter()
        .map(|x| f32::from_bits(x.to_bits() ^ 1))
        .map(|x| if x.is_nan() { 0.0 } else { x });
    Value::F32(quorate_exact::infer::Tensor::new(x.shape().to_vec(), data.collect()).unwrap())
}

/// A request's seed is of its number and of its batch; without a draw it changes nothing.
#[test]
fn another_seed_should_change_draws_alone() {
    let mut changed = 0;
    for case in generated() {
        let own = case.answered();
        let drawn = matches!(case.generation().unwrap().choice, Choice::Drawn { top: 2.., .. });
        for byte in 0..8 {
            let mut other = Case::clone(&case);
            other.seed[byte] ^= 0x10;
            let mut renamed = Case::clone(&case);
            renamed.request.id ^= 1 << byte;
            for other in [other.answered(), renamed.answered()] {
                changed += usize::from(other != own);
                assert!(drawn || other == own);
            }
        }
    }
    assert!(changed > 10, "{changed}");
}

#[test]
fn a_request_should_have_no_answer_for_fewer_operations_than_it_needs() {
    for mut case in run() {
        let task: &Task = &case.request.task;
        let asked = case.asked().unwrap();
        let needed =
            quorate_inference::operations(&case.program, task, &asked, quorate_inference::asked_for(task)).unwrap();
        case.request.operations = needed;
        let own = case.answered();
        assert_ne!(own, Answered::UNFIT);
        assert!(own.operations <= needed);
        case.request.operations = needed - 1;
        assert_eq!(case.answered(), Answered::UNFIT);
        case.request.operations = needed;
        case.tensors = None;
        assert_eq!(case.answered(), Answered::UNFIT);
    }
}

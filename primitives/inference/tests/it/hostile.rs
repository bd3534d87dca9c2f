//! Bytes from outside: read as they are written, or not at all; with memory in proportion to them.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use quorate_exact::infer::{Fault, Tensor};
use quorate_inference::{salt, write, Answer, Asked, Malformed, Unreadable, MAX_ANSWER, SALT};
use quorate_primitives::job::infer::{Choice, Generation, Task};
use quorate_program::{Dimension, Expression, Graph, Input, Node, Op, Output, Program, Type, Value};

use crate::{
    case::requests,
    random::{seed, Random},
};

/// The system's allocator, with the bytes that this thread holds and the most that it held.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn tally(bytes: isize) {
    HELD.set(HELD.get() + bytes);
    MOST.set(MOST.get().max(HELD.get()));
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        tally(layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        tally(-(layout.size() as isize));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Most bytes that were held while this ran, beyond those before.
fn most<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    MOST.set(before);
    let result = run();
    (result, (MOST.get() - before) as usize)
}

/// A program that answers what it is given: f32 [n, wide].
fn copies(wide: i64, largest: u32) -> Program {
    let shape = vec![Expression::dimension("n"), wide.into()];
    Program::new(Graph {
        dimensions: vec![Dimension {
            max: largest,
            min: 1,
            name: "n".into(),
        }],
        inputs: vec![Input {
            name: "x".into(),
            shape,
            element: Type::F32,
        }],
        nodes: vec![Node {
            operands: vec![0, 0],
            op: Op::Concat { axis: 1 },
        }],
        outputs: vec![Output {
            name: "y".into(),
            value: 1,
        }],
        ..Graph::default()
    })
    .unwrap()
}

#[test]
fn a_request_that_is_read_should_be_written_in_the_same_bytes() {
    let seed = seed();
    let mut random = Random(seed);
    let mut read = 0;
    for case in requests() {
        for _ in 0..60 {
            let mut blob = case.input.clone();
            for _ in 0..random.below(3) {
                let at = random.below(blob.len().max(1));
                match random.below(4) {
                    0 => blob.truncate(at),
                    1 => blob.insert(at.min(blob.len()), 0),
                    _ if blob.is_empty() => (),
                    _ => blob[at] ^= 1 << random.below(8),
                }
            }
            let Ok(asked) = Asked::read(&case.program, &case.request.task, &blob) else {
                continue;
            };
            read += 1;
            assert_eq!(asked.len, blob.len() as u64);
            assert_eq!(write(&case.program, asked.salt, asked.inputs), Ok(blob));
        }
    }
    assert!(read > 500, "{read}");
}

#[test]
fn an_answer_that_is_read_should_be_written_in_the_same_bytes() {
    let seed = seed();
    let mut random = Random(seed);
    let mut read = 0;
    for case in requests() {
        let (answer, _) = case.written();
        let salt = salt(&case.input);
        for _ in 0..60 {
            let mut bytes = answer.clone();
            for _ in 0..random.below(3) {
                let at = SALT + random.below(bytes.len() - SALT);
                match random.below(4) {
                    0 => bytes.truncate(at),
                    1 => bytes.insert(at, random.below(7) as u8),
                    2 => bytes[at] = random.below(7) as u8,
                    _ => bytes[at] ^= 1 << random.below(8),
                }
                if bytes.len() <= SALT {
                    break;
                }
            }
            match Answer::read(&salt, &case.request.task, &bytes) {
                Ok(found) => {
                    read += 1;
                    assert_eq!(found.write(&salt), bytes);
                }
                Err(error) => assert_eq!(error, Unreadable::Form),
            }
            if let Some(first) = bytes.first_mut() {
                *first ^= 1;
                assert_eq!(Answer::read(&salt, &case.request.task, &bytes), Err(Unreadable::Salt));
            }
        }
    }
    assert!(read > 500, "{read}");
}

/// A run has an output, and what was generated a token.
#[test]
fn an_answer_of_nothing_should_be_none() {
    let salt = [7; SALT];
    let head = Answer::Unfit.write(&salt)[..SALT].to_vec();
    let generation = crate::case::generated().remove(0).request.task;
    // Nor does a run that ended in a fault have tokens.
    let fault = [&head[..], &[1, 0, 0, 0, 0]].concat();
    assert_eq!(Answer::read(&salt, &Task::Run, &fault), Err(Unreadable::Form));
    let found = Answer::read(&salt, &generation, &fault);
    assert_eq!(found, Ok(Answer::Fault(quorate_inference::FaultKind::NaN, vec![0])));
    for task in [Task::Run, generation] {
        assert_eq!(Answer::read(&salt, &task, &head), Err(Unreadable::Form));
        assert_eq!(
            Answer::read(&salt, &task, &[&head[..], &[0]].concat()),
            Err(Unreadable::Form)
        );
        assert_eq!(
            Answer::read(&salt, &task, &[&head[..], &[255]].concat()),
            Ok(Answer::Unfit)
        );
    }
}

#[test]
fn claimed_sizes_should_cost_no_memory() {
    let largest = 1 << 28;
    let program = copies(2, largest);
    for size in [1u32 << 20, largest, largest + 1, u32::MAX] {
        let mut blob = vec![7; SALT];
        blob.extend(size.to_le_bytes());
        blob.extend([0; 8]);
        let (found, held) = most(|| Asked::read(&program, &Task::Run, &blob));
        assert!(matches!(found, Err(Malformed::Row(_))));
        assert!(held < 10_000, "{held}");
    }
    let salt = [7; SALT];
    let head = Answer::Unfit.write(&salt)[..SALT].to_vec();
    for element in 0..6 {
        let side = (1u32 << 15).to_le_bytes();
        let bytes = [&head[..], &[0, element, 2], &side, &side, &[0; 40]].concat();
        let (found, held) = most(|| Answer::read(&salt, &Task::Run, &bytes));
        assert_eq!(found, Err(Unreadable::Form));
        assert!(held < 10_000, "{held}");
    }
}

#[test]
fn reading_should_take_memory_in_proportion_to_the_bytes() {
    let program = copies(1 << 10, 1 << 12);
    let rows = 1_000u32;
    let mut blob = vec![7; SALT];
    blob.extend(rows.to_le_bytes());
    blob.extend(vec![0; 4 << 10].repeat(rows as usize));
    let (found, held) = most(|| Asked::read(&program, &Task::Run, &blob));
    assert!(found.is_ok());
    assert!(held < 3 * blob.len(), "{held}");

    let salt = [7; SALT];
    // As many outputs as can be in an answer: each is one u8 without axes.
    let mut bytes = Answer::Unfit.write(&salt)[..SALT].to_vec();
    bytes.push(0);
    bytes.extend([4, 0, 9].repeat(MAX_ANSWER as usize / 3));
    let (_, held) = most(|| Answer::read(&salt, &Task::Run, &bytes));
    assert!(held < 4 * bytes.len(), "{held}");
}

#[test]
fn outputs_beyond_those_of_an_answer_should_be_refused() {
    let most = MAX_ANSWER as usize - 6;
    let program = Program::new(Graph {
        dimensions: vec![Dimension {
            max: 1 << 25,
            min: 1,
            name: "n".into(),
        }],
        inputs: vec![Input {
            name: "x".into(),
            shape: vec![Expression::dimension("n")],
            element: Type::U8,
        }],
        outputs: vec![Output {
            name: "y".into(),
            value: 0,
        }],
        ..Graph::default()
    })
    .unwrap();
    let read = |len: usize| {
        let bytes = Tensor::new(vec![len], vec![0; len]).unwrap();
        let blob = write(&program, [7; SALT], vec![Value::U8(bytes)]).unwrap();
        Asked::read(&program, &Task::Run, &blob).map(|_| ())
    };
    // Type, number of axes, and a size stand before them.
    assert_eq!(read(most), Ok(()));
    assert_eq!(read(most + 1), Err(Malformed::Long));
}

/// A program from an input [d, …] by a table [2, wide] of the model, causal, and what becomes of a request to generate.
fn generates(element: Type, more: &[i64], wide: u64, last: Option<Op>) -> Result<(), Malformed> {
    let d = Expression::dimension("d");
    let shape: Vec<Expression> = [d.clone()]
        .into_iter()
        .chain(more.iter().map(|&size| size.into()))
        .collect();
    let node = |op, operands: Vec<u32>| Node { operands, op };
    let mut nodes = vec![
        node(Op::Cast { to: Type::I64 }, vec![0]),
        node(Op::Gather { axis: 0 }, vec![1, 2]),
    ];
    let flat = vec![d.clone(), (wide as i64).into()];
    nodes.push(node(Op::Reshape { shape: flat }, vec![3]));
    nodes.extend(last.map(|op| node(op, vec![4])));
    let program = Program::new(Graph {
        dimensions: vec![Dimension {
            max: 100,
            min: 1,
            name: "d".into(),
        }],
        inputs: vec![Input {
            name: "tokens".into(),
            shape,
            element,
        }],
        tensors: vec![quorate_program::ModelTensor {
            name: "table".into(),
            shape: vec![2, wide],
            element: Type::F32,
        }],
        outputs: vec![Output {
            name: "logits".into(),
            value: 1 + nodes.len() as u32,
        }],
        nodes,
        ..Graph::default()
    })
    .unwrap();
    assert_eq!(program.causal(), Ok("d"));
    let shape: Vec<usize> = [1].into_iter().chain(more.iter().map(|&size| size as usize)).collect();
    let input = Value::from_bytes(element, &shape, &vec![0; element.bytes()]).unwrap();
    let blob = write(&program, [7; SALT], vec![input]).unwrap();
    let task = Task::Generate(Generation {
        max_tokens: 1,
        choice: Choice::Largest,
        stop: None,
    });
    Asked::read(&program, &task, &blob).map(|_| ())
}

#[test]
fn tokens_should_be_generated_by_programs_from_tokens_to_rows_of_logits_alone() {
    assert_eq!(generates(Type::I64, &[], 5, None), Ok(()));
    assert_eq!(generates(Type::I64, &[], 1 << 24, None), Ok(()));
    let three = Op::Reshape {
        shape: vec![Expression::dimension("d"), 5.into(), 1.into()],
    };
    let one = Op::ArgMax { axis: 1, keep: false };
    let others = [
        generates(Type::I32, &[], 5, None),
        generates(Type::I64, &[1], 5, None),
        generates(Type::I64, &[], 5, Some(Op::Cast { to: Type::I64 })),
        generates(Type::I64, &[], 5, Some(three)),
        generates(Type::I64, &[], 5, Some(one)),
        generates(Type::I64, &[], (1 << 24) + 1, None),
    ];
    assert_eq!(others, [const { Err(Malformed::NoTokens) }; 6]);
}

#[test]
fn a_row_should_have_at_most_16_mebibytes() {
    let (wide, rows) = (1, ((16 << 20) - 4) / 4);
    let program = copies(wide, 1 << 23);
    let task = Task::Run;
    let blob = |rows: usize| [vec![7; SALT], (rows as u32).to_le_bytes().to_vec(), vec![0; rows * 4]].concat();
    // The outputs are longer than an answer, which is looked at behind the row.
    assert_eq!(Asked::read(&program, &task, &blob(rows)), Err(Malformed::Long));
    assert_eq!(
        Asked::read(&program, &task, &blob(rows + 1)),
        Err(Malformed::Row(Fault::Size))
    );
}

#[test]
fn a_generation_that_no_program_has_should_be_refused() {
    let program = copies(2, 64);
    let blob = write(
        &program,
        [7; SALT],
        vec![Value::F32(Tensor::new(vec![1, 2], vec![0.0; 2]).unwrap())],
    )
    .unwrap();
    let generation = |max_tokens, choice| {
        Task::Generate(Generation {
            max_tokens,
            choice,
            stop: None,
        })
    };
    // Causal, but of other inputs than tokens.
    assert_eq!(
        Asked::read(&program, &generation(1, Choice::Largest), &blob),
        Err(Malformed::NoTokens)
    );

    let case = crate::case::generated().remove(0);
    let asked = |task| Asked::read(&case.program, &task, &case.input).map(|_| ());
    let most = case.program.graph().dimensions[0].max;
    let left = most - case.asked().unwrap().prompt().len() as u32;
    assert_eq!(asked(generation(left, Choice::Largest)), Ok(()));
    assert_eq!(
        asked(generation(left + 1, Choice::Largest)),
        Err(Malformed::Context { most: most.into() })
    );
    assert_eq!(asked(generation(0, Choice::Largest)), Err(Malformed::Tokens(0)));
    assert_eq!(
        asked(generation(65_537, Choice::Largest)),
        Err(Malformed::Tokens(65_537))
    );
    for bits in [0, 0x8000_0000, 0xbf80_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000] {
        let drawn = Choice::Drawn {
            temperature: bits,
            top: 1,
        };
        assert!(
            matches!(asked(generation(1, drawn)), Err(Malformed::Choice(_))),
            "{bits:x}"
        );
    }
    let drawn = |top| Choice::Drawn { temperature: 1, top };
    assert!(matches!(asked(generation(1, drawn(0))), Err(Malformed::Choice(_))));
    assert_eq!(asked(generation(1, drawn(u32::MAX))), Ok(()));
}

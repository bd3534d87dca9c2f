//! What holds for any bytes that are taken for a request or an answer; the fuzz targets have the same checks.

use quorate_exact::root;
use quorate_inference::{answer, asked_for, memory, operations, salt, write, Answer, Answered, Asked, Checked};
use quorate_primitives::{
    job::infer::{Choice, Generation, Request, Task},
    views::BlobRef,
};
use quorate_program::{Program, Sizes, Value};

/// Millions of operations, and elements of all values, of requests that are answered.
const SMALL: usize = 1 << 12;
/// Bytes of a task: what is asked, tokens, the choice's two numbers, the stop.
pub const TASK: usize = 14;

/// A task from its bytes, whatever they are.
pub fn task(bytes: &[u8; TASK]) -> Task {
    let word = |at: usize| bytes[at..].first_chunk().copied().map_or(0, u32::from_le_bytes);
    if bytes[0] == 0 {
        return Task::Run;
    }
    Task::Generate(Generation {
        max_tokens: word(2),
        choice: match bytes[1] & 1 {
            0 => Choice::Largest,
            _ => Choice::Drawn {
                temperature: word(6),
                top: word(10),
            },
        },
        stop: (bytes[1] & 2 != 0).then(|| word(10)),
    })
}

fn blob(bytes: &[u8]) -> BlobRef {
    BlobRef {
        root: root(bytes).into(),
        len: bytes.len() as u64,
    }
}

/// u16: bytes of a request's blob, which follow behind a task; then a program. What is read is written in the same bytes. What is small
/// is answered, the answer read again and found right; another one is not.
pub fn asked(bytes: &[u8]) {
    let Some((head, bytes)) = bytes.split_first_chunk::<{ 2 + TASK }>() else {
        return;
    };
    let len = usize::from(u16::from_le_bytes([head[0], head[1]])).min(bytes.len());
    let (input, program) = bytes.split_at(len);
    let task = head.last_chunk().map_or(Task::Run, task);
    let Ok(program) = Program::decode(program) else { return };
    let asked = match Asked::read(&program, &task, input) {
        Ok(asked) => asked,
        Err(malformed) => return assert!(malformed.to_string().len() < 10_000),
    };
    assert_eq!(asked.len, input.len() as u64);
    assert_eq!(write(&program, asked.salt, asked.inputs.clone()).as_deref(), Ok(input));
    let most = operations(&program, &task, &asked, asked_for(&task));
    let Some(most) = most.filter(|_| is_small(&program, &task, &asked)) else {
        return;
    };
    let named = memory(&program, &task, &asked).unwrap();
    let request = Request {
        id: 7,
        input: blob(input),
        task,
        operations: most,
        memory: named,
    };
    let tensors = tensors(&program, &asked.sizes);
    let seed = [3; 32];
    let answered = answer(&program, Some(&tensors), &request, input, &seed);
    assert_ne!(answered, Answered::UNFIT);
    assert!(answered.operations <= most);
    let own = answered.answer.write(&salt(input));
    assert_eq!(
        Answer::read(&salt(input), &task, &own).map(|answer| answer.write(&asked.salt)),
        Ok(own.clone())
    );
    let row = answered.row(request.id, blob(&own));
    let checked = |row, answer| Checked {
        request: &request,
        input,
        seed: &seed,
        row,
        answer,
    };
    assert_eq!(checked(&row, &own).verify(&program, Some(&tensors)), Ok(()));
    let mut other = own.clone();
    if let Some(last) = other.last_mut() {
        *last ^= 1;
    }
    let row = answered.row(request.id, blob(&other));
    assert!(checked(&row, &other).verify(&program, Some(&tensors)).is_err());
}

fn is_small(program: &Program, task: &Task, asked: &Asked) -> bool {
    let tokens = asked_for(task) as usize;
    let sizes = match task {
        Task::Run => asked.sizes.clone(),
        Task::Generate(_) => asked.with_tokens(asked.prompt().len().saturating_add(tokens) as u64),
    };
    let Ok(shapes) = program.at(&sizes) else { return false };
    let elements = (0..program.types().len() as u32).map(|value| shapes.of(value).iter().product::<usize>());
    let all = elements.fold(0, usize::saturating_add);
    let flops = program.flops().value(&sizes).unwrap_or(i64::MAX);
    tokens < 32 && all < SMALL && flops < (SMALL << 4) as i64
}

/// The program's tensors, all zeros.
fn tensors(program: &Program, sizes: &Sizes) -> Vec<Value> {
    let shapes = program.at(sizes).unwrap();
    (program.first_tensor()..program.first_constant())
        .map(|value| {
            let (element, shape) = (program.types()[value].element, shapes.of(value as u32));
            let len = shape.iter().product::<usize>() * element.bytes();
            Value::from_bytes(element, shape, &vec![0; len]).unwrap()
        })
        .collect()
}

/// A byte: 0 for a run, else for generated tokens; then an answer to a request whose salt is zeros. What is read is written in the same
/// bytes.
pub fn answered(bytes: &[u8]) {
    let Some((&kind, bytes)) = bytes.split_first() else {
        return;
    };
    let task = task(&[kind.min(1); TASK]);
    let salt = [0; 32];
    match Answer::read(&salt, &task, bytes) {
        Ok(answer) => assert_eq!(answer.write(&salt), bytes),
        Err(error) => assert!(error.to_string().len() < 1_000),
    }
}

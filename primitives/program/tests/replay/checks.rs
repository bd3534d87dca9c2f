//! What holds for any bytes that are taken for a program; the fuzz target has the same check.

use quorate_exact::infer::Fault;
use quorate_program::{Dimension, Program, Sizes, Value};

/// Elements of all values, and floating-point operations, of runs that are tried.
const SMALL: usize = 1 << 14;

/// A program that is read is written in the same bytes; it has shapes for its smallest and largest sizes, its inputs say these, and
/// a run at them meets no fault but of values.
pub fn program(bytes: &[u8]) {
    let program = match Program::decode(bytes) {
        Ok(program) => program,
        Err(error) => return assert!(error.to_string().len() < 100_000),
    };
    assert_eq!(program.encode(), bytes);
    assert_eq!(program.root(), quorate_exact::root(bytes));
    for size in [|d: &Dimension| d.min, |d: &Dimension| d.max] {
        let dimensions = program.graph().dimensions.iter();
        let sizes: Sizes = dimensions.map(|d| (d.name.clone(), size(d).into())).collect();
        let shapes = program.at(&sizes).unwrap();
        let inputs: Vec<&[usize]> = (0..program.first_tensor()).map(|i| shapes.of(i as u32)).collect();
        assert_eq!(program.sizes_of(&inputs).as_ref(), Ok(&sizes));
        let elements: usize = (0..program.types().len())
            .map(|value| shapes.of(value as u32).iter().product::<usize>())
            .fold(0, usize::saturating_add);
        let flops = program.flops().value(&sizes).unwrap_or(i64::MAX);
        if elements > SMALL || flops > SMALL as i64 {
            continue;
        }
        let zeros = |value: usize| {
            let (element, shape) = (program.types()[value].element, shapes.of(value as u32));
            let len = shape.iter().product::<usize>() * element.bytes();
            Value::from_bytes(element, shape, &vec![0; len]).unwrap()
        };
        let inputs = (0..program.first_tensor()).map(zeros).collect();
        let tensors: Vec<Value> = (program.first_tensor()..program.first_constant()).map(zeros).collect();
        match program.run(inputs, &tensors) {
            Ok(outputs) => {
                let expected = program.graph().outputs.iter().map(|output| shapes.of(output.value));
                assert!(outputs.iter().map(Value::shape).eq(expected));
            }
            Err(fault) => assert!(
                matches!(fault, Fault::NaN | Fault::Index { .. } | Fault::Range),
                "{fault} of shapes that were accepted"
            ),
        }
    }
}

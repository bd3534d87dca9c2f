//! Quantised and recurrent operations, choices, and sizes that pass through f32.

use quorate_program::Value;
use rten_onnx::onnx::DataType;

use super::make::{compile, counting, f32s, i64s, operations, options, run, Int, Onnx, Text};

fn data(value: &Value) -> Vec<f32> {
    match value {
        Value::F32(value) => value.data().to_vec(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn quantised_products_should_be_near_those_of_f32() {
    let (x, w) = (counting(6), counting(6));
    let model = Onnx::new(13)
        .input("x", DataType::FLOAT, &["2", "3"])
        .floats("w", &[3, 2], &w)
        .node("DynamicQuantizeLinear", &["x"], &["xq", "xs", "xz"])
        .node("DynamicQuantizeLinear", &["w"], &["wq", "ws", "wz"])
        .node("MatMulInteger", &["xq", "wq", "xz", "wz"], &["p"])
        .with("Cast", &["p"], &["pf"], &[("to", Int(1))])
        .node("Mul", &["xs", "ws"], &["s"])
        .node("Mul", &["pf", "s"], &["y"])
        .node("MatMul", &["x", "w"], &["exact"])
        .bytes(&["y", "exact"]);
    let y = run(&model, &[], vec![f32s(&[2, 3], &x)]);
    let close = data(&y[0]).iter().zip(data(&y[1])).all(|(a, b)| (a - b).abs() < 0.1);
    assert!(close, "{y:?}");
}

#[test]
fn other_direction_should_be_that_of_the_reversed_sequence() {
    let (w, r, b) = (counting(8), counting(16), counting(16));
    let lstm = |direction: &str, output: &str| {
        let model = Onnx::new(14)
            .input("x", DataType::FLOAT, &["steps", "1", "1"])
            .floats("w", &[1, 8, 1], &w)
            .floats("r", &[1, 8, 2], &r)
            .floats("b", &[1, 16], &b)
            .with(
                "LSTM",
                &["x", "w", "r", "b"],
                &["y", "h", "c"],
                &[("direction", Text(direction)), ("hidden_size", Int(2))],
            );
        model.bytes(&[output])
    };
    let forward =
        |x: &[f32], output| run(&lstm("forward", output), &["steps=1..4"], vec![f32s(&[3, 1, 1], x)]).remove(0);
    let reverse =
        |x: &[f32], output| run(&lstm("reverse", output), &["steps=1..4"], vec![f32s(&[3, 1, 1], x)]).remove(0);
    assert_eq!(forward(&[1.0, 2.0, -1.0], "h"), reverse(&[-1.0, 2.0, 1.0], "h"));
    assert_eq!(forward(&[1.0, 2.0, -1.0], "c"), reverse(&[-1.0, 2.0, 1.0], "c"));
    let (there, back) = (
        data(&forward(&[1.0, 2.0, -1.0], "y")),
        data(&reverse(&[-1.0, 2.0, 1.0], "y")),
    );
    let turned: Vec<f32> = back.chunks(2).rev().flatten().copied().collect();
    assert_eq!(there, turned);
}

#[test]
fn sizes_should_stay_known_through_f32() {
    let model = Onnx::new(13)
        .input("x", DataType::FLOAT, &["1", "2", "h", "w"])
        .ints("two", &[1], &[2])
        .ints("four", &[1], &[4])
        .ints("front", &[2], &[1, 2])
        .floats("double", &[2], &[2.0, 3.0])
        .node("Shape", &["x"], &["shape"])
        .node("Slice", &["shape", "two", "four"], &["size"])
        .with("Cast", &["size"], &["sizef"], &[("to", Int(1))])
        .node("Mul", &["sizef", "double"], &["scaled"])
        .node("Floor", &["scaled"], &["floored"])
        .with("Cast", &["floored"], &["target"], &[("to", Int(7))])
        .with("Concat", &["front", "target"], &["sizes"], &[("axis", Int(0))])
        .with(
            "Resize",
            &["x", "", "", "sizes"],
            &["y"],
            &[
                ("coordinate_transformation_mode", Text("asymmetric")),
                ("nearest_mode", Text("floor")),
                ("mode", Text("nearest")),
            ],
        )
        .bytes(&["y"]);
    for extract in [false, true] {
        let mut own = options(&["h=1..4", "w=1..4"]);
        own.extract = extract;
        let made = quorate_compile::onnx(&model, None, &own).unwrap();
        assert_eq!(operations(&made), ["Transpose", "Resize", "Resize", "Transpose"]);
    }
    let x = [1.0, 2.0, 3.0, 4.0];
    let y = run(&model, &["h=1..4", "w=1..4"], vec![f32s(&[1, 2, 1, 2], &x)]);
    let rows = [[1.0, 1.0, 1.0, 2.0, 2.0, 2.0], [3.0, 3.0, 3.0, 4.0, 4.0, 4.0]];
    let expected: Vec<f32> = rows.iter().flat_map(|row| [*row, *row]).flatten().collect();
    assert_eq!(y, [f32s(&[1, 2, 2, 6], &expected)]);
}

#[test]
fn choices_should_be_those_of_onnx() {
    let model = Onnx::new(13)
        .input("x", DataType::FLOAT, &["2", "3"])
        .ints("k", &[1], &[2])
        .ints("at", &[2, 2], &[0, 2, 1, -3])
        .node("TopK", &["x", "k"], &["values", "places"])
        .with("ArgMax", &["x"], &["best"], &[("axis", Int(0)), ("keepdims", Int(0))])
        .node("GatherND", &["x", "at"], &["picked"])
        .with("LogSoftmax", &["x"], &["log"], &[("axis", Int(1))])
        .bytes(&["values", "places", "best", "log"]);
    let x = [3.0, 1.0, 3.0, -1.0, 2.0, 5.0];
    let y = run(&model, &[], vec![f32s(&[2, 3], &x)]);
    assert_eq!(y[0], f32s(&[2, 2], &[3.0, 3.0, 5.0, 2.0]));
    assert_eq!(y[1], i64s(&[2, 2], &[0, 2, 2, 1]));
    assert_eq!(y[2], i64s(&[3], &[0, 1, 1]));
    let sums: Vec<f32> = data(&y[3])
        .chunks(3)
        .map(|row| row.iter().map(|v| v.exp()).sum())
        .collect();
    assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-6), "{sums:?}");
}

#[test]
fn inputs_that_nothing_depends_on_should_be_left_out_and_named() {
    let model = Onnx::new(13)
        .input("x", DataType::FLOAT, &["n"])
        .input("unused", DataType::INT64, &["n"])
        .node("IsNaN", &["x"], &["never"])
        .floats("zero", &[], &[0.0])
        .node("Where", &["never", "zero", "x"], &["y"])
        .node("Identity", &["unused"], &["z"])
        .bytes(&["y", "z"]);
    let mut own = options(&["n=1..8"]);
    own.outputs.push("y".into());
    let made = quorate_compile::onnx(&model, None, &own).unwrap();
    assert_eq!(made.report.dropped, ["unused"]);
    // A value of a program is always a number.
    assert!(operations(&made).is_empty());
    assert!(compile(&model, &["n=1..8"]).unwrap().report.dropped.is_empty());
}

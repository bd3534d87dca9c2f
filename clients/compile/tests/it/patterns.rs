//! Patterns: recognised if they are exactly that.

use rten_onnx::onnx::DataType;

use super::make::{compile, counting, f32s, keep, operations, Ints, Onnx};

fn layer_norm(axes: &[i64]) -> Vec<u8> {
    Onnx::new(13)
        .input("x", DataType::FLOAT, &["2", "4"])
        .floats("two", &[], &[2.0])
        .floats("epsilon", &[], &[1e-5])
        .floats("g", &[4], &[1.0, 2.0, 3.0, 4.0])
        .floats("b", &[4], &[0.5, 0.0, -0.5, 1.0])
        .with("ReduceMean", &["x"], &["m"], &[("axes", Ints(axes))])
        .node("Sub", &["x", "m"], &["d"])
        .node("Pow", &["d", "two"], &["d2"])
        .with("ReduceMean", &["d2"], &["v"], &[("axes", Ints(axes))])
        .node("Add", &["v", "epsilon"], &["ve"])
        .node("Sqrt", &["ve"], &["s"])
        .node("Div", &["d", "s"], &["n"])
        .node("Mul", &["n", "g"], &["ng"])
        .node("Add", &["ng", "b"], &["y"])
        .bytes(&["y"])
}

#[test]
fn layer_norm_should_be_recognised_along_the_last_axis_alone() {
    let compiled = compile(&layer_norm(&[-1]), &[]).unwrap();
    assert_eq!(operations(&compiled), ["LayerNorm"]);
    assert_eq!(compiled.report.recognised["LayerNorm"], 1);
    let other = compile(&layer_norm(&[0]), &[]).unwrap();
    assert!(!operations(&other).contains(&"LayerNorm".to_string()));
    let kept = keep(&layer_norm(&[-1]));
    assert!(kept.report.recognised.is_empty() && operations(&kept).len() == 9);
    // Both say the same but for the last bits.
    let x = || vec![f32s(&[2, 4], &counting(8))];
    let values = [&compiled, &kept].map(|made| match made.program.run(x(), &[]).unwrap().remove(0) {
        quorate_program::Value::F32(y) => y.data().to_vec(),
        _ => Vec::new(),
    });
    assert!(values[0].iter().zip(&values[1]).all(|(a, b)| (a - b).abs() < 1e-5));
}

#[test]
fn gelu_should_be_recognised_in_every_order_of_its_factors() {
    let gelu = |half: f32, last: [&str; 2], first: [&str; 2]| {
        let model = Onnx::new(13)
            .input("x", DataType::FLOAT, &["2", "4"])
            .floats("root", &[], &[std::f32::consts::SQRT_2])
            .floats("one", &[], &[1.0])
            .floats("half", &[], &[half])
            .node("Div", &["x", "root"], &["scaled"])
            .node("Erf", &["scaled"], &["erf"])
            .node("Add", &["one", "erf"], &["gate"])
            .node("Mul", &first, &["first"])
            .node("Mul", &last, &["y"])
            .bytes(&["y"]);
        operations(&compile(&model, &[]).unwrap())
    };
    assert_eq!(gelu(0.5, ["first", "half"], ["x", "gate"]), ["Gelu"]);
    assert_eq!(gelu(0.5, ["gate", "first"], ["half", "x"]), ["Gelu"]);
    assert_eq!(gelu(0.5, ["x", "first"], ["half", "gate"]), ["Gelu"]);
    assert_eq!(gelu(0.25, ["first", "half"], ["x", "gate"]).len(), 5);
}

#[test]
fn silu_and_rms_norm_should_be_recognised() {
    let model = Onnx::new(13)
        .input("x", DataType::FLOAT, &["2", "4"])
        .floats("g", &[1, 4], &[1.0, 2.0, 3.0, 4.0])
        .floats("one", &[], &[1.0])
        .floats("epsilon", &[], &[1e-6])
        .node("Mul", &["x", "x"], &["x2"])
        .with("ReduceMean", &["x2"], &["v"], &[("axes", Ints(&[1]))])
        .node("Add", &["v", "epsilon"], &["ve"])
        .node("Sqrt", &["ve"], &["s"])
        .node("Div", &["one", "s"], &["r"])
        .node("Mul", &["x", "r"], &["n"])
        .node("Mul", &["g", "n"], &["y"])
        .node("Sigmoid", &["y"], &["gate"])
        .node("Mul", &["gate", "y"], &["z"])
        .bytes(&["z"]);
    assert_eq!(operations(&compile(&model, &[]).unwrap()), ["RmsNorm", "Silu"]);
}

#[test]
fn bias_should_stay_where_the_product_is_read_elsewhere() {
    let model = Onnx::new(13)
        .input("x", DataType::FLOAT, &["2", "2"])
        .floats("w", &[2, 2], &[1.0, 2.0, 3.0, 4.0])
        .floats("b", &[2], &[1.0, 2.0])
        .node("MatMul", &["x", "w"], &["p"])
        .node("Add", &["p", "b"], &["y"])
        .bytes(&["p", "y"]);
    assert_eq!(operations(&compile(&model, &[]).unwrap()), ["Linear", "Add"]);
}

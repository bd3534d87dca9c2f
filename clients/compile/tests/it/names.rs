//! Which initializers are which tensors of a model.

use quorate_compile::{onnx, CompileError, TensorSource};
use rten_onnx::onnx::DataType;

use super::make::{counting, f32s, operations, options, weights, Onnx};

fn model() -> Vec<u8> {
    let w = counting(6);
    Onnx::new(17)
        .input("x", DataType::FLOAT, &["1", "3"])
        .floats("onnx::MatMul_1", &[3, 2], &w)
        .floats("layer.bias", &[2], &[0.5, -0.5])
        .floats("scale", &[], &[2.0])
        .node("MatMul", &["x", "onnx::MatMul_1"], &["p"])
        .node("Add", &["p", "layer.bias"], &["q"])
        .node("Mul", &["q", "scale"], &["y"])
        .bytes(&["y"])
}

fn turned() -> Vec<f32> {
    let w = counting(6);
    [0, 2, 4, 1, 3, 5].map(|i| w[i]).to_vec()
}

#[test]
fn renamed_initializers_should_be_found_by_their_bytes_transposed() {
    let (_folder, mut file) = weights(&[("layer.weight", &[2, 3], &turned()), ("layer.bias", &[2], &[9.0, 9.0])]);
    let made = onnx(&model(), Some(&mut file), &options(&[])).unwrap();
    let names: Vec<_> = made
        .program
        .graph()
        .tensors
        .iter()
        .map(|tensor| tensor.name.as_str())
        .collect();
    assert_eq!(names, ["layer.weight", "layer.bias"]);
    assert_eq!(made.report.found[&TensorSource::Transposed], 1);
    // By name, whatever it holds: a version of the model has other values.
    assert_eq!(made.report.found[&TensorSource::Name], 1);
    // The weights of a Linear are as the model has them: two changes of their axes are none.
    assert_eq!(operations(&made), ["Linear", "Mul"]);
    let tensors = file.values(&made.program).unwrap();
    let w = counting(6);
    let y = made
        .program
        .run(vec![f32s(&[1, 3], &[1.0, 0.0, 0.0])], &tensors)
        .unwrap();
    assert_eq!(y, [f32s(&[1, 2], &[2.0 * (w[0] + 9.0), 2.0 * (w[1] + 9.0)])]);
}

#[test]
fn bytes_that_several_tensors_have_should_decide_nothing() {
    let bias = [0.5, -0.5];
    let (_folder, mut file) = weights(&[
        ("layer.weight", &[2, 3], &turned()),
        ("a.bias", &[2], &bias),
        ("b.bias", &[2], &bias),
    ]);
    let made = onnx(&model(), Some(&mut file), &options(&[])).unwrap();
    assert_eq!(
        made.report.ambiguous,
        [(
            "layer.bias".to_string(),
            vec!["a.bias".to_string(), "b.bias".to_string()]
        )]
    );
    assert_eq!(made.program.graph().tensors.len(), 1);
}

#[test]
fn initializers_should_become_tensors_of_a_model_that_is_yet_to_be_made() {
    let mut extracting = options(&[]);
    extracting.extract = true;
    let made = onnx(&model(), None, &extracting).unwrap();
    let names: Vec<_> = made.tensors.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["onnx::MatMul_1", "layer.bias"]);
    let file = quorate_compile::safetensors(&made.tensors);
    let read = safetensors::SafeTensors::deserialize(&file).unwrap();
    assert_eq!(
        read.tensor("layer.bias").unwrap().data(),
        [0.5f32.to_le_bytes(), (-0.5f32).to_le_bytes()].concat()
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    std::fs::write(&path, file).unwrap();
    let mut weights = quorate_compile::Weights::new(quorate_convert::Source::open(&path).unwrap());
    let again = onnx(&model(), Some(&mut weights), &options(&[])).unwrap();
    assert_eq!(again.program, made.program);
}

#[test]
fn too_many_constants_should_be_refused_with_the_largest() {
    let mut few = options(&[]);
    few.constants_at_most = 20;
    let error = onnx(&model(), None, &few).unwrap_err();
    let CompileError::Constants { limit: 20, .. } = &error else {
        panic!("{error}")
    };
    assert!(error.to_string().contains("--tensors"), "{error}");
}

#[test]
fn tensors_of_another_shape_should_be_refused_when_a_program_runs() {
    let mut extracting = options(&[]);
    extracting.extract = true;
    let made = onnx(&model(), None, &extracting).unwrap();
    let (_folder, file) = weights(&[
        ("onnx::MatMul_1", &[2, 3], &turned()),
        ("layer.bias", &[2], &[0.0, 0.0]),
    ]);
    let error = file.values(&made.program).unwrap_err().to_string();
    assert!(
        error.contains("onnx::MatMul_1") && error.contains("[2, 3]") && error.contains("[3, 2]"),
        "{error}"
    );
}

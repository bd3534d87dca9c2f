//! Bytes that are no model, and models that are no programs: refused by name, never with a panic.

use quorate_compile::{onnx, CompileError, Reason};
use rten_onnx::onnx::{AttributeProto, DataLocation, DataType, GraphProto, StringStringEntryProto};

use super::make::{compile, options, Int, Onnx};

fn good() -> Vec<u8> {
    Onnx::new(17)
        .input("x", DataType::FLOAT, &["2", "2"])
        .floats("w", &[2, 2], &[1.0, 2.0, 3.0, 4.0])
        .node("MatMul", &["x", "w"], &["p"])
        .node("Relu", &["p"], &["y"])
        .bytes(&["y"])
}

fn refused(model: Onnx) -> String {
    compile(&model.bytes(&["y"]), &[]).unwrap_err().to_string()
}

#[test]
fn files_that_are_cut_off_should_be_refused_at_every_byte() {
    let file = good();
    for len in 0..file.len() {
        assert!(compile(&file[..len], &[]).is_err(), "{len}");
    }
}

#[test]
fn changed_bytes_should_never_panic() {
    let file = good();
    for at in 0..file.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut changed = file.clone();
            changed[at] = value;
            // Whatever it is: an answer.
            let _ = onnx(&changed, None, &options(&[]));
        }
    }
}

#[test]
fn lengths_beyond_the_file_should_not_be_believed() {
    // A graph whose tensor claims 2^60 bytes.
    let tensor = [&[0x4a][..], &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]].concat();
    let graph = [&[0x2a, tensor.len() as u8][..], &tensor].concat();
    let model = [&[0x3a, graph.len() as u8][..], &graph].concat();
    let error = compile(&model, &[]).unwrap_err();
    assert!(
        matches!(&error, CompileError::Onnx(text) if text.contains("cut off")),
        "{error}"
    );
}

#[test]
fn subgraphs_should_be_refused_before_they_are_read() {
    let mut model = Onnx::new(17)
        .input("x", DataType::FLOAT, &["2"])
        .node("If", &["x"], &["y"]);
    model.graph.node[0].attribute.push(AttributeProto {
        name: Some("then_branch".into()),
        g: Some(GraphProto::default()),
        ..AttributeProto::default()
    });
    let error = refused(model);
    assert!(error.contains("(If)") && error.contains("subgraph"), "{error}");
    // Nested as deep as bytes allow: no stack is used up.
    let mut nested = Vec::new();
    for _ in 0..20_000 {
        let mut around = Vec::new();
        for tag in [0x32, 0x2a, 0x0a] {
            around = [&[tag][..], &varint(nested.len()), &nested].concat();
            nested = around.clone();
        }
        nested = around;
        if nested.len() > 1 << 16 {
            break;
        }
    }
    let file = [&[0x3a][..], &varint(nested.len()), &nested].concat();
    assert!(compile(&file, &[]).is_err());
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 127 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

#[test]
fn what_programs_do_not_have_should_be_named() {
    let model = |op: &str| {
        Onnx::new(17)
            .input("x", DataType::FLOAT, &["2", "2"])
            .node(op, &["x"], &["y"])
    };
    for (error, part) in [
        (refused(model("Bernoulli")), "programs do not have this operation"),
        (refused(model("NonZero")), "programs do not have this operation"),
        (refused(model("SequenceEmpty")), "no sequences"),
        (refused(model("Floor")), "for sizes only"),
        (refused(model("MatMul")), "operand 1 is missing"),
        (refused(Onnx::new(99).node("Relu", &["x"], &["y"])), "opset 99"),
        (
            refused(
                Onnx::new(17)
                    .input("x", DataType::DOUBLE, &["2"])
                    .node("Relu", &["x"], &["y"]),
            ),
            "DOUBLE",
        ),
        (
            refused(
                Onnx::new(17)
                    .input("x", DataType::FLOAT, &["2"])
                    .node("Relu", &["z"], &["y"]),
            ),
            "it reads z",
        ),
        (
            refused(
                Onnx::new(17)
                    .input("x", DataType::FLOAT, &["2"])
                    .node("Relu", &["x"], &["x"]),
            ),
            "a second time",
        ),
        (
            refused(
                Onnx::new(17)
                    .input("x", DataType::FLOAT, &["2"])
                    .node("Relu", &["x"], &["z"]),
            ),
            "no node makes",
        ),
        (
            refused(model("Relu").with("Cast", &["x"], &["z"], &[("to", Int(11))])),
            "DOUBLE",
        ),
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let mut foreign = model("Gelu");
    foreign.graph.node[0].domain = Some("com.microsoft".into());
    assert!(refused(foreign).contains("com.microsoft"));
}

#[test]
fn cycles_should_be_refused_as_what_nothing_before_makes() {
    let model = Onnx::new(17)
        .input("x", DataType::FLOAT, &["2"])
        .node("Add", &["x", "y"], &["z"])
        .node("Relu", &["z"], &["y"])
        .bytes(&["y"]);
    let error = compile(&model, &[]).unwrap_err();
    assert!(
        matches!(&error, CompileError::Node { reason: Reason::Unknown(name), .. } if name == "y"),
        "{error}"
    );
}

#[test]
fn tensors_with_wrong_data_should_be_named() {
    let tensor = |change: &dyn Fn(&mut rten_onnx::onnx::TensorProto)| {
        let mut model = Onnx::new(17)
            .input("x", DataType::FLOAT, &["2"])
            .floats("w", &[2], &[1.0, 2.0])
            .node("Add", &["x", "w"], &["y"]);
        change(&mut model.graph.initializer[0]);
        refused(model)
    };
    for (error, part) in [
        (tensor(&|tensor| tensor.dims = vec![3]), "do not fill its shape"),
        (tensor(&|tensor| tensor.dims = vec![-2]), "a negative dimension"),
        (
            tensor(&|tensor| tensor.dims = vec![i64::MAX, i64::MAX]),
            "do not fill its shape",
        ),
        (tensor(&|tensor| tensor.data_type = Some(DataType::FLOAT16)), "FLOAT16"),
        (
            tensor(&|tensor| tensor.data_location = Some(DataLocation::EXTERNAL)),
            "in another file",
        ),
        (
            tensor(&|tensor| tensor.external_data = vec![StringStringEntryProto::default()]),
            "in another file",
        ),
        (
            tensor(&|tensor| tensor.raw_data = Some(std::cell::RefCell::new([f32::NAN.to_le_bytes(); 2].concat()))),
            "not a number",
        ),
    ] {
        assert!(error.contains("tensor w") && error.contains(part), "{part}: {error}");
    }
}

#[test]
fn sizes_that_overflow_should_be_refused() {
    let model = Onnx::new(17)
        .input("x", DataType::FLOAT, &["1", "n"])
        .ints("shape", &[3], &[i64::MAX, 4096, 1])
        .node("Expand", &["x", "shape"], &["y"])
        .bytes(&["y"]);
    assert!(compile(&model, &["n=2147483647"]).is_err());
    let model = Onnx::new(17)
        .ints("shape", &[2], &[1 << 30, 1 << 30])
        .node("ConstantOfShape", &["shape"], &["y"])
        .bytes(&["y"]);
    assert!(compile(&model, &[]).is_err());
}

//! Replays the corpus of the target `onnx`, and spoils it for a moment.

mod checks;
#[path = "../it/make.rs"]
#[allow(dead_code, unused_imports)]
mod make;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use make::{counting, Int, Ints, Onnx};
use rten_onnx::onnx::DataType;

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let text = Onnx::new(17)
        .input("x", DataType::FLOAT, &["1", "tokens", "4"])
        .floats("w", &[4, 4], &counting(16))
        .floats("b", &[4], &counting(4))
        .ints("axis", &[1], &[0])
        .ints("one", &[], &[1])
        .ints("rest", &[3], &[2, 2, -1])
        .node("MatMul", &["x", "w"], &["p"])
        .node("Add", &["p", "b"], &["q"])
        .node("Shape", &["q"], &["shape"])
        .node("Gather", &["shape", "one"], &["t"])
        .node("Unsqueeze", &["t", "axis"], &["t1"])
        .with("Concat", &["t1", "rest"], &["split"], &[("axis", Int(0))])
        .node("Reshape", &["q", "split"], &["h"])
        .with("Softmax", &["h"], &["s"], &[("axis", Int(-1))])
        .with("LayerNormalization", &["q", "b", "b"], &["n"], &[("axis", Int(-1))])
        .bytes(&["s", "n"]);
    let image = Onnx::new(13)
        .input("image", DataType::FLOAT, &["1", "2", "?", "4"])
        .floats("w", &[2, 1, 3, 3], &counting(18))
        .with(
            "Conv",
            &["image", "w"],
            &["a"],
            &[("pads", Ints(&[1, 1, 1, 1])), ("group", Int(2))],
        )
        .with(
            "MaxPool",
            &["a"],
            &["m"],
            &[("kernel_shape", Ints(&[2, 2])), ("strides", Ints(&[2, 2]))],
        )
        .node("GlobalAveragePool", &["m"], &["g"])
        .with("Transpose", &["m"], &["t"], &[("perm", Ints(&[0, 2, 3, 1]))])
        .bytes(&["g", "t"]);
    vec![("text", text), ("image", image)]
}

#[test]
fn models_should_be_refused_or_become_programs() {
    for (name, bytes) in seeds() {
        checks::model(&bytes);
        assert!(!bytes.is_empty(), "{name}");
    }
    replay::run("onnx", &seeds(), 2_000, checks::model);
}

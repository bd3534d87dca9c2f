//! Sizes: what is missing is said with a whole command.

use rten_onnx::onnx::DataType;

use super::make::{compile, options, Onnx};

fn model() -> Vec<u8> {
    Onnx::new(17)
        .input("ids", DataType::FLOAT, &["batch_size", "sequence length", "2"])
        .input("image", DataType::FLOAT, &["?", "3", "?", "?"])
        .node("Relu", &["ids"], &["a"])
        .node("Relu", &["image"], &["b"])
        .bytes(&["a", "b"])
}

#[test]
fn missing_sizes_should_be_named_with_a_command() {
    let error = compile(&model(), &[]).unwrap_err().to_string();
    for part in [
        "ids f32 [batch_size, \"sequence length\", 2]",
        "image f32 [?, 3, ?, ?]",
        "--dimension 'batch_size=1' --dimension 'sequence length=1..128' --input 'image=1,3,96,96'",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn dimensions_should_have_names_and_bounds() {
    let mut given = options(&["batch_size=1", "sequence length=2..16", "h=1..4"]);
    given.sizes.inputs.push("image=1,3,32*h,64*h + 1".into());
    let made = quorate_compile::onnx(&model(), None, &given).unwrap();
    let graph = made.program.graph();
    let dimensions: Vec<_> = graph
        .dimensions
        .iter()
        .map(|d| (d.name.as_str(), d.min, d.max))
        .collect();
    assert_eq!(dimensions, [("sequence_length", 2, 16), ("h", 1, 4)]);
    let shapes: Vec<_> = graph
        .inputs
        .iter()
        .map(|input| quorate_program::types::shape_text(&input.shape))
        .collect();
    assert_eq!(shapes, ["[1, sequence_length, 2]", "[1, 3, 32·h, 64·h + 1]"]);
}

#[test]
fn wrong_sizes_should_be_refused() {
    let wrong = |dimensions: &[&str], input: &str| {
        let mut given = options(dimensions);
        given.sizes.inputs.push(input.into());
        quorate_compile::onnx(&model(), None, &given).unwrap_err().to_string()
    };
    let good = ["batch_size=1", "sequence length=2..16"];
    for (dimensions, input, part) in [
        (&good[..], "image=1,4,8,8", "the model's input is"),
        (&good, "image=1,3,8", "the model's input is"),
        (&good, "other=1", "no input other"),
        (&good, "image=1,3,h,h", "\"h\" is no dimension"),
        (&good, "image=1,3,,8", "a sum of products"),
        (&["batch_size=0", "sequence length=1"], "image=1,3,8,8", "at least 1"),
        (&["batch_size=3..2"], "image=1,3,8,8", "1 ≤ least ≤ largest"),
        (&["batch_size=1", "batch_size=1"], "image=1,3,8,8", "given twice"),
        (
            &["batch_size=1", "sequence length=4", "tokens=1..4"],
            "image=1,3,8,8",
            "no input has the dimension tokens",
        ),
    ] {
        let error = wrong(dimensions, input);
        assert!(error.contains(part), "{part}: {error}");
    }
}

//! Products, and shapes that are computed of sizes.

use rten_onnx::onnx::DataType;

use super::make::{compile, counting, f32s, i64s, operations, run, Float, Int, Ints, Onnx};

#[test]
fn product_with_weights_should_be_linear_with_its_bias() {
    let model = || {
        Onnx::new(17)
            .input("x", DataType::FLOAT, &["1", "tokens", "3"])
            .floats("w", &[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
            .floats("b", &[2], &[10.0, 20.0])
            .node("MatMul", &["x", "w"], &["product"])
            .node("Add", &["b", "product"], &["y"])
            .bytes(&["y"])
    };
    let compiled = compile(&model(), &["tokens=1..4"]).unwrap();
    assert_eq!(operations(&compiled), ["Linear"]);
    assert_eq!(compiled.report.recognised["Linear with bias"], 1);
    let y = run(
        &model(),
        &["tokens=1..4"],
        vec![f32s(&[1, 2, 3], &[1.0, 0.0, 0.0, 1.0, 1.0, 1.0])],
    );
    assert_eq!(y, [f32s(&[1, 2, 2], &[11.0, 22.0, 19.0, 32.0])]);
}

#[test]
fn gemm_should_be_scaled_and_turned_as_its_attributes_say() {
    let model = Onnx::new(13)
        .input("x", DataType::FLOAT, &["2", "1"])
        .floats("w", &[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        .floats("c", &[1, 3], &[1.0, 1.0, 1.0])
        .with(
            "Gemm",
            &["x", "w", "c"],
            &["y"],
            &[
                ("transA", Int(1)),
                ("transB", Int(1)),
                ("alpha", Float(2.0)),
                ("beta", Float(0.5)),
            ],
        )
        .bytes(&["y"]);
    let y = run(&model, &[], vec![f32s(&[2, 1], &[1.0, -1.0])]);
    assert_eq!(y, [f32s(&[1, 3], &[-1.5, -1.5, -1.5])]);
}

#[test]
fn vectors_should_be_multiplied_as_rows_and_columns() {
    let model = Onnx::new(13)
        .input("a", DataType::FLOAT, &["3"])
        .input("b", DataType::FLOAT, &["2", "3", "2"])
        .input("c", DataType::FLOAT, &["2"])
        .node("MatMul", &["a", "b"], &["ab"])
        .node("MatMul", &["ab", "c"], &["y"])
        .bytes(&["ab", "y"]);
    let b = counting(12);
    let y = run(
        &model,
        &[],
        vec![
            f32s(&[3], &[1.0, 2.0, -1.0]),
            f32s(&[2, 3, 2], &b),
            f32s(&[2], &[1.0, 0.5]),
        ],
    );
    let at = |batch: usize, column: usize| {
        b[batch * 6 + column] + 2.0 * b[batch * 6 + 2 + column] - b[batch * 6 + 4 + column]
    };
    let ab: Vec<f32> = (0..4).map(|i| at(i / 2, i % 2)).collect();
    assert_eq!(y[0], f32s(&[2, 2], &ab));
    assert_eq!(y[1], f32s(&[2], &[ab[0] + 0.5 * ab[1], ab[2] + 0.5 * ab[3]]));
}

/// Splits heads as exporters of PyTorch write it: the shape is put together of Shape, Gather, Unsqueeze and Concat.
#[test]
fn shapes_that_are_computed_of_sizes_should_be_folded() {
    let model = Onnx::new(17)
        .input("x", DataType::FLOAT, &["batch", "tokens", "6"])
        .ints("zero", &[], &[0])
        .ints("one", &[], &[1])
        .ints("axis", &[1], &[0])
        .ints("heads", &[1], &[2])
        .ints("rest", &[1], &[-1])
        .node("Shape", &["x"], &["shape"])
        .node("Gather", &["shape", "zero"], &["b"])
        .node("Gather", &["shape", "one"], &["t"])
        .node("Unsqueeze", &["b", "axis"], &["b1"])
        .node("Unsqueeze", &["t", "axis"], &["t1"])
        .with(
            "Concat",
            &["b1", "t1", "heads", "rest"],
            &["split"],
            &[("axis", Int(0))],
        )
        .node("Reshape", &["x", "split"], &["headed"])
        .with("Transpose", &["headed"], &["y"], &[("perm", Ints(&[0, 2, 1, 3]))])
        .bytes(&["y"]);
    let compiled = compile(&model, &["batch=1", "tokens=1..9"]).unwrap();
    assert_eq!(operations(&compiled), ["Reshape", "Transpose"]);
    let x = counting(12);
    let y = run(&model, &["batch=1", "tokens=1..9"], vec![f32s(&[1, 2, 6], &x)]);
    let order = [0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11];
    assert_eq!(y, [f32s(&[1, 2, 2, 3], &order.map(|i| x[i]))]);
}

/// Positions as BERT has them: a table that is cut to the length, expanded by a Where that is known.
#[test]
fn known_conditions_should_choose_shapes() {
    let positions: Vec<i64> = (0..8).collect();
    let model = Onnx::new(17)
        .input("ids", DataType::INT64, &["1", "tokens"])
        .ints("table", &[1, 8], &positions)
        .ints("zero", &[1], &[0])
        .ints("one", &[1], &[1])
        .ints("minus", &[1], &[-1])
        .node("Shape", &["ids"], &["shape"])
        .node("Slice", &["shape", "one", "far", "zero"], &["tokens"])
        .ints("far", &[1], &[i64::MAX])
        .node("Slice", &["table", "zero", "tokens", "one"], &["cut"])
        .node("Equal", &["shape", "minus"], &["inferred"])
        .node("ConstantOfShape", &["rank"], &["ones"])
        .ints("rank", &[1], &[2])
        .with("Cast", &["ones"], &["ones_i"], &[("to", Int(7))])
        .node("Where", &["inferred", "ones_i", "shape"], &["target"])
        .node("Expand", &["cut", "target"], &["positions"])
        .node("Add", &["ids", "positions"], &["y"])
        .bytes(&["y"]);
    let compiled = compile(&model, &["tokens=1..8"]).unwrap();
    assert_eq!(operations(&compiled), ["Slice", "Add"]);
    let y = run(&model, &["tokens=1..8"], vec![i64s(&[1, 3], &[5, 5, 5])]);
    assert_eq!(y, [i64s(&[1, 3], &[5, 6, 7])]);
    let error = compile(&model, &["tokens=1..9"]).unwrap_err().to_string();
    assert!(error.contains("not known before the model runs"), "{error}");
}

#[test]
fn ranges_of_sizes_should_be_cut_from_the_longest() {
    let model = Onnx::new(17)
        .input("ids", DataType::INT64, &["tokens"])
        .ints("zero", &[], &[0])
        .ints("one", &[], &[1])
        .node("Size", &["ids"], &["n"])
        .node("Range", &["zero", "n", "one"], &["positions"])
        .node("Add", &["ids", "positions"], &["y"])
        .bytes(&["y"]);
    let y = run(&model, &["tokens=1..100"], vec![i64s(&[3], &[7, 7, 7])]);
    assert_eq!(y, [i64s(&[3], &[7, 8, 9])]);
}

#[test]
fn moves_should_move_as_onnx_says() {
    let x = counting(24);
    let moved = |op: &str, extra: &[(&str, &[i64])], attributes: &[(&str, super::make::Attribute)]| {
        let mut model = Onnx::new(13).input("x", DataType::FLOAT, &["2", "3", "4"]);
        let mut names = vec!["x"];
        for (name, values) in extra {
            model = model.ints(name, &[values.len() as i64], values);
            names.push(name);
        }
        let model = model.with(op, &names, &["y"], attributes).bytes(&["y"]);
        run(&model, &[], vec![f32s(&[2, 3, 4], &x)]).remove(0)
    };
    let pick = |shape: &[usize], at: &[usize]| f32s(shape, &at.iter().map(|&i| x[i]).collect::<Vec<_>>());
    let slice: [(&str, &[i64]); 4] = [("s", &[-1, 0]), ("e", &[-100, 100]), ("a", &[2, 0]), ("t", &[-2, 1])];
    let backwards: Vec<usize> = (0..6).flat_map(|row| [row * 4 + 3, row * 4 + 1]).collect();
    assert_eq!(moved("Slice", &slice, &[]), pick(&[2, 3, 2], &backwards));
    let all: Vec<usize> = (0..24).collect();
    assert_eq!(moved("Flatten", &[], &[("axis", Int(2))]), pick(&[6, 4], &all));
    assert_eq!(moved("Reshape", &[("shape", &[0, -1])], &[]), pick(&[2, 12], &all));
    assert_eq!(
        moved("Unsqueeze", &[("axes", &[-1, 0])], &[]),
        pick(&[1, 2, 3, 4, 1], &all)
    );
    let twice: Vec<usize> = (0..2)
        .flat_map(|b| (0..6).map(move |r| b * 12 + r % 3 * 4))
        .flat_map(|row| row..row + 4)
        .collect();
    assert_eq!(moved("Tile", &[("repeats", &[1, 2, 1])], &[]), pick(&[2, 6, 4], &twice));
}

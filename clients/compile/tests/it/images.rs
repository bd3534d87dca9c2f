//! Images: a model's order of axes and a program's.

use rten_onnx::onnx::DataType;

use super::make::{compile, counting, f32s, operations, run, Float, Int, Ints, Onnx, Text};

/// A convolution [batch, channels, height, width] by hand, step 1, padding 1.
fn convolved(x: &[f32], [c, h, w]: [usize; 3], weights: &[f32], n: usize) -> Vec<f32> {
    let mut y = vec![0f32; n * h * w];
    for (at, y) in y.iter_mut().enumerate() {
        let (o, row, column) = (at / (h * w), at / w % h, at % w);
        for kernel in 0..9 {
            let (r, q) = (
                (row + kernel / 3).wrapping_sub(1),
                (column + kernel % 3).wrapping_sub(1),
            );
            if r < h && q < w {
                for channel in 0..c {
                    let tap = weights[(o * c + channel) * 9 + kernel];
                    *y = tap.mul_add(x[channel * h * w + r * w + q], *y);
                }
            }
        }
    }
    y
}

#[test]
fn convolutions_should_have_no_transposes_between_them() {
    let (w1, w2) = (counting(3 * 2 * 9), counting(2 * 3 * 9));
    let pads = [1, 1, 1, 1];
    let model = Onnx::new(13)
        .input("x", DataType::FLOAT, &["1", "2", "4", "5"])
        .floats("w1", &[3, 2, 3, 3], &w1)
        .floats("w2", &[2, 3, 3, 3], &w2)
        .floats("half", &[1, 3, 1, 1], &[0.5, 1.0, 2.0])
        .with("Conv", &["x", "w1"], &["a"], &[("pads", Ints(&pads))])
        .node("Relu", &["a"], &["b"])
        .node("Mul", &["b", "half"], &["c"])
        .with("Conv", &["c", "w2"], &["y"], &[("pads", Ints(&pads))])
        .bytes(&["y"]);
    let compiled = compile(&model, &[]).unwrap();
    assert_eq!(
        operations(&compiled),
        ["Transpose", "Conv", "Relu", "Mul", "Conv", "Transpose"]
    );
    let x = counting(40);
    let mut hidden = convolved(&x, [2, 4, 5], &w1, 3);
    for (i, value) in hidden.iter_mut().enumerate() {
        *value = value.max(0.0) * [0.5, 1.0, 2.0][i / 20];
    }
    let y = run(&model, &[], vec![f32s(&[1, 2, 4, 5], &x)]);
    assert_eq!(y, [f32s(&[1, 2, 4, 5], &convolved(&hidden, [3, 4, 5], &w2, 2))]);
}

#[test]
fn sizes_of_images_should_stay_expressions() {
    let model = Onnx::new(13)
        .input("x", DataType::FLOAT, &["1", "1", "?", "?"])
        .floats("w", &[1, 1, 2, 2], &[1.0; 4])
        .with("Conv", &["x", "w"], &["a"], &[("strides", Ints(&[2, 2]))])
        .floats("scales", &[4], &[1.0, 1.0, 2.0, 2.0])
        .with(
            "Resize",
            &["a", "", "scales"],
            &["y"],
            &[
                ("coordinate_transformation_mode", Text("asymmetric")),
                ("nearest_mode", Text("floor")),
            ],
        )
        .bytes(&["y"]);
    let mut options = super::make::options(&["h=1..8", "w=1..8"]);
    options.sizes.inputs.push("x=1,1,2*h,2*w".into());
    let compiled = quorate_compile::onnx(&model, None, &options).unwrap();
    let shape = quorate_program::types::shape_text(&compiled.program.types().last().unwrap().shape);
    assert_eq!(shape, "[1, 1, 2·h, 2·w]");
    let y = compiled
        .program
        .run(vec![f32s(&[1, 1, 2, 4], &[1., 2., 3., 4., 5., 6., 7., 8.])], &[])
        .unwrap();
    assert_eq!(y, [f32s(&[1, 1, 2, 4], &[14., 14., 22., 22., 14., 14., 22., 22.])]);
}

#[test]
fn pools_and_reductions_should_see_the_image() {
    let x = counting(18);
    let model = Onnx::new(13)
        .input("x", DataType::FLOAT, &["1", "2", "3", "3"])
        .with("MaxPool", &["x"], &["max"], &[("kernel_shape", Ints(&[2, 2]))])
        .with(
            "AveragePool",
            &["x"],
            &["mean"],
            &[("kernel_shape", Ints(&[3, 1])), ("auto_pad", Text("VALID"))],
        )
        .node("GlobalAveragePool", &["x"], &["global"])
        .with("Flatten", &["global"], &["flat"], &[("axis", Int(1))])
        .with(
            "ReduceMax",
            &["max"],
            &["rows"],
            &[("axes", Ints(&[3])), ("keepdims", Int(0))],
        )
        .bytes(&["max", "mean", "flat", "rows"]);
    let y = run(&model, &[], vec![f32s(&[1, 2, 3, 3], &x)]);
    let at = |c: usize, r: usize, q: usize| x[c * 9 + r * 3 + q];
    let largest = |c, r, q| {
        [at(c, r, q), at(c, r, q + 1), at(c, r + 1, q), at(c, r + 1, q + 1)]
            .into_iter()
            .fold(f32::MIN, f32::max)
    };
    let max: Vec<f32> = (0..8).map(|i| largest(i / 4, i / 2 % 2, i % 2)).collect();
    assert_eq!(y[0], f32s(&[1, 2, 2, 2], &max));
    let rows: Vec<f32> = max.chunks(2).map(|pair| pair[0].max(pair[1])).collect();
    assert_eq!(y[3], f32s(&[1, 2, 2], &rows));
    let close = |value: &quorate_program::Value, shape: &[usize], expected: &[f32]| {
        let quorate_program::Value::F32(value) = value else {
            panic!("f32")
        };
        assert_eq!(value.shape(), shape);
        assert!(value.data().iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6));
    };
    let mean: Vec<f32> = (0..6)
        .map(|i| (0..3).map(|r| at(i / 3, r, i % 3)).sum::<f32>() / 3.0)
        .collect();
    close(&y[1], &[1, 2, 1, 3], &mean);
    close(
        &y[2],
        &[1, 2],
        &[x[..9].iter().sum::<f32>() / 9.0, x[9..].iter().sum::<f32>() / 9.0],
    );
}

#[test]
fn sequences_should_be_convolved_as_images_of_height_one() {
    let model = Onnx::new(13)
        .input("x", DataType::FLOAT, &["1", "2", "5"])
        .floats("w", &[2, 1, 3], &[1.0, 0.0, -1.0, 1.0, 1.0, 1.0])
        .floats("b", &[2], &[0.5, 0.0])
        .with(
            "Conv",
            &["x", "w", "b"],
            &["a"],
            &[("group", Int(2)), ("strides", Ints(&[2]))],
        )
        .with("LeakyRelu", &["a"], &["y"], &[("alpha", Float(0.5))])
        .bytes(&["y"]);
    let y = run(
        &model,
        &[],
        vec![f32s(&[1, 2, 5], &[1., 2., 4., 8., 16., 1., 1., 1., 1., 1.])],
    );
    assert_eq!(y, [f32s(&[1, 2, 2], &[-1.25, -5.75, 3.0, 3.0])]);
}

#[test]
fn transposed_convolutions_should_spread_their_taps() {
    let model = Onnx::new(13)
        .input("x", DataType::FLOAT, &["1", "2", "1", "2"])
        .floats("w", &[2, 1, 1, 2], &[1.0, 10.0, 100.0, 1000.0])
        .with(
            "ConvTranspose",
            &["x", "w"],
            &["y"],
            &[("group", Int(2)), ("strides", Ints(&[1, 2]))],
        )
        .bytes(&["y"]);
    let y = run(&model, &[], vec![f32s(&[1, 2, 1, 2], &[1., 2., 3., 4.])]);
    assert_eq!(y, [f32s(&[1, 2, 1, 4], &[1., 10., 2., 20., 300., 3000., 400., 4000.])]);
}

/// How vision transformers go from an image to its places: [batch, channels, height · width], then turned.
#[test]
fn places_of_an_image_should_become_rows_without_a_move() {
    let w = counting(3 * 2 * 9);
    let model = Onnx::new(13)
        .input("x", DataType::FLOAT, &["1", "2", "4", "5"])
        .floats("w", &[3, 2, 3, 3], &w)
        .ints("shape", &[3], &[0, 0, -1])
        .ints("axis", &[1], &[2])
        .with("Conv", &["x", "w"], &["a"], &[("pads", Ints(&[1, 1, 1, 1]))])
        .node("Reshape", &["a", "shape"], &["flat"])
        .node("Unsqueeze", &["flat", "axis"], &["wide"])
        .node("Squeeze", &["wide", "axis"], &["flat again"])
        .with("Transpose", &["flat again"], &["y"], &[("perm", Ints(&[0, 2, 1]))])
        .bytes(&["y"]);
    assert_eq!(
        operations(&compile(&model, &[]).unwrap()),
        ["Transpose", "Conv", "Reshape"]
    );
    let x = counting(40);
    let a = convolved(&x, [2, 4, 5], &w, 3);
    let rows: Vec<f32> = (0..60).map(|i| a[i % 3 * 20 + i / 3]).collect();
    assert_eq!(
        run(&model, &[], vec![f32s(&[1, 2, 4, 5], &x)]),
        [f32s(&[1, 20, 3], &rows)]
    );
}

use quorate_exact::infer::{
    conv::{conv, conv_transpose, Filters},
    Fault, Stride, Tensor,
};
use quorate_infer_kernels::{
    conv::{Conv, Shape},
    elementwise::{Binary, Operand, Step},
    functions::Function,
    products::Tile,
    Isa, View,
};

use crate::values::{assert_bits, cases, seed, Kind, Random, KINDS, UNTOUCHED};

fn reference(shape: Shape, x: &[f32], w: &[f32], bias: Option<&[f32]>) -> Result<Tensor, Fault> {
    let tensor = |shape: &[usize], data: &[f32]| Tensor::new(shape.to_vec(), data.to_vec()).unwrap();
    let [height, width] = shape.image;
    let x = tensor(&[1, height, width, shape.channels], x);
    let [rows, columns] = shape.kernel;
    let w = tensor(&[shape.outputs, rows, columns, shape.channels / shape.groups], w);
    let bias = bias.map(|bias| tensor(&[shape.outputs], bias));
    let filters = Filters {
        weights: &w,
        bias: bias.as_ref(),
        groups: shape.groups,
    };
    match shape.transposed {
        None => conv(&x, filters, shape.strides),
        Some(extra) => conv_transpose(&x, filters, shape.strides, extra),
    }
}

/// On every level, in parts of so many rows.
fn check(random: &mut Random, shape: Shape, kind: Kind, rows: usize) -> bool {
    let [height, width] = shape.image;
    let x = random.values(height * width * shape.channels, kind);
    let pairs = shape.kernel[0] * shape.kernel[1] * shape.channels / shape.groups;
    let w = random.values(shape.outputs * pairs, kind);
    let bias = (random.below(2) == 0).then(|| random.values(shape.outputs, kind));
    let expected = reference(shape, &x, &w, bias.as_deref());
    for isa in Isa::available() {
        let what = format!("{} {shape:?} {kind:?}", isa.level());
        let Some(conv) = Conv::new(isa, shape, &w) else {
            assert!(!matches!(expected, Ok(_) | Err(Fault::NaN)), "{what}");
            return false;
        };
        let [down, across] = conv.places();
        let each = across * shape.outputs;
        let mut y = vec![f32::from_bits(UNTOUCHED); down * each + 40];
        let mut nan = false;
        for first in (0..down).step_by(rows) {
            let end = down.min(first + rows);
            nan |= conv.run(&x, first..end, bias.as_deref(), &mut y[first * each..end * each], None);
        }
        match &expected {
            Ok(expected) => {
                assert_eq!(expected.shape(), [1, down, across, shape.outputs], "{what}");
                assert_bits(&y[..down * each], expected.data(), &what);
            }
            Err(fault) => assert_eq!(*fault, Fault::NaN, "{what}"),
        }
        assert_eq!(nan, expected.is_err(), "{what}");
        assert!(y[down * each..].iter().all(|y| y.to_bits() == UNTOUCHED), "{what}");
    }
    true
}

fn stride(random: &mut Random) -> Stride {
    Stride {
        step: random.of(&[1, 1, 1, 2, 3]),
        dilation: random.of(&[1, 1, 1, 2]),
        before: random.below(4),
        after: random.below(4),
    }
}

fn shape(random: &mut Random, [depth, each]: [usize; 2], groups: usize) -> Shape {
    Shape {
        image: [random.of(&[1, 2, 5, 7, 12]), random.of(&[1, 3, 6, 9, 31])],
        channels: groups * depth,
        kernel: [random.of(&[1, 1, 2, 3, 5]), random.of(&[1, 1, 2, 3, 4])],
        outputs: groups * each,
        groups,
        strides: [stride(random), stride(random)],
        transposed: None,
    }
}

#[test]
fn convolutions_should_have_the_bits_of_the_reference() {
    let mut random = Random::new(seed());
    let mut done = 0;
    for _ in 0..cases(220) {
        let groups = random.of(&[1, 1, 1, 2, 3]);
        let dims = [random.of(&[1, 2, 3, 7, 16]), random.of(&[1, 2, 5, 16, 17, 40])];
        let shape = shape(&mut random, dims, groups);
        let (kind, rows) = (random.of(&KINDS), random.below(9) + 1);
        done += usize::from(check(&mut random, shape, kind, rows));
    }
    assert!(done > 100);
}

#[test]
fn convolutions_of_each_channel_should_have_the_bits_of_the_reference() {
    let mut random = Random::new(seed());
    let mut done = 0;
    for _ in 0..cases(220) {
        let groups = random.of(&[1, 3, 8, 15, 16, 17, 31, 33, 50, 70]);
        let shape = shape(&mut random, [1, 1], groups);
        let (kind, rows) = (random.of(&KINDS), random.below(9) + 1);
        done += usize::from(check(&mut random, shape, kind, rows));
    }
    assert!(done > 100);
}

#[test]
fn transposed_convolutions_should_have_the_bits_of_the_reference() {
    let mut random = Random::new(seed());
    let mut done = 0;
    for case in 0..cases(220) {
        let groups = random.of(&[1, 1, 2, 5]);
        let dims = match case % 4 {
            0 => [1, 1],
            _ => [random.of(&[1, 2, 5]), random.of(&[1, 3, 17])],
        };
        let mut shape = shape(&mut random, dims, groups);
        shape.transposed = Some([random.below(3), random.below(3)]);
        let (kind, rows) = (random.of(&KINDS), random.below(9) + 1);
        done += usize::from(check(&mut random, shape, kind, rows));
    }
    assert!(done > 100);
}

#[test]
fn long_chains_should_have_the_bits_of_the_reference_where_they_are_cut_into_blocks() {
    let mut random = Random::new(seed());
    for kind in KINDS {
        let mut shape = shape(&mut random, [90, 33], 1);
        shape.image = [4, 5];
        shape.kernel = [3, 3];
        shape.strides = [Stride {
            before: 1,
            after: 1,
            ..Stride::default()
        }; 2];
        assert!(check(&mut random, shape, kind, 4));
    }
}

#[test]
fn a_resized_convolution_should_be_one_of_that_size_with_the_same_weights() {
    let mut random = Random::new(seed());
    for dims in [[3, 4], [1, 1]] {
        let mut small = shape(&mut random, dims, 5);
        (small.image, small.kernel) = ([9, 8], [3, 3]);
        small.strides = [Stride::default(); 2];
        let large = Shape {
            image: [13, 21],
            ..small
        };
        let x = random.values(13 * 21 * small.channels, Kind::Ordinary);
        let w = random.values(9 * dims[0] * small.outputs, Kind::Ordinary);
        let expected = reference(large, &x, &w, None).unwrap();
        for isa in Isa::available() {
            let conv = Conv::new(isa, small, &w).unwrap().resized([13, 21]).unwrap();
            let mut y = vec![f32::NAN; expected.data().len()];
            assert!(!conv.run(&x, 0..11, None, &mut y, None));
            assert_bits(&y, expected.data(), "resized");
            assert!(conv.resized([2, 9]).is_none());
        }
    }
}

#[test]
fn a_finish_should_see_each_place_once_after_the_bias() {
    let mut random = Random::new(seed());
    for (depth, each, groups) in [(3, 4, 1), (1, 1, 20)] {
        for transposed in [None, Some([1, 0])] {
            let mut shape = shape(&mut random, [depth, each], groups);
            (shape.image, shape.kernel, shape.transposed) = ([9, 17], [3, 3], transposed);
            shape.strides = [Stride {
                step: 2,
                dilation: 1,
                before: 1,
                after: 1,
            }; 2];
            let x = random.values(9 * 17 * shape.channels, Kind::Ordinary);
            let w = random.values(9 * depth * shape.outputs, Kind::Ordinary);
            let bias = random.values(shape.outputs, Kind::Ordinary);
            let expected = reference(shape, &x, &w, Some(&bias)).unwrap();
            for isa in Isa::available() {
                let conv = Conv::new(isa, shape, &w).unwrap();
                let [down, across] = conv.places();
                let finish = |mut tile: Tile<'_>| {
                    for i in 0..tile.values.rows() {
                        let first = (tile.row + i * tile.row_step) * shape.outputs + tile.column;
                        let row = tile.values.row(i);
                        assert_bits(row, &expected.data()[first..][..row.len()], "what a finish sees");
                        row.fill(1.0);
                    }
                    false
                };
                let rest = random.values(expected.data().len(), Kind::Ordinary);
                let all = View::new(&rest, down * across, shape.outputs);
                let steps = [Step::Map(Function::Relu), Step::Then(Binary::Add, Operand::All(all))];
                let mut y = vec![f32::NAN; expected.data().len()];
                assert!(!conv.run(&x, 0..down, Some(&bias), &mut y, Some(&|tile| tile.apply(isa, &steps))));
                let added: Vec<f32> = expected.data().iter().zip(&rest).map(|(x, z)| x.max(0.0) + z).collect();
                assert_bits(&y, &added, "fused");
                for (first, end) in [(0, 2), (2, down)] {
                    let mut y = vec![f32::NAN; (end - first) * across * shape.outputs];
                    assert!(!conv.run(&x, first..end, Some(&bias), &mut y, Some(&finish)));
                    assert!(y.iter().all(|&y| y == 1.0));
                }
            }
        }
    }
}

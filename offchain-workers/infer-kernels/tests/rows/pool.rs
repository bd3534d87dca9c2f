//! Pools.

use quorate_exact::infer::{pool as reference, Stride};
use quorate_infer_kernels::{
    pool::{pool, Pool, Pooling},
    Isa,
};

use crate::{
    grid::{assert_same, tensor},
    values::{seed, Random, KINDS, UNTOUCHED},
};

#[test]
fn pools_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    let mut done = 0;
    while done < 600 {
        let kind = random.of(&KINDS);
        let size = [1 + random.below(12), 1 + random.below(12)];
        let kernel = [1 + random.below(6), 1 + random.below(7)];
        let channels = random.of(&[1, 3, 8, 16, 17, 40]);
        let strides: [Stride; 2] = std::array::from_fn(|axis| Stride {
            step: 1 + random.below(3),
            dilation: 1 + random.below(2),
            before: random.below(kernel[axis]),
            after: random.below(kernel[axis] + 1),
        });
        let how = match random.below(3) {
            0 => Pool::Max,
            1 => Pool::Average { include_padding: true },
            _ => Pool::Average { include_padding: false },
        };
        let image = random.values(size[0] * size[1] * channels, kind);
        let x = tensor(&[1, size[0], size[1], channels], &image);
        let ceil = random.below(2) == 0;
        let expected = reference::pool(&x, how, kernel, strides, ceil);
        let places = match &expected {
            Ok(y) => [y.shape()[1], y.shape()[2]],
            // Refused for its shape, or a NaN, whose shape is not told.
            Err(_) => continue,
        };
        done += 1;
        let pooling = Pooling {
            size,
            channels,
            kernel,
            strides,
            places,
        };
        let expected = expected.map(|y| y.data().to_vec());
        for isa in Isa::available() {
            let what = format!("{how:?} {pooling:?} {kind:?} {isa:?}");
            let row = places[1] * channels;
            let mut y = vec![f32::from_bits(UNTOUCHED); places[0] * row + 20];
            let cut = random.below(places[0] + 1);
            let mut nan = pool(isa, how, &pooling, &image, 0..cut, &mut y[..cut * row]);
            nan |= pool(
                isa,
                how,
                &pooling,
                &image,
                cut..places[0],
                &mut y[cut * row..places[0] * row],
            );
            assert_same((&y[..places[0] * row], nan), expected.clone(), &what);
            assert!(y[places[0] * row..].iter().all(|y| y.to_bits() == UNTOUCHED), "{what}");
        }
    }
}

#[test]
fn the_mean_of_both_infinities_should_be_nan() {
    let pooling = Pooling {
        size: [1, 2],
        channels: 1,
        kernel: [1, 2],
        strides: [Stride::default(); 2],
        places: [1, 1],
    };
    for isa in Isa::available() {
        let how = Pool::Average { include_padding: false };
        let image = [f32::INFINITY, f32::NEG_INFINITY];
        assert!(pool(isa, how, &pooling, &image, 0..1, &mut [0.0]));
    }
}

use quorate_exact::infer::{
    quantised::{matmul_integer as reference, Quantised},
    Tensor,
};
use quorate_infer_kernels::{
    products::{matmul_integer, PackedIntegers},
    Isa,
};

use crate::values::{cases, seed, Random};

fn check<A: Quantised, B: Quantised>(random: &mut Random, [m, k, n]: [usize; 3], extremes: bool) {
    let value = |random: &mut Random| match extremes {
        true => random.of(&[-128, 0, 127, 255]),
        false => random.below(384) as i32 - 128,
    };
    let a: Vec<A> = (0..m * k).map(|_| A::saturate(value(random))).collect();
    let w: Vec<B> = (0..n * k).map(|_| B::saturate(value(random))).collect();
    let a_zero = A::saturate(value(random));
    let zeros = if random.below(2) == 0 { 1 } else { n };
    let w_zero: Vec<B> = (0..zeros).map(|_| B::saturate(value(random))).collect();
    let zero_shape = if zeros == 1 { vec![] } else { vec![n] };
    let expected = reference(
        &Tensor::new(vec![m, k], a.clone()).unwrap(),
        &Tensor::new(vec![], vec![a_zero]).unwrap(),
        &Tensor::new(vec![n, k], w.clone()).unwrap(),
        &Tensor::new(zero_shape, w_zero.clone()).unwrap(),
    )
    .unwrap();
    let packed = PackedIntegers::new(&w, n, k).unwrap();
    for isa in Isa::available() {
        let mut y = vec![7; m * n];
        matmul_integer(isa, &a, a_zero, &packed, &w_zero, &mut y);
        assert_eq!(y, expected.data(), "{} {m} {k} {n}", isa.level());
    }
}

#[test]
fn products_of_integers_should_be_those_of_the_reference() {
    let mut random = Random::new(seed());
    for case in 0..cases(120) {
        let dims = [
            random.below(11) + 1,
            random.of(&[1, 2, 31, 64, 97]),
            random.of(&[1, 7, 31, 32, 33, 70]),
        ];
        match case % 4 {
            0 => check::<u8, i8>(&mut random, dims, case % 3 == 0),
            1 => check::<i8, i8>(&mut random, dims, case % 3 == 0),
            2 => check::<u8, u8>(&mut random, dims, case % 3 == 0),
            _ => check::<i8, u8>(&mut random, dims, case % 3 == 0),
        }
    }
}

#[test]
fn the_longest_sums_of_the_largest_products_should_not_wrap() {
    let k = 33_025;
    let packed = PackedIntegers::new(&vec![255u8; k], 1, k).unwrap();
    for isa in Isa::available() {
        let mut y = vec![0; 5];
        matmul_integer(isa, &vec![0u8; 5 * k], 255, &packed, &[0], &mut y);
        assert_eq!(y, [-33_025 * 255 * 255; 5]);
    }
    assert!(PackedIntegers::new(&vec![0u8; k + 1], 1, k + 1).is_none());
}

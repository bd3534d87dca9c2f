use quorate_exact::infer::{matmul::matmul as reference, Tensor};
use quorate_infer_kernels::{
    products::{matmul, matmul_scratch},
    Isa, View, ViewMut,
};

use crate::values::{assert_bits, cases, seed, Random, KINDS, UNTOUCHED};

#[test]
fn products_of_activations_should_have_the_bits_of_the_reference() {
    let mut random = Random::new(seed());
    for case in 0..cases(200) {
        let m = if case < 40 { case + 1 } else { random.below(70) + 1 };
        let (k, n) = (
            random.of(&[1, 2, 31, 37, 64, 600]),
            random.of(&[1, 15, 16, 17, 32, 33, 70, 96, 131]),
        );
        let (k, kind) = (if m * n > 1_000 { k.min(64) } else { k }, random.of(&KINDS));
        let (a, b) = (random.values(m * k, kind), random.values(k * n, kind));
        let tensor = |shape: [usize; 2], data: &[f32]| Tensor::new(shape.to_vec(), data.to_vec()).unwrap();
        let expected = reference(&tensor([m, k], &a), &tensor([k, n], &b));
        for isa in Isa::available() {
            let what = format!("{} {m} {k} {n} {kind:?}", isa.level());
            let mut scratch = vec![f32::NAN; matmul_scratch(isa, k)];
            let mut y = vec![f32::from_bits(UNTOUCHED); m * n + 40];
            let whole = ViewMut::new(&mut y[..m * n], m, n);
            // In two parts, by columns.
            let cut = random.below(n + 1);
            let (left, right) = whole.split_columns(cut);
            let mut nan = false;
            for (from, part) in [(0, left), (cut, right)] {
                if part.columns() > 0 {
                    let b = View::with_step(&b[from..], k, part.columns(), n);
                    nan |= matmul(isa, View::new(&a, m, k), b, part, &mut scratch);
                }
            }
            match &expected {
                Ok(expected) => assert_bits(&y[..m * n], expected.data(), &what),
                Err(_) => assert!(nan, "{what}"),
            }
            assert_eq!(nan, expected.is_err(), "{what}");
            assert!(y[m * n..].iter().all(|y| y.to_bits() == UNTOUCHED), "{what}");
        }
    }
}

//! Rotary position embedding.

use quorate_exact::infer::rope as reference;
use quorate_infer_kernels::{
    rope::{rope, rope_table},
    Input, Isa,
};

use crate::{
    grid::{assert_same, tensor, Grid},
    values::{seed, Random, KINDS},
};

#[test]
fn rotations_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    for half in [1, 3, 8, 13, 16, 32, 33, 40] {
        for kind in KINDS {
            let (positions, heads) = (1 + random.below(4), 1 + random.below(3));
            let x = Grid::random(&mut random, positions, heads * 2 * half, kind);
            let inverse: Vec<f32> = (0..half).map(|i| 1e4f32.powf(-(i as f32) / half as f32)).collect();
            let first = random.below(8000);
            let expected = reference::rope(
                &tensor(&[positions, heads, 2 * half], &x.numbers()),
                first,
                &inverse,
                8192,
            );
            let expected = expected.map(|y| y.data().to_vec());
            for isa in Isa::available() {
                let mut table = Grid::new(&vec![0.0; positions * half], half, 3);
                let mut other = table.clone();
                assert!(!rope_table(isa, first, &inverse, table.view_mut(), other.view_mut()));
                let what = format!("{positions} {heads} {half} {kind:?} {isa:?}");
                let mut y = x.empty();
                let nan = rope(isa, x.view(), table.view(), other.view(), y.view_mut());
                assert_same((&y.numbers(), nan), expected.clone(), &what);
                let mut y = x.clone();
                let nan = rope(isa, Input::InPlace, table.view(), other.view(), y.view_mut());
                assert_same((&y.numbers(), nan), expected.clone(), &what);
            }
        }
    }
}

#[test]
fn an_angle_beyond_the_sine_s_domain_should_be_seen() {
    for isa in Isa::available() {
        let (mut cos, mut sin) = (Grid::new(&[0.0; 6], 3, 0), Grid::new(&[0.0; 6], 3, 0));
        let inverse = [1.0, 0.1, 0.01];
        assert!(!rope_table(isa, 8191, &inverse, cos.view_mut(), sin.view_mut()));
        assert!(rope_table(isa, 8192, &inverse, cos.view_mut(), sin.view_mut()));
    }
}

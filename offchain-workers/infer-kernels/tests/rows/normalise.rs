//! LayerNorm, RMSNorm and BatchNorm.

use quorate_exact::infer::normalise as reference;
use quorate_infer_kernels::{
    normalise::{batch_factors, batch_norm, layer_norm, rms_norm},
    Input, Isa,
};

use crate::{
    grid::{assert_same, tensor, Grid, LENGTHS},
    values::{seed, Random, KINDS},
};

#[test]
fn normalisations_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    for n in LENGTHS {
        for kind in KINDS {
            let x = Grid::random(&mut random, 3, n, kind);
            let other = random.of(&KINDS);
            let [g, b, mean]: [Vec<f32>; 3] = std::array::from_fn(|_| random.values(n, other));
            let variance: Vec<f32> = random.values(n, kind).iter().map(|x| x.abs()).collect();
            let epsilon = random.of(&[1e-5, 1e-12, 0.0]);
            let of = |data: &[f32]| tensor(&[n], data);
            let data = |y: quorate_exact::infer::Tensor| y.data().to_vec();
            let layer = reference::layer_norm(&x.tensor(), &of(&g), Some(&of(&b)), epsilon).map(data);
            let layer_without = reference::layer_norm(&x.tensor(), &of(&g), None, epsilon).map(data);
            let rms = reference::rms_norm(&x.tensor(), &of(&g), epsilon).map(data);
            let parameters = [&of(&g), &of(&b), &of(&mean), &of(&variance)];
            let batch = reference::batch_norm(&x.tensor(), parameters, epsilon).map(data);
            for isa in Isa::available() {
                for in_place in [false, true] {
                    let what = format!("{n} {kind:?} {other:?} {isa:?} {in_place}");
                    let run = |of: &dyn Fn(Input<'_>, &mut Grid) -> bool| {
                        let mut y = if in_place { x.clone() } else { x.empty() };
                        let input = if in_place { Input::InPlace } else { x.view().into() };
                        let nan = of(input, &mut y);
                        (y.numbers(), nan)
                    };
                    let (y, nan) = run(&|x, y| layer_norm(isa, x, &g, Some(&b), epsilon, y.view_mut()));
                    assert_same((&y, nan), layer.clone(), &what);
                    let (y, nan) = run(&|x, y| layer_norm(isa, x, &g, None, epsilon, y.view_mut()));
                    assert_same((&y, nan), layer_without.clone(), &what);
                    let (y, nan) = run(&|x, y| rms_norm(isa, x, &g, epsilon, y.view_mut()));
                    assert_same((&y, nan), rms.clone(), &what);
                    let mut factors = vec![0.0; n];
                    batch_factors(&g, &variance, epsilon, &mut factors);
                    let (y, nan) = run(&|x, y| batch_norm(isa, x, &mean, &factors, &b, y.view_mut()));
                    assert_same((&y, nan), batch.clone(), &what);
                }
            }
        }
    }
}

//! Casts between all types.

use quorate_exact::infer::{
    cast::{cast as reference, Castable},
    Fault, Tensor,
};
use quorate_infer_kernels::{cast::cast, Isa};

use crate::{
    grid::LENGTHS,
    values::{seed, Kind, Random},
};

fn check<A: Castable, B: Castable>(random: &mut Random, value: fn(&mut Random) -> A, other: B) {
    for n in LENGTHS {
        let x: Vec<A> = (0..n).map(|_| value(random)).collect();
        let expected = reference::<A, B>(&Tensor::new(vec![n], x.clone()).unwrap());
        for isa in Isa::available() {
            let mut y = vec![other; n];
            let beyond = cast(isa, &x, &mut y);
            match &expected {
                Ok(expected) => {
                    assert!(!beyond, "{n} {isa:?}");
                    assert_eq!(
                        Tensor::new(vec![n], y).unwrap().bytes(),
                        expected.bytes(),
                        "{n} {isa:?}"
                    );
                }
                Err(fault) => assert!(*fault == Fault::Range && beyond, "{n} {isa:?}"),
            }
        }
    }
}

fn check_all<A: Castable>(random: &mut Random, value: fn(&mut Random) -> A) {
    check(random, value, 0.5f32);
    check(random, value, 7i64);
    check(random, value, 7i32);
    check(random, value, 7i8);
    check(random, value, 7u8);
    check(random, value, false);
}

#[test]
fn casts_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    check_all(&mut random, |random| random.value(Kind::Ordinary) * 120.0);
    check_all(&mut random, |random| random.value(Kind::Wild));
    check_all(&mut random, |random| {
        random.of(&[2_147_483_647.0, -2_147_483_648.0, 9.2e18, -9.3e18, -0.0, 127.9])
    });
    check_all(&mut random, |random| random.next() as i64 >> random.below(64));
    check_all(&mut random, |random| random.below(100) as i64);
    check_all(&mut random, |random| random.next() as i32 >> random.below(32));
    check_all(&mut random, |random| random.next() as i8);
    check_all(&mut random, |random| random.next() as u8);
    check_all(&mut random, |random| random.below(2) == 0);
}

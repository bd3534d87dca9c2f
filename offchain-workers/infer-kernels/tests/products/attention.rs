use quorate_exact::infer::{
    attention::{attention as reference, Seen},
    Tensor,
};
use quorate_infer_kernels::{
    attention::{Attention, Sequence},
    Isa, View, ViewMut,
};

use crate::values::{assert_bits, cases, seed, Kind, Random, KINDS, UNTOUCHED};

struct Case {
    of: Attention,
    queries: usize,
    keys: usize,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    mask: Option<Vec<f32>>,
}

impl Case {
    fn new(random: &mut Random, of: Attention, queries: usize, keys: usize, kind: Kind) -> Self {
        let mask = (random.below(3) == 0).then(|| {
            let value = |i: usize| match random.below(4) {
                0 if !i.is_multiple_of(keys) => f32::NEG_INFINITY,
                _ => random.value(Kind::Ordinary),
            };
            (0..queries * keys).map(value).collect()
        });
        Self {
            of,
            queries,
            keys,
            q: random.values(queries * of.heads * of.size, kind),
            k: random.values(keys * of.groups * of.size, kind),
            v: random.values(keys * of.groups * of.value_size, kind),
            mask,
        }
    }

    fn sequence(&self) -> Sequence<'_> {
        Sequence {
            q: View::new(&self.q, self.queries, self.of.heads * self.of.size),
            k: View::new(&self.k, self.keys, self.of.groups * self.of.size),
            v: View::new(&self.v, self.keys, self.of.groups * self.of.value_size),
            mask: self.mask.as_ref().map(|mask| View::new(mask, self.queries, self.keys)),
        }
    }

    /// On every level, in parts of so many heads.
    fn check(&self, heads: usize) {
        let (of, queries, keys) = (self.of, self.queries, self.keys);
        let tensor = |shape: &[usize], data: &[f32]| Tensor::new(shape.to_vec(), data.to_vec()).unwrap();
        let expected = reference(
            [
                &tensor(&[queries, of.heads, of.size], &self.q),
                &tensor(&[keys, of.groups, of.size], &self.k),
                &tensor(&[keys, of.groups, of.value_size], &self.v),
            ],
            of.scale,
            self.mask.as_ref().map(|mask| tensor(&[queries, keys], mask)).as_ref(),
            of.seen,
        );
        for isa in Isa::available() {
            let what = format!(
                "{} {of:?} {queries} queries {keys} keys, mask {}",
                isa.level(),
                self.mask.is_some()
            );
            let columns = of.heads * of.value_size;
            let mut y = vec![f32::from_bits(UNTOUCHED); queries * columns + 40];
            let mut scratch = vec![f32::from_bits(UNTOUCHED); of.scratch(isa, queries, keys) + 8];
            let whole = scratch.len() - 8;
            let mut nan = false;
            for first in (0..of.heads).step_by(heads) {
                let own = first..of.heads.min(first + heads);
                let mut y = ViewMut::new(&mut y[..queries * columns], queries, columns);
                let y = y.part((0, queries), (first * of.value_size, own.len() * of.value_size));
                nan |= of.run(isa, self.sequence(), own, y, &mut scratch[..whole]);
            }
            match &expected {
                Ok(expected) => assert_bits(&y[..queries * columns], expected.data(), &what),
                Err(_) => assert!(nan, "{what}"),
            }
            assert_eq!(nan, expected.is_err(), "{what}");
            assert!(
                y[queries * columns..].iter().all(|y| y.to_bits() == UNTOUCHED),
                "{what}"
            );
            assert!(scratch[whole..].iter().all(|y| y.to_bits() == UNTOUCHED), "{what}");
        }
    }
}

fn shape(random: &mut Random) -> Attention {
    let (groups, each) = (random.below(3) + 1, random.below(4) + 1);
    Attention {
        heads: groups * each,
        groups,
        size: random.of(&[1, 3, 8, 16, 31, 32]),
        value_size: random.of(&[1, 5, 8, 16, 17, 32, 33, 40, 64, 72]),
        scale: 0.25,
        seen: Seen::All,
    }
}

#[test]
fn attention_should_have_the_bits_of_the_reference() {
    let mut random = Random::new(seed());
    for case in 0..cases(150) {
        let of = shape(&mut random);
        let (queries, keys) = (
            random.below(if case % 8 == 0 { 33 } else { 9 }) + 1,
            random.below(70) + 1,
        );
        let (kind, heads) = (random.of(&KINDS), random.below(of.heads) + 1);
        Case::new(&mut random, of, queries, keys, kind).check(heads);
    }
}

#[test]
fn causal_attention_should_skip_the_keys_that_a_query_does_not_see() {
    let mut random = Random::new(seed());
    for case in 0..cases(150) {
        let queries = random.below(if case % 4 == 0 { 40 } else { 16 }) + 1;
        let first = random.of(&[0, 0, 1, 13, 40]);
        let of = Attention {
            seen: Seen::Causal { first },
            ..shape(&mut random)
        };
        let keys = first + queries + random.of(&[0, 0, 1, 40]);
        let (kind, heads) = (random.of(&KINDS), random.below(of.heads) + 1);
        Case::new(&mut random, of, queries, keys, kind).check(heads);
    }
}

#[test]
fn a_key_that_no_query_sees_should_never_be_read_as_a_number() {
    let mut random = Random::new(seed());
    let of = Attention {
        heads: 2,
        groups: 1,
        size: 4,
        value_size: 5,
        scale: 1.0,
        seen: Seen::Causal { first: 3 },
    };
    for queries in [1, 2, 14, 15, 30] {
        let mut case = Case::new(&mut random, of, queries, 3 + queries + 20, Kind::Ordinary);
        case.mask = None;
        let answers = |case: &Case, isa: Isa| {
            let mut scratch = vec![f32::NAN; of.scratch(isa, queries, case.keys)];
            let mut y = vec![0.0; queries * 10];
            let nan = of.run(
                isa,
                case.sequence(),
                0..2,
                ViewMut::new(&mut y, queries, 10),
                &mut scratch,
            );
            assert!(!nan);
            y
        };
        for isa in Isa::available() {
            let before = answers(&case, isa);
            case.k[(3 + queries) * 4..].fill(f32::NAN);
            case.v[(3 + queries) * 5..].fill(f32::NAN);
            assert_bits(&answers(&case, isa), &before, "NaN behind what is seen");
        }
    }
}

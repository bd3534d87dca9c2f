//! Each rule against its definition on vectors, by brute force, and what holds for all of them.

use num_bigint::BigInt;
use proptest::prelude::*;
use quorate_exact::{Combine, Context, DecideError, Decision, Gram, Needs, Rule, RuleError, StageProducts};

use crate::common::property;

const F: [u32; 4] = [0, 100_000, 200_000, 300_000];

fn slices(rows: &[Vec<i32>]) -> Vec<&[i32]> {
    rows.iter().map(Vec::as_slice).collect()
}

pub fn context(sealed: usize) -> Context {
    Context {
        sealed: sealed as u32,
        s_max: 16,
        seed: [7; 32],
    }
}

fn pairs(rows: &[Vec<i32>]) -> StageProducts {
    StageProducts::of(Needs::Pairs, &[(0, slices(rows))]).unwrap()
}

fn decide(rule: Rule, rows: &[Vec<i32>]) -> Result<Decision, DecideError> {
    let n = rows.len();
    rule.decide(n as u32, &vec![1; n], &pairs(rows), &context(n))
}

/// Few distinct values, so that ties are frequent.
fn rows(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<i32>>> {
    (n, 1usize..4, prop_oneof![Just(1i32), Just(3), Just(1 << 30)])
        .prop_flat_map(|(n, width, reach)| prop::collection::vec(prop::collection::vec(-reach..=reach, width), n))
}

fn squared(a: &[i32], b: &[i32]) -> BigInt {
    let terms = a.iter().zip(b).map(|(&a, &b)| BigInt::from(a) - BigInt::from(b));
    terms.map(|d| &d * &d).sum()
}

fn tolerated(f_ppm: u32, n: usize) -> usize {
    f_ppm as usize * n / 1_000_000
}

/// Krum's order of the rows in `among`, with sums of `near` distances.
fn krum_order(rows: &[Vec<i32>], among: &[usize], near: usize) -> Vec<usize> {
    let mut order: Vec<(BigInt, usize)> = among
        .iter()
        .map(|&i| {
            let others = among.iter().filter(|&&j| j != i);
            let mut distances: Vec<BigInt> = others.map(|&j| squared(&rows[i], &rows[j])).collect();
            distances.sort();
            (distances.into_iter().take(near).sum(), i)
        })
        .collect();
    order.sort();
    order.into_iter().map(|(_, i)| i).collect()
}

fn indicator(n: usize, chosen: &[usize]) -> Vec<u32> {
    (0..n).map(|i| u32::from(chosen.contains(&i))).collect()
}

#[test]
fn krum_and_multi_krum_should_equal_their_definition() {
    property(1_500, (rows(1..16), prop::sample::select(&F[..])), |(rows, f_ppm)| {
        let (n, f) = (rows.len(), tolerated(f_ppm, rows.len()));
        if n < 2 * f + 3 {
            let few = RuleError::TooFewRows {
                rows: n as u32,
                minimum: 2 * f as u32 + 3,
            };
            prop_assert_eq!(decide(Rule::Krum { f_ppm }, &rows), Err(few.into()));
            return Ok(());
        }
        let all: Vec<usize> = (0..n).collect();
        let order = krum_order(&rows, &all, n - f - 2);
        let krum = decide(Rule::Krum { f_ppm }, &rows).unwrap();
        prop_assert_eq!(&krum.selection, &indicator(n, &order[..1]));
        let multi = decide(Rule::MultiKrum { f_ppm }, &rows).unwrap();
        prop_assert_eq!(&multi.selection, &indicator(n, &order[..n - f]));
        for decision in [krum, multi] {
            let weighted = Combine::Weighted {
                den: decision.selection.iter().sum(),
                weights: decision.selection.clone(),
            };
            prop_assert_eq!((&decision.train, &decision.stat), (&weighted, &weighted));
        }
        Ok(())
    });
}

#[test]
fn bulyan_should_equal_its_definition() {
    property(1_000, (rows(3..20), prop::sample::select(&F[..])), |(rows, f_ppm)| {
        let (n, f) = (rows.len(), tolerated(f_ppm, rows.len()));
        let decision = decide(Rule::Bulyan { f_ppm }, &rows);
        if n < 4 * f + 3 {
            prop_assert!(decision.is_err());
            return Ok(());
        }
        let mut remain: Vec<usize> = (0..n).collect();
        let mut chosen = vec![];
        for _ in 0..n - 2 * f {
            let best = krum_order(&rows, &remain, remain.len().saturating_sub(f + 2))[0];
            remain.retain(|&i| i != best);
            chosen.push(best);
        }
        chosen.sort();
        let decision = decision.unwrap();
        prop_assert_eq!(decision.selection, indicator(n, &chosen));
        let kernel = Combine::AroundMedian {
            rows: chosen.iter().map(|&i| i as u32).collect(),
            keep: (n - 4 * f) as u32,
        };
        prop_assert_eq!((decision.train, decision.stat), (kernel.clone(), kernel));
        Ok(())
    });
}

/// All sets of `keep` of `n` rows in lexicographic order, each given to `visit`.
fn sets(n: usize, keep: usize, set: &mut Vec<usize>, visit: &mut dyn FnMut(&[usize])) {
    if set.len() == keep {
        return visit(set);
    }
    for i in set.last().map_or(0, |last| last + 1)..n {
        set.push(i);
        sets(n, keep, set, visit);
        set.pop();
    }
}

#[test]
fn minimum_diameter_should_equal_enumeration() {
    let f = prop::sample::select(vec![0u32, 150_000, 250_000, 350_000, 450_000]);
    property(1_500, (rows(1..12), f), |(rows, f_ppm)| {
        let (n, f) = (rows.len(), tolerated(f_ppm, rows.len()));
        let mut best: Option<(BigInt, Vec<usize>)> = None;
        sets(n, n - f, &mut vec![], &mut |set| {
            let inner = set.iter().flat_map(|&i| set.iter().map(move |&j| (i, j)));
            let diameter = inner.map(|(i, j)| squared(&rows[i], &rows[j])).max().unwrap();
            if best.as_ref().is_none_or(|(least, _)| diameter < *least) {
                best = Some((diameter, set.to_vec()));
            }
        });
        let decision = decide(Rule::MinimumDiameter { f_ppm }, &rows).unwrap();
        prop_assert_eq!(decision.selection, indicator(n, &best.unwrap().1));
        Ok(())
    });
}

#[test]
fn minimum_diameter_of_a_hundred_rows_should_be_found() {
    // Clouds that overlap: no threshold is obvious.
    let strategy = prop::collection::vec(prop::collection::vec(-1000i32..1000, 3), 100);
    let started = std::time::Instant::now();
    property(10, strategy, |rows| {
        for f_ppm in [200_000, 240_000] {
            let decision = decide(Rule::MinimumDiameter { f_ppm }, &rows).unwrap();
            prop_assert_eq!(decision.selection.iter().sum::<u32>(), 100 - f_ppm / 10_000);
        }
        Ok(())
    });
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
    let too_many = RuleError::TooManyTolerated { f: 25 };
    let rule = Rule::MinimumDiameter { f_ppm: 250_000 };
    assert_eq!(rule.check_rows(100, 100), Err(too_many));
}

/// Rows of which those joined by an edge are far apart: `Σ e_i² = 2^20` on the diagonal, 2^19 between neighbours that are near.
fn graph(n: usize, edges: &std::collections::BTreeSet<(usize, usize)>) -> StageProducts {
    let pairs = (0..n).flat_map(|i| (i..n).map(move |j| (i, j)));
    let entry = |(i, j)| match (i == j, edges.contains(&(i, j))) {
        (true, _) => 1 << 20,
        (false, true) => 0,
        (false, false) => 1 << 19,
    };
    StageProducts::Pairs(Gram::from_upper(n, pairs.map(entry).collect()).unwrap())
}

#[test]
fn graphs_that_are_hard_to_cover_should_not_hold_up_a_round() {
    // 1,024 rows, f = 24, and as many exclusions, of degree 2 to 6, as 24 rows can and cannot cover.
    let rule = Rule::MinimumDiameter { f_ppm: 24_000 };
    let graphs = (2usize..7, 20usize..64).prop_flat_map(|(degree, n)| {
        let ends = Just((0..n * degree).map(|end| end % n).collect::<Vec<_>>());
        ends.prop_shuffle()
    });
    let started = std::time::Instant::now();
    property(8, graphs, |ends| {
        let joined = ends
            .chunks_exact(2)
            .map(|pair| (16 * pair[0].min(pair[1]), 16 * pair[0].max(pair[1])));
        let edges = joined.filter(|(i, j)| i != j).collect();
        let context = context(1024);
        let decision = rule.decide(1024, &[1; 1024], &graph(1024, &edges), &context).unwrap();
        let left_out = decision.selection.iter().filter(|&&chosen| chosen == 0).count();
        prop_assert_eq!(left_out, 24);
        let inside = edges
            .iter()
            .filter(|&&(i, j)| decision.selection[i] + decision.selection[j] == 2)
            .count();
        // Either all exclusions are covered, or no 24 rows cover them and the first 1,000 rows are as good as any.
        prop_assert!(inside == 0 || decision.selection[..1000].iter().all(|&chosen| chosen == 1));
        Ok(())
    });
    println!("8 graphs in {:?}", started.elapsed());
    assert!(started.elapsed().as_secs() < 200);
}

fn distance_rules() -> Vec<Rule> {
    let f_ppm = 200_000;
    vec![
        Rule::Krum { f_ppm },
        Rule::MultiKrum { f_ppm },
        Rule::Bulyan { f_ppm: 100_000 },
        Rule::MinimumDiameter { f_ppm },
        Rule::GeometricMedian {
            nu: 1 << 16,
            iterations: 4,
        },
        Rule::CentredClipping {
            tau: 1 << 20,
            iterations: 3,
        },
    ]
}

#[test]
fn selections_should_not_change_when_all_rows_move() {
    let inputs = (rows(7..16), prop::collection::vec(-1000i32..1000, 4));
    property(500, inputs, |(rows, by)| {
        let moved: Vec<Vec<i32>> = rows
            .iter()
            .map(|row| row.iter().zip(&by).map(|(&q, &by)| q / 2 + by).collect())
            .collect();
        let still: Vec<Vec<i32>> = rows.iter().map(|row| row.iter().map(|&q| q / 2).collect()).collect();
        // The first four look at distances alone; the other two start from 0.
        for rule in &distance_rules()[..4] {
            prop_assert_eq!(decide(*rule, &moved), decide(*rule, &still));
        }
        Ok(())
    });
}

#[test]
fn decisions_should_follow_their_rows_where_nothing_is_equal() {
    let inputs = prop::collection::vec(prop::collection::vec(-(1i32 << 30)..1 << 30, 3), 7..14)
        .prop_flat_map(|rows| (Just((0..rows.len()).collect::<Vec<_>>()).prop_shuffle(), Just(rows)));
    property(500, inputs, |(order, rows)| {
        let moved: Vec<Vec<i32>> = order.iter().map(|&i| rows[i].clone()).collect();
        for rule in distance_rules() {
            // Two sets may share the pair that is their diameter, and the last rows that Bulyan chooses from are each other's
            // nearest: then the indices decide.
            if matches!(rule, Rule::MinimumDiameter { .. } | Rule::Bulyan { .. }) {
                continue;
            }
            let straight = decide(rule, &rows).unwrap().selection;
            let expected: Vec<u32> = order.iter().map(|&i| straight[i]).collect();
            prop_assert_eq!(decide(rule, &moved).unwrap().selection, expected, "{:?}", rule);
        }
        Ok(())
    });
}

#[test]
fn every_value_should_lie_between_its_inputs_and_zero() {
    property(500, rows(7..14), |rows| {
        let n = rows.len();
        let by_coordinate = [
            Rule::WeightedMean,
            Rule::Median,
            Rule::TrimmedMean { trim_ppm: 300_000 },
            Rule::MeaMed { f_ppm: 300_000 },
        ];
        for rule in distance_rules().into_iter().chain(by_coordinate) {
            let Decision { train, stat, .. } = decide(rule, &rows).unwrap();
            for k in 0..rows[0].len() {
                let column: Vec<i32> = rows.iter().map(|row| row[k]).collect();
                let (low, high) = (*column.iter().min().unwrap(), *column.iter().max().unwrap());
                let value = train.column(&column).unwrap();
                prop_assert!((low.min(0)..=high.max(0)).contains(&value), "{:?}", rule);
                let value = stat.column(&column).unwrap();
                prop_assert!((low..=high).contains(&value), "{:?} of {}", rule, n);
            }
        }
        Ok(())
    });
}

#[test]
fn geometric_median_should_withstand_a_minority_far_away() {
    let rule = Rule::GeometricMedian { nu: 1, iterations: 32 };
    let honest = [[100, 0], [110, 4], [90, -4], [104, 7], [96, -7]].map(|row| row.to_vec());
    let rows = [&honest[..], &vec![vec![1 << 30, 1 << 30]; 4]].concat();
    let Decision { train, .. } = decide(rule, &rows).unwrap();
    let column = |k: usize| rows.iter().map(|row| row[k]).collect::<Vec<i32>>();
    let (x, y) = (train.column(&column(0)).unwrap(), train.column(&column(1)).unwrap());
    assert!((90..1000).contains(&x) && (-100..1000).contains(&y), "{x} {y}");
}

#[test]
fn centred_clipping_should_bound_what_one_row_moves() {
    // Radius 2^4 on the grid of 2^16: one step moves at most a ninth of that.
    let rule = Rule::CentredClipping { tau: 16, iterations: 1 };
    let mut rows = vec![vec![0, 0]; 9];
    rows[8] = vec![1 << 30, 0];
    let Decision { train, stat, selection } = decide(rule, &rows).unwrap();
    let column: Vec<i32> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(train.column(&column), Some(2));
    assert_eq!(selection[0], (1u32 << 31) / 9);
    let Combine::Weighted { weights, den } = stat else {
        panic!()
    };
    assert_eq!((weights.iter().sum::<u32>(), weights), (den, selection));
    // All rows so far out that every factor is 0: `stat` falls back to the plain mean.
    let far = vec![vec![1 << 30; 3]; 4];
    let tiny = Rule::CentredClipping { tau: 1, iterations: 1 };
    let decision = decide(tiny, &far).unwrap();
    let plain = Combine::Weighted {
        weights: vec![1; 4],
        den: 4,
    };
    assert_eq!((decision.selection, decision.stat), (vec![0; 4], plain));
}

#[test]
fn matrices_of_no_rows_should_be_refused_and_none_should_panic() {
    let limit = 1i128 << 95;
    let entry = prop_oneof![
        (-limit..=limit, 0u32..96).prop_map(|(g, shift)| g >> shift),
        Just(limit),
        Just(-limit)
    ];
    property(1_500, prop::collection::vec(entry, 36), |entries| {
        let n = 8;
        let gram = Gram::from_upper(n, entries).unwrap();
        let negative =
            (0..n).any(|i| gram.get(i, i).unwrap() < 0 || (0..n).any(|j| gram.squared_distance(i, j).is_none()));
        for rule in distance_rules() {
            let decision = rule.decide(n as u32, &[1; 8], &StageProducts::Pairs(gram.clone()), &context(n));
            prop_assert!(
                !negative || matches!(decision, Err(DecideError::NotAGram { .. })),
                "{:?}",
                rule
            );
        }
        Ok(())
    });
    let rule = Rule::Krum { f_ppm: 0 };
    let missing = rule.decide(3, &[1; 3], &StageProducts::Norms(vec![1; 3]), &context(3));
    assert_eq!(missing, Err(DecideError::ProductsMissing));
    let other = StageProducts::Pairs(Gram::new(4).unwrap());
    let rows = DecideError::Rows { expected: 3, got: 4 };
    assert_eq!(rule.decide(3, &[1; 3], &other, &context(3)), Err(rows));
    let weights = RuleError::WeightCount { expected: 3, got: 2 };
    assert_eq!(rule.decide(3, &[1; 2], &other, &context(3)), Err(weights.into()));
}

#[test]
fn largest_round_should_be_decided() {
    // 1,024 rows of the widest products: sums, squares and roots at their bounds.
    let n = 1024;
    let wide = 1i128 << 95;
    let upper = (0..n).flat_map(|i| (i..n).map(move |j| (i, j)));
    let opposite = upper.map(|(i, j)| if i % 2 == j % 2 { wide } else { -wide }).collect();
    let products = StageProducts::Pairs(Gram::from_upper(n, opposite).unwrap());
    let f_ppm = 200_000;
    let rules = [
        Rule::Krum { f_ppm },
        Rule::MultiKrum { f_ppm },
        Rule::Bulyan { f_ppm },
        Rule::MinimumDiameter { f_ppm: 23_437 },
        Rule::GeometricMedian {
            nu: u32::MAX,
            iterations: 3,
        },
        Rule::CentredClipping {
            tau: u32::MAX,
            iterations: 3,
        },
    ];
    for rule in rules {
        let context = Context {
            s_max: 40,
            ..context(n)
        };
        let decision = rule.decide(n as u32, &vec![1; n], &products, &context);
        // Half the rows are opposite: 24 left out cannot bring the others together, but a set is found.
        assert!(decision.is_ok(), "{rule:?}: {decision:?}");
    }
}

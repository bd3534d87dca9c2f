//! Inner products, on every level of this machine, against sums in i128.

mod cases;

use cases::{for_cases, rows_of, SCALES};
use quorate_exact::grid::{self, Q_MAX};
use quorate_kernels::{
    gram::{Pairs, BLOCK},
    products::{dot, Factors, RowProducts},
    Cpu,
};

#[test]
fn products_should_be_exact() {
    for_cases("products", 400, |cpu, draw| {
        let n = 1 + draw.below(20);
        let width = draw.pick(&[1, 2, 15, 31, 32, 33, 64, 511, 512, 513, BLOCK - 1, BLOCK]);
        let rows = draw.rows(n, width);
        let shift = draw.pick(&[0, 0, 1, 17]);
        let mut pairs = Pairs::new(n);
        let block = rows_of(&rows);
        pairs.add(cpu, &block, shift);
        pairs.add(cpu, &block, shift);
        let mut entries = pairs.upper().iter();
        let bound = u64::from(block.largest());
        for i in 0..n {
            for j in i..n {
                let exact: i128 = rows[i]
                    .iter()
                    .zip(&rows[j])
                    .map(|(&x, &y)| i128::from(x) * i128::from(y))
                    .sum();
                assert_eq!(
                    entries.next(),
                    Some(&((exact * 2) << (2 * shift))),
                    "rows {i} and {j} of {n}"
                );
                assert_eq!(dot(cpu, &rows[i], &rows[j], bound * bound), exact);
            }
        }
        assert_eq!(entries.next(), None);
    });
}

/// What [`RowProducts`] is to add, value by value.
fn row_products(rows: &[Vec<i32>], a: &[i32], p: Option<&[i32]>, shift: u32) -> Vec<i128> {
    let product = |x: &[i32], y: &[i32]| -> i128 {
        let sum: i128 = x.iter().zip(y).map(|(&x, &y)| i128::from(x) * i128::from(y)).sum();
        sum << (2 * shift)
    };
    let of_rows = rows.iter().flat_map(|x| {
        let all = [Some(product(x, x)), Some(product(x, a)), p.map(|p| product(x, p))];
        all.into_iter().flatten()
    });
    let of_aggregates = [Some(product(a, a)), p.map(|p| product(a, p)), p.map(|p| product(p, p))];
    of_rows.chain(of_aggregates.into_iter().flatten()).collect()
}

/// Adds products twice, from bytes, to what is there already.
fn check_row_products(cpu: Cpu, scale: i8, bits: &[Vec<u32>], a: &[i32], p: Option<&[i32]>, shift: u32) {
    let bytes: Vec<Vec<u8>> = bits
        .iter()
        .map(|row| row.iter().flat_map(|bits| bits.to_le_bytes()).collect())
        .collect();
    let quantize = |&bits: &u32| grid::quantize(bits, scale).expect("a value");
    let rows: Vec<Vec<i32>> = bits.iter().map(|row| row.iter().map(quantize).collect()).collect();
    let largest = rows
        .iter()
        .flatten()
        .chain(a)
        .map(|q| q.unsigned_abs())
        .max()
        .unwrap_or(0);
    let factors = Factors {
        aggregate: a,
        previous: p,
        largest,
        shift,
    };
    let once = row_products(&rows, a, p, shift);
    let mut sums = vec![-1; once.len()];
    let mut products = RowProducts::default();
    for _ in 0..2 {
        products.add(cpu, (rows.len(), |row| &bytes[row]), scale, &factors, &mut sums);
    }
    let expected: Vec<i128> = once.iter().map(|product| 2 * product - 1).collect();
    assert_eq!(sums, expected, "{} rows of {}, {:?}", rows.len(), a.len(), cpu.level());
}

#[test]
fn products_of_rows_with_aggregates_should_be_exact() {
    for_cases("row products", 1_000, |cpu, draw| {
        let scale = draw.pick(&SCALES);
        let (n, width) = (1 + draw.below(10), 1 + draw.below(70));
        let mut value = |largest: i32| match largest {
            Q_MAX => draw.value(scale),
            _ => (draw.grid(largest) as f32 * 2f32.powi(-i32::from(scale))).to_bits(),
        };
        let bits: Vec<Vec<u32>> = (0..n)
            .map(|row| (0..width).map(|_| value([1 << 20, Q_MAX][row % 2])).collect())
            .collect();
        let bits = &bits[..1 + draw.below(n)];
        let [a, p] = [(); 2].map(|()| draw.rows(1, width).remove(0));
        let p = (draw.below(3) > 0).then_some(&p[..]);
        check_row_products(cpu, scale, bits, &a, p, draw.pick(&[0, 0, 1, 17]));
    });
}

/// Around where sums stop to fit i64, the values of rows, of the aggregate or of the previous one being the largest; and sums
/// that an f64 cannot hold, as they are odd and above 2^53.
#[test]
fn products_of_extreme_rows_with_aggregates_should_be_exact() {
    // largest² · width: the last one below 2^63 that an f32 holds, and the first one from there on.
    let pairs = [
        (1024, 94_906_264),
        (1024, 94_906_272),
        (512, (1 << 27) - 8),
        (512, 1 << 27),
        (2, Q_MAX),
        (1000, Q_MAX),
    ];
    for cpu in Cpu::all() {
        for (width, largest) in pairs {
            for [x, a, p] in [
                [largest, largest, largest],
                [-largest, largest, largest],
                [largest, -largest, -largest],
                [1, 1, -largest],
                [1, 0, largest],
            ] {
                let mut bits = vec![vec![(x as f32).to_bits(); width]; 5];
                bits[3][width - 1] = 1f32.to_bits();
                bits[4][0] = (-3f32).to_bits();
                let (mut a, mut p) = (vec![a; width], vec![p; width]);
                a[width - 1] += if a[0] > 0 { -1 } else { 1 };
                p[0] += if p[0] > 0 { -1 } else { 1 };
                check_row_products(cpu, 0, &bits, &a, Some(&p), 17);
                check_row_products(cpu, 0, &bits, &a, None, 0);
            }
        }
    }
}

/// Sums at the bound of every path: whole blocks of the largest values that a number of limbs takes, of one sign and of both.
#[test]
fn products_of_extremes_should_be_exact() {
    for cpu in Cpu::all() {
        for largest in [1, 4095, 4096, 8_386_560, 8_388_608 - 2049, 8_388_608, Q_MAX - 1, Q_MAX] {
            for value in [largest, -largest, largest / 2 + 1, -(largest / 2) - 1] {
                let mut rows = vec![vec![value; BLOCK], vec![largest; BLOCK], vec![-largest; BLOCK]];
                rows.push(
                    (0..BLOCK as i32)
                        .map(|k| if k % 2 == 0 { value } else { -largest })
                        .collect(),
                );
                let mut pairs = Pairs::new(4);
                pairs.add(cpu, &rows_of(&rows), 17);
                let mut entries = pairs.upper().iter();
                for i in 0..4 {
                    for j in i..4 {
                        let exact: i128 = rows[i]
                            .iter()
                            .zip(&rows[j])
                            .map(|(&x, &y)| i128::from(x) * i128::from(y))
                            .sum();
                        assert_eq!(entries.next(), Some(&(exact << 34)), "{value}, {largest}");
                    }
                }
                let long: Vec<i32> = rows[3].iter().copied().cycle().take(200_000).collect();
                let exact: i128 = long.iter().map(|&x| i128::from(x) * i128::from(x)).sum();
                let bound = u64::from(largest.unsigned_abs() + 1).min(1 << 30);
                assert_eq!(dot(cpu, &long, &long, bound * bound), exact);
            }
        }
    }
}

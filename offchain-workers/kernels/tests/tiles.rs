//! The CPU backend on whole tiles, against columns taken one by one through `quorate-exact`.

mod cases;

use cases::Draw;
use quorate_exact::{grid, Combine, MapRow, QuantizeError, RowMap};
use quorate_kernels::{BackendError, Cpu, CpuBackend, Finish, Piece, StageMap, Tile, TileBackend, TileOp, TileResult};

struct Case {
    pieces: Vec<Piece>,
    /// Bits of the updates' values.
    rows: Vec<Vec<u32>>,
    previous: Option<Vec<i32>>,
    work: TileOp,
}

fn bytes(row: &[u32]) -> Vec<u8> {
    row.iter().flat_map(|bits| bits.to_le_bytes()).collect()
}

fn run(backend: &CpuBackend, case: &Case) -> Result<TileResult, BackendError> {
    let rows: Vec<Vec<u8>> = case.rows.iter().map(|row| bytes(row)).collect();
    let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
    let tile = Tile {
        pieces: &case.pieces,
        rows: &rows,
        previous: case.previous.as_deref(),
    };
    backend.run(&tile, &case.work)
}

/// Column by column.
fn expected(case: &Case) -> TileResult {
    let n = case.rows.len();
    let mut result = TileResult::default();
    let mut k = 0;
    for piece in &case.pieces {
        for _ in 0..piece.len {
            let original: Vec<i32> = case
                .rows
                .iter()
                .map(|row| grid::quantize(row[k], piece.scale).expect("a value"))
                .collect();
            let mut column = original.clone();
            for stage in &case.work.maps {
                let map = if piece.train { &stage.train } else { &stage.stat };
                column = map.column(&column).expect("a map that is allowed");
            }
            let p = case.previous.as_ref().map(|previous| previous[k]);
            let products = match &case.work.finish {
                Finish::Norms => column.iter().map(|&x| (x, x)).collect(),
                Finish::Pairs => {
                    let all: Vec<i32> = column.iter().copied().chain(p).collect();
                    (0..all.len())
                        .flat_map(|i| all[i..].iter().map(|&y| (all[i], y)).collect::<Vec<_>>())
                        .collect()
                }
                Finish::Aggregate { train, stat, products } => {
                    let combine = if piece.train { train } else { stat };
                    let a = combine.column(&column).expect("a rule that is allowed");
                    result.aggregate.push(a);
                    let of_row = |&u: &i32| [Some((u, u)), Some((u, a)), p.map(|p| (u, p))].into_iter().flatten();
                    let last = [Some((a, a)), p.map(|p| (a, p)), p.map(|p| (p, p))]
                        .into_iter()
                        .flatten();
                    let all: Vec<(i32, i32)> = original.iter().flat_map(of_row).chain(last).collect();
                    if *products {
                        all
                    } else {
                        Vec::new()
                    }
                }
            };
            result.products.resize(products.len(), 0);
            if piece.train {
                let of = |(x, y): (i32, i32)| (i128::from(x) * i128::from(y)) << (2 * piece.shift);
                result
                    .products
                    .iter_mut()
                    .zip(products)
                    .for_each(|(sum, pair)| *sum += of(pair));
            }
            k += 1;
        }
    }
    assert!(n > 0);
    result
}

fn draw_case(draw: &mut Draw) -> Case {
    // Seldom so many that strips are narrower.
    let n = match draw.below(100) {
        0 => 140 + draw.below(400),
        _ => 1 + draw.below(14),
    };
    let pieces: Vec<Piece> = (0..1 + draw.below(4))
        .map(|_| {
            let train = draw.below(3) > 0;
            Piece {
                len: 1 + draw.below(400),
                scale: draw.pick(&[24, 20, -16, 40]),
                train,
                shift: if train { draw.pick(&[0, 2, 5]) } else { 0 },
            }
        })
        .collect();
    let len: usize = pieces.iter().map(|piece| piece.len).sum();
    let scales: Vec<i8> = pieces.iter().flat_map(|piece| vec![piece.scale; piece.len]).collect();
    let rows = (0..n)
        .map(|_| scales.iter().map(|&scale| draw.value(scale)).collect())
        .collect();
    let previous = (draw.below(2) == 0).then(|| (0..len).map(|_| draw.grid(grid::Q_MAX)).collect());
    let mut count = n;
    let mut maps = Vec::new();
    for _ in 0..draw.below(3) {
        let made = 1 + draw.below(count);
        let mut map = || RowMap {
            rows: (0..made)
                .map(|_| {
                    let (terms, den) = draw.terms(count);
                    MapRow { terms, den }
                })
                .collect(),
        };
        let (train, stat) = (map(), map());
        maps.push(StageMap { train, stat });
        count = made;
    }
    let mut combine = || match draw.below(3) {
        0 => {
            let (terms, den) = draw.terms(count);
            let mut weights = vec![0; count];
            terms.iter().for_each(|&(row, weight)| weights[row as usize] = weight);
            Combine::Weighted { weights, den }
        }
        1 => Combine::Sorted {
            lo: (count as u32 - 1) / 2,
            hi: count as u32 / 2 + 1,
        },
        _ => Combine::AroundMedian {
            rows: (0..count as u32).collect(),
            keep: 1 + draw.below(count) as u32,
        },
    };
    let (train, stat) = (combine(), combine());
    let finish = match draw.below(4) {
        0 => Finish::Norms,
        1 => Finish::Pairs,
        other => Finish::Aggregate {
            train,
            stat,
            products: other == 2,
        },
    };
    Case {
        pieces,
        rows,
        previous,
        work: TileOp { maps, finish },
    }
}

#[test]
fn every_operation_should_give_what_columns_give() {
    let (seed, count) = cases::settings(800);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("threads");
    for cpu in Cpu::all() {
        let (backend, sequential) = (CpuBackend::new(cpu), CpuBackend::sequential(cpu));
        for index in 0..count {
            let case = draw_case(&mut Draw::new(seed, "tile", index));
            let expected = expected(&case);
            let context = || format!("QUORATE_SEED={seed}, case {index}, {}", backend.name());
            assert_eq!(run(&backend, &case).as_ref(), Ok(&expected), "{}", context());
            assert_eq!(run(&sequential, &case).as_ref(), Ok(&expected), "{}", context());
            assert_eq!(
                pool.install(|| run(&backend, &case)).as_ref(),
                Ok(&expected),
                "{}",
                context()
            );
        }
    }
}

#[test]
fn first_bad_value_of_the_lowest_row_should_be_named() {
    let aggregate = |combine: Combine, products| Finish::Aggregate {
        train: combine.clone(),
        stat: combine,
        products,
    };
    let median = Combine::Sorted { lo: 2, hi: 3 };
    let around = Combine::AroundMedian {
        rows: vec![0, 4],
        keep: 1,
    };
    // The bad rows have no weight, but products.
    let mean = Combine::Weighted {
        weights: vec![1, 1, 0, 0, 2],
        den: 4,
    };
    let finishes = [
        Finish::Norms,
        Finish::Pairs,
        aggregate(median.clone(), false),
        aggregate(median, true),
        aggregate(around, false),
        aggregate(mean, true),
    ];
    for (cpu, finish) in Cpu::all()
        .into_iter()
        .flat_map(|cpu| finishes.iter().map(move |finish| (cpu, finish)))
    {
        // In the middle, and where a row ends within a vector.
        for index in [2000, 2997] {
            let mut rows = vec![vec![0x3f80_0000; 2999]; 5];
            rows[3][10] = 0x7f80_0000;
            rows[2][index] = 64.00001f32.to_bits();
            rows[2][index + 1] = 0x7fc0_0000;
            let case = Case {
                pieces: vec![Piece {
                    len: 2999,
                    scale: 24,
                    train: true,
                    shift: 0,
                }],
                rows,
                previous: None,
                work: TileOp {
                    maps: Vec::new(),
                    finish: finish.clone(),
                },
            };
            let expected = BackendError::Value {
                row: 2,
                index,
                error: QuantizeError::OutOfRange,
            };
            for backend in [CpuBackend::new(cpu), CpuBackend::sequential(cpu)] {
                assert_eq!(
                    run(&backend, &case),
                    Err(expected.clone()),
                    "{finish:?}, {}",
                    backend.name()
                );
            }
            // The only bad one, negative.
            let mut case = case;
            case.rows[3][10] = 0;
            case.rows[2][index] = (-64.00001f32).to_bits();
            case.rows[2][index + 1] = 0;
            assert_eq!(run(&CpuBackend::new(cpu), &case), Err(expected), "{finish:?}");
        }
    }
}

#[test]
fn tile_that_does_not_fit_should_be_refused() {
    let backend = CpuBackend::new(Cpu::best());
    let piece = Piece {
        len: 2,
        scale: 24,
        train: true,
        shift: 0,
    };
    let row = [0u8; 8];
    let mean = |weights: Vec<u32>, den| Combine::Weighted { weights, den };
    let work = |combine: Combine| TileOp {
        maps: Vec::new(),
        finish: Finish::Aggregate {
            train: combine.clone(),
            stat: combine,
            products: false,
        },
    };
    let tile = |rows| Tile {
        pieces: std::slice::from_ref(&piece),
        rows,
        previous: None,
    };
    for (rows, work) in [
        (&[][..], work(mean(vec![], 1))),
        (&[&row[..4]][..], work(mean(vec![1], 1))),
        (&[&row[..]][..], work(mean(vec![1, 1], 2))),
        (&[&row[..]][..], work(mean(vec![2], 1))),
        (&[&row[..]][..], work(mean(vec![0], 0))),
        (&[&row[..]][..], work(Combine::Sorted { lo: 0, hi: 2 })),
        (&[&row[..]][..], work(Combine::Sorted { lo: 0, hi: 0 })),
        (&[&row[..]][..], work(Combine::AroundMedian { rows: vec![1], keep: 1 })),
        (&[&row[..]][..], work(Combine::AroundMedian { rows: vec![], keep: 1 })),
    ] {
        assert!(
            matches!(backend.run(&tile(rows), &work), Err(BackendError::Shape(_))),
            "{work:?}"
        );
    }
}

//! Bytes of updates per second of each kernel on one core, for every level of this machine.
//!
//! Blocks are as large as those of the backend, so that this is the speed from a core's cache; `benches/peers` measures whole arrays.

use std::hint::black_box;

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use quorate_exact::{Combine, MapRow, RowMap};
use quorate_kernels::{
    apply::apply,
    combine::{Combiner, Scratch},
    gram::Pairs,
    quantize::quantize,
    rings::sum32,
    stream::WeightedStream,
    weighted::{map_rows, Sums},
    Cpu, CpuBackend, Finish, Piece, Rows, Tile, TileBackend, TileOp,
};

const WIDTH: usize = 640;
const SCALE: i8 = 24;

/// Bytes of values in ±0.05.
fn bytes(rows: usize, width: usize) -> Vec<u8> {
    let mut state = 7u32;
    let mut value = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state as f32 / u32::MAX as f32 - 0.5) * 0.1
    };
    (0..rows * width).flat_map(|_| value().to_le_bytes()).collect()
}

fn rows(cpu: Cpu, count: usize, width: usize) -> Rows {
    let (bytes, mut rows) = (bytes(count, width), Rows::default());
    rows.reset(count, width);
    for (i, row) in bytes.chunks_exact(4 * width).enumerate() {
        let largest = quantize(cpu, row, SCALE, rows.row_mut(i)).expect("values in range");
        rows.raise(largest);
    }
    rows
}

fn values(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("values");
    let (bytes, mut q) = (bytes(1, WIDTH), vec![0; WIDTH]);
    group.throughput(Throughput::Bytes(4 * WIDTH as u64));
    for cpu in Cpu::all() {
        let id = |name| BenchmarkId::new(name, cpu.level());
        group.bench_function(id("quantize"), |bencher| {
            bencher.iter(|| quantize(cpu, black_box(&bytes), SCALE, &mut q))
        });
        let mut out = vec![0; 4 * WIDTH];
        group.bench_function(id("apply"), |bencher| {
            bencher.iter(|| apply(cpu, black_box(&bytes), &q, SCALE, &mut out))
        });
        let mut sums = vec![0u32; WIDTH];
        group.bench_function(id("sum32"), |bencher| {
            bencher.iter(|| sum32(cpu, black_box(&bytes), &mut sums))
        });
    }
}

fn rules(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rules");
    for (n, width) in [(64, 1024), (100, 640), (1024, 128)] {
        group.throughput(Throughput::Bytes(4 * (n * width) as u64));
        let (f, count) = (n as u32 / 5, n as u32);
        let sorted = |lo, hi| Combine::Sorted { lo, hi };
        let around = Combine::AroundMedian {
            rows: (0..count).collect(),
            keep: count - f,
        };
        let rules = [
            ("median", sorted((count - 1) / 2, count / 2 + 1)),
            ("trimmed", sorted(f, count - f)),
            ("meamed", around),
        ];
        for cpu in Cpu::all() {
            let rows = rows(cpu, n, width);
            let (mut scratch, mut out) = (Scratch::default(), vec![0; width]);
            for (name, combine) in &rules {
                let combiner = Combiner::new(combine, n).expect("a rule that is allowed");
                let id = BenchmarkId::new(format!("{name} of {n}"), cpu.level());
                group.bench_function(id, |bencher| {
                    bencher.iter(|| combiner.run(cpu, black_box(&rows), &mut scratch, &mut out))
                });
            }
            let (bytes, terms) = (bytes(n, width), (0..count).map(|i| (i, 1 + i)).collect::<Vec<_>>());
            let mut stream = WeightedStream::default();
            let row = |i: u32| &bytes[4 * width * i as usize..][..4 * width];
            let id = BenchmarkId::new(format!("weighted mean of {n}, from bytes"), cpu.level());
            let den = terms.iter().map(|term| term.1).sum();
            group.bench_function(id, |bencher| {
                bencher.iter(|| stream.run(cpu, row, SCALE, black_box(&terms).iter().copied(), den, &mut out))
            });
        }
    }
}

fn rows_and_pairs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rows");
    let (n, width) = (100, 640);
    group.throughput(Throughput::Bytes(4 * (n * width) as u64));
    let mix = |i: u32| MapRow {
        terms: (0..n as u32)
            .filter(|j| !(i + j).is_multiple_of(5))
            .map(|j| (j, 1))
            .collect(),
        den: 80,
    };
    let clip = |i: u32| MapRow {
        terms: vec![(i, 1 << 30)],
        den: 1 << 31,
    };
    for cpu in Cpu::all() {
        let rows = rows(cpu, n, width);
        let (mut sums, mut out) = (Sums::default(), Rows::default());
        for (name, map) in [
            ("mixing", (0..n as u32).map(mix).collect()),
            ("clipping", (0..n as u32).map(clip).collect()),
        ] {
            let map = RowMap { rows: map };
            let id = BenchmarkId::new(format!("{name} of {n}"), cpu.level());
            group.bench_function(id, |bencher| {
                bencher.iter(|| map_rows(cpu, &map, black_box(&rows), &mut sums, &mut out))
            });
        }
        for (limbs, largest) in [(1, 4095), (2, rows.largest()), (3, 1 << 30)] {
            let mut block = Rows::default();
            block.reset(n, width);
            for i in 0..n {
                let source = rows.row(i);
                block
                    .row_mut(i)
                    .iter_mut()
                    .zip(source)
                    .for_each(|(q, &x)| *q = x.clamp(-4095, 4095));
            }
            block.raise(largest);
            let mut pairs = Pairs::new(n);
            let id = BenchmarkId::new(format!("pairs of {n}, {limbs} limbs"), cpu.level());
            group.bench_function(id, |bencher| bencher.iter(|| pairs.add(cpu, black_box(&block), 0)));
        }
    }
}

/// Whole tiles on one thread, as the engine gives them to each of its threads.
fn tiles(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tiles");
    let (n, len) = (64, 4096);
    group.throughput(Throughput::Bytes(4 * (n * len) as u64));
    let bytes = bytes(n, len);
    let rows: Vec<&[u8]> = bytes.chunks_exact(4 * len).collect();
    let previous: Vec<i32> = (0..len as i32).map(|k| k * 200 - 400_000).collect();
    let piece = Piece {
        len,
        scale: SCALE,
        train: true,
        shift: 0,
    };
    let tile = Tile {
        pieces: &[piece],
        rows: &rows,
        previous: Some(&previous),
    };
    let weights: Vec<u32> = (1..=n as u32).collect();
    let den = weights.iter().sum();
    for cpu in Cpu::all() {
        let backend = CpuBackend::sequential(cpu);
        for (name, combine) in [
            (
                "weighted mean",
                Combine::Weighted {
                    weights: weights.clone(),
                    den,
                },
            ),
            ("median", Combine::Sorted { lo: 31, hi: 33 }),
            ("trimmed mean", Combine::Sorted { lo: 12, hi: 52 }),
        ] {
            for (products, with) in [(false, ""), (true, " and products")] {
                let work = TileOp {
                    maps: Vec::new(),
                    finish: Finish::Aggregate {
                        train: combine.clone(),
                        stat: combine.clone(),
                        products,
                    },
                };
                let id = BenchmarkId::new(format!("{name}{with}"), cpu.level());
                group.bench_function(id, |bencher| bencher.iter(|| backend.run(black_box(&tile), &work)));
            }
        }
    }
}

criterion_group!(benches, values, rules, rows_and_pairs, tiles);
criterion_main!(benches);

//! Times the CPU backend on the arrays that `benches/peers/bench_peers.py` wrote, and prints one line of JSON.
//!
//! `peers FILE ROWS LENGTH RUNS OPERATION…`: FILE holds ROWS × LENGTH little-endian f32; each operation is run RUNS times after
//! one that does not count; `x` is the median of their seconds, `x_cpu` that of the seconds that all threads spent on a CPU (on a
//! machine that others use too, that over the number of cores is nearer to what a quiet one needs). Operations: read, mean, median, trimmed (a fifth at either end), krum (Multi-Krum, a fifth of the rows).

use std::{error::Error, fs::File, io::Read, time::Instant};

use quorate_exact::Combine;
use quorate_kernels::{Cpu, CpuBackend, Finish, Level, Piece, Tile, TileBackend, TileOp, TileResult};
use rayon::prelude::*;

const TILE: usize = 1 << 18;
const SCALE: i8 = 24;

struct Data {
    bytes: Vec<u8>,
    rows: usize,
    length: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, rows, length, runs, operations @ ..] = &arguments[..] else {
        return Err("peers FILE ROWS LENGTH RUNS OPERATION…".into());
    };
    let (rows, length, runs) = (rows.parse()?, length.parse()?, runs.parse::<usize>()?);
    let mut bytes = vec![0; rows * length * 4];
    File::open(file)?.read_exact(&mut bytes)?;
    let data = Data { bytes, rows, length };
    let cpu = match std::env::var("QUORATE_LEVEL").as_deref() {
        Ok("baseline") => Cpu::with(Level::Baseline),
        Ok("avx2") => Cpu::with(Level::Avx2),
        _ => Some(Cpu::best()),
    };
    let backend = CpuBackend::new(cpu.ok_or("this CPU does not have that level")?);
    let mut fields = vec![format!("\"backend\":\"{}\"", backend.name())];
    for operation in operations {
        let mut times = (0..=runs)
            .map(|_| time(&backend, &data, operation))
            .collect::<Result<Vec<_>, _>>()?;
        times.remove(0);
        let (wall, cpu) = times.into_iter().unzip();
        fields.push(format!(
            "\"{operation}\":{:.6},\"{operation}_cpu\":{:.6}",
            median(wall),
            median(cpu)
        ));
    }
    println!("{{{}}}", fields.join(","));
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Seconds on a CPU of all threads of this process; 0 where the system does not say.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let of_task = |task: std::fs::DirEntry| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    };
    tasks.filter_map(of_task).sum::<f64>() / 1e9
}

/// Seconds that one run takes, and seconds on a CPU.
fn time(backend: &CpuBackend, data: &Data, operation: &str) -> Result<(f64, f64), Box<dyn Error>> {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    run(backend, data, operation)?;
    Ok((start.elapsed().as_secs_f64(), cpu_seconds() - cpu))
}

fn run(backend: &CpuBackend, data: &Data, operation: &str) -> Result<(), Box<dyn Error>> {
    let n = data.rows;
    let f = n / 5;
    match operation {
        "read" => {
            let sums = data.bytes.par_chunks(1 << 20).map(|part| {
                let (words, _) = part.as_chunks();
                words
                    .iter()
                    .fold(0u64, |sum, &word| sum.wrapping_add(u64::from_le_bytes(word)))
            });
            std::hint::black_box(sums.reduce(|| 0, u64::wrapping_add));
        }
        "mean" => {
            let weights: Vec<u32> = (1..=n as u32).collect();
            let den = weights.iter().sum();
            aggregate(backend, data, &Combine::Weighted { weights, den })?;
        }
        "median" => {
            let (lo, hi) = ((n as u32 - 1) / 2, n as u32 / 2 + 1);
            aggregate(backend, data, &Combine::Sorted { lo, hi })?;
        }
        "trimmed" => {
            let (lo, hi) = (f as u32, (n - f) as u32);
            aggregate(backend, data, &Combine::Sorted { lo, hi })?;
        }
        "krum" => {
            let scores = krum_scores(&pairs(backend, data)?, n, f);
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by_key(|&i| (scores[i], i));
            let kept = &order[..n - f];
            aggregate(backend, data, &mean(n, |i| kept.contains(&i)))?;
        }
        "pairs" => {
            std::hint::black_box(pairs(backend, data)?);
        }
        _ => return Err(format!("no operation {operation}").into()),
    }
    Ok(())
}

fn mean(n: usize, keeps: impl Fn(usize) -> bool) -> Combine {
    let weights: Vec<u32> = (0..n).map(|i| u32::from(keeps(i))).collect();
    let den = weights.iter().sum();
    Combine::Weighted { weights, den }
}

fn aggregate(backend: &CpuBackend, data: &Data, combine: &Combine) -> Result<(), Box<dyn Error>> {
    let finish = Finish::Aggregate {
        train: combine.clone(),
        stat: combine.clone(),
        products: false,
    };
    for_each_tile(backend, data, finish, |result| {
        std::hint::black_box(result);
    })
}

fn pairs(backend: &CpuBackend, data: &Data) -> Result<Vec<i128>, Box<dyn Error>> {
    let mut sums = vec![0i128; data.rows * (data.rows + 1) / 2];
    for_each_tile(backend, data, Finish::Pairs, |result| {
        sums.iter_mut()
            .zip(result.products)
            .for_each(|(sum, more)| *sum += more);
    })?;
    Ok(sums)
}

fn for_each_tile(
    backend: &CpuBackend,
    data: &Data,
    finish: Finish,
    mut take: impl FnMut(TileResult),
) -> Result<(), Box<dyn Error>> {
    let work = TileOp {
        maps: Vec::new(),
        finish,
    };
    for start in (0..data.length).step_by(TILE) {
        let len = TILE.min(data.length - start);
        let piece = Piece {
            len,
            scale: SCALE,
            train: true,
            shift: 0,
        };
        let rows: Vec<&[u8]> = data
            .bytes
            .chunks_exact(4 * data.length)
            .map(|row| &row[4 * start..][..4 * len])
            .collect();
        take(backend.run(
            &Tile {
                pieces: &[piece],
                rows: &rows,
                previous: None,
            },
            &work,
        )?);
    }
    Ok(())
}

/// Sums of the n − f − 2 least squared distances.
fn krum_scores(upper: &[i128], n: usize, f: usize) -> Vec<i128> {
    let at = |i: usize, j: usize| {
        let (i, j) = (i.min(j), i.max(j));
        upper[i * (2 * n + 1 - i) / 2 + j - i]
    };
    let score = |i: usize| {
        let mut distances: Vec<i128> = (0..n)
            .filter(|&j| j != i)
            .map(|j| at(i, i) + at(j, j) - 2 * at(i, j))
            .collect();
        distances.sort_unstable();
        distances.iter().take(n - f - 2).sum()
    };
    (0..n).map(score).collect()
}

//! Making an update of weights, beside what nobody gets around: copying the same bytes to another file and hashing them.
//!
//! Its last line is the ratio of both. The files are in TMPDIR, 256 MB each; what the disk does is part of both.

use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use quorate_convert::{convert, Against, Conversion, Existing, Job, Options, Source};
use quorate_exact::{hash::Hasher, Account};
use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
    time::{Duration, Instant},
};

const TENSORS: u64 = 8;
const ROWS: u64 = 125_000;
const COLUMNS: u64 = 64;
const PIECE: usize = 1 << 20;

/// A safetensors file of f32s in ±0.05, each moved by `by`.
fn weights(path: &Path, by: f32) -> u64 {
    let len = ROWS * COLUMNS * 4;
    let entries: Vec<String> = (0..TENSORS)
        .map(|i| {
            let (begin, end) = (i * len, (i + 1) * len);
            format!(r#""layer{i}.weight":{{"dtype":"F32","shape":[{ROWS},{COLUMNS}],"data_offsets":[{begin},{end}]}}"#)
        })
        .collect();
    let header = format!("{{{}}}", entries.join(","));
    let mut file = std::io::BufWriter::with_capacity(PIECE, File::create(path).unwrap());
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    let mut state = 7u32;
    for _ in 0..TENSORS * ROWS * COLUMNS {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let value = (state as f32 / u32::MAX as f32 - 0.5) * 0.1 + by;
        file.write_all(&value.to_le_bytes()).unwrap();
    }
    file.flush().unwrap();
    TENSORS * len
}

/// Copies a file, as an update is: it is on the disk when this returns; and hashes it on one thread.
fn copy_and_hash(from: &Path, to: &Path) {
    let (mut from, mut to, mut hasher) = (File::open(from).unwrap(), File::create(to).unwrap(), Hasher::new());
    let mut buffer = vec![0; PIECE];
    loop {
        match from.read(&mut buffer).unwrap() {
            0 => break,
            got => {
                hasher.update(&buffer[..got]);
                to.write_all(&buffer[..got]).unwrap();
            }
        }
    }
    to.sync_all().unwrap();
    hasher.finalize();
}

fn update(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let len = weights(&at("weights"), 0.0);
    weights(&at("trained"), 0.001);
    let (base, made) = (at("base"), at("made"));
    convert(&at("weights"), &base, &Job::Model(Options::default()), &|_, _| ()).unwrap();
    let conversion = Conversion {
        output: &made,
        job: Job::Difference(Against {
            base: &base,
            root: None,
            contributor: Account([7; 32]),
        }),
        strip: Vec::new(),
        existing: Existing::Replace,
    };
    let make = || {
        conversion
            .run(Source::open(&at("trained")).unwrap(), &|_, _| ())
            .unwrap()
    };
    let copy = || copy_and_hash(&at("trained"), &at("copy"));
    let mut group = criterion.benchmark_group("update");
    group.throughput(Throughput::Bytes(len)).sample_size(10);
    group.bench_function("made from weights", |bencher| bencher.iter(make));
    group.bench_function("copied and hashed", |bencher| bencher.iter(copy));
    group.finish();
    // In turns, so that what else the machine does meets both; the least of each counts.
    let mut least = [Duration::MAX; 2];
    for _ in 0..5 {
        let (mut begun, [making, copying]) = (Instant::now(), &mut least);
        make();
        *making = begun.elapsed().min(*making);
        begun = Instant::now();
        copy();
        *copying = begun.elapsed().min(*copying);
    }
    let [making, copying] = least.map(|least| least.as_secs_f64());
    println!(
        "made {making:.2} s, copied and hashed {copying:.2} s: {:.2}",
        making / copying
    );
}

criterion_group!(benches, update);
criterion_main!(benches);

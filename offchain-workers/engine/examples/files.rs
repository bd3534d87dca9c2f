//! Files to a hashed version: time and peak memory of one aggregation beside reading and hashing the same files alone.
//!
//! `files [updates] [megabytes] [rule] [folder] [runs]`: makes its files first (in a temporary folder, or below the one given);
//! rules are mean, median, trimmed, krum. Updates are verified against their roots while they are read. Prints a row for
//! docs/measurements/engine-cpu.md, medians of several runs. The files are warm: they were written just before.

use quorate_engine::{root_of, AggregateInput, Control, Engine, Settings, TileEngine, WeightedFile};
use quorate_exact::{Dtype, Kind, ModelHeader, Pipeline, Role, Root, Rule, TensorSpec};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let updates: usize = arguments.next().map_or(Ok(64), |n| n.parse())?;
    let megabytes: u64 = arguments.next().map_or(Ok(100), |n| n.parse())?;
    let rule = match arguments.next().as_deref() {
        None | Some("trimmed") => Rule::TrimmedMean { trim_ppm: 200_000 },
        Some("median") => Rule::Median,
        Some("mean") => Rule::WeightedMean,
        Some("krum") => Rule::MultiKrum { f_ppm: 200_000 },
        Some(other) => return Err(format!("unknown rule {other}: trimmed, median, mean or krum").into()),
    };
    let dir = match arguments.next() {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let runs: usize = arguments.next().map_or(Ok(3), |n| n.parse())?;
    let input = make_input(dir.path(), updates, megabytes, rule)?;
    let engine = TileEngine::new(Settings::default())?;
    let out = dir.path().join("out");
    let roots = read_and_hash(&input)?;
    let (mut alone, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let start = Instant::now();
        read_and_hash(&input)?;
        alone.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        engine.aggregate_verified(&input, &roots, &out, &Control::default())?;
        whole.push(start.elapsed().as_secs_f64());
    }
    let (alone, whole) = (median(alone), median(whole));
    println!(
        "| {updates} × {megabytes} MB | {rule:?} | {} | {alone:.2} s | {whole:.2} s | {:.2} | {} |",
        engine.name(),
        alone / whole,
        peak()?,
    );
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Reads and hashes every update, one file at a time on each core: what nothing that verifies its inputs can do without.
fn read_and_hash(input: &AggregateInput) -> Result<Vec<Root>> {
    let (next, files) = (AtomicUsize::new(0), &input.inputs);
    let threads = thread::available_parallelism()?.get();
    let parts = thread::scope(|scope| {
        let work = || {
            let mut roots = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(input) = files.get(index) else { break };
                roots.push(root_of(&input.file).map(|(root, _)| (index, root)));
            }
            roots
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_default())
            .collect::<Vec<_>>()
    });
    let mut roots = parts.into_iter().collect::<std::io::Result<Vec<_>>>()?;
    roots.sort_unstable_by_key(|(index, _)| *index);
    Ok(roots.into_iter().map(|(_, root)| root).collect())
}

fn make_input(dir: &Path, updates: usize, megabytes: u64, rule: Rule) -> Result<AggregateInput> {
    let header = header(megabytes * 1_000_000 / 4 / 8)?;
    let update = header.update_header();
    let inputs = (0..updates).map(|i| {
        let file = make(dir, &format!("update-{i}"), &update, 3 + i as u64, 0.01)?;
        Ok(WeightedFile {
            file,
            weight: 1 + i as u32,
        })
    });
    Ok(AggregateInput {
        pipeline: Pipeline::from(rule),
        seed: [0; 32],
        base: make(dir, "base", &header, 1, 0.5)?,
        previous: Some(make(dir, "previous", &header, 2, 0.5)?),
        optimiser: None,
        inputs: inputs.collect::<Result<Vec<_>>>()?,
    })
}

fn header(per_tensor: u64) -> Result<ModelHeader> {
    let specs = (0..8).map(|i| TensorSpec {
        name: format!("layer.{i}.weight"),
        dtype: Dtype::F32,
        shape: vec![per_tensor],
        role: Role::Train,
        scale: 24,
        original_dtype: Dtype::F32,
        aliases: Vec::new(),
    });
    ModelHeader::build(Kind::Model, specs.collect()).map_err(|error| format!("{error}").into())
}

fn make(dir: &Path, name: &str, header: &ModelHeader, seed: u64, range: f32) -> Result<File> {
    let path = dir.join(name);
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&path)?);
    file.write_all(&header.encode())?;
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for _ in 0..header.coordinates() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let unit = (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0;
        file.write_all(&(unit * range).to_le_bytes())?;
    }
    file.flush()?;
    Ok(File::open(path)?)
}

/// Largest resident set of this process so far (Linux).
fn peak() -> Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.ok_or("no VmHWM in /proc/self/status")?.trim().to_string())
}

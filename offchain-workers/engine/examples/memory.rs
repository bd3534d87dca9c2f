//! Peak memory and time of one aggregation: `memory [updates] [megabytes] [rule] [folder]`. Makes its files first, prints a row
//! for docs/measurements/engine-scalar.md.

use quorate_engine::{AggregateInput, Control, Engine, ScalarEngine, Settings, WeightedFile};
use quorate_exact::{Dtype, Kind, ModelHeader, Role, Rule, TensorSpec};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
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
        Some(other) => return Err(format!("unknown rule {other}: trimmed, median or mean").into()),
    };
    let dir = match arguments.next() {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let header = header(megabytes * 1_000_000 / 4 / 8)?;
    let base = make(dir.path(), "base", &header, 1, 0.5)?;
    let previous = make(dir.path(), "previous", &header, 2, 0.5)?;
    let update = header.update_header();
    let inputs = (0..updates)
        .map(|i| {
            let file = make(dir.path(), &format!("update-{i}"), &update, 3 + i as u64, 0.01)?;
            Ok(WeightedFile {
                file,
                weight: 1 + i as u32,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let engine = ScalarEngine::new(Settings::default())?;
    let input = AggregateInput {
        rule,
        base,
        previous: Some(previous),
        inputs,
    };
    let start = Instant::now();
    let result = engine.aggregate(&input, &dir.path().join("out"), &Control::default())?;
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "| {updates} × {megabytes} MB | {rule:?} | {} | {seconds:.1} s | {} | {} |",
        engine.name(),
        peak()?,
        root(&result.output)
    );
    Ok(())
}

fn root(bytes: &[u8]) -> String {
    bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
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

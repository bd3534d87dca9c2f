//! Files to a hashed version: time and peak memory of one aggregation beside reading and hashing the same files alone.
//!
//! Makes its files first, in a temporary folder. Updates are verified against their roots while they are read. Prints a row of
//! docs/measurements/engine-cpu.md for each rule, medians of several runs: seconds of reading and hashing alone, of the engine, their
//! ratio, the ratio of the seconds that both spent on CPUs, and the largest resident set. Files are warm unless told otherwise: they were
//! written just before. Before each measurement of cold ones the system is asked to forget them, and "alone" is reading them without
//! hashing: what the disk gives.

use clap::Parser;
use quorate_engine::{
    selftest::contributor, AggregateInput, BlobFile, Control, Engine, Settings, TileEngine, WeightedFile,
};
use quorate_exact::{Dtype, Kind, ModelHeader, Pipeline, Role, Root, Rule, TensorSpec};
use std::{
    fs::File,
    io::{BufWriter, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value_t = 64)]
    updates: usize,
    /// Megabytes of each update.
    #[arg(long, default_value_t = 100)]
    megabytes: u64,
    /// Megabytes of the versions that no update changes.
    #[arg(long, default_value_t = 0)]
    frozen: u64,
    /// mean, median, trimmed, krum.
    #[arg(long, value_delimiter = ',', default_value = "mean,median,trimmed,krum", value_parser = rule)]
    rules: Vec<Rule>,
    /// Below which the files are made; the system's temporary folder unless set.
    #[arg(long)]
    folder: Option<PathBuf>,
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Measure with files that are not in memory.
    #[arg(long)]
    cold: bool,
    /// Bytes that are read of each update at a time; as the engine chooses unless set.
    #[arg(long)]
    block: Option<u64>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let dir = match &arguments.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let mut input = make_input(dir.path(), &arguments)?;
    let engine = TileEngine::new(Settings {
        block: arguments.block,
        ..Settings::default()
    });
    let out = dir.path().join("out");
    let roots = read_all(&input, true)?;
    for (update, root) in input.inputs.iter_mut().zip(roots) {
        update.root = root;
    }
    for &rule in &arguments.rules {
        input.pipeline = Pipeline::from(rule);
        let (mut alone, mut whole) = (Times::default(), Times::default());
        for _ in 0..arguments.runs {
            forget(&input, arguments.cold)?;
            alone.add(|| read_all(&input, !arguments.cold).map(drop))?;
            forget(&input, arguments.cold)?;
            // A new file, as in a worker: removing the old one takes time, too.
            std::fs::remove_file(&out).or_else(|error| match error.kind() {
                std::io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })?;
            whole.add(|| Ok(engine.aggregate(&input, &out, &Control::default()).map(drop)?))?;
        }
        let (alone, whole) = (alone.medians(), whole.medians());
        println!(
            "| {} × {} MB{}, {} | {rule:?} | {} | {:.2} s | {:.2} s | {:.2} | {:.2} | {} |",
            arguments.updates,
            arguments.megabytes,
            match arguments.frozen {
                0 => String::new(),
                frozen => format!(" and {frozen} MB frozen"),
            },
            if arguments.cold { "cold" } else { "warm" },
            engine.name(),
            alone.0,
            whole.0,
            alone.0 / whole.0,
            alone.1 / whole.1,
            peak()?,
        );
    }
    Ok(())
}

fn rule(name: &str) -> std::result::Result<Rule, String> {
    match name {
        "trimmed" => Ok(Rule::TrimmedMean { trim_ppm: 200_000 }),
        "median" => Ok(Rule::Median),
        "mean" => Ok(Rule::WeightedMean),
        "krum" => Ok(Rule::MultiKrum { f_ppm: 200_000 }),
        other => Err(format!("unknown rule {other}: trimmed, median, mean or krum")),
    }
}

/// Seconds of runs, and seconds that their threads were on a CPU.
#[derive(Default)]
struct Times(Vec<f64>, Vec<f64>);

impl Times {
    fn add(&mut self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let (start, cpu) = (Instant::now(), cpu_seconds());
        work()?;
        self.0.push(start.elapsed().as_secs_f64());
        self.1.push(cpu_seconds() - cpu);
        Ok(())
    }

    fn medians(self) -> (f64, f64) {
        (median(self.0), median(self.1))
    }
}

/// Seconds on a CPU of this process, in hundredths (Linux; 0 where the system does not say).
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name in brackets: state, parent, …, utime and stime in ticks of 10 ms.
    let fields = text
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Makes the system drop what it holds of the files in memory.
fn forget(input: &AggregateInput, cold: bool) -> Result<()> {
    let files = input.inputs.iter().map(|input| &input.file);
    let versions = [&input.base].into_iter().chain(&input.previous).map(BlobFile::file);
    for file in files.chain(versions).filter(|_| cold) {
        file.sync_all()?;
        rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed)?;
    }
    Ok(())
}

/// Reads every update, and hashes it if asked to, one file at a time on each core: what nothing that verifies its inputs can do without.
fn read_all(input: &AggregateInput, hash: bool) -> Result<Vec<Root>> {
    let (next, files) = (AtomicUsize::new(0), &input.inputs);
    let threads = thread::available_parallelism()?.get();
    let parts = thread::scope(|scope| {
        let work = || {
            let mut roots = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(input) = files.get(index) else { break };
                roots.push(read_one(&input.file, hash).map(|root| (index, root)));
            }
            roots
        };
        let thread = || thread::Builder::new().name("alone".into());
        let threads: Vec<_> = (0..threads).flat_map(|_| thread().spawn_scoped(scope, work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_default())
            .collect::<Vec<_>>()
    });
    let mut roots = parts.into_iter().collect::<std::io::Result<Vec<_>>>()?;
    roots.sort_unstable_by_key(|(index, _)| *index);
    Ok(roots.into_iter().map(|(_, root)| root).collect())
}

/// The root of a file, read a MiB at a time.
fn read_one(file: &File, hash: bool) -> std::io::Result<Root> {
    let (mut buffer, mut hasher, mut at) = (vec![0; 1 << 20], blake3::Hasher::new(), 0);
    loop {
        let got = file.read_at(&mut buffer, at)?;
        if got == 0 {
            return Ok(*hasher.finalize().as_bytes());
        }
        if hash {
            hasher.update(&buffer[..got]);
        }
        at += got as u64;
    }
}

fn make_input(dir: &Path, arguments: &Arguments) -> Result<AggregateInput> {
    let header = header(
        arguments.megabytes * 1_000_000 / 4 / 8,
        arguments.frozen * 1_000_000 / 8,
    )?;
    let base = BlobFile::of(make(dir, "base", &header, 1, 0.5)?)?;
    let root = base.root();
    let inputs = (0..arguments.updates).map(|i| {
        let update = header.update_header(&root, &contributor(i));
        let file = make(dir, &format!("update-{i}"), &update, 3 + i as u64, 0.01)?;
        Ok(WeightedFile {
            file,
            weight: 1 + i as u32,
            root: Root::default(),
        })
    });
    Ok(AggregateInput {
        pipeline: Pipeline::from(Rule::WeightedMean),
        seed: [0; 32],
        base,
        previous: Some(BlobFile::of(make(dir, "previous", &header, 2, 0.5)?)?),
        optimiser: None,
        inputs: inputs.collect::<Result<Vec<_>>>()?,
    })
}

fn header(per_tensor: u64, frozen: u64) -> Result<ModelHeader> {
    let tensor = |name: String, dtype, len, role, scale| TensorSpec {
        name,
        dtype,
        shape: vec![len],
        role,
        scale,
        original_dtype: dtype,
        aliases: Vec::new(),
    };
    let layers = (0..8).map(|i| tensor(format!("layer.{i}.weight"), Dtype::F32, per_tensor, Role::Train, 24));
    let rest = (frozen > 0).then(|| tensor("frozen".into(), Dtype::I64, frozen, Role::Const, 0));
    ModelHeader::build(Kind::Model, layers.chain(rest).collect()).map_err(|error| format!("{error}").into())
}

fn make(dir: &Path, name: &str, header: &ModelHeader, seed: u64, range: f32) -> Result<File> {
    let path = dir.join(name);
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&path)?);
    file.write_all(&header.encode())?;
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for _ in 0..header.data_len() / 4 {
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

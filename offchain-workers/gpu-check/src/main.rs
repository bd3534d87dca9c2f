//! `quorate-gpu-check`: on a machine with a GPU and its driver, and nothing else, every kernel and the backend against the
//! reference, then how fast they are. Writes a JSON report.

use quorate_cuda::{
    check::{
        cases::{Case, Random, Style},
        kernels, nodes, tiles,
    },
    driver, Backend, Config, CudaBackend, Driver,
};
use quorate_engine::{selftest, Settings, TileEngine};
use quorate_exact::{Combine, EXACT_VERSION};
use quorate_gpu_check::measure;
use quorate_kernels::{Finish, TileBackend};
use serde_json::{json, Value};
use std::{
    process::ExitCode,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

const USAGE: &str = "usage: quorate-gpu-check [--report FILE] [--cases N] [--seed N] [--gpu N] [--large N] [--no-measurements]

Compares N random and adversarial tiles (10,000 unless told), large tiles of 100 rows (60,000 coordinates unless told), each kernel by
itself, and every operation of programs with the reference, measures the kernels, and writes a JSON report to FILE (gpu-check.json).

Exit codes: 0 all equal, 1 a difference or a failure of the GPU, 2 wrong usage, 3 no GPU that can be used.";

const FAILED: u8 = 1;
const WRONG_USAGE: u8 = 2;
const NO_GPU: u8 = 3;

struct Options {
    report: String,
    cases: u64,
    seed: u64,
    gpu: usize,
    /// Coordinates of the large tiles.
    large: usize,
    measurements: bool,
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        report: "gpu-check.json".into(),
        cases: 10_000,
        seed: 1,
        gpu: 0,
        large: 60_000,
        measurements: true,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("{text:?} is not a number"));
        match argument.as_str() {
            "--report" => options.report = value()?,
            "--cases" => options.cases = number(value()?)?,
            "--seed" => options.seed = number(value()?)?,
            "--large" => options.large = number(value()?)?.max(1) as usize,
            "--gpu" => options.gpu = number(value()?)? as usize,
            "--no-measurements" => options.measurements = false,
            other => return Err(format!("{other:?} is not an option")),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--help" || argument == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let options = match options() {
        Ok(options) => options,
        Err(why) => {
            eprintln!("error: {why}\n{USAGE}");
            return ExitCode::from(WRONG_USAGE);
        }
    };
    if !driver::is_present() || Driver::count() == 0 {
        let what = if driver::is_present() {
            "GPU"
        } else {
            "CUDA driver (libcuda)"
        };
        println!("no {what} on this machine: nothing was checked");
        return ExitCode::from(NO_GPU);
    }
    let driver = match Driver::open(options.gpu) {
        Ok(driver) => Arc::new(driver),
        Err(why) => {
            println!("the GPU cannot be used, nothing was checked: {why}");
            return ExitCode::from(NO_GPU);
        }
    };
    let (report, passed) = check(&driver, &options);
    let text = format!("{report:#}\n");
    print!("{text}");
    if let Err(why) = std::fs::write(&options.report, text) {
        eprintln!("error: {}: {why}", options.report);
        return ExitCode::from(FAILED);
    }
    match passed {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(FAILED),
    }
}

fn check(driver: &Arc<Driver>, options: &Options) -> (Value, bool) {
    let backend = Arc::new(Backend::new(driver.clone(), Config::default()));
    println!("{}", backend.name());
    let start = Instant::now();
    let golden = golden(&backend);
    let exact = exactness(&backend, options);
    let seconds = start.elapsed().as_secs_f64();
    let inference = inference(driver, options);
    let (digest, difference) = match &exact {
        Ok(digest) => (Some(digest.to_hex().to_string()), None),
        Err(why) => (None, Some(why.clone())),
    };
    let mut failure = None;
    let (mut measured, mut product) = (Vec::new(), None);
    if options.measurements {
        // The backend's own memory first, so that the largest data fits.
        drop(backend);
        println!("measuring");
        match measure::run(driver, 0.85) {
            Ok(rows) => measured = rows,
            Err(why) => failure = Some(why.to_string()),
        }
        match measure::product(driver, 0.85) {
            Ok(row) => product = Some(row),
            Err(why) => failure = Some(why),
        }
    }
    let passed = exact.is_ok() && golden.is_ok() && inference.is_ok() && failure.is_none();
    let report = json!({
        "device": quorate_cuda::device::Device::name(&**driver),
        "date": today(),
        "specification": EXACT_VERSION,
        "golden": {
            "equal": golden.is_ok(),
            "digest": golden.as_ref().ok(),
            "difference": golden.as_ref().err(),
        },
        "exactness": {
            "equal": exact.is_ok(),
            "difference": difference,
            "tiles": options.cases,
            "kernel_rounds": kernel_rounds(options),
            "seed": options.seed,
            "large": options.large,
            "digest": digest,
            "seconds": seconds,
        },
        "inference": {
            "equal": inference.is_ok(),
            "difference": inference.as_ref().err(),
            "rounds": inference_rounds(options),
            "digest": inference.as_ref().ok(),
            "product": product,
        },
        "measurements": measured,
        "measurements_failed": failure,
    });
    (report, passed)
}

fn kernel_rounds(options: &Options) -> u64 {
    options.cases / 40 + 1
}

fn inference_rounds(options: &Options) -> u64 {
    options.cases / 20 + 2
}

/// Every operation of programs, and some programs: a digest of all results.
fn inference(driver: &Arc<Driver>, options: &Options) -> Result<String, String> {
    println!("operations of programs, {} rounds", inference_rounds(options));
    let (mut random, mut hasher) = (Random::new(options.seed), blake3::Hasher::new());
    nodes::run(driver, &mut random, inference_rounds(options), &mut hasher)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// The engine's self-test with the GPU doing its arithmetic: whole files, every rule, one digest for all machines.
fn golden(backend: &Arc<CudaBackend>) -> Result<String, String> {
    println!("the engine's self-test");
    let engine = TileEngine::new(Settings::default()).with_device(backend.clone());
    let digest = selftest::run(&engine).map_err(|error| error.to_string())?;
    // The engine goes on without a device that fails: that must not look like success.
    engine.device_fault().map_or(Ok(digest), Err)
}

fn exactness(backend: &CudaBackend, options: &Options) -> Result<blake3::Hash, String> {
    let mut hasher = blake3::Hasher::new();
    let mut random = Random::new(options.seed);
    println!("each kernel by itself, {} rounds", kernel_rounds(options));
    kernels::run(backend.device(), &mut random, kernel_rounds(options), &mut hasher)?;
    println!("{} tiles", options.cases);
    tiles::run(backend, &mut random, options.cases, &mut hasher)?;
    println!("large tiles");
    for (style, finish) in large() {
        let case = Case::uniform(&mut random, 100, options.large, style, finish);
        tiles::compare(backend, &case, &mut hasher)?;
    }
    Ok(hasher.finalize())
}

/// Tiles that need many blocks of every kernel.
fn large() -> Vec<(Style, Finish)> {
    let aggregate = |rule: Combine| Finish::Aggregate {
        train: rule.clone(),
        stat: rule,
        products: true,
    };
    let median = Combine::Sorted { lo: 49, hi: 51 };
    let mean = Combine::Weighted {
        weights: vec![3; 100],
        den: 300,
    };
    vec![
        (Style::Points, aggregate(median)),
        (Style::Ties, aggregate(mean)),
        (Style::Full, Finish::Pairs),
        (Style::Small, Finish::Pairs),
    ]
}

/// The date in UTC, year-month-day (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn today() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let days = (seconds / 86_400) as i64 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let (month, day) = (
        if month < 10 { month + 3 } else { month - 9 },
        of_year - (153 * month + 2) / 5 + 1,
    );
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + i64::from(month <= 2))
}

//! Digests of every function over all 2^32 inputs, its largest error, and whether it ever falls where it must not: what
//! `golden/functions.json`, `golden/functions-sampled.json` and `docs/measurements/functions.md` come from.
//!
//! ```sh
//! function_sweep [--sampled] [--write]
//! ```
//! Compares with the files, or writes them; `--sampled`: each 4096th input alone, which takes seconds. Without it prints a row
//! for each function: inputs measured, largest error in ulp, its bound, the input that has it, how many results are the nearest
//! f32, between how many neighbours a rising function falls.

#[path = "../tests/it/function_table.rs"]
mod function_table;

use std::{collections::BTreeMap, fs, process::ExitCode};

use function_table::{digest, functions, inputs, ulps, Function, Native};
use serde_json::json;

/// These never fall by nature; between how many neighbours they do is counted.
const RISING: [&str; 5] = ["exp", "tanh", "erf", "log", "sigmoid"];

/// What one function's errors come to.
#[derive(Default)]
struct Measured {
    inputs: u64,
    nearest: u64,
    worst: f64,
    worst_at: u32,
    falls: u64,
    before: Option<f32>,
}

impl Measured {
    fn add(&mut self, function: &Function, bits: u32, result: f32) {
        // The bits of negative numbers rise while the numbers fall.
        self.falls += u64::from(self.before.replace(result).is_some_and(|before| match bits >> 31 {
            0 => result < before,
            _ => result > before,
        }));
        let x = f32::from_bits(bits);
        if !(function.domain[0]..=function.domain[1]).contains(&x) {
            return;
        }
        if let Some(error) = ulps(result, (function.real)(f64::from(x))) {
            self.inputs += 1;
            self.nearest += u64::from(error <= 0.5);
            if error > self.worst || error.is_nan() {
                (self.worst, self.worst_at) = (error, bits);
            }
        }
    }
}

/// All inputs of one function: digests by the first byte, and a row of the document's table.
fn sweep(function: &Function) -> Vec<String> {
    let mut measured = Measured::default();
    let digests = (0..=255)
        .map(|top| {
            if top == 0x80 {
                measured.before = None;
            }
            digest(top, 1, |bits| {
                let result = (function.exact)(f32::from_bits(bits));
                measured.add(function, bits, result);
                result
            })
        })
        .collect();
    let falls = match RISING.contains(&function.name) {
        true => measured.falls.to_string(),
        false => String::new(),
    };
    println!(
        "| {} | {} | {:.4} | {} | {:08X} | {:.2} % | {falls} |",
        function.name,
        measured.inputs,
        measured.worst,
        function.bound,
        measured.worst_at,
        100.0 * measured.nearest as f64 / measured.inputs as f64,
    );
    digests
}

/// Each 4096th input, and the results of chosen ones.
fn sample(function: &Function) -> serde_json::Value {
    let of = |bits| (function.exact)(f32::from_bits(bits));
    let digests: Vec<String> = (0..=255).map(|top| digest(top, 4096, of)).collect();
    let values: Vec<String> = inputs()
        .iter()
        .map(|&bits| format!("{bits:08X} {:08X}", of(bits).to_bits()))
        .collect();
    json!({ "digests": digests, "values": values })
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let all: BTreeMap<&str, serde_json::Value> = functions::<Native>()
        .iter()
        .map(|function| match has("--sampled") {
            true => (function.name, sample(function)),
            false => (function.name, json!(sweep(function))),
        })
        .collect();
    let text = serde_json::to_string_pretty(&all).expect("a table of texts is JSON") + "\n";
    let name = match has("--sampled") {
        true => "functions-sampled.json",
        false => "functions.json",
    };
    let path = format!("{}/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if has("--write") {
        fs::write(&path, text).expect("the folder of golden files is writable");
    } else if fs::read_to_string(&path).ok() != Some(text) {
        eprintln!("{name} has other results");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

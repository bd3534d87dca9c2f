#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod blocks;
mod bounds;
mod node;
mod open;
mod report;
mod views;
mod world;

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Measures what one block of one node takes, and how long the runtime API takes at its bounds.
#[derive(Parser)]
struct Args {
    /// Wasm of the runtime; without it the one that was built with this program.
    #[arg(long, global = true)]
    wasm: Option<PathBuf>,
    /// How often each thing is measured.
    #[arg(long, global = true, default_value_t = 7)]
    runs: usize,
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Copy, Subcommand)]
enum What {
    /// Submissions and transfers in one block.
    Blocks,
    /// Calls of the runtime API at their bounds.
    Views,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    anyhow::ensure!(args.runs > 0, "nothing is measured in 0 runs");
    let wasm = match &args.wasm {
        Some(path) => std::fs::read(path)?,
        None => quorate_runtime::WASM_BINARY
            .ok_or_else(|| anyhow::anyhow!("this build has no Wasm: build without SKIP_WASM_BUILD, or give --wasm"))?
            .to_vec(),
    };
    let runtime = tokio::runtime::Runtime::new()?;
    match args.what {
        What::Blocks => runtime.block_on(blocks::measure(&wasm, args.runs)),
        What::Views => runtime.block_on(views::measure(&wasm, args.runs)),
    }
}

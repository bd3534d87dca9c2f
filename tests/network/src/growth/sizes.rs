//! Rounds of larger and larger models: what is moved beside the least possible, and memory.

use super::{
    contributors::DEADLINES,
    crowd::Crowd,
    gauge::{Gauge, Used},
};
use crate::{
    model::account,
    scenario::{program, Scenario},
    setup,
    setup::Setup,
};
use anyhow::{ensure, Context, Result};
use quorate_exact::{root, Dtype, Kind, ModelHeader, Role, Rule, TensorSpec};
use quorate_localnet::Node;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{
    fs::File,
    io::{BufWriter, Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    time::Instant,
};

/// Values that are drawn; files repeat them. What they are makes no difference to any time.
const DRAWN: usize = 1 << 16;
/// Values in a row of the one tensor.
const ROW: u64 = 1_024;
/// Bytes of the disk that stay free.
const KEEP: u64 = 6 << 30;

/// A round to measure.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub bytes: u64,
    pub contributors: usize,
    pub validators: usize,
}

/// One round on a network of its own for each size.
pub async fn measure(seed: u64, sizes: &[Size]) -> Result<()> {
    println!(
        "| bytes of a model | contributors | validators | blocks to the version | seconds | of these until all are decided | fetched beside the \
         least | node MiB | worker MiB | s of all nodes | s of all workers |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for size in sizes {
        let Size {
            bytes,
            contributors,
            validators,
        } = *size;
        // Of each contributor and each validator the updates, and two versions.
        let needed = bytes * ((contributors as u64 + 2) * (validators as u64 + 1));
        let free = free(&std::env::temp_dir())?;
        if needed + KEEP > free {
            println!("| {bytes} | {contributors} | {validators} | does not fit: {needed} bytes, {free} are free | | | | | | | |");
            continue;
        }
        let row = round(seed, *size).await.with_context(|| format!("{size:?}"))?;
        println!("{row}");
    }
    Ok(())
}

async fn round(seed: u64, size: Size) -> Result<String> {
    let setup = Setup::new(seed, Rule::Median)?
        .validators(size.validators)
        .deadlines(DEADLINES);
    // Where each worker tells what it has fetched.
    let setup = setup
        .argument("--worker-arg=--metrics")
        .argument("--worker-arg=127.0.0.1:0");
    let mut scenario = setup.organisations(size.contributors).start().await?;
    let played = play(&mut scenario, seed, size).await;
    scenario.keep_logs |= played.is_err();
    played
}

async fn play(scenario: &mut Scenario, seed: u64, size: Size) -> Result<String> {
    let count = size.contributors;
    let header = header(size.bytes)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = Vec::new();
    (0..DRAWN).for_each(|_| drawn.extend(rng.random_range(-0.05f32..0.05).to_le_bytes()));
    scenario.net.say(&format!("a model of {} bytes", header.file_len()));
    let path = scenario.folder().join("base.safetensors");
    write(&path, &header, &drawn, 0)?;
    scenario.base = std::fs::read(&path)?;
    scenario.model.header = header;
    scenario.id = 1;
    scenario.policy.max_updates = count as u32;
    scenario.policy.min_updates = count as u32;
    setup::register(scenario).await?;
    let (model, base) = (scenario.model.header.clone(), root(&scenario.base));
    scenario.base = Vec::new();
    let mut crowd = Crowd::new(scenario, count).await?;
    crowd.sponsor(count).await?;
    let mut files = Vec::new();
    for number in 0..count {
        let path = scenario.folder().join(format!("update-{number}.safetensors"));
        // Each begins elsewhere.
        let header = model.update_header(&base, &account(&crowd.accounts[number]));
        write(&path, &header, &drawn, 4 * 97 * (number + 1))?;
        files.push(path);
    }

    let (gauge, before) = (Gauge::begin(&scenario.net)?, fetched(scenario)?);
    let round = scenario.open_round().await?;
    let work = crowd.prepare(scenario, (scenario.id, round), 0, &files).await?;
    let last = crowd.commit(&work).await?;
    let began = Instant::now();
    scenario.net.say("they upload and reveal");
    crowd.upload_and_reveal(&work).await?;
    let revealed = began.elapsed();
    let blocks = scenario.until_recorded(round, last).await?;
    let took = began.elapsed();
    scenario.net.say("the version is recorded");
    let Used {
        node, worker, computed, ..
    } = gauge.end(&scenario.net);
    let moved = fetched(scenario)? - before;
    // Each update goes once to each validator but the one that took it from its contributor.
    let least = model.update_len() * count as u64 * (size.validators as u64 - 1);
    let version = scenario.until_settled(round).await?.version.context("settled")?;
    verify(scenario, version)?;
    Ok(format!(
        "| {} | {count} | {} | {blocks} | {:.1} | {:.1} | {:.3} | {node} | {worker} | {:.1} | {:.1} |",
        model.update_len(),
        size.validators,
        took.as_secs_f64(),
        revealed.as_secs_f64(),
        moved as f64 / least.max(1) as f64,
        computed.node.as_secs_f64(),
        computed.worker.as_secs_f64(),
    ))
}

/// A model of about so many bytes.
fn header(bytes: u64) -> Result<ModelHeader> {
    let spec = TensorSpec {
        name: "weight".into(),
        dtype: Dtype::F32,
        shape: vec![(bytes / (4 * ROW)).max(1), ROW],
        role: Role::Train,
        scale: 24,
        original_dtype: Dtype::F32,
        aliases: Vec::new(),
    };
    ModelHeader::build(Kind::Model, vec![spec]).map_err(|error| anyhow::anyhow!("{error:?}"))
}

/// A file of this header whose values are the drawn ones from `from` on, again and again.
fn write(path: &Path, header: &ModelHeader, drawn: &[u8], from: usize) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let encoded = header.encode();
    file.write_all(&encoded)?;
    let (mut left, mut at) = (header.file_len() as usize - encoded.len(), from % drawn.len());
    while left > 0 {
        let piece = &drawn[at..drawn.len().min(at + left)];
        file.write_all(piece)?;
        left -= piece.len();
        at = 0;
    }
    Ok(file.flush()?)
}

/// By the command line, whose engine is built for speed.
fn verify(scenario: &Scenario, version: u32) -> Result<()> {
    let node = &scenario.net.nodes()[0];
    let verified = Command::new(program("quorate")?)
        .args([
            "verify",
            &format!("{}@{version}", scenario.id),
            "--json",
            "--url",
            &node.rpc_url(),
        ])
        .arg("--store")
        .arg(node.store())
        .output()?;
    let said = String::from_utf8_lossy(&verified.stdout);
    ensure!(verified.status.success(), "version {version}: {said}");
    Ok(())
}

/// Bytes that all workers have fetched from each other.
fn fetched(scenario: &Scenario) -> Result<u64> {
    let each = scenario.net.nodes().iter().map(fetched_by);
    each.sum()
}

fn fetched_by(node: &Node) -> Result<u64> {
    let log = node.logged();
    let told = log
        .rsplit_once("metrics=Some(")
        .context("the worker names no address of metrics")?;
    let address = told.1.split(')').next().unwrap_or_default();
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("quorate_worker_fetched_bytes_total "));
    // Nothing is said of what was never counted.
    Ok(line.map_or(Ok(0.0), str::parse::<f64>)? as u64)
}

/// Bytes that a disk has free.
fn free(folder: &Path) -> Result<u64> {
    let told = Command::new("df")
        .args(["--output=avail", "-B1"])
        .arg(folder)
        .output()?;
    let text = String::from_utf8(told.stdout)?;
    let number = text.lines().nth(1).context("df says nothing")?;
    Ok(number.trim().parse()?)
}

//! Golden checks that an engine passes before it is used.

use crate::{
    reference::{self, Files},
    state_path, AggregateInput, BlobFile, Control, Engine, WeightedFile,
};
use quorate_exact::{
    optimiser, root, state_header, Account, Dtype, Kind, ModelHeader, Pipeline, PreAggregation, PreAggregator, Role,
    Root, Rule, ServerOptimiser, TensorSpec,
};
use std::{fs::File, io, path::Path};

/// Hash over the outcomes of all checks, the same on every machine.
pub const DIGEST: &str = "76577a757c8c55d036de65be00a1f96dcfed23143a579c5fb1d883da015b1420";

/// Why an engine may not be used.
#[derive(Debug, thiserror::Error)]
pub enum SelftestError {
    #[error("scratch files: {0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Engine(#[from] crate::EngineError),
    #[error("{pipeline:?}: the result differs from the reference; do not use this machine or build")]
    Differs { pipeline: Box<Pipeline> },
    #[error(
        "digest {got} instead of {DIGEST}: this build does not compute specification version {}",
        quorate_exact::EXACT_VERSION
    )]
    Digest { got: String },
}

/// Runs every rule, pre-aggregator and optimiser on made-up files, with and without a previous version, and compares with
/// [`reference`] and with [`DIGEST`]. Returns the digest.
///
/// # Errors
/// [`SelftestError`].
pub fn run(engine: &dyn Engine) -> Result<String, SelftestError> {
    let dir = tempfile::tempdir()?;
    let mut outcomes = Vec::new();
    for (seed, pipeline) in (1u64..).zip(pipelines()) {
        let files = sample(&pipeline, seed, 11, seed % 2 == 0);
        let expected = reference::aggregate(&pipeline, &files)?;
        let input = write(dir.path(), pipeline, &files)?;
        let out = dir.path().join("out");
        let got = engine.aggregate(&input, &out, &Control::default())?;
        let state = got
            .optimiser
            .as_ref()
            .map(|_| std::fs::read(state_path(&out)))
            .transpose()?;
        if got != expected.aggregated || std::fs::read(&out)? != expected.version || state != expected.state {
            let pipeline = Box::new(pipeline);
            return Err(SelftestError::Differs { pipeline });
        }
        outcomes.extend(got.output.root);
        outcomes.extend(got.detail_root);
        outcomes.extend(got.optimiser.map_or([0; 32], |state| state.root));
    }
    let digest = hex(&root(&outcomes));
    match digest == DIGEST {
        true => Ok(digest),
        false => Err(SelftestError::Digest { got: digest }),
    }
}

/// Every rule alone, then every pre-aggregator, then every optimiser.
pub fn pipelines() -> Vec<Pipeline> {
    let f_ppm = 180_000;
    let (nu, tau, iterations) = (1, 20_000, 5);
    let rules = [
        Rule::WeightedMean,
        Rule::Median,
        Rule::TrimmedMean { trim_ppm: 250_000 },
        Rule::MeaMed { f_ppm },
        Rule::Krum { f_ppm },
        Rule::MultiKrum { f_ppm },
        Rule::Bulyan { f_ppm },
        Rule::MinimumDiameter { f_ppm },
        Rule::GeometricMedian { nu, iterations },
        Rule::CentredClipping { tau, iterations },
    ];
    let (clip, arc) = (PreAggregator::Clip { tau }, PreAggregator::Arc { f_ppm });
    let (nnm, bucketing) = (PreAggregator::Nnm { f_ppm }, PreAggregator::Bucketing { size: 2 });
    let pre = |pre, rule| Pipeline {
        pre,
        ..Pipeline::from(rule)
    };
    let (eta, beta1, beta2) = (100_000, 900_000, 990_000);
    let adam = |bias_correction| ServerOptimiser::Adam {
        eta,
        beta1,
        beta2,
        tau: 1_000_000,
        bias_correction,
    };
    let servers = [
        ServerOptimiser::Momentum {
            eta: 1_000_000,
            beta: beta1,
        },
        ServerOptimiser::Adagrad {
            eta,
            beta1,
            tau: 1_000_000,
        },
        adam(false),
        adam(true),
        ServerOptimiser::Yogi {
            eta,
            beta1,
            beta2,
            tau: 1_000_000,
        },
    ];
    let mixed = [
        pre(PreAggregation::One(clip), Rule::WeightedMean),
        pre(PreAggregation::One(arc), Rule::Median),
        pre(PreAggregation::One(nnm), Rule::TrimmedMean { trim_ppm: f_ppm }),
        pre(PreAggregation::One(bucketing), Rule::GeometricMedian { nu, iterations }),
        pre(PreAggregation::Two(arc, nnm), Rule::MultiKrum { f_ppm }),
        pre(
            PreAggregation::Two(nnm, clip),
            Rule::CentredClipping { tau, iterations },
        ),
    ];
    let served = servers.map(|server| Pipeline {
        server,
        ..Pipeline::from(Rule::Median)
    });
    // Each optimiser twice: anew, and from a state (see `sample`).
    rules
        .map(Pipeline::from)
        .into_iter()
        .chain(mixed)
        .chain(served)
        .chain(served)
        .collect()
}

/// Files of a small model with tensors of every role, from a seed; with an optimiser's state where the seed is above 21.
pub fn sample(pipeline: &Pipeline, seed: u64, updates: usize, previous: bool) -> Files {
    sample_of(pipeline, &header(&[37, 53]), seed, updates, previous)
}

/// A model's header with tensors of every role; its largest tensor has this shape.
pub fn header(shape: &[u64]) -> ModelHeader {
    let tensor = |name: &str, dtype, shape: &[u64], role, scale| TensorSpec {
        name: name.into(),
        dtype,
        shape: shape.to_vec(),
        role,
        scale,
        original_dtype: dtype,
        aliases: Vec::new(),
    };
    let specs = vec![
        tensor("block.weight", Dtype::F32, shape, Role::Train, 24),
        tensor("block.bias", Dtype::F32, &[53], Role::Train, 20),
        tensor("norm.running_var", Dtype::F32, &[53], Role::Stat, 16),
        tensor("steps", Dtype::I64, &[3], Role::Const, 0),
        tensor("mask", Dtype::Bool, &[5], Role::Const, 0),
        tensor("head.weight", Dtype::F32, &[1000], Role::Train, 24),
    ];
    ModelHeader::build(Kind::Model, specs).expect("the sample header is valid; qed")
}

/// Whose an update of a [`sample`] is.
pub fn contributor(number: usize) -> Account {
    let mut account = [0xcb; 32];
    account[..8].copy_from_slice(&(number as u64).to_le_bytes());
    Account(account)
}

/// [`sample`] of a model with this header.
pub fn sample_of(pipeline: &Pipeline, header: &ModelHeader, seed: u64, updates: usize, previous: bool) -> Files {
    let mut random = Random(seed);
    let group = header.group_len() as usize / 4;
    let rest = (header.data_len() - header.group_len()) as usize;
    let tail: Vec<u8> = (0..rest).map(|_| random.next() as u8).collect();
    let version = |random: &mut Random| {
        let mut bytes = header.encode();
        (0..group).for_each(|_| bytes.extend(random.value(1.0).to_le_bytes()));
        bytes.extend(&tail);
        bytes
    };
    let base = version(&mut random);
    let previous = previous.then(|| version(&mut random));
    let base_root = root(&base);
    let inputs = (0..updates)
        .map(|number| {
            let mut bytes = header.update_header(&base_root, &contributor(number)).encode();
            (0..group).for_each(|_| bytes.extend(random.value(0.05).to_le_bytes()));
            (bytes, 1 + random.next() as u32 % 1000)
        })
        .collect();
    let state = state_header(header, &pipeline.server).expect("the sample names are short; qed");
    let optimiser = state.filter(|_| seed > 21).map(|state| {
        let mut bytes = state.encode();
        for tensor in &state.tensors {
            for _ in 0..tensor.numel() {
                let value = match tensor.name.as_str() {
                    optimiser::POWERS => 0.5,
                    _ => random.value(0.01).abs(),
                };
                bytes.extend(value.to_le_bytes());
            }
        }
        bytes
    });
    Files {
        header: header.clone(),
        seed: root(&seed.to_le_bytes()),
        base,
        previous,
        optimiser,
        inputs,
    }
}

/// Writes the files into a folder and opens them.
///
/// # Errors
/// Those of writing.
pub fn write(dir: &Path, pipeline: Pipeline, files: &Files) -> io::Result<AggregateInput> {
    let file = |name: String, bytes: &[u8]| {
        let path = dir.join(name);
        std::fs::write(&path, bytes)?;
        File::open(path)
    };
    let blob = |name: &str, bytes: &[u8]| BlobFile::of(file(name.into(), bytes)?);
    let inputs = files.inputs.iter().enumerate().map(|(i, (bytes, weight))| {
        Ok(WeightedFile {
            file: file(format!("update-{i}"), bytes)?,
            weight: *weight,
            root: root(bytes),
        })
    });
    Ok(AggregateInput {
        pipeline,
        seed: files.seed,
        base: blob("base", &files.base)?,
        previous: files
            .previous
            .as_ref()
            .map(|bytes| blob("previous", bytes))
            .transpose()?,
        optimiser: files.optimiser.as_ref().map(|bytes| blob("state", bytes)).transpose()?,
        inputs: inputs.collect::<io::Result<_>>()?,
    })
}

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in ±`range`.
    fn value(&mut self, range: f32) -> f32 {
        let unit = (self.next() >> 40) as f32 / (1u32 << 23) as f32;
        (unit - 1.0) * range
    }
}

fn hex(root: &Root) -> String {
    root.iter().map(|byte| format!("{byte:02x}")).collect()
}

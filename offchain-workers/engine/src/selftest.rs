//! Golden checks that a backend passes before it is used.

use crate::{
    reference::{self, Files},
    AggregateInput, Control, Engine, WeightedFile,
};
use quorate_exact::{root, Dtype, Kind, ModelHeader, Role, Root, Rule, TensorSpec};
use std::{fs::File, io, path::Path};

/// Hash over the outcomes of all checks, the same on every machine.
pub const DIGEST: &str = "753e1fcda32872569a4b58b576b0a32de64910d858b133d0cf5dae577e8a8f55";

/// Why a backend may not be used.
#[derive(Debug, thiserror::Error)]
pub enum SelftestError {
    #[error("scratch files: {0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Engine(#[from] crate::EngineError),
    #[error("{rule:?}: the result differs from the reference; do not use this machine or build")]
    Differs { rule: Rule },
    #[error(
        "digest {got} instead of {DIGEST}: this build does not compute specification version {}",
        quorate_exact::SPEC_VERSION
    )]
    Digest { got: String },
}

/// Runs every rule on made-up files, with and without a previous version, and compares with [`reference`] and with
/// [`DIGEST`]. Returns the digest.
///
/// # Errors
/// [`SelftestError`].
pub fn run(engine: &dyn Engine) -> Result<String, SelftestError> {
    let dir = tempfile::tempdir()?;
    let mut outcomes = Vec::new();
    let rules = [
        Rule::WeightedMean,
        Rule::Median,
        Rule::TrimmedMean { trim_ppm: 250_000 },
    ];
    for (seed, rule) in (1u64..).zip(rules.into_iter().chain(rules)) {
        let files = sample(seed, 7, seed > 3);
        let (_, expected) = reference::aggregate(&rule, &files)?;
        let input = write(dir.path(), rule, &files)?;
        let got = engine.aggregate(&input, &dir.path().join("out"), &Control::default())?;
        let written = std::fs::read(dir.path().join("out"))?;
        if got != expected || root(&written) != got.output {
            return Err(SelftestError::Differs { rule });
        }
        outcomes.extend(got.output);
        outcomes.extend(got.detail_root);
        outcomes.extend(got.outcome.scores.0);
    }
    let digest = hex(&root(&outcomes));
    match digest == DIGEST {
        true => Ok(digest),
        false => Err(SelftestError::Digest { got: digest }),
    }
}

/// Files of a small model with tensors of every role, from a seed.
pub fn sample(seed: u64, updates: usize, previous: bool) -> Files {
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
        tensor("block.weight", Dtype::F32, &[37, 53], Role::Train, 24),
        tensor("block.bias", Dtype::F32, &[53], Role::Train, 20),
        tensor("norm.running_var", Dtype::F32, &[53], Role::Stat, 16),
        tensor("steps", Dtype::I64, &[3], Role::Const, 0),
        tensor("mask", Dtype::Bool, &[5], Role::Const, 0),
        tensor("head.weight", Dtype::F32, &[1000], Role::Train, 24),
    ];
    let header = ModelHeader::build(Kind::Model, specs).expect("the sample header is valid; qed");
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
    let inputs = (0..updates)
        .map(|_| {
            let mut bytes = header.update_header().encode();
            (0..group).for_each(|_| bytes.extend(random.value(0.05).to_le_bytes()));
            (bytes, 1 + random.next() as u32 % 1000)
        })
        .collect();
    Files {
        header,
        base,
        previous,
        inputs,
    }
}

/// Writes the files into a folder and opens them.
///
/// # Errors
/// Those of writing.
pub fn write(dir: &Path, rule: Rule, files: &Files) -> io::Result<AggregateInput> {
    let file = |name: String, bytes: &[u8]| {
        let path = dir.join(name);
        std::fs::write(&path, bytes)?;
        File::open(path)
    };
    let inputs = files.inputs.iter().enumerate().map(|(i, (bytes, weight))| {
        Ok(WeightedFile {
            file: file(format!("update-{i}"), bytes)?,
            weight: *weight,
        })
    });
    Ok(AggregateInput {
        rule,
        base: file("base".into(), &files.base)?,
        previous: files
            .previous
            .as_ref()
            .map(|bytes| file("previous".into(), bytes))
            .transpose()?,
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

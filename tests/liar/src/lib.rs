#![doc = include_str!("../README.md")]

use quorate_engine::{read_header, AggregateInput, Aggregated, Control, Engine, EngineError, Hashed};
use quorate_hash_tree::of_file;
use std::{fs::File, os::unix::fs::FileExt, path::Path, sync::Arc};

/// An engine whose versions have one wrong bit.
pub struct Liar(pub Arc<dyn Engine>);

impl Engine for Liar {
    fn name(&self) -> String {
        self.0.name()
    }

    fn aggregate(&self, input: &AggregateInput, out: &Path, control: &Control<'_>) -> Result<Aggregated, EngineError> {
        let honest = self.0.aggregate(input, out, control)?;
        let at = read_header(&input.base, "base version")?.header_len();
        let output = flip(out, at).map_err(|source| EngineError::Io {
            what: "the lie".into(),
            source,
        })?;
        Ok(Aggregated { output, ..honest })
    }
}

/// Flips the lowest bit at a byte of the file, and hashes it again.
fn flip(path: &Path, at: u64) -> std::io::Result<Hashed> {
    let file = File::options().read(true).write(true).open(path)?;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at)?;
    file.write_all_at(&[byte[0] ^ 1], at)?;
    of_file(&file, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_engine::{selftest, Settings, TileEngine};
    use quorate_exact::{Pipeline, Rule};

    #[test]
    fn a_lie_should_differ_from_the_truth_in_the_output_only() {
        let dir = tempfile::tempdir().unwrap();
        let pipeline = Pipeline::from(Rule::Median);
        let files = selftest::sample(&pipeline, 1, 5, true);
        let input = selftest::write(dir.path(), pipeline, &files).unwrap();
        let honest: Arc<dyn Engine> = Arc::new(TileEngine::new(Settings::default()));
        let out = dir.path().join("out");
        let truth = honest.aggregate(&input, &out, &Control::default()).unwrap();
        let lie = Liar(honest).aggregate(&input, &out, &Control::default()).unwrap();
        assert_ne!(lie.output, truth.output);
        let honest_else = Aggregated {
            output: truth.output.clone(),
            ..lie.clone()
        };
        assert_eq!(honest_else, truth);
        assert_eq!(of_file(&File::open(&out).unwrap(), None).unwrap(), lie.output);
    }
}

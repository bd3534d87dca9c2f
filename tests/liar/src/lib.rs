#![doc = include_str!("../README.md")]

use quorate_engine::{read_header, root_of, AggregateInput, Aggregated, Control, Engine, EngineError};
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
        let (output, len) = flip(out, at).map_err(|source| EngineError::Io {
            what: "the lie".into(),
            source,
        })?;
        Ok(Aggregated::new(output, len, honest.detail, honest.rows))
    }
}

/// Flips the lowest bit at a byte of the file; returns the new root and the length.
fn flip(path: &Path, at: u64) -> std::io::Result<([u8; 32], u64)> {
    let file = File::options().read(true).write(true).open(path)?;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at)?;
    file.write_all_at(&[byte[0] ^ 1], at)?;
    root_of(&file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_engine::{selftest, ScalarEngine, Settings};
    use quorate_exact::Rule;

    #[test]
    fn a_lie_should_differ_from_the_truth_in_the_output_only() {
        let dir = tempfile::tempdir().unwrap();
        let input = selftest::write(dir.path(), Rule::Median, &selftest::sample(1, 5, true)).unwrap();
        let honest: Arc<dyn Engine> = Arc::new(ScalarEngine::new(Settings::default()).unwrap());
        let out = dir.path().join("out");
        let truth = honest.aggregate(&input, &out, &Control::default()).unwrap();
        let lie = Liar(honest).aggregate(&input, &out, &Control::default()).unwrap();
        assert_ne!(lie.outcome.output, truth.outcome.output);
        assert_eq!(
            (lie.outcome.detail, lie.outcome.scores),
            (truth.outcome.detail, truth.outcome.scores)
        );
        assert_eq!(
            root_of(&File::open(&out).unwrap()).unwrap(),
            (lie.output, truth.output_len)
        );
    }
}

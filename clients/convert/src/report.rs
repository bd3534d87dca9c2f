//! What was done.

use quorate_exact::{Dtype, Role, Root};

/// One tensor of the result.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorReport {
    pub name: String,
    pub from: Dtype,
    pub role: Role,
    pub scale: i8,
    pub elements: u64,
    /// Values that are zero on the grid.
    pub zeros: u64,
    pub largest: f64,
}

/// What was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub root: Root,
    pub len: u64,
    pub header_len: u64,
    pub group_len: u64,
    /// BLAKE3 hash of the header.
    pub header_hash: Root,
    pub tensors: Vec<TensorReport>,
    /// Tensors of the input that are not in the result.
    pub ignored: Vec<String>,
    pub is_update: bool,
}

/// Part of an update's values that may vanish before it is said aloud.
const MANY: f64 = 0.5;

impl Report {
    /// What a person should know before this is used.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.is_update {
            let trained = self.tensors.iter().filter(|tensor| tensor.role == Role::Train);
            let (all, zeros) = trained.fold((0, 0), |(all, zeros), t| (all + t.elements, zeros + t.zeros));
            if all > 0 && zeros as f64 > MANY * all as f64 {
                let narrow = self.tensors.iter().any(|t| matches!(t.from, Dtype::BF16 | Dtype::F16));
                let cause = match narrow {
                    true => "16-bit weights lose most small differences: send f32",
                    false => "is this the base itself, or is the scale too low?",
                };
                warnings.push(format!("{zeros} of {all} deltas vanish on the grid; {cause}"));
            }
        }
        if !self.ignored.is_empty() {
            warnings.push(format!("not in the result: {}", self.ignored.join(", ")));
        }
        warnings
    }
}

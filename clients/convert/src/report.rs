//! What was done.

use crate::{
    decisions::Decisions,
    names::{list, quoted, shown, SHOWN},
    rounding::Rounding,
    scales::{ScaleOrigin, STAT_ROOM, TRAIN_ROOM},
};
use quorate_exact::{grid::SCALE_DEFAULT, Account, Dtype, Role, Root};
use std::collections::BTreeMap;

/// One tensor of the result.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorReport {
    pub name: String,
    pub from: Dtype,
    pub role: Role,
    pub scale: i8,
    /// Why it has this scale; none in an update, whose scales are its base's.
    pub origin: Option<ScaleOrigin>,
    pub elements: u64,
    /// Values that are zero on the grid.
    pub zeros: u64,
    /// Values of the input below zero.
    pub negative: u64,
    /// The largest magnitude.
    pub largest: f64,
    /// Hash of shape and elements as the input has them, of a `train` tensor of a version whose values are not all the same.
    pub content: Option<Root>,
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
    /// Tensors of the input that the base does not have.
    pub ignored: Vec<String>,
    /// Tensors of the input that the base does not have, and that are copies of one that it has: names and theirs.
    pub copies: Vec<(String, String)>,
    /// Tensors of the shards that their index does not name.
    pub unlisted: Vec<String>,
    /// Tensors without elements: left out.
    pub empty: Vec<String>,
    /// What looks like quantised weights: `const`, so never trained.
    pub quantised: Vec<String>,
    /// Whether the input was a canonical version, whose roles, scales and ties are not taken over.
    pub was_canonical: bool,
    /// How the weights differ from the base's; all zero for a version and for deltas.
    pub rounding: Rounding,
    /// Whose update it is; none of a version.
    pub contributor: Option<Account>,
    /// Whether the input held weights, not deltas.
    pub is_weights: bool,
    /// What was decided for a version; none of an update, whose base decides.
    pub decisions: Option<Decisions>,
}

/// Part of an update's values that may vanish before it is said aloud.
const MANY: f64 = 0.5;

impl Report {
    /// What a person should know before this is used.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = [self.vanishing(), self.rounded(), self.variances()]
            .into_iter()
            .flatten()
            .collect();
        let of_names = [
            (
                &self.quantised,
                "quantised weights become const and are never trained; to train them send floats",
            ),
            (&self.empty, "without elements, left out"),
            (&self.unlisted, "in the shards but not in their index, left out"),
            (&self.ignored, "not in the base, left out"),
        ];
        for (names, what) in of_names.into_iter().filter(|(names, _)| !names.is_empty()) {
            warnings.push(format!("{what}: {}", list(names)));
        }
        if self.was_canonical {
            warnings.push(
                "the input is a canonical version: its roles, scales and ties are not taken over, but made anew".into(),
            );
        }
        warnings
    }

    /// Names of `train` tensors of a version that are equal in type, shape and values: they may be one tensor under several names.
    pub fn equal(&self) -> Vec<Vec<&str>> {
        let mut groups: BTreeMap<(&str, Root), Vec<&str>> = BTreeMap::new();
        for tensor in &self.tensors {
            if let Some(content) = tensor.content {
                groups
                    .entry((tensor.from.name(), content))
                    .or_default()
                    .push(&tensor.name);
            }
        }
        let mut groups: Vec<Vec<&str>> = groups.into_values().filter(|names| names.len() > 1).collect();
        groups.sort();
        groups
    }

    /// Which tensors are equal, and how the scales came about where one is not the default.
    pub fn notes(&self) -> Vec<String> {
        let coarse = |origin| {
            let tensors = self
                .tensors
                .iter()
                .filter(|t| t.role != Role::Const && t.scale < SCALE_DEFAULT);
            tensors.filter(|t| t.origin == Some(origin)).count()
        };
        let equal = self.equal();
        let mut notes: Vec<String> = equal.iter().take(SHOWN).map(|names| offer(names)).collect();
        if equal.len() > SHOWN {
            notes.push(format!("and {} more groups of equal tensors", equal.len() - SHOWN));
        }
        let copies = self.copies.iter().take(SHOWN);
        notes.extend(copies.map(|(name, of)| {
            format!(
                "{} is equal to {}, and is taken for another name of it",
                quoted(name),
                quoted(of)
            )
        }));
        match coarse(ScaleOrigin::Magnitude) {
            0 => (),
            count => notes.push(format!(
                "{count} scales are below {SCALE_DEFAULT}, to leave room for deltas of {TRAIN_ROOM} times the largest value of a train \
                 tensor, {STAT_ROOM} times that of a stat tensor (at least {STAT_ROOM}); --scale sets others"
            )),
        }
        match coarse(ScaleOrigin::Others) {
            0 => (),
            count => notes.push(format!(
                "{count} scales were lowered further, as those of train tensors must not lie too far apart"
            )),
        }
        notes
    }

    fn vanishing(&self) -> Option<String> {
        let trained = self.tensors.iter().filter(|tensor| tensor.role == Role::Train);
        let (all, zeros) = trained.fold((0, 0), |(all, zeros), t| (all + t.elements, zeros + t.zeros));
        if self.contributor.is_none() || zeros as f64 <= MANY * all as f64 {
            return None;
        }
        let cause = match self.rounding.dtype {
            Some(_) => "16-bit weights lose most small differences: send F32",
            None => "is this the base itself, or is the scale too low?",
        };
        Some(format!("{zeros} of {all} deltas vanish on the grid; {cause}"))
    }

    fn rounded(&self) -> Option<String> {
        let (dtype, share) = self.rounding.dtype.zip(self.rounding.share())?;
        let (name, Rounding { changed, all, .. }) = (dtype.name(), self.rounding);
        Some(format!(
            "the weights are {name}, so the base was rounded to {name} before it was subtracted: {changed} of {all} values differ, and \
             about {:.0} % of the update's length is rounding; send F32",
            100.0 * share
        ))
    }

    fn variances(&self) -> Option<String> {
        let negative = |t: &&TensorReport| {
            let last = t.name.rsplit('.').next().unwrap_or_default();
            t.negative > 0 && ["running_var", "moving_variance"].contains(&last)
        };
        let tensors = self.tensors.iter().filter(|_| self.is_weights);
        let found: Vec<String> = tensors
            .filter(negative)
            .map(|t| format!("{} in {}", t.negative, quoted(&t.name)))
            .collect();
        (!found.is_empty()).then(|| format!("variances below zero, whose root is no number: {}", found.join(", ")))
    }
}

/// Equal tensors, offered as ties.
fn offer(names: &[&str]) -> String {
    let (first, others) = names
        .split_first()
        .map_or(("", names), |(first, others)| (*first, others));
    let ties: Vec<String> = others
        .iter()
        .take(SHOWN)
        .map(|other| format!("--tie {}={}", shown(first), shown(other)))
        .collect();
    format!(
        "{} are equal, and trained each on its own; if they are one tensor, give {}",
        list(names),
        ties.join(" ")
    )
}

//! What verification found.

use quorate_primitives::{ModelId, VersionIndex};
use serde_json::{json, Value};

/// How a comparison ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Equal,
    Differs,
    /// The chain has pruned what it would be compared with: nothing is proved about the version.
    Expired,
}

impl Found {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Differs => "differs",
            Self::Expired => "expired",
        }
    }
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub name: &'static str,
    pub found: Found,
    /// What was found, or how it differs.
    pub detail: String,
}

/// What all comparisons amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// Derived again, and equal in every part.
    Verified,
    /// Something is not what the record states.
    Differs,
    /// What is left agrees, and the evidence that the aggregation is replayed from has expired.
    Expired,
}

/// What verification found.
#[derive(Clone, Debug)]
pub struct Report {
    pub model: ModelId,
    pub version: VersionIndex,
    pub root: String,
    pub checks: Vec<Check>,
}

impl Report {
    pub fn conclusion(&self) -> Conclusion {
        let any = |found| self.checks.iter().any(|check| check.found == found);
        if self.checks.is_empty() || any(Found::Differs) {
            Conclusion::Differs
        } else if any(Found::Expired) {
            Conclusion::Expired
        } else {
            Conclusion::Verified
        }
    }

    pub fn is_verified(&self) -> bool {
        self.conclusion() == Conclusion::Verified
    }

    pub fn to_json(&self) -> Value {
        let checks = self
            .checks
            .iter()
            .map(|c| json!({ "check": c.name, "found": c.found.as_str(), "detail": c.detail }));
        json!({
            "model": self.model,
            "version": self.version,
            "root": self.root,
            "verified": self.is_verified(),
            "expired": self.conclusion() == Conclusion::Expired,
            "checks": checks.collect::<Vec<_>>(),
        })
    }
}

/// Collects checks.
#[derive(Default)]
pub(crate) struct Checks(pub Vec<Check>);

impl Checks {
    pub fn equal<T: PartialEq + std::fmt::Debug>(&mut self, name: &'static str, derived: &T, recorded: &T) {
        let equal = derived == recorded;
        let detail = match equal {
            true => format!("{recorded:?}"),
            false => format!("derived {derived:?}, recorded {recorded:?}"),
        };
        self.add(name, equal, detail);
    }

    pub fn add(&mut self, name: &'static str, equal: bool, detail: impl Into<String>) {
        let found = if equal { Found::Equal } else { Found::Differs };
        self.0.push(Check {
            name,
            found,
            detail: detail.into(),
        });
    }

    pub fn expired(&mut self, name: &'static str, detail: impl Into<String>) {
        self.0.push(Check {
            name,
            found: Found::Expired,
            detail: detail.into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expired_evidence_should_neither_verify_nor_differ() {
        let report = |found: &[Found]| Report {
            model: 0,
            version: 1,
            root: String::new(),
            checks: found
                .iter()
                .map(|found| Check {
                    name: "check",
                    found: *found,
                    detail: String::new(),
                })
                .collect(),
        };
        let all = [
            (&[Found::Equal, Found::Equal][..], Conclusion::Verified),
            (&[Found::Equal, Found::Expired], Conclusion::Expired),
            (&[Found::Expired, Found::Differs], Conclusion::Differs),
            (&[], Conclusion::Differs),
        ];
        for (found, conclusion) in all {
            assert_eq!(report(found).conclusion(), conclusion, "{found:?}");
        }
        assert_eq!(report(&[Found::Expired]).to_json()["verified"], false);
    }
}

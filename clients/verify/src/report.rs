//! What verification found.

use crate::shown::Shown;
use quorate_client::connection::Block;
use quorate_primitives::{
    version::{AssessmentRecord, VersionRecord, VersionStatus},
    VersionIndex,
};
use serde_json::{json, Value};

/// How a comparison ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Equal,
    Differs,
    /// The chain has pruned what it would be compared with: nothing is proved about the version.
    Expired,
    /// This machine, the node or the gateways could not provide what it would be compared with: nothing is proved either.
    Unchecked,
}

/// Why something could not be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchecked(pub String);

/// Why a replay ended without a result.
pub(crate) enum Stop {
    Unchecked(String),
    /// What the record commits to cannot be aggregated at all.
    Differs(String),
}

impl From<Unchecked> for Stop {
    fn from(reason: Unchecked) -> Self {
        Self::Unchecked(reason.0)
    }
}

impl Found {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Differs => "differs",
            Self::Expired => "expired",
            Self::Unchecked => "unchecked",
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

impl Check {
    pub(crate) fn to_json(&self) -> Value {
        json!({ "check": self.name, "found": self.found.as_str(), "detail": self.detail })
    }
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
    /// Nothing differs, and something could not be read or computed here.
    Unchecked,
    /// Derived again, and equal in every part; but the version, or one that it descends from, is revoked: it is not to be used.
    Revoked,
    /// Derived again, and equal in every part; but the version did not pass its policy's gate: it is not to be used.
    Held,
}

impl Conclusion {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Differs => "differs",
            Self::Expired => "expired",
            Self::Unchecked => "unchecked",
            Self::Revoked => "revoked",
            Self::Held => "held",
        }
    }
}

/// What checks amount to, of something that is revoked or not.
pub(crate) fn conclude(checks: &[Check], revoked: bool) -> Conclusion {
    let any = |found| checks.iter().any(|check| check.found == found);
    if checks.is_empty() || any(Found::Differs) {
        Conclusion::Differs
    } else if any(Found::Unchecked) {
        Conclusion::Unchecked
    } else if any(Found::Expired) {
        Conclusion::Expired
    } else if revoked {
        Conclusion::Revoked
    } else {
        Conclusion::Verified
    }
}

/// What verification found.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was compared with.
    pub record: VersionRecord,
    /// As the chain has it in `block`.
    pub status: VersionStatus,
    /// How it was assessed, if it was.
    pub assessment: Option<AssessmentRecord>,
    /// The nearest revoked version of it and those that it descends from.
    pub revoked: Option<VersionIndex>,
    /// The final block whose state was read.
    pub block: Block,
    pub checks: Vec<Check>,
}

impl Report {
    pub fn conclusion(&self) -> Conclusion {
        match conclude(&self.checks, self.revoked.is_some()) {
            Conclusion::Verified if self.status == VersionStatus::Held => Conclusion::Held,
            other => other,
        }
    }

    pub fn is_verified(&self) -> bool {
        self.conclusion() == Conclusion::Verified
    }

    pub fn to_json(&self) -> Value {
        let checks = self.checks.iter().map(Check::to_json);
        json!({
            "model": self.record.model,
            "version": self.record.version,
            "root": self.record.root,
            "record": self.record,
            "status": self.status,
            "assessment": self.assessment,
            "revoked": self.revoked,
            "block": { "number": self.block.number, "hash": format!("{:?}", self.block.hash) },
            "conclusion": self.conclusion().as_str(),
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
    /// How computing it again ended; what was derived, if it was.
    pub fn replayed<T>(&mut self, name: &'static str, derived: Result<T, Stop>) -> Option<T> {
        match derived {
            Ok(derived) => return Some(derived),
            Err(Stop::Unchecked(reason)) => self.unchecked(name, reason),
            Err(Stop::Differs(reason)) => self.add(name, false, reason),
        }
        None
    }

    pub fn equal<T: PartialEq + Shown>(&mut self, name: &'static str, derived: &T, recorded: &T) {
        let equal = derived == recorded;
        let detail = match equal {
            true => recorded.shown(),
            false => format!("derived {}, recorded {}", derived.shown(), recorded.shown()),
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
        self.push(name, Found::Expired, detail);
    }

    pub fn unchecked(&mut self, name: &'static str, detail: impl Into<String>) {
        self.push(name, Found::Unchecked, detail);
    }

    fn push(&mut self, name: &'static str, found: Found, detail: impl Into<String>) {
        let detail = detail.into();
        self.0.push(Check { name, found, detail });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::{version::Origin, Hash};

    #[test]
    fn values_should_be_shown_as_they_are() {
        let mut checks = Checks::default();
        checks.equal("state", &Some(Hash::repeat_byte(1)), &None);
        checks.equal("none", &None::<Hash>, &None);
        let hash = "0x0101010101010101010101010101010101010101010101010101010101010101";
        assert_eq!(checks.0[0].detail, format!("derived {hash}, recorded none"));
        assert_eq!(checks.0[1].detail, "none");
    }

    #[test]
    fn what_could_not_be_checked_should_neither_verify_nor_differ() {
        let with = |found: &[Found], revoked| Report {
            record: VersionRecord {
                model: 0,
                version: 1,
                root: Default::default(),
                len: 8,
                policy_hash: Hash::zero(),
                origin: Origin::Genesis,
                block: 3,
                history_root: Hash::zero(),
            },
            status: VersionStatus::Final,
            assessment: None,
            revoked,
            block: Block {
                number: 9,
                hash: Hash::zero(),
            },
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
            (&[Found::Unchecked, Found::Expired], Conclusion::Unchecked),
            (&[Found::Unchecked, Found::Differs], Conclusion::Differs),
            (&[Found::Expired, Found::Differs], Conclusion::Differs),
            (&[], Conclusion::Differs),
        ];
        let report = |found: &[Found]| with(found, None);
        for (found, conclusion) in all {
            assert_eq!(report(found).conclusion(), conclusion, "{found:?}");
        }
        let revoked = |found: &[Found]| with(found, Some(0));
        assert_eq!(revoked(&[Found::Equal]).conclusion(), Conclusion::Revoked);
        assert_eq!(revoked(&[Found::Unchecked]).conclusion(), Conclusion::Unchecked);
        assert_eq!(revoked(&[Found::Differs]).conclusion(), Conclusion::Differs);
        assert_eq!(revoked(&[Found::Equal]).to_json()["verified"], false);
        assert_eq!(report(&[Found::Expired]).to_json()["verified"], false);
        let held = |found: &[Found], revoked| Report {
            status: VersionStatus::Held,
            ..with(found, revoked)
        };
        assert_eq!(held(&[Found::Equal], None).conclusion(), Conclusion::Held);
        assert_eq!(held(&[Found::Equal], None).to_json()["verified"], false);
        assert_eq!(held(&[Found::Equal], Some(0)).conclusion(), Conclusion::Revoked);
        assert_eq!(held(&[Found::Differs], None).conclusion(), Conclusion::Differs);
        assert_eq!(held(&[Found::Unchecked], None).conclusion(), Conclusion::Unchecked);
    }
}

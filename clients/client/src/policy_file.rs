//! A policy as a file: JSON as the chain has it, but for the assessment, whose numbers are in people's units.
//!
//! `operations` may be `"auto"`: whoever sends the policy counts them then. What the file has that a policy has not is an error, and so is
//! every number that would have to be rounded in the policy's favour.

mod assessment;
mod members;
mod units;

pub use units::{from_increase, from_part, increase, part, ANY_INCREASE};

use members::{read, Named};
use quorate_exact::Rule;
use quorate_primitives::policy::{Assessment, Contribution, Policy};
use serde_json::Value;

/// Of a policy, the member that is written another way.
const ASSESSMENT: &str = "assessment";

/// A policy that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    policy: Policy,
    /// Whether the operations of its assessment are still to be counted.
    uncounted: bool,
}

impl Draft {
    /// A policy, the operations of whose assessment are to be counted.
    pub fn uncounted(policy: Policy) -> Self {
        Self {
            uncounted: policy.assessment.is_some(),
            policy,
        }
    }

    /// The assessment whose operations are to be counted, and the policy that has it.
    pub fn to_count(&self) -> Option<(&Assessment, &Policy)> {
        let assessment = self.policy.assessment.as_ref()?;
        self.uncounted.then_some((assessment, &self.policy))
    }

    /// What stands in the file; operations that are still to be counted are 1 in it.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// With so many operations, where they were still to be counted.
    pub fn with_operations(mut self, operations: u64) -> Policy {
        if let (Some(assessment), true) = (&mut self.policy.assessment, self.uncounted) {
            assessment.operations = operations;
        }
        self.policy
    }
}

impl From<Policy> for Draft {
    fn from(policy: Policy) -> Self {
        Self {
            policy,
            uncounted: false,
        }
    }
}

/// Reads the text of a file.
///
/// # Errors
/// What is wrong with it, by the name of the member.
pub fn from_text(text: &str) -> Result<Draft, String> {
    let mut file: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let members = file.as_object_mut().ok_or("a policy is an object")?;
    let assessed = members.remove(ASSESSMENT).filter(|value| !value.is_null());
    let usual = crate::policy::standard(Rule::Median, 10);
    let mut policy: Policy = read(Named("the policy", &file), &usual)?;
    let Some(assessed) = assessed else {
        return Ok(policy.into());
    };
    let (assessment, uncounted) = assessment::read(&assessed)?;
    policy.assessment = Some(assessment);
    Ok(Draft { policy, uncounted })
}

/// The file of a policy.
pub fn to_value(draft: &Draft) -> Value {
    let mut file = serde_json::to_value(draft.policy).unwrap_or_default();
    let assessed = draft.policy.assessment.as_ref();
    file[ASSESSMENT] = assessed.map_or(Value::Null, |it| assessment::write(it, draft.uncounted));
    file
}

/// What to begin with where contributors are paid by what they improve: shards of `rows` rows and up to 64 MiB.
pub fn contribution(rows: u32) -> Contribution {
    assessment::usual(rows)
}

#[cfg(test)]
mod tests;

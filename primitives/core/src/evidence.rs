//! What a version is derived again from: exported as one file before the chain prunes it, and proved by the roots that stay.
//!
//! The version's record and settlement commit to every part: the policy by its hash, the job's specification by its id, committee
//! and statements of every attempt by the statements root, the updates by the updates root and, as the job's inputs, by the inputs root. Of an
//! assessment likewise: its job by the id in the version's record, the shards by that job's shards root, statements by the assessment root.

use crate::{
    job::Job, policy::Policy, tagged::tagged_bytes, update::Update, views::assessments::AssessmentJobs, Hash, ModelId,
    VersionIndex,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeAll, Encode};

/// The evidence of a version that a round made.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Evidence {
    pub genesis: Hash,
    pub model: ModelId,
    pub version: VersionIndex,
    /// The copy that the round kept.
    pub policy: Policy,
    /// All updates of the round, in order of submission, as settlement left them.
    pub updates: Vec<Update>,
    /// With its committee and its members' statements.
    pub job: Job,
    /// The first attempt, where `job` is a retry: its agreement judges both.
    pub first_job: Option<Job>,
    /// Set where the version was assessed by a job.
    pub assessment: Option<AssessmentJobs>,
}

const TAG: &[u8] = b"evidence";

impl Evidence {
    /// The file: a tag with a version, and the SCALE encoding. Equal evidence is equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        tagged_bytes(TAG, self)
    }

    /// Reads a file; `None` unless it is exactly what [`Evidence::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let tag = tagged_bytes(TAG, &());
        let evidence = Self::decode_all(&mut bytes.strip_prefix(tag.as_slice())?).ok()?;
        (evidence.to_bytes() == bytes).then_some(evidence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        job::{Aggregate, CommitteeRule, JobPhase, JobSpec, Requester},
        policy::tests::policy,
    };

    fn evidence() -> Evidence {
        let work = Aggregate {
            model: 1,
            base: 2,
            policy_hash: Hash::zero(),
            base_root: Hash::zero(),
            previous_root: None,
            inputs_root: Hash::zero(),
            inputs: 0,
            seed: Hash::zero(),
            optimiser: None,
        };
        Evidence {
            genesis: Hash::repeat_byte(1),
            model: 1,
            version: 3,
            policy: policy(),
            updates: Vec::new(),
            job: Job {
                spec: JobSpec {
                    requester: Requester::Round(5),
                    attempt: 0,
                    exact_version: 2,
                    commit: 10,
                    reveal: 10,
                    committee: CommitteeRule::All,
                    work: work.into(),
                },
                first: None,
                created_at: 7,
                phase: JobPhase::Closed { at: 9 },
                committee: Default::default(),
                quorum: 1,
                statements: Default::default(),
                agreed: None,
            },
            first_job: None,
            assessment: None,
        }
    }

    #[test]
    fn evidence_should_be_read_as_it_is_written_and_not_otherwise() {
        let evidence = evidence();
        let bytes = evidence.to_bytes();
        assert_eq!(Evidence::from_bytes(&bytes), Some(evidence));
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(Evidence::from_bytes(&longer), None);
        assert_eq!(Evidence::from_bytes(&bytes[1..]), None);
        let mut other = bytes;
        other[2] ^= 1;
        assert_eq!(Evidence::from_bytes(&other), None, "another tag");
    }
}

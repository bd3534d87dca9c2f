//! What the chain stored and hashed under specification version 1: a rule where there is a pipeline now, jobs without seed
//! and optimiser state. Version records, job ids and histories commit to these hashes for ever, so they must stay computable.

use crate::{
    job,
    policy::{self, Access, Deadlines, Split},
    Balance, BlockNumber, Hash, ModelId, Ppm, Root, RoundId, VersionIndex,
};
use codec::{Decode, Encode};
use quorate_exact::{Pipeline, PreAggregation, Rule, Server};

/// The specification version whose policies and jobs these types are.
pub const SPEC_VERSION: u32 = 1;

/// A policy, as it was stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Policy {
    /// Weighted mean, median or trimmed mean: there were no others.
    pub rule: Rule,
    pub min_updates: u32,
    pub max_updates: u32,
    pub max_weight: u32,
    pub max_updates_per_organisation: u32,
    pub deadlines: Deadlines,
    pub bond: Balance,
    pub reward: Balance,
    pub split: Split,
    pub max_organisation_share: Ppm,
    pub retention: BlockNumber,
    pub challenge: BlockNumber,
    pub access: Access,
}

impl Policy {
    /// The old form of a policy; `None` if its pipeline is more than one of the three rules of then.
    pub fn of(policy: &policy::Policy) -> Option<Self> {
        let plain = policy.pipeline.pre == PreAggregation::None && policy.pipeline.server == Server::Plain;
        let known = matches!(
            policy.pipeline.rule,
            Rule::WeightedMean | Rule::Median | Rule::TrimmedMean { .. }
        );
        (plain && known).then_some(Self {
            rule: policy.pipeline.rule,
            min_updates: policy.min_updates,
            max_updates: policy.max_updates,
            max_weight: policy.max_weight,
            max_updates_per_organisation: policy.max_updates_per_organisation,
            deadlines: policy.deadlines,
            bond: policy.bond,
            reward: policy.reward,
            split: policy.split,
            max_organisation_share: policy.max_organisation_share,
            retention: policy.retention,
            challenge: policy.challenge,
            access: policy.access,
        })
    }

    /// The hash that records and jobs of then carry.
    pub fn hash(&self) -> Hash {
        crate::payload::tagged(b"policy", self)
    }
}

impl From<Policy> for policy::Policy {
    fn from(old: Policy) -> Self {
        Self {
            pipeline: Pipeline {
                pre: PreAggregation::None,
                rule: old.rule,
                server: Server::Plain,
            },
            min_updates: old.min_updates,
            max_updates: old.max_updates,
            max_weight: old.max_weight,
            max_updates_per_organisation: old.max_updates_per_organisation,
            deadlines: old.deadlines,
            bond: old.bond,
            reward: old.reward,
            split: old.split,
            max_organisation_share: old.max_organisation_share,
            retention: old.retention,
            challenge: old.challenge,
            access: old.access,
        }
    }
}

/// A job's specification, as it was stored and hashed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct JobSpec {
    pub round: RoundId,
    pub model: ModelId,
    pub base: VersionIndex,
    pub attempt: u8,
    pub spec_version: u32,
    pub policy_hash: Hash,
    pub base_root: Root,
    pub previous_root: Option<Root>,
    pub inputs_root: Hash,
    pub inputs: u32,
    pub commit: BlockNumber,
    pub reveal: BlockNumber,
}

impl From<&job::JobSpec> for JobSpec {
    /// The part of a specification that was hashed then; seed and state are left out.
    fn from(spec: &job::JobSpec) -> Self {
        Self {
            round: spec.round,
            model: spec.model,
            base: spec.base,
            attempt: spec.attempt,
            spec_version: spec.spec_version,
            policy_hash: spec.policy_hash,
            base_root: spec.base_root,
            previous_root: spec.previous_root,
            inputs_root: spec.inputs_root,
            inputs: spec.inputs,
            commit: spec.commit,
            reveal: spec.reveal,
        }
    }
}

impl From<JobSpec> for job::JobSpec {
    fn from(old: JobSpec) -> Self {
        Self {
            round: old.round,
            model: old.model,
            base: old.base,
            attempt: old.attempt,
            spec_version: old.spec_version,
            policy_hash: old.policy_hash,
            base_root: old.base_root,
            previous_root: old.previous_root,
            inputs_root: old.inputs_root,
            inputs: old.inputs,
            commit: old.commit,
            reveal: old.reveal,
            seed: Hash::zero(),
            optimiser: None,
        }
    }
}

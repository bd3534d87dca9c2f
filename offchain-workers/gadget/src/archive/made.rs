//! Made-up models and versions.

use quorate_primitives::{
    job::{Aggregate, AggregateOutcome, CommitteeRule, Job, JobPhase, JobSpec, Requester},
    policy::{Access, Deadlines, Policy, Promotion, Split},
    update::{Encoding, Update, UpdateStatus},
    version::{Origin, RoundOrigin, Settlement, VersionRecord, VersionStatus},
    views::{Lineage, ModelState, ModelView, VersionView},
    AccountId, Hash, ModelId, VersionIndex,
};

pub(crate) fn policy() -> Policy {
    Policy {
        pipeline: quorate_exact::Rule::WeightedMean.into(),
        min_updates: 1,
        max_updates: 4,
        max_weight: 1,
        max_updates_per_organisation: 1,
        deadlines: Deadlines {
            collect: 10,
            reveal_updates: 10,
            vote: 10,
            commit: 10,
            reveal: 10,
        },
        bond: 1,
        reward: 0,
        split: Split {
            contributors: 1_000_000,
            validators: 0,
            treasury: 0,
        },
        max_organisation_share: 1_000_000,
        retention: 300,
        challenge: 0,
        access: Access::Public,
        promotion: Promotion::default(),
        assessment: None,
    }
}

pub(crate) fn model_view(id: ModelId, latest: VersionIndex) -> ModelView {
    ModelView {
        id,
        name: String::new(),
        owner: None,
        organisation: 0,
        state: ModelState::Active,
        policy: policy(),
        header_hash: Hash::zero(),
        header_len: 0,
        file_len: 0,
        update_len: 0,
        parent: None,
        frozen_base: None,
        latest: Some(latest),
        head: None,
        fund: 0,
        open_round: None,
    }
}

fn update() -> Update {
    Update {
        contributor: AccountId::new([7; 32]),
        organisation: 0,
        commitment: Hash::zero(),
        weight: 1,
        encoding: Encoding::DenseF32,
        submitted_at: 1,
        status: UpdateStatus::Available,
        root: None,
        index: Some(0),
        score: None,
    }
}

/// A version that a round made, settled or not; version 0 is the owner's.
pub(crate) fn lineage(model: ModelId, version: VersionIndex, settled: bool) -> Lineage {
    let root = Hash::repeat_byte(9);
    let work = Aggregate {
        model,
        base: 0,
        policy_hash: root,
        base_root: root,
        previous_root: None,
        inputs_root: root,
        inputs: 0,
        seed: root,
        optimiser: None,
    };
    let job = Job {
        spec: JobSpec {
            requester: Requester::Round(version),
            attempt: 0,
            exact_version: 1,
            commit: 10,
            reveal: 10,
            committee: CommitteeRule::All,
            work: work.into(),
        },
        first: None,
        created_at: 1,
        phase: JobPhase::Closed { at: 2 },
        committee: Default::default(),
        quorum: 1,
        statements: Default::default(),
        agreed: None,
    };
    let origin = RoundOrigin {
        parent: 0,
        round: version,
        job: root,
        inputs_root: root,
        outcome: AggregateOutcome {
            output: root,
            output_len: 1,
            optimiser: None,
            detail: root,
            scores: root,
        },
    };
    let settlement = Settlement {
        updates_root: root,
        statements_root: root,
        assessment_root: None,
        block: 5,
    };
    let made = version > 0;
    Lineage {
        version: VersionView {
            record: VersionRecord {
                model,
                version,
                root,
                len: 1,
                policy_hash: root,
                origin: if made { Origin::Round(origin) } else { Origin::Genesis },
                block: 4,
                history_root: root,
            },
            status: VersionStatus::Final,
            settlement: settled.then_some(settlement),
            assessment: None,
            promotion: None,
        },
        parents: vec![],
        policy: policy(),
        updates: if made { vec![update()] } else { vec![] },
        job: made.then_some(job),
        first_job: None,
        assessment: None,
    }
}

//! The corpora of the fuzz targets for evidence and for what a node shows, replayed and spoilt.

mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use codec::Encode;
use quorate_primitives::{
    evidence::Evidence,
    frozen::FrozenBaseView,
    job::{assess::Shard, Aggregate, AggregateOutcome, Assess, CommitteeRule, Job, JobPhase, JobSpec, Requester},
    policy::{Access, Deadlines, Policy, Promotion, Split},
    update::{Encoding, Malformed, Update, UpdateStatus},
    version::{Origin, RoundOrigin, Settlement, VersionRecord, VersionStatus},
    views::{
        assessments::AssessmentJobs,
        gateway::{
            GatewayCursor, GatewayEntry, GatewayPage, Members, Peer, Readers, RoundShare, SharePage, Upload,
            VersionBlob,
        },
        tasks::{Duty, JobStage, JobTask},
        BlobRef, Entry, Lineage, ModelState, ModelView, RoundPhase, RoundView, StandingView, VersionView,
    },
    AccountId, Hash,
};

const ROOT: Hash = Hash::repeat_byte(9);

fn policy() -> Policy {
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

fn update(status: UpdateStatus) -> Update {
    Update {
        contributor: AccountId::new([7; 32]),
        organisation: 0,
        commitment: Hash::zero(),
        weight: 1,
        encoding: Encoding::DenseF32,
        submitted_at: 1,
        status,
        root: Some(ROOT),
        index: Some(0),
        score: Some(5),
    }
}

fn job(attempt: u8) -> Job {
    let work = Aggregate {
        model: 1,
        base: 0,
        policy_hash: ROOT,
        base_root: ROOT,
        previous_root: None,
        inputs_root: ROOT,
        inputs: 1,
        seed: ROOT,
        optimiser: None,
    };
    Job {
        spec: JobSpec {
            requester: Requester::Round(5),
            attempt,
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
    }
}

fn evidence(first_job: Option<Job>) -> Evidence {
    let malformed = Malformed::NonFinite { tensor: 0, index: 3 };
    Evidence {
        genesis: ROOT,
        model: 1,
        version: 3,
        policy: policy(),
        updates: vec![
            update(UpdateStatus::Available),
            update(UpdateStatus::Invalid(malformed)),
        ],
        job: job(first_job.is_some().into()),
        first_job,
        assessment: None,
    }
}

fn assessed() -> Evidence {
    let shard = Shard {
        supplier: 1,
        root: ROOT,
        len: 7,
        rows: 1_000,
    };
    let work = Assess {
        round: 5,
        model: 1,
        policy_hash: ROOT,
        base: 2,
        base_root: ROOT,
        version: 3,
        version_root: ROOT,
        file_len: 16,
        frozen_base: None,
        products: ROOT,
        inputs_root: ROOT,
        inputs: 1,
        program: 0,
        program_root: ROOT,
        program_len: 9,
        benchmark: None,
        shards_root: ROOT,
        shards: 1,
        operations: 1,
    };
    let mut job = job(0);
    (job.spec.requester, job.spec.work) = (Requester::Assessment(5), work.into());
    Evidence {
        assessment: Some(AssessmentJobs {
            job,
            first_job: None,
            shards: vec![shard],
        }),
        ..evidence(None)
    }
}

fn version() -> VersionView {
    let outcome = AggregateOutcome {
        output: ROOT,
        output_len: 1,
        optimiser: None,
        detail: ROOT,
        scores: ROOT,
    };
    let origin = RoundOrigin {
        parent: 0,
        round: 5,
        job: ROOT,
        inputs_root: ROOT,
        outcome,
    };
    VersionView {
        record: VersionRecord {
            model: 1,
            version: 3,
            root: ROOT,
            len: 1,
            policy_hash: ROOT,
            origin: Origin::Round(origin),
            block: 4,
            history_root: ROOT,
        },
        status: VersionStatus::Final,
        settlement: Some(Settlement {
            updates_root: ROOT,
            statements_root: ROOT,
            assessment_root: None,
            block: 5,
        }),
        assessment: None,
        promotion: None,
    }
}

fn entries() -> Vec<Entry> {
    let blob = BlobRef { root: ROOT, len: 7 };
    let account = AccountId::new([7; 32]);
    let entries = [
        GatewayEntry::Peer(Peer {
            validator: account.clone(),
            organisation: 0,
            key: None,
            gateway: "https://10.0.0.7:9780".into(),
            tls_key_hash: Some(ROOT),
        }),
        GatewayEntry::Upload(Upload {
            round: 4,
            model: 1,
            contributor: account.clone(),
            organisation: 0,
            commitment: ROOT,
            weight: 3,
            len: 7,
            root: None,
        }),
        GatewayEntry::Shared(blob.clone()),
        GatewayEntry::Version(VersionBlob {
            model: 1,
            version: 0,
            blob,
            access: Access::Contributors,
            pending: false,
            optimiser: None,
        }),
        GatewayEntry::Readers(Readers {
            model: 1,
            organisations: vec![0, 1],
        }),
        GatewayEntry::Members(Members {
            organisation: 0,
            account: account.clone(),
            contributors: vec![account],
        }),
    ];
    let duty = Duty::Job(JobTask {
        id: ROOT,
        member: 0,
        kind: 0,
        exact_version: 1,
        stage: JobStage::Commit,
        until: 9,
        work: vec![1, 2, 3],
    });
    entries.iter().map(Entry::from).chain([Entry::from(&duty)]).collect()
}

fn model() -> ModelView {
    ModelView {
        id: 1,
        name: "digits".into(),
        owner: Some(AccountId::new([7; 32])),
        organisation: 0,
        state: ModelState::Active,
        policy: policy(),
        header_hash: ROOT,
        header_len: 8,
        file_len: 16,
        update_len: 16,
        parent: None,
        frozen_base: Some(FrozenBaseView {
            root: ROOT,
            len: 7,
            licence: "MIT".into(),
        }),
        latest: Some(3),
        head: Some(3),
        fund: 0,
        open_round: None,
    }
}

fn round() -> RoundView {
    RoundView {
        id: 5,
        model: 1,
        base: 0,
        policy: policy(),
        phase: RoundPhase::Scoring { until: 9 },
        opened_at: 1,
        sealed_at: Some(2),
        recorded_at: Some(3),
        version: Some(3),
        job: Some(ROOT),
        refund: None,
        escrow: 0,
        updates: vec![update(UpdateStatus::Committed)],
        assessment: None,
    }
}

fn lineage() -> Lineage {
    Lineage {
        version: version(),
        parents: vec![version().record],
        policy: policy(),
        updates: vec![update(UpdateStatus::Available)],
        job: Some(job(0)),
        first_job: None,
        assessment: None,
    }
}

#[test]
fn evidence_should_be_what_is_written_or_none() {
    let whole = evidence(None).to_bytes();
    let seeds = [
        ("settled", whole.clone()),
        ("retried", evidence(Some(job(0))).to_bytes()),
        ("assessed", assessed().to_bytes()),
        ("truncated", whole[..whole.len() - 1].to_vec()),
        ("longer", [&whole[..], &[0]].concat()),
        ("no_tag", evidence(None).encode()),
    ];
    replay::run("evidence", &seeds, 20_000, checks::evidence);
}

#[test]
fn answers_of_a_node_should_be_what_they_are_taken_for_or_none() {
    let of = |kind: u8, bytes: Vec<u8>| [vec![kind], bytes].concat();
    let standing = StandingView {
        account: AccountId::new([7; 32]),
        organisation: Some(0),
        contributor: Some(5),
        validator: None,
        claimable: 7,
    };
    let cursor = GatewayCursor {
        part: 1,
        id: 2,
        position: 3,
    };
    let page = GatewayPage {
        entries: entries(),
        next: Some(cursor),
    };
    let share = RoundShare {
        round: 5,
        until: Some(9),
        entries: entries(),
    };
    let shares = SharePage {
        rounds: vec![share],
        next: 6,
        ended: true,
    };
    let seeds = [
        ("model", of(0, model().encode())),
        ("version", of(1, version().encode())),
        ("lineage", of(2, lineage().encode())),
        ("round", of(3, round().encode())),
        ("standing", of(4, standing.encode())),
        ("page", of(5, page.encode())),
        ("shares", of(6, shares.encode())),
        ("entries", of(7, entries().encode())),
    ];
    replay::run("view", &seeds, 20_000, checks::view);
}

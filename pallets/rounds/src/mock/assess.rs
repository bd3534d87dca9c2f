//! What belongs to the assessment of a round: policies, artifacts, shards, and how its job ends.

use super::*;
use quorate_mocks::{artifacts, jobs::CreatedAssessments, shards};
use quorate_primitives::{
    availability::ArtifactKind,
    job::{
        aggregate::{page_hashes, scores_root, ScoreRow},
        assess::{AssessOutcome, Measures},
        Assess, JobEnd, JobSpec, Requester,
    },
    policy::{Access, Assessment, Contribution, Gate},
    purpose::Purpose,
    traits::{HeldArtifact, JobHandler},
    Balance, JobId, OrganisationId, Ppm, RoundId,
};

pub const PROGRAM: u32 = 1;
pub const BENCHMARK: u32 = 2;
/// Thousands of millions of operations that the policy allows.
pub const OPERATIONS: u64 = 100;
/// What its assessments cost.
pub const FEE: Balance = BASE_FEE + OPERATIONS as Balance * FEE_PER_OPERATIONS;
/// What each supplier of a shard has put up.
pub const SHARD_BOND: Balance = 50_001;
/// The first supplier's organisation; the others follow.
pub const SUPPLIER: OrganisationId = 21;

pub const GATE: Gate = Gate {
    max_increase: 100,
    min_correct: 500_000,
};

pub const CONTRIBUTION: Contribution = Contribution {
    min_suppliers: 4,
    max_suppliers: 6,
    min_rows: 1_000,
    max_rows: 2_000,
    max_len: 100_000,
    reveal: 10,
    vote: 10,
    claimed_weights: true,
};

/// Let the first model's rounds be assessed, with a program and a benchmark that organisation 1 may use.
pub fn assess(gate: Option<Gate>, contribution: Option<Contribution>) {
    assess_with(Assessment {
        program: PROGRAM,
        benchmark: Some(BENCHMARK),
        operations: OPERATIONS,
        gate,
        contribution,
    });
}

pub fn assess_with(assessment: Assessment) {
    for (id, kind) in [(PROGRAM, ArtifactKind::Program), (BENCHMARK, ArtifactKind::DataSet)] {
        let held = HeldArtifact {
            kind,
            root: root(9_000 + id),
            len: 1_000,
            organisation: 1,
            access: Access::Organisations,
        };
        artifacts::hold(id, held);
    }
    set_policy(|policy| policy.assessment = Some(assessment));
}

/// Let so many organisations supply shards for the next round.
pub fn supply(number: u32) {
    supply_from(SUPPLIER, number);
}

/// The same with another first one: an organisation has one shard for a model at a time.
pub fn supply_from(first: OrganisationId, number: u32) {
    for supplier in first..first + number {
        shards::commit(MODEL, supplier, SHARD_BOND);
    }
}

/// The suppliers with these places.
pub fn suppliers(places: &[u32]) -> Vec<OrganisationId> {
    places.iter().map(|place| SUPPLIER + place).collect()
}

/// From an empty round to one whose aggregation is closed.
pub fn recorded(who: &[u32]) -> RoundId {
    let id = seal(who);
    agree(id);
    assert_eq!(round(id).stage, crate::types::RoundStage::Assessing);
    id
}

/// From an empty round to one whose assessment runs, with the shards of these suppliers held.
pub fn assessing(who: &[u32], held: &[u32]) -> RoundId {
    let id = recorded(who);
    if shards::of(id).is_some() {
        shards::decide(id, &suppliers(held), 1_000);
    }
    run_for(1);
    id
}

/// The job of an assessment, as it was made last.
pub fn assessment_job(id: RoundId) -> (JobId, JobSpec<Assess>) {
    let of = |(_, spec): &&(JobId, JobSpec<Assess>)| spec.requester == Requester::Assessment(id);
    CreatedAssessments::get().iter().rev().find(of).cloned().unwrap()
}

pub fn assessments() -> usize {
    CreatedAssessments::get().len()
}

pub fn measures(increase: i32, correct: Ppm) -> Measures {
    Measures {
        sets: 5,
        loss_before: 1_000,
        loss: 1_000 + increase,
        increase,
        correct_before: 400_000,
        correct,
    }
}

/// What the job of an assessment yields that measures this, with scores where there are rows.
pub fn assessed(measures: Measures, counted: u32, rows: Option<&[ScoreRow]>) -> AssessOutcome {
    AssessOutcome::Done {
        measures,
        counted,
        detail: root(79),
        detail_len: 321,
        scores: rows.map(|rows| scores_root(&page_hashes(rows))),
    }
}

/// What passes [`GATE`], without scores.
pub fn good() -> AssessOutcome {
    assessed(measures(-5, 600_000), 0, None)
}

/// What does not.
pub fn bad() -> AssessOutcome {
    assessed(measures(101, 600_000), 0, None)
}

pub fn assessment_agrees(id: RoundId, outcome: AssessOutcome) {
    let (job, spec) = assessment_job(id);
    Rounds::agreed(job, &spec, &outcome);
}

pub fn assessment_closes(id: RoundId, end: JobEnd<AssessOutcome>) {
    let (job, spec) = assessment_job(id);
    Rounds::closed(job, &spec, end);
}

/// A quorum agrees on `outcome`, and the job is closed.
pub fn conclude(id: RoundId, outcome: AssessOutcome) {
    assessment_agrees(id, outcome);
    Rounds::do_try_state().unwrap();
    assessment_closes(id, JobEnd::Agreed(outcome));
    Rounds::do_try_state().unwrap();
}

/// The job is closed without a quorum.
pub fn differ(id: RoundId) {
    assessment_closes(id, JobEnd::NoQuorum);
    Rounds::do_try_state().unwrap();
}

pub fn assessment(id: RoundId) -> crate::types::RoundAssessment {
    round(id).assessment.unwrap()
}

pub fn fee_escrow(id: RoundId) -> Balance {
    ledger().escrowed(Purpose::Assessment(id))
}

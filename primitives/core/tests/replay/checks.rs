//! What holds for any bytes that are taken for evidence or for what a node shows; the fuzz targets have the same checks.

use codec::{DecodeAll, Encode};
use quorate_primitives::{
    evidence::Evidence,
    job::Job,
    merkle,
    payload::job_id,
    policy::Policy,
    views::{
        gateway::{GatewayEntry, GatewayPage, SharePage},
        tasks::{AggregateTask, Duty},
        Entry, Lineage, ModelView, RoundView, StandingView, VersionView,
    },
};

/// A file of evidence is read only if it is exactly what is written, and all that is derived from it can be.
pub fn evidence(bytes: &[u8]) {
    let Some(evidence) = Evidence::from_bytes(bytes) else {
        return;
    };
    assert_eq!(evidence.to_bytes(), bytes);
    policy(&evidence.policy);
    merkle::root_of(&evidence.updates);
    let of_assessment = evidence.assessment.iter().flat_map(|jobs| {
        merkle::root_of(&jobs.shards);
        jobs.first_job.iter().chain([&jobs.job])
    });
    for job in evidence.first_job.iter().chain([&evidence.job]).chain(of_assessment) {
        derive(evidence.genesis, job);
    }
}

fn derive(genesis: quorate_primitives::Hash, job: &Job) {
    job_id(genesis, &job.spec);
    merkle::root_of(&job.committee);
    if let Some(work) = job.spec.work.aggregate() {
        assert_eq!(job.spec.work.clone(), work.clone().into());
    }
}

/// A policy is refused by name, or it holds.
fn policy(policy: &Policy) {
    policy.hash();
    if let Err(error) = policy.check() {
        assert!(!error.to_string().is_empty());
    }
}

/// The first byte says what the rest is taken for. What decodes is encoded again in the same bytes.
pub fn view(bytes: &[u8]) {
    let Some((&kind, rest)) = bytes.split_first() else {
        return;
    };
    match kind % 8 {
        0 => drop(same::<ModelView>(rest).map(|model| policy(&model.policy))),
        1 => drop(same::<VersionView>(rest)),
        2 => drop(same::<Lineage>(rest).map(|lineage| policy(&lineage.policy))),
        3 => drop(same::<RoundView>(rest)),
        4 => drop(same::<StandingView>(rest)),
        5 => drop(same::<GatewayPage>(rest)),
        6 => drop(same::<SharePage>(rest)),
        _ => drop(same::<Vec<Entry>>(rest).map(|entries| entries.iter().for_each(entry))),
    }
}

fn same<T: DecodeAll + Encode>(bytes: &[u8]) -> Option<T> {
    let value = T::decode_all(&mut &*bytes).ok()?;
    assert_eq!(value.encode(), bytes);
    Some(value)
}

/// An entry of a kind that is known is that kind's, or none.
fn entry(entry: &Entry) {
    if let Ok(duty) = Duty::try_from(entry) {
        assert_eq!(&Entry::from(&duty), entry);
        if let Duty::Job(job) = duty {
            let _ = AggregateTask::decode_all(&mut job.work.as_slice());
        }
    }
    if let Ok(known) = GatewayEntry::try_from(entry) {
        assert_eq!(&Entry::from(&known), entry);
    }
}

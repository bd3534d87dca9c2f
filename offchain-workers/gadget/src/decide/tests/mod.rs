//! The decisions against a fake chain: what it lists, and what it takes.

mod checks;
mod duties;
mod jobs;
mod pages;
mod spot_checks;
mod votes;

use super::*;
use quorate_primitives::{
    availability::{AvailabilityVote, Claim},
    crypto::AttestationPair,
    job::aggregate::{EXACT_VERSION, KIND},
    payload::{outcome_commitment, Encoded},
    possession::Shown,
    views::{
        tasks::{Against, JobStage, VoteItem},
        BlobRef,
    },
};
use sp_core::Pair;

const JOB: Hash = Hash::repeat_byte(0x77);

fn me() -> Authority {
    Authority {
        key: AttestationPair::from_seed(&[1; 32]).public(),
        validator: account(1),
    }
}

fn account(n: u8) -> AccountId {
    AccountId::new([n; 32])
}

fn blob(n: u8) -> BlobRef {
    BlobRef {
        root: Hash::repeat_byte(n),
        len: n.into(),
    }
}

fn status() -> Status {
    Status {
        exact_versions: vec![(KIND, EXACT_VERSION)],
        ..crate::made::status()
    }
}

/// An outcome: to the node it is bytes.
fn outcome() -> Vec<u8> {
    vec![9; 77]
}

fn shown() -> Shown {
    Shown::Contributor(AccountId::new([1; 32]))
}

fn claim(n: u8) -> Claim {
    Claim {
        root: blob(n).root,
        shown: shown(),
    }
}

fn vote_task(items: impl IntoIterator<Item = (u32, u8)>) -> VoteTask {
    VoteTask {
        subject: Subject::Round(3),
        ballot: 5,
        voter: 2,
        against: Against::Base(blob(0)),
        items: items
            .into_iter()
            .map(|(item, n)| VoteItem {
                item,
                blob: blob(n),
                shown: shown(),
            })
            .collect(),
        until: 100,
    }
}

fn job_task(stage: JobStage) -> JobTask {
    JobTask {
        id: JOB,
        member: 2,
        kind: KIND,
        exact_version: EXACT_VERSION,
        stage,
        until: 100,
        work: vec![1, 2, 3],
    }
}

/// A core, its worker, and what the chain lists.
struct World {
    core: Core,
    number: BlockNumber,
    finalized: BlockNumber,
    votes: Vec<VoteTask>,
    jobs: Vec<JobTask>,
    pages: Vec<PageTask>,
    answers: Vec<AnswerPageTask>,
    provisional: Vec<Provisional>,
}

impl World {
    fn new() -> Self {
        let mut core = Core::new(Hash::zero(), 2_000, BTreeMap::new());
        assert!(core.worker_up(status()).is_empty());
        Self {
            core,
            number: 10,
            finalized: 8,
            votes: vec![],
            jobs: vec![],
            pages: vec![],
            answers: vec![],
            provisional: vec![],
        }
    }

    fn next(&mut self) -> Vec<Action> {
        self.number += 1;
        self.finalized += 1;
        self.again()
    }

    fn again(&mut self) -> Vec<Action> {
        let votes = self.votes.iter().cloned().map(Duty::Vote);
        let jobs = self.jobs.iter().cloned().map(Duty::Job);
        let answers = self.answers.iter().cloned().map(Duty::AnswerPage);
        let pages = self.pages.iter().cloned().map(Duty::ScorePage).chain(answers);
        self.core.at_block(Snapshot {
            number: self.number,
            finalized: self.finalized,
            duties: vec![(me(), votes.chain(jobs).chain(pages).collect())],
            peers: vec![account(4), account(1), account(2), account(3)],
            capabilities: vec![],
            provisional: Some(self.provisional.clone()),
        })
    }
}

fn run_of(actions: &[Action]) -> RequestId {
    match actions {
        [Action::Run { request, .. }] => *request,
        other => panic!("expected one task for the worker, got {other:?}"),
    }
}

fn vote_of(actions: &[Action]) -> &AvailabilityVote {
    match actions {
        [Action::Submit(Statement::Vote { vote, .. })] => vote,
        other => panic!("expected one vote, got {other:?}"),
    }
}

fn sealed() -> Sealed {
    Sealed {
        outcome: outcome(),
        salt: [3; 32],
        at: 1,
    }
}

fn reveal_stage(sealed: &Sealed, since: BlockNumber) -> JobStage {
    let commit = outcome_commitment(
        Hash::zero(),
        JOB,
        &account(1),
        &Encoded(sealed.outcome.clone()),
        sealed.salt,
    );
    JobStage::Reveal { since, commit }
}

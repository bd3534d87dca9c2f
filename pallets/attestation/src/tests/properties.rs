//! Random behaviour of whole committees.

use crate::{mock::*, ActiveJobs, Event};
use proptest::{collection, prelude::*, test_runner::TestRunner};
use quorate_primitives::{
    committee::quorum,
    job::{CommitteeRule, JobEnd, JobPhase, JobSpec, Verdict},
    traits::Jobs as _,
};
use sp_runtime::BoundedVec;

/// What one member does, and when.
#[derive(Clone, Copy, Debug)]
struct Behaviour {
    /// Blocks after the creation at which it commits, if it does.
    commit: Option<u32>,
    /// Blocks after the creation from which it tries to reveal, if it does.
    reveal: Option<u32>,
    outcome: u8,
    /// Block at which it is removed, if it is.
    removed: Option<u32>,
}

fn behaviour() -> impl Strategy<Value = Behaviour> {
    (
        prop_oneof![9 => (0..=COMMIT + 2).prop_map(Some), 1 => Just(None)],
        prop_oneof![9 => (0..=COMMIT + REVEAL + 4).prop_map(Some), 1 => Just(None)],
        prop_oneof![8 => Just(0u8), 2 => 1..3u8],
        prop_oneof![19 => Just(None), 1 => (0..20u32).prop_map(Some)],
    )
        .prop_map(|(commit, reveal, outcome, removed)| Behaviour {
            commit,
            reveal,
            outcome,
            removed,
        })
}

/// `stricter`: so many more than a quorum have to agree, of members that are named.
fn check(members: &[Behaviour], pauses: &[u32], retry: bool, stricter: Option<u32>) {
    let size = members.len() as u32;
    let needed = (quorum(size) + stricter.unwrap_or_default()).min(size);
    with_committee(size, || {
        let of = if retry { retry_spec(1) } else { spec(1) };
        let committee = stricter.map_or(CommitteeRule::All, |_| CommitteeRule::Named {
            members: BoundedVec::truncate_from((0..size).map(account).collect()),
            quorum: needed,
        });
        let id = Attestation::create(JobSpec { committee, ..of }).unwrap();
        for block in 1..60u32 {
            NoTransactions::set(pauses.contains(&block));
            go_to(block);
            for (number, does) in (0u32..).zip(members) {
                if does.removed.is_some_and(|at| at < block) && !Inactive::get().contains(&account(number)) {
                    Inactive::mutate(|suspended| suspended.push(account(number)));
                }
                if NoTransactions::get() {
                    continue;
                }
                let answer = outcome(does.outcome);
                if does.commit.is_some_and(|at| at < block) {
                    let _ = send(commit_call(id, number, &answer));
                }
                if does.reveal.is_some_and(|at| at < block) {
                    let _ = send(reveal_call(id, number, &answer));
                }
            }
            Attestation::do_try_state().unwrap();
        }
        let job = job(id);
        let JobPhase::Closed { .. } = job.phase else {
            panic!("the job is still open: {:?}", job.phase)
        };
        assert!(ActiveJobs::<Test>::get().is_empty());

        let equal = |n: u8| job.statements.iter().filter(|s| s.reveal == Some(outcome(n))).count() as u32;
        let right = (0..3).find(|n| equal(*n) >= needed).map(outcome);
        assert_eq!(job.agreed, right);
        let end = right.map_or(JobEnd::NoQuorum, JobEnd::Agreed);
        let called: Vec<_> = right
            .map(|o| HandlerCall::Agreed(id, o))
            .into_iter()
            .chain([HandlerCall::Closed(id, end)])
            .collect();
        assert_eq!(SumCalls::get(), called);

        // Whatever came after commits had closed did not count.
        for record in System::events() {
            if let RuntimeEvent::Attestation(Event::RevealStarted { commits, .. }) = record.event {
                let stored = job.statements.iter().filter(|s| s.commit.is_some()).count();
                assert_eq!(commits as usize, stored);
            }
        }

        let judged = verdicts(id);
        assert_eq!(Judged::get(), Attestation::verdicts(id));
        let silent = job.statements.iter().filter(|s| s.commit.is_none()).count();
        let mute = job.statements.iter().filter(|s| s.reveal.is_none()).count();
        for (statement, verdict) in job.statements.iter().zip(&judged) {
            match verdict {
                Verdict::Agreed => assert!(right.is_some() && statement.reveal == right),
                Verdict::Wrong => assert!(right.is_some() && statement.commit.is_some() && statement.reveal != right),
                Verdict::Silent => assert!(right.is_some() && statement.commit.is_none()),
                Verdict::Unjudged => assert!(statement.reveal.is_none() || right.is_none()),
            }
            let punished = matches!(verdict, Verdict::Wrong | Verdict::Silent);
            assert!(
                !punished || 3 * silent.max(mute) <= members.len(),
                "more than a third were silent"
            );
        }
    });
}

#[test]
fn agreement_should_need_a_quorum_and_verdicts_should_follow_from_the_statements() {
    let seed = std::env::var("QUORATE_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or_else(rand_seed);
    println!("QUORATE_SEED={seed}");
    let rng = proptest::test_runner::TestRng::from_seed(
        proptest::test_runner::RngAlgorithm::ChaCha,
        &sp_io::hashing::blake2_256(&u64::to_le_bytes(seed)),
    );
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let input = (
        collection::vec(behaviour(), 4..=10),
        collection::vec(1..30u32, 0..4),
        any::<bool>(),
        proptest::option::of(0..4u32),
    );
    TestRunner::new_with_rng(config, rng)
        .run(&input, |(members, pauses, retry, stricter)| {
            check(&members, &pauses, retry, stricter);
            Ok(())
        })
        .unwrap();
}

fn rand_seed() -> u64 {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    now.as_nanos() as u64
}

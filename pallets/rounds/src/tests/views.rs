use crate::{mock::*, Contributors, NextRound, Updates};
use frame_support::{assert_ok, storage::with_transaction};
use quorate_primitives::{
    job::JobEnd,
    traits::{JobHandler, RevocationSink},
    update::UpdateStatus,
    views::{
        tasks::{Scores, WeightedBlob},
        BlobRef, RoundPhase,
    },
};
use sp_runtime::{DispatchError, TransactionOutcome};
use std::collections::{BTreeMap, BTreeSet};

fn blob(root: quorate_primitives::Root) -> BlobRef {
    BlobRef { root, len: UPDATE_LEN }
}

#[test]
fn view_should_show_a_round_with_its_updates_and_escrow() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let view = Rounds::round_view(id).unwrap();
        assert_eq!((view.phase, view.escrow), (RoundPhase::Computing, policy().reward));
        assert_eq!((view.updates.len(), view.job), (2, Some(job_of(id).0)));
        assert_eq!(Rounds::open_round_of(MODEL), Some(id));
        assert_eq!(Rounds::round_view(9), None);
    });
}

#[test]
fn own_round_should_be_the_view_with_the_contributors_update_alone() {
    run(|| {
        let id = seal(&[1_000, 2_000, 3_000]);
        let mut view = Rounds::round_view(id).unwrap();
        view.updates.retain(|update| update.contributor == account(2_000));
        assert_eq!(view.updates.len(), 1);
        assert_eq!(Rounds::own_round(id, &account(2_000)), Some(view.clone()));
        view.updates.clear();
        assert_eq!(Rounds::own_round(id, &account(4_000)), Some(view));
        assert_eq!(Rounds::own_round(9, &account(2_000)), None);
    });
}

#[test]
fn own_round_should_read_nothing_of_other_contributors() {
    run(|| {
        let id = seal(&[1_000, 2_000, 3_000]);
        let own = Rounds::own_round(id, &account(2_000));
        let without = with_transaction(|| {
            Contributors::<Test>::remove(id);
            Updates::<Test>::remove(id, account(1_000));
            Updates::<Test>::remove(id, account(3_000));
            TransactionOutcome::Rollback(Ok::<_, DispatchError>(Rounds::own_round(id, &account(2_000))))
        });
        assert_eq!(without.unwrap(), own);
    });
}

#[test]
fn votes_should_be_checked_against_the_base() {
    run(|| {
        let id = open_round();
        let base = BlobRef {
            root: root(0),
            len: FILE_LEN,
        };
        assert_eq!(Rounds::vote_context(id), Some((base, UPDATE_LEN)));
        assert_eq!(Rounds::vote_context(9), None);
    });
}

#[test]
fn task_should_name_everything_that_the_job_reads_while_it_runs() {
    run(|| {
        let id = decide(&[1_000, 2_000]);
        let task = Rounds::aggregate_task(id).unwrap();
        assert_eq!((task.round, task.model, task.base.root), (id, MODEL, root(0)));
        assert_eq!(
            (task.previous, task.optimiser, task.seed),
            (None, None, job_of(id).1.work.seed)
        );
        let inputs: Vec<WeightedBlob> = Rounds::inputs(id)
            .into_iter()
            .map(|input| WeightedBlob {
                blob: blob(input.root),
                weight: input.weight,
            })
            .collect();
        assert_eq!(task.inputs, inputs);
        agree(id);
        assert_eq!(Rounds::aggregate_task(id), None);
        assert_eq!(Rounds::inputs(id).len(), 2);
    });
}

#[test]
fn pages_should_be_asked_for_from_the_verdicts_on() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let (job, spec) = job_of(id);
        let outcome = outcome(id);
        Rounds::agreed(job, &spec, &outcome);
        assert!(Rounds::page_tasks().is_empty());
        Rounds::closed(job, &spec, JobEnd::Agreed(outcome));
        let task = Rounds::page_tasks().pop().unwrap();
        assert_eq!(
            (task.round, task.scores, task.page),
            (id, Scores::Aggregation(outcome), 0)
        );
        assert_eq!(task.weights, vec![10, 10]);
        show_all(id, &rows_of(id, |_| 500_000));
        assert!(Rounds::page_tasks().is_empty());
    });
}

#[test]
fn rounds_should_be_listed_from_a_number_on() {
    run(|| {
        for _ in 0..3 {
            whole_round(&[1_000, 2_000]);
        }
        let ids = |from, limit| {
            Rounds::rounds(from, limit)
                .iter()
                .map(|view| view.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(0, 2), vec![0, 1]);
        assert_eq!(ids(1, 100), vec![1, 2]);
        assert!(ids(3, 100).is_empty());
    });
}

#[test]
fn gateways_should_walk_the_rounds_that_are_kept_whatever_went_before() {
    run(|| {
        let walk = || {
            let mut found = Vec::new();
            let mut from = 0;
            while let Some(id) = Rounds::gateway_rounds(from) {
                found.push(id);
                from = id + 1;
            }
            found
        };
        assert!(walk().is_empty());
        whole_round(&[1_000, 2_000]);
        set_policy(|policy| policy.retention = 2_000);
        whole_round(&[1_000, 2_000]);
        set_policy(|policy| policy.retention = 300);
        whole_round(&[1_000, 2_000]);
        assert_eq!(walk(), vec![0, 1, 2]);
        run_for(400);
        assert_eq!(walk(), vec![1]);
        open_round();
        assert_eq!(walk(), vec![1, 3]);
    });
}

#[test]
fn gateways_should_take_what_is_committed_and_show_what_is_revealed() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        let uploads = Rounds::gateway_uploads(id);
        assert_eq!((uploads.len(), uploads[0].len, uploads[0].root), (2, UPDATE_LEN, None));
        assert_eq!((uploads[1].organisation, uploads[1].weight), (2, 10));
        assert!(Rounds::gateway_shared(id).blobs.is_empty());
        run_for(10);
        assert_ok!(reveal(id, 1_000));
        assert_eq!(Rounds::gateway_uploads(id)[0].root, Some(own_root(id, 1_000)));
        assert_eq!(Rounds::gateway_shared(id).blobs, vec![blob(own_root(id, 1_000))]);
        hold_all(id, &[0]);
        assert_eq!(Rounds::gateway_uploads(id).len(), 1);
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
        assert!(Rounds::gateway_uploads(id).is_empty() && Rounds::gateway_shared(id).blobs.is_empty());
    });
}

#[test]
fn updates_and_detail_should_be_shared_until_retention_ends() {
    run(|| {
        let id = whole_round(&[1_000, 2_000]);
        let detail = BlobRef { root: root(78), len: 0 };
        assert_eq!(Rounds::gateway_shared(id).blobs.len(), 3);
        assert_eq!(Rounds::gateway_shared(id).blobs.pop(), Some(detail));
        run_for(299);
        assert_eq!(Rounds::gateway_shared(id).blobs.len(), 3);
        run_for(1);
        assert!(Rounds::gateway_shared(id).blobs.is_empty());
    });
}

/// What the rounds share that were asked for, as long as the answers promise.
#[derive(Default)]
struct Promises(BTreeMap<u32, (Vec<BlobRef>, Option<u32>)>);

impl Promises {
    /// Each answer still holds; what may have changed is asked for again. Returns how many rounds those are.
    fn check(&mut self) -> usize {
        let mut asked = 0;
        for id in 0..NextRound::<Test>::get() {
            let shared = Rounds::gateway_shared(id);
            assert!(shared.until.is_none_or(|until| until > now()), "round {id}");
            match self.0.get(&id) {
                Some((blobs, until)) if until.is_none_or(|until| until > now()) => {
                    assert_eq!(&shared.blobs, blobs, "round {id} in block {}", now());
                }
                _ => {
                    asked += 1;
                    self.0.insert(id, (shared.blobs, shared.until));
                }
            }
        }
        asked
    }

    fn pass(&mut self, blocks: u32) -> usize {
        let asked = (0..blocks).map(|_| {
            run_for(1);
            self.check()
        });
        asked.sum()
    }
}

#[test]
fn what_a_round_shares_should_stay_until_the_block_that_was_promised_however_it_ends() {
    run(|| {
        set_policy(|policy| policy.retention = 700);
        let mut promises = Promises::default();
        // Aborted early; refunded; ended by the council after its version was recorded; settled; revoked.
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        promises.check();
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
        promises.pass(3);
        let id = revealing(&[1_000, 2_000]);
        promises.check();
        assert_ok!(reveal(id, 1_000));
        promises.pass(1);
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
        promises.pass(3);
        for end in 0..3u32 {
            let id = seal(&[1_000, 2_000]);
            promises.pass(1);
            let rows = rows_of(id, |_| 500_000);
            agree(id);
            promises.pass(200);
            match end {
                0 => {
                    assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
                }
                1 => show_all(id, &rows),
                _ => {
                    let version = round(id).version.unwrap();
                    revoke_version(version);
                    Rounds::revoked(MODEL, version);
                }
            }
            let blobs = Rounds::gateway_shared(id).blobs;
            assert_eq!(blobs.len(), 3);
            promises.pass(20);
            assert!(round(id).is_over(), "{:?}", round(id).stage);
        }
        // Now all of them are over: nothing is asked for until retention ends.
        let ends: Vec<u32> = promises.0.values().filter_map(|(_, until)| *until).collect();
        assert_eq!(ends.len(), 3);
        let asked = promises.pass(800);
        // Once at the end, and once before it for one that was not over yet.
        assert!((3..=6).contains(&asked), "{asked}");
        assert!(promises
            .0
            .values()
            .all(|(blobs, until)| blobs.is_empty() && until.is_none()));
    });
}

#[test]
fn rounds_that_await_scores_should_not_all_be_asked_for_in_the_same_block() {
    run(|| {
        let ids: Vec<u32> = (0..3)
            .map(|_| {
                let id = seal(&[1_000, 2_000]);
                agree(id);
                id
            })
            .collect();
        let until: BTreeSet<_> = ids.iter().map(|id| Rounds::gateway_shared(*id).until).collect();
        assert_eq!(until.len(), ids.len());
    });
}

#[test]
fn view_functions_should_answer_for_a_round_an_update_and_an_organisation() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 2_000));
        assert_eq!(Rounds::round_with_updates(id), Rounds::round_view(id));
        let status = |number| Rounds::update_status(id, account(number));
        assert_eq!((status(2_000), status(1_000)), (Some(UpdateStatus::Committed), None));
        let (owner, other) = (Rounds::allowance(1), Rounds::allowance(2));
        assert_eq!(
            (owner.free_calls, owner.active_rounds, owner.rounds, owner.updates),
            (39, 3, 7, 64)
        );
        assert_eq!(
            (other.free_calls, other.active_rounds, other.rounds, other.updates),
            (39, 4, 8, 63)
        );
        assert_eq!(other.bytes, 59 * UPDATE_LEN);
        assert_eq!((owner.kept_rounds, owner.kept_updates), (999, 8_184));
        assert_eq!(owner.kept_bytes, 8_191 * FILE_LEN - 4 * UPDATE_LEN);
        assert_eq!((other.kept_updates, other.kept_bytes), (8_192, 8_192 * FILE_LEN));
    });
}

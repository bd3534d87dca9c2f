//! A whole round on the real runtime: from the registration of a model to a claim, each step a transaction.

use crate::common::{flow::*, model::*, *};
use codec::Encode;
use frame_support::{
    dispatch::{DispatchClass, GetDispatchInfo},
    weights::Weight,
};
use quorate_primitives::{
    job::Verdict,
    merkle, payload,
    possession::{self, Shown},
    traits::Jobs,
    views::{
        tasks::{JobStage, JobStatus},
        RoundPhase, RoundView,
    },
    AccountId, Hash,
};
use quorate_runtime::{
    constants::UNIT,
    transactions::{fee::FeeUnlessFree, priority::FREE},
    Attestation, Balances, Runtime, System, UncheckedExtrinsic,
};
use quorate_runtime_api::{
    runtime_decl_for_duties_api::DutiesApi, runtime_decl_for_jobs_api::JobsApi, runtime_decl_for_models_api::ModelsApi,
    runtime_decl_for_rounds_api::RoundsApi, runtime_decl_for_standings_api::StandingsApi,
};
use sp_keyring::Sr25519Keyring;
use sp_runtime::traits::TransactionExtension;

fn verdicts(job: Hash) -> Vec<(AccountId, Verdict)> {
    <Attestation as Jobs<quorate_primitives::job::Work>>::verdicts(job)
}

#[test]
fn a_contributor_that_never_held_a_token_should_submit_and_be_paid() {
    on_local_chain(|chain| {
        let issuance = Balances::total_issuance();
        let model = prepare(chain);
        let (_, job) = whole_round(chain, model, None);
        assert!(verdicts(job).iter().all(|(_, verdict)| *verdict == Verdict::Agreed));

        let who: AccountId = account(&contributor(4));
        assert_eq!(Balances::free_balance(&who), 0);
        let claimable = Runtime::standing(who.clone()).claimable;
        assert!(claimable > 0);
        let claim = chain.pooled(signed(&contributor(4), pallet_incentives::Call::claim {}));
        chain.run(vec![claim]);
        assert_eq!(Balances::free_balance(&who), claimable);
        assert_eq!(Balances::total_issuance(), issuance, "no unit was lost or made");
    });
}

#[test]
fn a_contributor_should_be_shown_its_own_update_alone() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        let (round, _) = whole_round(chain, model, None);
        let whole = Runtime::round(round).unwrap();
        assert!(whole.updates.len() > 1);
        for update in &whole.updates {
            let own = Runtime::own_round(round, update.contributor.clone()).unwrap();
            assert_eq!(own.updates, std::slice::from_ref(update));
            assert_eq!(
                RoundView {
                    updates: whole.updates.clone(),
                    ..own
                },
                whole
            );
        }
    });
}

#[test]
fn votes_should_say_whose_file_it_has_to_be() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        chain.run(vec![signed("//Org2", register("model", policy()))]);
        chain.pass(1);
        let [genesis] = &votes(VALIDATORS[0])[..] else {
            panic!("one vote")
        };
        let of_organisation = Shown::Possession {
            key: possession::key(genesis_hash(), 2),
            possession: POSSESSION,
        };
        assert_eq!(genesis.items[0].shown, of_organisation);

        vote_on_everything(chain);
        let round = open(chain, model);
        chain.run([3, 0, 1, 2, 4].map(|number| submit(round, number)).to_vec());
        chain.pass(1);
        // The second of those who submitted, alone.
        chain.run(vec![reveal_update(round, 0)]);
        let [vote] = &votes(VALIDATORS[0])[..] else {
            panic!("one vote")
        };
        let items: Vec<_> = vote.items.iter().map(|item| (item.item, item.shown.clone())).collect();
        assert_eq!(items, [(1, Shown::Contributor(account(&contributor(0))))]);
    });
}

/// What one ordinary transaction makes a block weigh, and what is declared for it: base, call, extensions, and its own bytes.
fn weight_of(chain: &mut Chain, transaction: UncheckedExtrinsic) -> (Weight, Weight) {
    let info = transaction.get_dispatch_info();
    assert_eq!(info.class, DispatchClass::Normal);
    let base = <Runtime as frame_system::Config>::BlockWeights::get()
        .get(DispatchClass::Normal)
        .base_extrinsic;
    let bytes = Weight::from_parts(0, transaction.encoded_size() as u64);
    chain.run(vec![transaction]);
    (
        *System::block_weight().get(DispatchClass::Normal),
        base.saturating_add(info.total_weight()).saturating_add(bytes),
    )
}

#[test]
fn free_call_should_not_weigh_the_fee_that_it_does_not_pay() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        let round = open(chain, model);
        let submission = submit(round, 0);
        let fee = FeeUnlessFree::tip(0).weight(&submission.function);
        assert!(fee.ref_time() > 0);
        let (weight, declared) = weight_of(chain, submission);
        assert_eq!(weight, declared.saturating_sub(fee));

        let transfer = pallet_balances::Call::<Runtime>::transfer_keep_alive {
            dest: account("//Org1").into(),
            value: UNIT,
        };
        let (weight, declared) = weight_of(chain, signed("//Org0", transfer));
        assert_eq!(weight, declared);
    });
}

#[test]
fn free_call_should_come_before_all_that_pay_when_it_is_the_next_of_its_account() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        let round = open(chain, model);
        let priority = |transaction| chain.pool(transaction).unwrap().priority;
        let free = submit(round, 0);
        assert_eq!(priority(free.clone()), FREE);
        // The same as a later one of the account.
        let later = signed_ahead(&contributor(0), free.function, 1);
        assert_eq!(priority(later), 0);

        // A tip of all that there is.
        motions::endow("//Rich");
        let rich = account("//Rich");
        let tip = Balances::free_balance(&rich) / 2;
        let transfer = pallet_balances::Call::<Runtime>::transfer_keep_alive {
            dest: account("//Org1").into(),
            value: 1,
        };
        let paid = priority(signed_with_tip("//Rich", transfer, tip));
        assert!(0 < paid && paid < FREE, "{paid}");
    });
}

#[test]
fn statement_should_have_other_bytes_when_it_is_built_again() {
    on_local_chain(|chain| {
        let page = || {
            let rows = rows();
            let hashes = quorate_primitives::job::aggregate::page_hashes(&rows);
            Runtime::build_page(0, 0, rows.try_into().expect("fewer than a page"), hashes).encode()
        };
        let first = page();
        chain.pass(1);
        assert_ne!(page(), first);
    });
}

#[test]
fn a_liar_should_be_outvoted_recorded_and_paid_nothing() {
    on_local_chain(|chain| {
        let liar = Sr25519Keyring::Charlie;
        let model = prepare(chain);
        let (_, job) = whole_round(chain, model, Some(liar));
        for (validator, verdict) in verdicts(job) {
            let lied = validator == liar.to_account_id();
            assert_eq!(verdict, if lied { Verdict::Wrong } else { Verdict::Agreed });
            assert_eq!(
                Runtime::job_status(job, validator.clone()),
                Some(JobStatus::Closed {
                    agreed: true,
                    verdict: Some(verdict)
                })
            );
            let standing = Runtime::standing(validator);
            assert_eq!(standing.claimable == 0, lied);
            assert_eq!(standing.validator.unwrap() < 500_000, lied);
        }
    });
}

#[test]
fn one_liar_and_one_silent_validator_of_four_should_leave_the_round_without_a_version() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        let (round, _) = seal(chain, model);
        let commits = VALIDATORS[..3]
            .iter()
            .map(|validator| commit(chain, *validator, Some(VALIDATORS[2])))
            .collect();
        chain.run(commits);
        for _ in 0..12 {
            if jobs(VALIDATORS[0])
                .first()
                .is_some_and(|task| task.stage != JobStage::Commit)
            {
                break;
            }
            chain.pass(1);
        }
        let reveals = VALIDATORS[..3]
            .iter()
            .map(|validator| reveal(chain, *validator, Some(VALIDATORS[2])))
            .collect();
        chain.run(reveals);
        assert_eq!(
            Runtime::round(round).unwrap().version,
            None,
            "two of four are no quorum"
        );
    });
}

#[test]
fn one_liar_and_one_slow_honest_validator_of_four_should_still_record() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        let (round, _) = seal(chain, model);
        let liar = Some(VALIDATORS[2]);
        let early = VALIDATORS[..3]
            .iter()
            .map(|validator| commit(chain, *validator, liar))
            .collect();
        chain.run(early);
        // The slow one still makes it: the quorum's commits began a grace, they did not end the phase.
        let late = commit(chain, VALIDATORS[3], liar);
        chain.run(vec![late]);
        for _ in 0..12 {
            if the_job(VALIDATORS[0]).stage != JobStage::Commit {
                break;
            }
            chain.pass(1);
        }
        let reveals = VALIDATORS.map(|validator| reveal(chain, validator, liar));
        chain.run(reveals.into());
        assert!(Runtime::round(round).unwrap().version.is_some());
        settle(chain, round);
    });
}

#[test]
fn lineage_should_answer_for_a_version() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        let (round, job) = whole_round(chain, model, None);
        let lineage = Runtime::lineage(model, 1).expect("version 1 exists");
        assert_eq!(lineage.policy, policy());
        assert_eq!(
            lineage.parents.iter().map(|parent| parent.version).collect::<Vec<_>>(),
            [0]
        );
        assert_eq!(lineage.updates.len(), CONTRIBUTORS as usize);
        for update in &lineage.updates {
            let number = (0..CONTRIBUTORS)
                .find(|n| update.root == Some(update_root(round, *n)))
                .expect("a known root");
            assert_eq!(update.contributor, account(&contributor(number)));
            assert_eq!(update.score, Some(rows()[update.index.unwrap() as usize].score));
        }
        assert_eq!(lineage.first_job, None);
        let kept = lineage.job.expect("a round's version has a job");
        let right = outcome(round, true);
        assert!(kept.statements.iter().all(|statement| statement.reveal == Some(right)));
        assert!(lineage.version.settlement.is_some());
        let spec = Runtime::job(job).unwrap().job.spec;
        assert_eq!(spec.requester, quorate_primitives::job::Requester::Round(round));
    });
}

#[test]
fn settlement_of_a_retried_round_should_cover_the_statements_of_both_attempts() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        let (round, first) = seal(chain, model);
        // One speaks, the others are silent until the deadline: no quorum.
        let alone = commit(chain, VALIDATORS[0], None);
        chain.run(vec![alone]);
        let retried = || {
            Runtime::round(round)
                .and_then(|round| round.job)
                .filter(|job| *job != first)
        };
        for _ in 0..2 * (policy().deadlines.commit + policy().deadlines.reveal) {
            if retried().is_some() {
                break;
            }
            chain.pass(1);
        }
        let second = retried().expect("the job is made again");
        let commits = VALIDATORS.map(|validator| commit(chain, validator, None));
        chain.run(commits.into());
        if the_job(VALIDATORS[0]).stage == JobStage::Commit {
            chain.pass(1);
        }
        let reveals = VALIDATORS.map(|validator| reveal(chain, validator, None));
        chain.run(reveals.into());
        settle(chain, round);
        let lineage = Runtime::lineage(model, 1).expect("version 1 exists");
        let (job, attempt) = (lineage.job.unwrap(), lineage.first_job.expect("the first attempt"));
        assert_eq!((attempt.spec.attempt, job.spec.attempt), (0, 1));
        let committed = attempt.statements.iter().filter(|statement| statement.commit.is_some());
        assert_eq!((committed.count(), attempt.agreed), (1, None));
        let mut leaves = Vec::new();
        for (id, job) in [(first, attempt), (second, job)] {
            let members = job.committee.into_iter().zip(job.statements);
            leaves.extend(members.map(|(member, statement)| (id, member, statement)));
        }
        assert_eq!(leaves.len(), 2 * VALIDATORS.len());
        let settlement = lineage.version.settlement.expect("the round is settled");
        assert_eq!(settlement.statements_root, merkle::root_of(&leaves));
    });
}

#[test]
fn evidence_should_be_pruned_after_retention_and_the_roots_should_stay() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        let (round, job) = whole_round(chain, model, None);
        let kept = Runtime::version(model, 1).unwrap();
        chain.pass(policy().retention + 5);
        assert_eq!(Runtime::round(round), None);
        assert_eq!(Runtime::job(job), None);
        assert_eq!(Runtime::version(model, 1).unwrap(), kept);
        assert_eq!(Runtime::job_status(job, VALIDATORS[0].to_account_id()), None);
    });
}

#[test]
fn deadlines_should_shift_while_submissions_are_refused() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        let round = open(chain, model);
        let RoundPhase::Collecting { until } = phase(round) else {
            panic!("a new round collects")
        };
        motions::technical(chain, pallet_safe_mode::Call::<Runtime>::force_enter {}, &[0, 1]);
        let entered = chain.number();
        chain.pass(40);
        assert!(chain.number() > until);
        assert!(
            matches!(phase(round), RoundPhase::Collecting { .. }),
            "{:?}",
            phase(round)
        );
        motions::technical(chain, pallet_safe_mode::Call::<Runtime>::force_exit {}, &[0, 1]);
        let stopped = chain.number() - entered;
        let RoundPhase::Collecting { until: shifted } = phase(round) else {
            panic!("it still collects")
        };
        assert!(
            shifted.abs_diff(until + stopped) <= 1,
            "{stopped} blocks were stopped, and {until} became {shifted}"
        );
        // What could not be done is done now.
        let submissions = (0..CONTRIBUTORS).map(|n| chain.pooled(submit(round, n))).collect();
        chain.run(submissions);
        chain.pass(1);
        assert!(!matches!(phase(round), RoundPhase::Collecting { .. }));
    });
}

#[test]
fn what_a_gadget_builds_should_come_from_anyone_and_once() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        seal(chain, model);
        let task = the_job(Sr25519Keyring::Alice);
        let commit = Hash::repeat_byte(5);
        let message = payload::commit_payload(genesis_hash(), task.id, task.member, commit);
        let build = |by: Sr25519Keyring| -> UncheckedExtrinsic {
            Runtime::build_commit(task.id, task.member, commit, attestation_sign(by, &message))
        };
        assert!(chain.pool(build(Sr25519Keyring::Bob)).is_err());
        let good = chain.pooled(build(Sr25519Keyring::Alice));
        chain.run(vec![good.clone()]);
        assert!(chain.pool(good.clone()).is_err());
        assert!(matches!(chain.block(vec![good])[0], Err(Failure::Refused(_))));
        let unknown = Runtime::build_reveal(
            task.id,
            task.member,
            vec![99],
            [7; 32],
            attestation_sign(VALIDATORS[0], b""),
        );
        assert_eq!(unknown, None, "an outcome of another version");
    });
}

#[test]
fn a_job_should_name_its_inputs_in_the_sealed_order() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        let (round, job) = seal(chain, model);
        let task = aggregate(&the_job(Sr25519Keyring::Bob));
        assert_eq!((task.model, task.round), (model, round));
        let updates = Runtime::round(round).unwrap().updates;
        let mut sealed: Vec<_> = updates.iter().filter(|update| update.index.is_some()).collect();
        sealed.sort_by_key(|update| update.index);
        let roots: Vec<Hash> = sealed.iter().filter_map(|update| update.root).collect();
        let named: Vec<Hash> = task.inputs.iter().map(|input| input.blob.root).collect();
        assert_eq!(named, roots);
        let inputs: Vec<_> = sealed
            .iter()
            .map(|update| quorate_primitives::job::aggregate::Input {
                contributor: update.contributor.clone(),
                organisation: update.organisation,
                root: update.root.unwrap(),
                weight: update.weight,
            })
            .collect();
        let spec = Runtime::job(job).unwrap().job.spec;
        assert_eq!(
            spec.work.aggregate().map(|work| work.inputs_root),
            Some(merkle::root_of(&inputs))
        );
    });
}

#[test]
fn a_validator_that_changes_its_keys_in_mid_job_should_still_be_found_by_the_old_ones() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        seal(chain, model);
        let alice = Sr25519Keyring::Alice;
        let set_keys = pallet_session::Call::<Runtime>::set_keys {
            keys: session_keys("//Alice//next"),
            proof: ownership_proof("//Alice//next", &alice.to_account_id()),
        };
        chain.run(vec![signed("//Alice", set_keys)]);
        let task = the_job(alice);
        // The next session has the new keys, the job the old ones.
        assert_eq!(Runtime::validator_of(key(alice)), Some(alice.to_account_id()));
        let agreed = commit(chain, alice, None);
        chain.run(vec![agreed]);
        assert_eq!(
            Runtime::job_status(task.id, alice.to_account_id()),
            Some(JobStatus::Open)
        );
    });
}

#[test]
fn pages_of_what_rounds_share_should_end_after_what_they_read_although_they_found_nothing() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        for _ in 0..5 {
            let round = open(chain, model);
            chain.run(vec![signed("//Org0", pallet_rounds::Call::abort { round })]);
        }
        chain.pass(1);
        let page = |due: &[u32], from| {
            let page = quorate_runtime::apis::gateway::bounded_shares(due, from, 1_000_000, 2);
            // Of refunded rounds nothing is shown, and never will be.
            assert!(page
                .rounds
                .iter()
                .all(|share| share.entries.is_empty() && share.until.is_none()));
            let rounds: Vec<u32> = page.rounds.iter().map(|share| share.round).collect();
            (rounds, page.next, page.ended)
        };
        assert_eq!(page(&[], 0), (vec![0, 1], 2, false));
        assert_eq!(page(&[], 4), (vec![4], 5, true));
        assert_eq!(page(&[3, 1, 0], 4), (vec![3, 1], 4, false));
        assert_eq!(page(&[0], 4), (vec![0, 4], 5, true));
        assert_eq!(page(&[0], 5), (vec![0], 5, true));
        let whole = quorate_runtime::apis::gateway::shares(&[1], 3);
        assert_eq!((whole.rounds.len(), whole.next, whole.ended), (3, 5, true));
    });
}

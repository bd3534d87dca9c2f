//! What must hold after every block.

use crate::{common::*, history::History, state::open_evaluations, SHARD_PHASE};
use quorate_primitives::{
    job::AssessOutcome,
    policy::Policy,
    traits::Consortium as _,
    views::{gateway::RoundShare, RoundPhase},
    BlockNumber,
};
use quorate_runtime::{apis::gateway, Balances, Consortium, Runtime, System};
use quorate_runtime_api::runtime_decl_for_rounds_api::RoundsApi;

/// Blocks in which an evaluation or an assessment is computed, and in which it is shown.
const PHASE: BlockNumber = 150;
/// Blocks that the work of one of them takes at most.
const WORK: BlockNumber = 3;

impl History {
    pub fn check(&mut self, issuance: u128) {
        let checks: [(&str, Result<(), sp_runtime::TryRuntimeError>); 11] = [
            ("consortium", quorate_runtime::Consortium::do_try_state()),
            ("models", quorate_runtime::Models::do_try_state()),
            ("availability", quorate_runtime::Availability::do_try_state()),
            ("rounds", quorate_runtime::Rounds::do_try_state()),
            ("attestation", quorate_runtime::Attestation::do_try_state()),
            ("reputation", quorate_runtime::Reputation::do_try_state()),
            ("incentives", quorate_runtime::Incentives::do_try_state()),
            ("artifacts", quorate_runtime::Artifacts::do_try_state()),
            ("evaluation", quorate_runtime::Evaluation::do_try_state()),
            ("inference", quorate_runtime::Inference::do_try_state()),
            ("capabilities", quorate_runtime::Capabilities::do_try_state()),
        ];
        for (pallet, result) in checks {
            assert_eq!(result, Ok(()), "{pallet} at block {}", System::block_number());
        }
        assert_eq!(Balances::total_issuance(), issuance, "tokens were lost or made");
        let held: u128 = frame_system::Account::<Runtime>::iter_values()
            .map(|account| account.data.free + account.data.reserved)
            .sum();
        assert_eq!(held, issuance, "the accounts hold all tokens");
        self.check_ages();
        check_evaluations();
        self.check_shares();
        assert!(Consortium::committee().len() <= VALIDATORS.len());
    }

    /// A node that asks again only for what has run out knows what all rounds share.
    fn check_shares(&mut self) {
        let now = System::block_number();
        let has_run_out = |share: &&RoundShare| share.until.is_some_and(|until| until <= now);
        let due = self.shares.values().filter(has_run_out).map(|share| share.round);
        let answers = gateway::shares(&due.collect::<Vec<_>>(), self.next_share);
        let all = gateway::shares(&[], 0);
        assert!(answers.ended && all.ended, "a small chain is one page");
        self.next_share = answers.next;
        self.shares
            .extend(answers.rounds.into_iter().map(|share| (share.round, share)));
        let known = self.shares.values().filter(|share| !share.entries.is_empty());
        let shared = all.rounds.iter().filter(|share| !share.entries.is_empty());
        assert!(
            known
                .map(|share| (share.round, &share.entries))
                .eq(shared.map(|share| (share.round, &share.entries))),
            "what rounds share at block {now} is not what was promised"
        );
    }

    /// No round is in a phase for longer than its policy allows, blocks in which submissions were refused not counted.
    fn check_ages(&mut self) {
        let now = System::block_number();
        for view in Runtime::rounds(0, 64) {
            let d = view.policy.deadlines;
            let draw = 10;
            let sealed = d.collect + d.reveal_updates + d.vote + draw;
            let computed = sealed + 2 * (d.commit + d.reveal) + draw;
            let assessed = computed + longest_assessment(&view.policy);
            let scored = assessed + view.policy.retention + draw;
            let paid = scored + view.policy.challenge + draw;
            let most = match view.phase {
                RoundPhase::Collecting { .. } => d.collect,
                RoundPhase::Revealing { .. } => sealed,
                RoundPhase::Computing => computed,
                RoundPhase::Assessing => assessed,
                RoundPhase::Scoring { .. } => scored,
                RoundPhase::Vesting { .. } | RoundPhase::Paying { .. } => paid,
                RoundPhase::Settled | RoundPhase::Aborted | RoundPhase::Failed => paid + view.policy.retention + draw,
            };
            let outcome = view.assessment.and_then(|assessment| assessment.outcome);
            if let Some(AssessOutcome::Done { scores, .. }) = outcome {
                self.assessed.insert(view.id, scores.is_some());
            }
            let age = now - view.opened_at;
            assert!(
                age <= most + self.stopped + 2,
                "round {} is {age} blocks old in {:?}, {} blocks were stopped",
                view.id,
                view.phase,
                self.stopped
            );
        }
    }
}

/// The shards' votes, two attempts, each with all of its time and that of all other assessments, and a few blocks in which others end first.
fn longest_assessment(policy: &Policy) -> BlockNumber {
    policy
        .assessment
        .map_or(0, |_| 2 * SHARD_PHASE + 2 * (PHASE + 32 * WORK + PHASE) + 10)
}

/// Two attempts, each with all of its time and that of all others that run, and a few blocks in which others end first: then an evaluation is over.
fn check_evaluations() {
    let now = System::block_number();
    for id in open_evaluations() {
        let evaluation = pallet_evaluation::Evaluations::<Runtime>::get(id).expect("it has a record");
        let age = now - evaluation.requested_at;
        assert!(
            age <= 2 * (PHASE + 16 * WORK + PHASE) + 10,
            "evaluation {id} is {age} blocks old"
        );
    }
}

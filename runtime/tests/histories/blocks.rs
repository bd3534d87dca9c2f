//! How a history goes on from block to block.

use crate::{
    bodies::leave_safe_mode,
    common::*,
    history::History,
    state::{contributor, is_busy, open_evaluations, open_requests, organisation, phases},
    ACTIVE, CONTRIBUTOR_ACCOUNTS, LONGEST, ORGANISATIONS,
};
use quorate_primitives::views::{inference::RequestState, EvaluationState};
use quorate_runtime::{Balances, Runtime, UncheckedExtrinsic};
use sp_runtime::traits::Dispatchable;

impl History {
    pub fn run(&mut self, chain: &mut Chain) {
        let issuance = Balances::total_issuance();
        for block in 0.. {
            let quiet = block >= ACTIVE;
            if quiet && !is_busy() {
                break;
            }
            assert!(
                block < LONGEST,
                "something never ends: {:?}, evaluations {:?}, {} requests",
                phases(),
                open_evaluations(),
                open_requests()
            );
            let transactions = match (quiet, self.deserted) {
                (false, _) => self.transactions(),
                (true, false) => self.all_duties(),
                (true, true) => Vec::new(),
            };
            let levers = if quiet { vec![leave_safe_mode()] } else { self.levers() };
            self.calls.made += transactions.len() as u32;
            let results = chain.block_and(transactions, || {
                for (origin, call) in levers {
                    // Refusals are part of a history.
                    let _ = call.dispatch(origin);
                }
            });
            self.calls.done += results.iter().filter(|result| result.is_ok()).count() as u32;
            if <quorate_runtime::configs::safety::Stopped as quorate_primitives::traits::Protected>::no_submissions() {
                self.stopped += 1;
            }
            self.check(issuance);
        }
        self.calls.versions = pallet_models::Versions::<Runtime>::iter_keys()
            .filter(|(_, version)| *version > 0)
            .count() as u32;
        self.calls.evaluations = pallet_evaluation::Evaluations::<Runtime>::iter_values()
            .filter(|evaluation| matches!(evaluation.state, EvaluationState::Done(_)))
            .count() as u32;
        self.calls.answers = pallet_inference::Requests::<Runtime>::iter_values()
            .filter(|request| matches!(request.state, RequestState::Answered { .. }))
            .count() as u32;
        self.calls.assessed = self.assessed.len() as u32;
        self.calls.contributed = self.assessed.values().filter(|scored| **scored).count() as u32;
    }

    /// Transactions of one block. At most one of an account, so that nonces fit.
    pub fn transactions(&mut self) -> Vec<UncheckedExtrinsic> {
        let mut transactions = Vec::new();
        for (place, validator) in VALIDATORS.into_iter().enumerate() {
            transactions.extend(self.duties(place, validator));
        }
        for number in 0..ORGANISATIONS {
            if self.random.one_in(3) {
                let call = self.organisation_call(number);
                transactions.extend(call.map(|call| signed(&organisation(number), call)));
            }
        }
        for number in 0..CONTRIBUTOR_ACCOUNTS {
            if !self.random.one_in(3) {
                let call = self.contributor_call(number);
                transactions.extend(call.map(|call| signed(&contributor(number), call)));
            }
        }
        if self.random.one_in(30) {
            let validator = self.random.below(4) as usize;
            let path = ["//Alice", "//Bob", "//Charlie", "//Dave"][validator];
            // Keys of the same seed, so that the key store of the test still holds them.
            let call = pallet_session::Call::<Runtime>::set_keys {
                keys: session_keys(path),
                proof: ownership_proof(path, &account(path)),
            };
            transactions.push(signed(path, call));
        }
        transactions
    }
}

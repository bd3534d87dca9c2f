//! What contributors do.

use crate::{
    common::*,
    history::History,
    state::{contributor, phases},
};
use quorate_primitives::{payload, views::RoundPhase, RoundId};
use quorate_runtime::{Runtime, RuntimeCall};

impl History {
    /// Mostly what fits a round that is open; sometimes anything at any round.
    pub fn contributor_call(&mut self, number: u64) -> Option<RuntimeCall> {
        let phases = phases();
        let of = |wanted: fn(&RoundPhase) -> bool| -> Vec<RoundId> {
            phases
                .iter()
                .filter(|(_, phase)| wanted(phase))
                .map(|(id, _)| *id)
                .collect()
        };
        let any = of(|_| true);
        let collecting = of(|phase| matches!(phase, RoundPhase::Collecting { .. }));
        let revealing = of(|phase| matches!(phase, RoundPhase::Revealing { .. }));
        let choice = self.random.below(20);
        match choice {
            0..=7 => self.submit(number, &collecting),
            8..=15 => self.reveal_update(number, &revealing),
            16 => self.submit(number, &any),
            17 => self.reveal_update(number, &any),
            18 if self.random.one_in(8) => Some(self.request()),
            18 if self.random.one_in(4) => Some(self.inference_call()),
            18 if self.random.one_in(4) => {
                let round = self.random.pick(&any)?;
                Some(pallet_rounds::Call::withdraw { round }.into())
            }
            _ => Some(pallet_incentives::Call::claim {}.into()),
        }
    }

    fn submit(&mut self, number: u64, rounds: &[RoundId]) -> Option<RuntimeCall> {
        let round = self.random.pick(rounds)?;
        let who = account(&contributor(number));
        // Once in a while one takes the file of another.
        let copied = if self.random.one_in(10) { number % 2 } else { 0 };
        let root = payload::tagged(b"update", &(round, number - copied));
        let salt = [self.random.next() as u8; 32];
        let (root, salt) = *self.committed.entry((round, number)).or_insert((root, salt));
        if root != payload::tagged(b"update", &(round, number)) {
            self.copies.insert((round, who.clone()));
        }
        let most = pallet_rounds::Rounds::<Runtime>::get(round).map_or(1, |round| round.policy.max_weight);
        let weight = match most {
            1 => 1,
            _ => 1 + self.random.below(120) as u32,
        };
        // A commitment that nothing opens.
        let salt = if self.random.one_in(30) { [255; 32] } else { salt };
        let commitment = payload::update_commitment(genesis_hash(), round, &who, root, weight, salt);
        Some(
            pallet_rounds::Call::submit {
                round,
                commitment,
                weight,
            }
            .into(),
        )
    }

    fn reveal_update(&mut self, number: u64, rounds: &[RoundId]) -> Option<RuntimeCall> {
        let round = self.random.pick(rounds)?;
        let (root, salt) = *self.committed.get(&(round, number))?;
        let call = pallet_rounds::Call::reveal_update { round, root, salt };
        Some(call.into())
    }
}

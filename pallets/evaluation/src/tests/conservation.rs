//! Random histories: whatever happens, no unit is lost or made, and the state is sound after every step.

use crate::{mock::*, Evaluations, Open};
use quorate_primitives::{
    job::{EvaluateOutcome, Verdict},
    EvaluationId,
};

/// A generator of random numbers: SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

fn verdicts(random: &mut Random) -> Vec<Verdict> {
    let any = [Verdict::Agreed, Verdict::Wrong, Verdict::Silent, Verdict::Unjudged];
    let members = random.below(8);
    (0..members).map(|_| any[random.below(4) as usize]).collect()
}

fn step(random: &mut Random, block: &mut u32) {
    let open: Vec<EvaluationId> = Open::<Test>::get().into_iter().map(|running| running.id).collect();
    let mut pick = || open.get(random.below(open.len().max(1) as u64) as usize).copied();
    let picked = pick();
    match (random.below(8), picked) {
        (0 | 1, _) => {
            let by = [1, 2, 3, 4, CONTRIBUTOR, OUTSIDER][random.below(6) as usize];
            let _refused = request(by);
        }
        (2 | 3, Some(id)) => {
            let outcome = if random.below(3) == 0 {
                EvaluateOutcome::Unfit
            } else {
                DONE
            };
            let verdicts = verdicts(random);
            agree(id, outcome, &verdicts);
        }
        (4, Some(id)) => {
            RefuseJobs::put(random.below(4) == 0);
            disagree(id);
            RefuseJobs::put(false);
        }
        (5, _) => {
            *block += random.below(60) as u32;
            run_to(*block);
        }
        (6, _) => {
            let number = random.below(60) as u32;
            let _refused = Evaluation::prune(signed(OUTSIDER), number);
        }
        (7, _) => {
            let organisation = 1 + random.below(4) as u32;
            quorate_mocks::escrow::change(|ledger| {
                // Withdrawn by its organisation, or filled again.
                let fund = ledger
                    .funds
                    .entry(quorate_primitives::purpose::Purpose::Organisation(organisation));
                let fund = fund.or_default();
                let moved = (*fund).min(random.below(3_000).into());
                *fund -= moved;
                *ledger.free.entry(organisation).or_default() += moved;
            });
        }
        _ => (),
    }
}

#[test]
fn no_unit_should_be_lost_or_made_in_any_history() {
    for seed in 0..32 {
        println!("seed {seed}");
        run(|| {
            let (mut random, mut block) = (Random(seed), 1);
            let units = ledger().units();
            for _ in 0..300 {
                step(&mut random, &mut block);
                assert_eq!(ledger().units(), units);
                Evaluation::do_try_state().unwrap();
            }
            // When all has ended nothing is set aside, and every record can go.
            for running in Open::<Test>::get() {
                agree(running.id, DONE, &[Verdict::Agreed; 4]);
            }
            assert!(ledger().escrows.is_empty());
            for _ in 0..400 {
                block += LONG_RETENTION;
                run_to(block);
            }
            for id in Evaluations::<Test>::iter_keys().collect::<Vec<_>>() {
                Evaluation::prune(signed(OUTSIDER), id).unwrap();
            }
            assert_eq!(Evaluations::<Test>::iter().count(), 0);
        });
    }
}

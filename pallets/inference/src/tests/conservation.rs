//! Random histories: whatever happens, no unit is lost or made, and the state is sound after every step.

use crate::{mock::*, types::BatchStage, Batches, OpenBatches, Requests};
use quorate_primitives::{
    availability::{Finding, Subject},
    job::{
        infer::{AnswerRow, AnswerStatus},
        Verdict,
    },
    purpose::Purpose,
    traits::AvailabilityHandler,
    views::inference::{Escalation, RequestState},
    BatchId, RequestId,
};
use sp_runtime::traits::Dispatchable;

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

/// What a batch yields, whatever happened before: from its number alone.
fn yielded(id: BatchId) -> Vec<AnswerRow> {
    let mut random = Random(id.into());
    let any = [AnswerStatus::Answered, AnswerStatus::Fault, AnswerStatus::Unfit];
    let requests = batch(id).requests;
    requests
        .iter()
        .map(|request| row(*request, any[random.below(3) as usize], random.below(9)))
        .collect()
}

/// The verdicts on so many members at most; one of eight does not agree.
fn verdicts(random: &mut Random, most: u64) -> Vec<Verdict> {
    let others = [Verdict::Wrong, Verdict::Silent, Verdict::Unjudged];
    let members = random.below(most + 1);
    (0..members)
        .map(|_| *others.get(random.below(24) as usize).unwrap_or(&Verdict::Agreed))
        .collect()
}

fn pending() -> Vec<RequestId> {
    let all = Requests::<Test>::iter();
    all.filter(|(_, request)| matches!(request.state, RequestState::Pending { .. }))
        .map(|(id, _)| id)
        .collect()
}

/// Something happens to an open batch.
fn move_on(random: &mut Random, id: BatchId) {
    let entry = batch(id);
    match (entry.stage, entry.closed, random.below(4)) {
        (BatchStage::Computing | BatchStage::Drawn, _, 0) => {
            RefuseJobs::put(random.below(3) == 0);
            let members = if entry.stage == BatchStage::Drawn { 7 } else { 20 };
            VerdictsOf::mutate(|of| of.insert(job(id).0, verdicts(random, members)));
            disagree(id);
            RefuseJobs::put(false);
        }
        (BatchStage::Drawn, ..) => {
            // Sometimes on something that all do not agree on.
            let rows = match random.below(3) {
                0 => rows(id),
                _ => yielded(id),
            };
            agree(id, &rows);
            close(id, &rows, &verdicts(random, 7));
            draw_again(id, random.below(2) == 0);
        }
        (BatchStage::Computing, ..) => agree(id, &yielded(id)),
        (BatchStage::Provisional { .. }, ..) => {
            let by = [1, 2, 3, 4, 5, CONTRIBUTOR][random.below(6) as usize];
            let call = RuntimeCall::from(crate::Call::<Test>::call_all { batch: id });
            let _refused = call.dispatch(signed(by));
        }
        (_, false, 0 | 1) if entry.outcome.is_some() => {
            let verdicts = verdicts(random, 20);
            close(id, &yielded(id), &verdicts);
        }
        _ => {
            let _refused = show(id, random.below(2) as u32, &yielded(id));
        }
    }
}

fn step(random: &mut Random) {
    let open: Vec<BatchId> = OpenBatches::<Test>::get().iter().map(|open| open.id).collect();
    match random.below(13) {
        0..=3 => {
            let by = [1, 2, 3, 4, CONTRIBUTOR, OUTSIDER][random.below(6) as usize];
            let (version, memory) = (random.below(3) as u32, random.below(200) as u32);
            let _refused = request_with(by, Some(version), random.below(1_100), memory);
        }
        4 | 5 => {
            for id in pending() {
                match random.below(10) {
                    0 => find(id, Finding::Split),
                    1 => find(id, MALFORMED),
                    2 => drop(Inference::ended(Subject::Request(id))),
                    3 => (),
                    _ => find(id, Finding::Held),
                }
            }
        }
        6 => {
            let id = random.below(crate::NextRequest::<Test>::get().max(1));
            let _refused = Inference::cancel(signed([1, 2, CONTRIBUTOR][random.below(3) as usize]), id);
        }
        7 | 8 => {
            for id in open {
                move_on(random, id);
            }
        }
        9 => {
            RefuseJobs::put(random.below(8) == 0);
            NoTransactions::put(random.below(8) == 0);
            let until = System::block_number() + random.below(12) as u32;
            run_to(until);
            RefuseJobs::put(false);
            NoTransactions::put(false);
        }
        10 => {
            let organisation = 1 + random.below(4) as u32;
            quorate_mocks::escrow::change(|ledger| {
                // Withdrawn by its organisation.
                let fund = ledger.funds.entry(Purpose::Organisation(organisation)).or_default();
                let moved = (*fund).min(random.below(3_000).into());
                *fund -= moved;
                *ledger.free.entry(organisation).or_default() += moved;
            });
        }
        11 => {
            ReservePart::set([0, FIFTH, u32::MAX][random.below(3) as usize]);
            // Validators come and go, and declare other things.
            validators([4, 9, 12][random.below(3) as usize]);
            have(
                [random.below(12) as u32, random.below(12) as u32],
                random.below(200) as u32,
            );
        }
        _ => next_block(),
    }
}

#[test]
fn no_unit_should_be_lost_or_made_in_any_history() {
    let (mut answered, mut failed, mut called, mut reserved) = (0, 0, 0, 0);
    for seed in 0..24 {
        println!("seed {seed}");
        run(|| {
            models::change(0, |model| {
                let version = model.versions[0];
                model.versions.push(version);
            });
            let mut random = Random(seed);
            let units = ledger().units();
            for _ in 0..300 {
                step(&mut random);
                assert_eq!(ledger().units(), units);
                assert!(reserve() <= MAX_RESERVE);
                Inference::do_try_state().unwrap();
            }
            // When all has ended nothing is set aside, and every record goes.
            for id in pending() {
                Inference::ended(Subject::Request(id));
            }
            for _ in 0..200 {
                for open in OpenBatches::<Test>::get() {
                    move_on(&mut random, open.id);
                }
                next_block();
            }
            let of = |wanted: fn(&RequestState) -> bool| {
                Requests::<Test>::iter_values()
                    .filter(|request| wanted(&request.state))
                    .count()
            };
            answered += of(|state| matches!(state, RequestState::Answered { .. }));
            failed += of(|state| matches!(state, RequestState::Failed(_)));
            let batches = Batches::<Test>::iter_values();
            called += batches
                .filter(|batch| matches!(batch.escalation, Some(Escalation::Called { .. })))
                .count();
            let left: Vec<_> = ledger().escrows.into_keys().collect();
            assert!(left.iter().all(|purpose| *purpose == Purpose::Reserve) && ledger().bonds.is_empty());
            let others = System::events().into_iter().filter_map(|record| match record.event {
                RuntimeEvent::Inference(crate::Event::OthersPaid { from_reserve, .. }) => Some(from_reserve),
                _ => None,
            });
            reserved += others.filter(|amount| *amount > 0).count();
            run_to(System::block_number() + 2 * LONG_RETENTION);
            assert_eq!(
                (Requests::<Test>::iter().count(), Batches::<Test>::iter().count()),
                (0, 0)
            );
        });
    }
    println!("{answered} answered, {failed} failed, {called} called, {reserved} paid from the reserve");
    assert!(
        answered > 150 && failed > 200 && called > 20 && reserved > 0,
        "{answered} {failed} {called} {reserved}"
    );
}

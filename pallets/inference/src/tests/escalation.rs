//! What seven drawn members agreed on holds for a while before it is settled.

use crate::{mock::*, types::BatchStage, Error, Event, OpenBatches};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    job::{
        infer::{AnswerRow, AnswerStatus},
        CommitteeRule::Named,
        Verdict::{Agreed, Silent, Unjudged, Wrong},
    },
    purpose::Purpose,
    views::inference::{BatchState, Escalation, RequestFailure, RequestState},
    Balance, Root,
};

/// Ten validators, and a batch of one request for which seven are drawn.
fn drawn() {
    validators(10);
    ask(ASKER);
    run_to(3);
    assert_eq!(batch(0).stage, BatchStage::Drawn);
}

/// The same, and the seven agreed on these rows in a block that lets them stand for now.
fn provisional() -> Vec<AnswerRow> {
    drawn();
    let rows = rows(0);
    agree(0, &rows);
    close(0, &rows, &[Agreed; 7]);
    draw_again(0, false);
    rows
}

/// What all find that find something else.
fn other() -> Vec<AnswerRow> {
    vec![row(0, AnswerStatus::Fault, 2)]
}

/// The bond of a call.
const BOND: Balance = 10 * FEE;

#[test]
fn what_seven_agreed_on_should_be_settled_after_a_while() {
    run(|| {
        let rows = provisional();
        let until = 3 + PROVISIONAL;
        let (outcome, job) = (outcome(&rows), job(0).0);
        System::assert_has_event(
            Event::AgreedProvisionally {
                batch: 0,
                job,
                outcome,
                until,
            }
            .into(),
        );
        assert_eq!(state(0), RequestState::Provisional { batch: 0, until });
        let view = Inference::batch(0).unwrap();
        assert_eq!((view.state, view.outcome), (BatchState::Provisional { until }, None));
        assert_eq!((view.provisional, view.call_bond), (Some(outcome), Some(BOND)));
        // Nothing is paid for it yet.
        assert_noop!(show(0, 0, &rows), Error::<Test>::TooEarly);
        assert!(Inference::page_tasks().is_empty());
        run_to(until);
        assert_eq!(batch(0).stage, BatchStage::Provisional { until, again: false });
        next_block();
        assert_eq!(
            batch(0).stage,
            BatchStage::Settling {
                until: until + SETTLING
            }
        );
        assert_ok!(show(0, 0, &rows));
        let paid: Vec<_> = (0..8).map(earned).collect();
        assert_eq!(paid, [[SHARE; 7].as_slice(), &[0]].concat());
        assert_eq!((reserve(), ledger().treasury), (PART, COST - PART - 7 * SHARE));
        assert_eq!((batch(0).first_job, batch(0).escalation), (None, None));
    });
}

#[test]
fn blocks_without_transactions_should_not_count() {
    run(|| {
        provisional();
        next_block();
        NoTransactions::put(true);
        next_block();
        NoTransactions::put(false);
        let until = 3 + PROVISIONAL + 1;
        assert_eq!(batch(0).stage, BatchStage::Provisional { until, again: false });
    });
}

#[test]
fn one_of_sixteen_should_be_computed_again_by_all() {
    run(|| {
        drawn();
        let (first, rows) = (job(0).0, rows(0));
        agree(0, &rows);
        close(0, &rows, &[Agreed; 7]);
        draw_again(0, true);
        next_block();
        let (all, spec) = job(0);
        assert_eq!((batch(0).first_job, batch(0).job), (Some(first), all));
        assert_eq!((batch(0).stage, spec.attempt), (BatchStage::Computing, 1));
        let Named { members, quorum } = spec.committee else {
            panic!("all were asked")
        };
        assert_eq!((members.len(), quorum), (10, 7));
        assert_eq!(Inference::batch(0).unwrap().escalation, Some(Escalation::Drawn));
        // Those of the seven that are silent now had stated the same.
        let mut verdicts = [Agreed; 10];
        verdicts[..2].fill(Silent);
        VerdictsOf::mutate(|of| of.insert(first, vec![Agreed; 7]));
        fill_reserve(100);
        answer(0, &rows, &verdicts);
        let paid: Vec<_> = (0..10).map(earned).collect();
        assert_eq!(paid, [SHARE; 10]);
    });
}

#[test]
fn about_one_of_sixteen_should_be_drawn() {
    run(|| {
        let again = (0..4_000).filter(|id| {
            Drawn::put(Root::from_low_u64_be(u64::from(*id) / 10));
            Inference::is_drawn_again(*id)
        });
        // 250; the deviation is some 15.
        let again = again.count();
        assert!((190..310).contains(&again), "{again}");
    });
}

#[test]
fn two_that_are_drawn_in_one_block_should_go_to_all_one_after_the_other() {
    run(|| {
        validators(10);
        ask(ASKER);
        run_to(3);
        ask(OWNER);
        run_to(5);
        for id in 0..2 {
            agree(id, &rows(id));
            close(id, &rows(id), &[Agreed; 7]);
        }
        let both = (0..100_000u64).find(|drawn| {
            Drawn::put(Root::from_low_u64_be(*drawn));
            Inference::is_drawn_again(0) && Inference::is_drawn_again(1)
        });
        both.expect("one of 256");
        next_block();
        assert_eq!(batch(0).stage, BatchStage::Computing);
        assert!(matches!(batch(1).stage, BatchStage::Provisional { again: true, .. }));
        // It is all's already.
        assert_noop!(Inference::call_all(signed(3), 1), Error::<Test>::NotProvisional);
        next_block();
        assert_eq!(batch(1).stage, BatchStage::Computing);
    });
}

/// Else those that were drawn would only have to see to it that all cannot be asked.
#[test]
fn what_was_to_be_computed_again_and_could_not_should_come_to_nothing() {
    run(|| {
        drawn();
        let rows = rows(0);
        agree(0, &rows);
        close(0, &rows, &[Agreed; 7]);
        draw_again(0, true);
        RefuseJobs::put(true);
        run_to(3 + PROVISIONAL);
        assert!(matches!(batch(0).stage, BatchStage::Provisional { again: true, .. }));
        next_block();
        assert_eq!(batch(0).stage, BatchStage::Failing(RequestFailure::NoJob));
        assert_noop!(show(0, 0, &rows), Error::<Test>::NotSettling);
        next_block();
        assert_eq!((fund(ASKER), earned(0)), (RICH, 0));
    });
}

#[test]
fn declaring_less_should_keep_nobody_from_what_it_could_compute_when_the_batch_was_made() {
    run(|| {
        provisional();
        have(0..4, 0);
        assert_ok!(Inference::call_all(signed(3), 0));
        let Named { members, quorum } = job(0).1.committee else {
            panic!("a job of all names them");
        };
        assert_eq!((members.len(), quorum), (10, 7));
    });
}

#[test]
fn dissent_of_the_seven_should_bring_all_and_cost_whoever_was_wrong() {
    run(|| {
        drawn();
        let (first, rows) = (job(0).0, rows(0));
        disagree(0);
        let (all, spec) = job(0);
        assert_eq!((spec.attempt, batch(0).first_job, batch(0).job), (1, Some(first), all));
        assert_eq!(
            last_event(),
            Event::Escalated {
                batch: 0,
                job: all,
                reason: Escalation::Dissent
            }
        );
        // What `attestation` makes of the first attempt: one had it right, one wrong.
        VerdictsOf::mutate(|of| of.insert(first, vec![Agreed, Wrong, Unjudged]));
        answer(0, &rows, &[Silent, Agreed, Agreed, Agreed]);
        let paid: Vec<_> = (0..4).map(earned).collect();
        // Whoever states nothing among the seven earns nothing for it among all.
        assert_eq!(paid, [SHARE, 0, 0, SHARE]);
    });
}

#[test]
fn batch_on_which_neither_the_seven_nor_all_agree_should_cost_what_was_computed_in_vain() {
    run(|| {
        drawn();
        disagree(0);
        disagree(0);
        assert_eq!(batch(0).stage, BatchStage::Failing(RequestFailure::NoQuorum));
        next_block();
        assert_eq!(fund(ASKER), RICH - IN_VAIN);
    });
}

#[test]
fn shared_batch_should_be_broken_up_when_all_came_to_no_quorum() {
    run(|| {
        validators(10);
        ask(ASKER);
        ask(OWNER);
        run_to(3);
        disagree(0);
        assert_eq!(batch(0).escalation, Some(Escalation::Dissent));
        disagree(0);
        assert_eq!(last_event(), Event::BrokenUp { batch: 0 });
        assert_eq!(state(0), RequestState::Waiting);
    });
}

#[test]
fn seven_that_cannot_be_followed_by_all_should_cost_nothing() {
    run(|| {
        drawn();
        RefuseJobs::put(true);
        disagree(0);
        assert_eq!(batch(0).stage, BatchStage::Failing(RequestFailure::NoJob));
        next_block();
        assert_eq!((fund(ASKER), ledger().treasury), (RICH, 0));
    });
}

fn called(by: u32) -> Escalation {
    Escalation::Called {
        organisation: by,
        by: account(by),
        bond: BOND,
    }
}

#[test]
fn caller_should_have_its_bond_back_when_all_agree_on_something_else() {
    run(|| {
        let rows = provisional();
        next_block();
        assert_ok!(Inference::call_all(signed(3), 0));
        assert_eq!(batch(0).escalation, Some(called(3)));
        assert_eq!(ledger().free_of(3), FREE - BOND);
        assert_eq!(ledger().bond(Purpose::Batch(0), &account(3)), Some((3, BOND)));
        assert_eq!(state(0), RequestState::Computing { batch: 0 });
        agree(0, &other());
        System::assert_has_event(
            Event::BondReturned {
                batch: 0,
                organisation: 3,
                bond: BOND,
            }
            .into(),
        );
        assert_eq!(ledger().free_of(3), FREE);
        // What all agreed on is settled, not what the seven did.
        assert_noop!(show(0, 0, &rows), Error::<Test>::BadPage);
        let first = batch(0).first_job.unwrap();
        VerdictsOf::mutate(|of| of.insert(first, vec![Wrong; 7]));
        show_all(0, &other());
        close(0, &other(), &[[Wrong; 3].as_slice(), &[Agreed; 7]].concat());
        // A member of the seven that lied earns nothing, though it said the truth among all.
        let paid: Vec<_> = (0..10).map(earned).collect();
        assert_eq!((paid[..7].iter().sum::<Balance>(), paid[7]), (0, SHARE));
    });
}

#[test]
fn caller_should_lose_its_bond_to_those_that_were_not_drawn_when_all_agree_on_the_same() {
    run(|| {
        let rows = provisional();
        assert_ok!(Inference::call_all(signed(3), 0));
        let first = batch(0).first_job.unwrap();
        VerdictsOf::mutate(|of| of.insert(first, vec![Agreed; 7]));
        answer(0, &rows, &[Agreed; 10]);
        System::assert_has_event(
            Event::BondLost {
                batch: 0,
                organisation: 3,
                bond: BOND,
            }
            .into(),
        );
        let paid: Vec<_> = (0..10).map(earned).collect();
        assert_eq!(paid, [SHARE; 10]);
        assert_eq!(reserve(), PART, "the bond pays the others");
        assert_eq!((ledger().free_of(3), fund(ASKER)), (FREE - BOND, RICH - COST));
    });
}

#[test]
fn bond_should_go_to_the_treasury_when_all_agree_on_nothing_or_nobody_shows_the_rows() {
    run(|| {
        provisional();
        assert_ok!(Inference::call_all(signed(3), 0));
        disagree(0);
        assert_eq!(ledger().treasury, BOND);
        run_to(5);
        assert_eq!(ledger().free_of(3), FREE - BOND);
    });
    run(|| {
        let rows = provisional();
        assert_ok!(Inference::call_all(signed(3), 0));
        agree(0, &rows);
        close(0, &rows, &[Agreed; 10]);
        run_to(4 + SETTLING);
        assert_eq!(state(0), RequestState::Failed(RequestFailure::NoJob));
        assert!(ledger().bonds.is_empty());
        assert_eq!((ledger().treasury, fund(ASKER)), (BOND, RICH));
    });
}

#[test]
fn call_should_be_one_of_an_organisation_with_a_validator_that_covers_the_bond() {
    run(|| {
        provisional();
        // A contributor, a stranger, and an organisation whose validator is not in the session.
        for by in [CONTRIBUTOR, OUTSIDER] {
            assert_noop!(Inference::call_all(signed(by), 0), Error::<Test>::RunsNoValidator);
        }
        Inactive::set(vec![account(5)]);
        assert_noop!(Inference::call_all(signed(5), 0), Error::<Test>::RunsNoValidator);
        Suspended::set(vec![3]);
        assert_noop!(Inference::call_all(signed(3), 0), Error::<Test>::RunsNoValidator);
        Suspended::set(vec![]);
        assert_noop!(Inference::call_all(signed(3), 7), Error::<Test>::BatchNotFound);
        quorate_mocks::escrow::change(|ledger| {
            let free = ledger.free.insert(3, BOND - 1).unwrap_or_default();
            ledger.treasury += free - (BOND - 1);
        });
        assert_noop!(Inference::call_all(signed(3), 0), Error::<Test>::AccountTooSmall);
        RefuseJobs::put(true);
        let call = RuntimeCall::from(crate::Call::<Test>::call_all { batch: 0 });
        let refused = sp_runtime::traits::Dispatchable::dispatch(call, signed(4));
        assert!(refused.is_err());
        assert_eq!(ledger().free_of(4), FREE);
    });
}

#[test]
fn batch_should_be_called_once_and_before_it_is_settled() {
    run(|| {
        provisional();
        run_to(3 + PROVISIONAL);
        assert_noop!(Inference::call_all(signed(3), 0), Error::<Test>::NotProvisional);
    });
    run(|| {
        let rows = provisional();
        run_to(2 + PROVISIONAL);
        assert_ok!(Inference::call_all(signed(3), 0));
        assert_noop!(Inference::call_all(signed(4), 0), Error::<Test>::NotProvisional);
        answer(0, &rows, &[Agreed; 10]);
        assert_noop!(Inference::call_all(signed(4), 0), Error::<Test>::NotProvisional);
        assert!(OpenBatches::<Test>::get().is_empty());
    });
}

#[test]
fn bond_should_not_be_less_than_the_least() {
    run(|| {
        validators(10);
        request_of(ASKER, None, 0).unwrap();
        find(0, quorate_primitives::availability::Finding::Held);
        run_to(3);
        let mut entry = batch(0);
        assert_eq!(entry.fees, KEPT + READING);
        assert_eq!(Inference::bond_of(&entry), 10 * (KEPT + READING));
        entry.fees = 1;
        assert_eq!(Inference::bond_of(&entry), MIN_CALL_BOND);
    });
}

/// The quorum is one of those that there are now, which may be less than one of those that could compute the batch then.
#[test]
fn all_should_be_asked_also_when_one_has_left_meanwhile() {
    run(|| {
        provisional();
        Inactive::set(vec![account(0)]);
        assert_ok!(Inference::call_all(signed(3), 0));
        let Named { members, quorum } = job(0).1.committee else {
            panic!("a job of all names them");
        };
        assert_eq!((members.len(), quorum), (9, 7));
        assert!(!members.contains(&account(0)));
    });
}

//! The account of an organisation moves, and what the organisation has at stake moves with it.

use super::common::{flow, model, motions::*, *};
use pallet_consortium::{Call as Members, Error as Refused};
use quorate_primitives::{
    purpose::Purpose, traits::Consortium as _, views::RoundPhase, AccountId, Balance, ModelId, RoundId,
};
use quorate_runtime::{
    configs::protocol::RecoveryDelay, constants::UNIT, Attestation, Availability, Balances, Consortium, Incentives,
    Models, Reputation, Rounds, Runtime,
};
use sp_runtime::DispatchError;

/// A block from `number` on that begins an epoch: the 29 blocks after it have room.
fn epoch_from(number: u32) -> u32 {
    number.div_ceil(30) * 30 + 1
}

/// Run one transaction in a block that has room for it; how it failed, if it did.
fn send(chain: &mut Chain, path: &str, call: impl Into<quorate_runtime::RuntimeCall>) -> Option<DispatchError> {
    if !chain.has_room() {
        chain.pass(1);
    }
    match chain.block(vec![signed(path, call)]).remove(0) {
        Ok(()) => None,
        Err(Failure::Failed(error)) => Some(error),
        Err(refusal) => panic!("{path}: {refusal:?}"),
    }
}

fn rotate(to: &AccountId) -> Members<Runtime> {
    Members::rotate_account { account: to.clone() }
}

fn accept(organisation: u32) -> Members<Runtime> {
    Members::accept_account { organisation }
}

fn refused(error: Refused<Runtime>) -> Option<DispatchError> {
    Some(error.into())
}

fn withdraw(model: ModelId, amount: Balance) -> pallet_incentives::Call<Runtime> {
    pallet_incentives::Call::withdraw_fund {
        purpose: Purpose::Model(model),
        amount,
    }
}

fn free(path: &str) -> Balance {
    Balances::free_balance(account(path))
}

fn speaks_for_0() -> AccountId {
    Consortium::organisation_account(0).expect("the organisation is admitted")
}

/// What organisation 0 has in the pot for a round.
fn bond(round: RoundId) -> Balance {
    Incentives::bonded(Purpose::Round(round), 0)
}

fn sound() {
    for state in [
        Consortium::do_try_state(),
        Models::do_try_state(),
        Availability::do_try_state(),
        Rounds::do_try_state(),
        Attestation::do_try_state(),
        Reputation::do_try_state(),
        Incentives::do_try_state(),
    ] {
        state.expect("the state is sound");
    }
    assert_eq!(
        Incentives::surplus(),
        Some(0),
        "nothing is in the pot beside the ledgers"
    );
}

/// Every contributor submits to the round.
fn submit_all(chain: &mut Chain, round: RoundId) {
    let submissions = (0..model::CONTRIBUTORS)
        .map(|number| chain.pooled(flow::submit(round, number)))
        .collect();
    chain.run(submissions);
}

/// Go on from submissions to the end of a round in which all are honest.
fn finish(chain: &mut Chain, round: RoundId) {
    if matches!(flow::phase(round), RoundPhase::Collecting { .. }) {
        chain.pass(1);
    }
    let reveals = (0..model::CONTRIBUTORS)
        .map(|number| chain.pooled(flow::reveal_update(round, number)))
        .collect();
    chain.run(reveals);
    model::vote_on_everything(chain);
    while model::jobs(VALIDATORS[0]).is_empty() {
        chain.pass(1);
    }
    let commits = VALIDATORS.map(|validator| flow::commit(chain, validator, None));
    chain.run(commits.into());
    let reveals = VALIDATORS.map(|validator| flow::reveal(chain, validator, None));
    chain.run(reveals.into());
    flow::settle(chain, round);
}

/// Propose accounts that nobody can sign for, or that speak for others, as organisation 0.
fn propose_in_vain(chain: &mut Chain) {
    let before = (free("//Org1"), free("//Stranger"));
    let treasury = <Runtime as pallet_incentives::Config>::Treasury::get();
    let reserved = [Incentives::pot(), treasury].map(|who| (Balances::free_balance(&who), who));
    for (balance, who) in reserved {
        assert_eq!(send(chain, "//Org0", rotate(&who)), None);
        assert_eq!(speaks_for_0(), account("//Org0"), "the account has not agreed");
        assert_eq!(Consortium::proposed_account(0), Some(who.clone()));
        // Fees go to the treasury, nothing else moves.
        assert!(Balances::free_balance(&who) >= balance);
    }
    assert_eq!(
        send(chain, "//Org0", rotate(&account("//Org1"))),
        refused(Refused::AccountInUse)
    );
    assert_eq!(send(chain, "//Org0", rotate(&account("//Stranger"))), None);
    // Only the account itself agrees, and only for the organisation that proposed it.
    assert_eq!(send(chain, "//Eve", accept(0)), refused(Refused::ProposalNotFound));
    assert_eq!(send(chain, "//Stranger", accept(1)), refused(Refused::ProposalNotFound));
    assert_eq!(speaks_for_0(), account("//Org0"));
    assert_eq!(free("//Org1"), before.0);
    assert!(free("//Stranger") <= before.1, "it paid for its own failure");
    sound();
}

#[test]
fn proposed_accounts_should_pay_and_gain_nothing_unless_they_agree() {
    on_local_chain(|chain| {
        let model = flow::prepare(chain);
        for path in ["//Stranger", "//Eve"] {
            endow(path);
        }
        let issuance = Balances::total_issuance();
        propose_in_vain(chain);
        chain.jump_to(epoch_from(chain.number() + 1));
        chain.pass(1);
        let (stranger, fund) = (free("//Stranger"), Incentives::fund_of(Purpose::Model(model)));
        let round = flow::open(chain, model);
        let own = free("//Org0");
        submit_all(chain, round);
        assert_eq!((free("//Org0"), bond(round)), (own - UNIT, UNIT));
        finish(chain, round);
        assert_eq!((free("//Org0"), bond(round)), (own, 0));
        assert_eq!(free("//Stranger"), stranger);
        assert_eq!(
            send(chain, "//Stranger", withdraw(model, UNIT)),
            Some(pallet_incentives::Error::<Runtime>::NotAnOrganisation.into())
        );
        assert_eq!(
            Incentives::fund_of(Purpose::Model(model)),
            fund - model::policy().reward
        );
        assert_eq!(Balances::total_issuance(), issuance);
        sound();
    });
}

#[test]
fn bonds_and_funds_should_follow_an_organisation_from_a_stolen_account_to_the_recovered_one() {
    on_local_chain(|chain| {
        let model = flow::prepare(chain);
        for path in ["//Stranger", "//Eve", "//Recovery", "//New"] {
            endow(path);
        }
        let issuance = Balances::total_issuance();
        let recovery = account("//Recovery");
        let recover = || Members::recover_account {
            organisation: 0,
            account: account("//New"),
        };
        assert_eq!(send(chain, "//Org0", Members::set_recovery_account { recovery }), None);
        propose_in_vain(chain);
        assert_eq!(
            send(chain, "//Recovery", recover()),
            refused(Refused::NotAuthorized),
            "it does not count yet"
        );
        chain.jump_to(epoch_from(chain.number() + RecoveryDelay::get()));
        chain.pass(1);
        assert_eq!(
            send(chain, "//Stranger", accept(0)),
            refused(Refused::ProposalNotFound),
            "too late"
        );

        // Whoever holds the key opens a round and hands the organisation over to a stranger, who agrees.
        let round = flow::open(chain, model);
        assert_eq!(send(chain, "//Org0", rotate(&account("//Stranger"))), None);
        assert_eq!(send(chain, "//Stranger", accept(0)), None);
        assert_eq!(speaks_for_0(), account("//Stranger"));

        // The bond of the organisation's contributor is taken from the account that speaks for it now.
        let (former, stranger) = (free("//Org0"), free("//Stranger"));
        submit_all(chain, round);
        assert_eq!((free("//Org0"), free("//Stranger")), (former, stranger - UNIT));
        assert_eq!(bond(round), UNIT);

        // The recovery account takes the organisation back while the bond is held.
        assert_eq!(send(chain, "//Recovery", recover()), None);
        assert_eq!(
            send(chain, "//Stranger", rotate(&account("//Eve"))),
            refused(Refused::StrongerProposal)
        );
        assert_eq!(send(chain, "//New", accept(0)), None);
        assert_eq!(speaks_for_0(), account("//New"));
        assert_eq!(Consortium::recovery_account(0), Some(account("//Recovery")));
        assert!(council_members().contains(&account("//New")) && !council_members().contains(&account("//Stranger")));

        // The bond returns to the organisation, not to the account that paid it.
        let (stranger, new) = (free("//Stranger"), free("//New"));
        finish(chain, round);
        assert_eq!((free("//Stranger"), free("//New")), (stranger, new + UNIT));
        assert_eq!(bond(round), 0);

        // So does the fund.
        let fund = Incentives::fund_of(Purpose::Model(model));
        for former in ["//Org0", "//Stranger"] {
            assert_eq!(
                send(chain, former, withdraw(model, fund)),
                Some(pallet_incentives::Error::<Runtime>::NotAnOrganisation.into())
            );
        }
        assert_eq!(send(chain, "//New", withdraw(model, fund)), None);
        assert_eq!(Incentives::fund_of(Purpose::Model(model)), 0);
        assert!(free("//New") > new + fund, "all of the fund, less the fee");
        assert_eq!(Balances::total_issuance(), issuance, "no unit was lost or made");
        sound();
    });
}

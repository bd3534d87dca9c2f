//! Motions: how many, and what they can set.

use super::{
    common::{motions::*, *},
    enact, filtered,
};
use frame_support::traits::Get;
use pallet_consortium::types::Change;
use quorate_runtime::{parameters, Runtime, RuntimeCall};

#[test]
fn a_member_that_fills_its_share_of_the_motions_should_be_removable() {
    on_local_chain(|chain| {
        let remark = |n: u8| RuntimeCall::from(frame_system::Call::<Runtime>::remark { remark: vec![n] });
        for n in 0..3 {
            propose(chain, 4, remark(n), 3);
        }
        let refused = pallet_collective::Error::<Runtime, pallet_collective::Instance1>::TooManyProposals;
        let too_many = |chain: &mut Chain| chain.block(vec![signed("//Org4", proposal(remark(9), 3))]);
        assert_eq!(too_many(chain), [Err(Failure::Failed(refused.into()))]);
        // Nor with another account.
        endow("//Other");
        chain.run(vec![signed(
            "//Org4",
            pallet_consortium::Call::rotate_account {
                account: account("//Other"),
            },
        )]);
        chain.run(vec![signed(
            "//Other",
            pallet_consortium::Call::accept_account { organisation: 4 },
        )]);
        let refused = pallet_collective::Error::<Runtime, pallet_collective::Instance1>::TooManyProposals;
        assert_eq!(
            chain.block(vec![signed("//Other", proposal(remark(9), 3))]),
            [Err(Failure::Failed(refused.into()))]
        );
        enact(chain, Change::Remove { organisation: 4 }, &[0, 1, 2, 3]);
        assert_eq!(council_members().len(), 4);
    });
}

#[test]
fn motions_of_all_organisations_should_fit_and_closed_ones_should_leave_nothing_behind() {
    on_local_chain(|chain| {
        let remark = |n: u8| RuntimeCall::from(frame_system::Call::<Runtime>::remark { remark: vec![n] });
        let tickets = || pallet_collective::CostOf::<Runtime, pallet_collective::Instance1>::iter().count();
        for number in 0..5u8 {
            for n in 0..3 {
                propose(chain, number.into(), remark(number * 3 + n), 3);
            }
        }
        assert_eq!(tickets(), 15);
        chain.jump_to(chain.number() + 7 * quorate_runtime::constants::DAYS);
        chain.pass(1);
        let motions = open_motions();
        for motion in motions {
            if !chain.has_room() {
                chain.pass(1);
            }
            chain.run(vec![close("//Org0", motion)]);
        }
        propose(chain, 0, remark(99), 3);
        assert_eq!(tickets(), 1);
    });
}

#[test]
fn nobody_should_move_a_seat_past_the_consortium() {
    on_local_chain(|chain| {
        let council = pallet_membership::Call::<Runtime, pallet_membership::Instance1>::change_key {
            new: account("//Eve").into(),
        };
        assert_eq!(chain.block(vec![signed("//Org0", council)]), [filtered()]);
        let technical = pallet_membership::Call::<Runtime, pallet_membership::Instance2>::change_key {
            new: account("//Eve").into(),
        };
        assert_eq!(chain.block(vec![signed("//Org0", technical)]), [filtered()]);
    });
}

#[test]
fn parameters_should_have_floors() {
    use parameters::{
        dynamic::{preimages, protocol},
        RuntimeParameters::*,
    };
    on_local_chain(|chain| {
        let zero = [
            Protocol(protocol::Parameters::GenesisVoting(protocol::GenesisVoting, Some(0))),
            Protocol(protocol::Parameters::ChangeDelay(protocol::ChangeDelay, Some(0))),
            Preimages(preimages::Parameters::BaseDeposit(preimages::BaseDeposit, Some(0))),
            Preimages(preimages::Parameters::ByteDeposit(preimages::ByteDeposit, Some(0))),
        ];
        for key_value in zero {
            council(
                chain,
                pallet_parameters::Call::<Runtime>::set_parameter { key_value },
                &[0, 1, 2, 3],
            );
        }
        assert_eq!(protocol::GenesisVoting::get(), 0, "what was set is set");
        assert_eq!(parameters::GenesisVoting::get(), parameters::LeastGenesisVoting::get());
        assert_eq!(parameters::ChangeDelay::get(), parameters::LeastChangeDelay::get());
        assert_eq!(
            parameters::PreimageBaseDeposit::get(),
            parameters::LeastBaseDeposit::get()
        );
        assert_eq!(
            parameters::PreimageByteDeposit::get(),
            parameters::LeastByteDeposit::get()
        );
        let most = Protocol(protocol::Parameters::ChangeDelay(protocol::ChangeDelay, Some(u32::MAX)));
        council(
            chain,
            pallet_parameters::Call::<Runtime>::set_parameter { key_value: most },
            &[0, 1, 2, 3],
        );
        assert_eq!(parameters::ChangeDelay::get(), parameters::MostChangeDelay::get());
    });
}

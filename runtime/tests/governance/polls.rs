//! Polls of contributors, and what they and the council promote.

use super::common::{flow, motions::*, *};
use frame_support::assert_ok;
use quorate_runtime::{Runtime, RuntimeCall};

#[test]
fn the_contributors_of_an_organisation_should_have_a_bounded_number_of_polls_open() {
    on_local_chain(|chain| {
        use frame_support::traits::StorePreimage;
        use quorate_primitives::traits::RankSink;
        let accounts = ["//Ranked0", "//Ranked1"];
        for path in accounts {
            endow(path);
            chain.run(vec![signed("//Org0", sponsor(path, 0))]);
            assert_ok!(quorate_runtime::governance::RankedSeats::set_rank(&account(path), 1));
        }
        let call: RuntimeCall = frame_system::Call::<Runtime>::remark { remark: vec![1] }.into();
        let proposal = quorate_runtime::Preimage::bound(call).unwrap();
        let submit = || pallet_referenda::Call::<Runtime>::submit {
            proposal_origin: Box::new(quorate_runtime::OriginCaller::system(frame_system::RawOrigin::Signed(
                quorate_runtime::governance::tracks::track_account(1),
            ))),
            proposal: proposal.clone(),
            enactment_moment: frame_support::traits::schedule::DispatchTime::After(1),
        };
        for path in ["//Ranked0", "//Ranked0", "//Ranked1"] {
            chain.run(vec![signed(path, submit())]);
        }
        for path in accounts {
            // Nor after its rank was lost and won again.
            assert_ok!(quorate_runtime::governance::RankedSeats::set_rank(&account(path), 0));
            assert_ok!(quorate_runtime::governance::RankedSeats::set_rank(&account(path), 1));
            assert_eq!(
                chain.block(vec![signed(path, submit())]),
                [Err(Failure::Failed(sp_runtime::DispatchError::BadOrigin))]
            );
        }
        // One that ended makes room.
        council(
            chain,
            pallet_referenda::Call::<Runtime>::cancel { index: 0 },
            &[0, 1, 2],
        );
        chain.run(vec![signed("//Ranked1", submit())]);
    });
}

#[test]
fn a_promotion_should_record_who_voted_for_the_version() {
    use quorate_primitives::version::Promoter;
    use sp_runtime::traits::Dispatchable;
    on_local_chain(|chain| {
        let promoted = |version| pallet_models::Promotions::<Runtime>::get(0, version).map(|promotion| promotion.by);
        let promote = |version| pallet_models::Call::<Runtime>::promote { model: 0, version };
        let model = flow::prepare(chain);
        flow::whole_round(chain, model, None);
        flow::whole_round(chain, model, None);
        council(chain, promote(1), &[0, 1]);
        assert_eq!(promoted(1), None, "two of five are no majority");
        assert_eq!(council(chain, promote(1), &[0, 1, 2]), None);
        assert_eq!(promoted(1), Some(Promoter::Council { ayes: 3, of: 5 }));

        // A poll is carried out by the account of its track.
        let by = |who| {
            let origin = <Runtime as frame_system::Config>::RuntimeOrigin::signed(who);
            RuntimeCall::from(promote(2)).dispatch(origin)
        };
        assert!(by(account("//Org0")).is_err());
        assert_eq!(promoted(2), None);
        assert_ok!(by(quorate_runtime::governance::tracks::track_account(2)));
        assert_eq!(promoted(2), Some(Promoter::Poll { rank: 2 }));
    });
}

#[test]
fn two_thirds_should_set_the_periods_of_polls_within_their_bounds() {
    use frame_support::traits::Get;
    use pallet_referenda::TracksInfo;
    use quorate_runtime::{
        constants::{DAYS, HOURS, MINUTES},
        governance::tracks::Tracks,
        parameters::{dynamic::polls, PollPeriods, RuntimeParameters},
    };
    fn set(chain: &mut Chain, periods: PollPeriods, ayes: &[u32]) -> Option<Failure> {
        let key_value = RuntimeParameters::Polls(polls::Parameters::Periods(polls::Periods, Some(periods)));
        council(
            chain,
            pallet_parameters::Call::<Runtime>::set_parameter { key_value },
            ayes,
        )
    }
    let all = |blocks| PollPeriods {
        prepare: blocks,
        decide: blocks,
        confirm: blocks,
        enact: blocks,
    };
    let of_tracks = || {
        let tracks: Vec<_> = Tracks::tracks().map(|track| track.info.clone()).collect();
        assert_eq!(tracks.len(), 3);
        tracks
            .into_iter()
            .map(|info| (info.prepare_period, info.decision_period))
            .collect::<Vec<_>>()
    };
    on_local_chain(|chain| {
        assert_eq!(of_tracks(), [(HOURS, 7 * DAYS); 3]);
        assert!(set(chain, all(5), &[0, 1, 2]).is_some(), "a majority is too few");
        assert_eq!(set(chain, all(0), &[0, 1, 2, 3]), None);
        assert_eq!(of_tracks(), [(MINUTES, 10 * MINUTES); 3]);
        assert_eq!(set(chain, all(u32::MAX), &[0, 1, 2, 3]), None);
        assert_eq!(of_tracks(), [(7 * DAYS, 28 * DAYS); 3]);
        assert_eq!(set(chain, all(2 * HOURS), &[0, 1, 2, 3]), None);
        assert_eq!(PollPeriods::get(), all(2 * HOURS));
    });
}

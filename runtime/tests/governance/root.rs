//! The way to root.

use super::common::{motions::*, *};
use quorate_runtime::{Runtime, RuntimeCall};
use sp_runtime::traits::{BlakeTwo256, Hash as _};

fn note_stalled() -> RuntimeCall {
    pallet_grandpa::Call::<Runtime>::note_stalled {
        delay: 10,
        best_finalized_block_number: 1,
    }
    .into()
}

fn dispatch_whitelisted(call: RuntimeCall) -> pallet_whitelist::Call<Runtime> {
    pallet_whitelist::Call::dispatch_whitelisted_call_with_preimage { call: Box::new(call) }
}

#[test]
fn root_should_take_the_technical_committee_and_two_thirds_of_all_organisations() {
    on_local_chain(|chain| {
        let call_hash = BlakeTwo256::hash_of(&note_stalled());
        technical(
            chain,
            pallet_whitelist::Call::<Runtime>::whitelist_call { call_hash },
            &[0, 1],
        );
        council(chain, dispatch_whitelisted(note_stalled()), &[0, 1, 2]);
        assert!(pallet_grandpa::Stalled::<Runtime>::get().is_none());
        council(chain, dispatch_whitelisted(note_stalled()), &[0, 1, 2, 3]);
        assert!(pallet_grandpa::Stalled::<Runtime>::get().is_some());
    });
}

#[test]
fn a_dispatch_before_the_committees_word_should_not_be_carried_out_later() {
    on_local_chain(|chain| {
        council(chain, dispatch_whitelisted(note_stalled()), &[0, 1, 2, 3]);
        let call_hash = BlakeTwo256::hash_of(&note_stalled());
        technical(
            chain,
            pallet_whitelist::Call::<Runtime>::whitelist_call { call_hash },
            &[0, 1],
        );
        let by_anybody = signed("//Org4", dispatch_whitelisted(note_stalled()));
        let expired = pallet_whitelist::Error::<Runtime>::DeferredDispatchExpired;
        assert_eq!(chain.block(vec![by_anybody]), [Err(Failure::Failed(expired.into()))]);
        // Two thirds of now have to say it again.
        council(chain, dispatch_whitelisted(note_stalled()), &[0, 1, 2, 3]);
        assert!(pallet_grandpa::Stalled::<Runtime>::get().is_some());
    });
}

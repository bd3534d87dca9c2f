use crate::{mock::*, weights::SubstrateWeight, WeightInfo as _};
use frame_support::traits::Get;

#[test]
fn declarations_of_a_full_session_should_fit_a_part_of_a_block() {
    let limits: frame_system::limits::BlockWeights = <Test as frame_system::Config>::BlockWeights::get();
    let one = SubstrateWeight::<Test>::declare().saturating_add(SubstrateWeight::<Test>::authorize_declare());
    assert!(one.saturating_mul(32).all_lte(limits.max_block), "{one:?}");
}

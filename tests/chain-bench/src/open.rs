//! The state in which submissions are measured: every organisation has a model and an open round of 1,024 updates.

use crate::world::{number, policy, root, World};
use anyhow::Context;
use frame_support::BoundedVec;
use pallet_reputation::types::ContributorRecord;
use quorate_primitives::{
    availability::{Finding, Subject},
    policy::Access,
    purpose::Purpose,
    traits::AvailabilityHandler,
    RoundId,
};
use quorate_runtime::{constants::UNIT, Incentives, Models, Rounds, Runtime, RuntimeOrigin};
use sp_runtime::DispatchResult;
use sp_state_machine::BasicExternalities;
use sp_storage::Storage;

/// 32 organisations of 256 contributors and a validator each; as many rounds.
pub fn world() -> World {
    World::new(32, 256, 32)
}

/// The genesis of [`world`] with its rounds. `spent`: the organisations have used their free calls.
pub fn state(world: &World, wasm: &[u8], spent: bool) -> anyhow::Result<Storage> {
    let mut storage = world.genesis(wasm)?;
    BasicExternalities::execute_with_storage(&mut storage, || prepare(world, spent))?;
    Ok(storage)
}

/// The round that a contributor submits to: a quarter of the rounds fill up first, of every organisation as many.
pub fn round_of(world: &World, contributor: usize) -> RoundId {
    let organisations = world.organisations.len();
    number((contributor / organisations) % (organisations / 4))
}

fn prepare(world: &World, spent: bool) -> anyhow::Result<()> {
    for (position, organisation) in world.organisations.iter().enumerate() {
        let model = number(position);
        let origin = || RuntimeOrigin::signed(organisation.account.clone());
        let registered = Models::register(
            origin(),
            BoundedVec::truncate_from(format!("model {model}").into_bytes()),
            root(model, 0),
            1_024,
            1 << 20,
            2 << 20,
            root(model, 1),
            root(model, 2),
            policy(Access::Public),
            None,
            None,
        );
        done(registered).context("register")?;
        Models::found(Subject::Genesis(model), 0, Finding::Held);
        done(Incentives::fund(origin(), Purpose::Model(model), 1_000 * UNIT)).context("fund")?;
        done(Rounds::open_round(origin(), model)).context("open_round")?;
        pallet_rounds::Usages::<Runtime>::mutate(model, |usage| {
            usage.calls = if spent { u32::MAX } else { 0 };
        });
    }
    for (position, contributor) in world.contributors.iter().enumerate() {
        let record = ContributorRecord {
            reputation: 600_000,
            rank: 0,
            organisation: world.organisation_of(position),
        };
        pallet_reputation::Contributors::<Runtime>::insert(&contributor.account, record);
    }
    Ok(())
}

fn done(result: DispatchResult) -> anyhow::Result<()> {
    result.map_err(|error| anyhow::anyhow!("{error:?}"))
}

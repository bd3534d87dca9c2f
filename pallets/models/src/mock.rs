//! A runtime with the registry alone: a consortium of fixed organisations, and blocks that can be made to migrate.

use crate as pallet_models;
use crate::types::Name;
use frame_support::{
    derive_impl,
    migrations::MultiStepMigrator,
    parameter_types,
    traits::{ConstU32, Hooks},
    weights::{constants::RocksDbWeight, Weight},
};
use frame_system::EnsureRoot;
use quorate_exact::rule::Rule;
use quorate_primitives::{
    job::{Committee, Outcome},
    policy::{Access, Deadlines, Policy, Split},
    traits::{Consortium, Models as _},
    version::RoundOrigin,
    AccountId, Hash, ModelId, OrganisationId, Root, VersionIndex,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError, DispatchResult};

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Models = pallet_models;
}

parameter_types! {
    /// Organisations whose accounts are heard no more.
    pub static Suspended: Vec<OrganisationId> = Vec::new();
    pub static Migrating: bool = false;
}

pub struct Migration;

impl MultiStepMigrator for Migration {
    fn ongoing() -> bool {
        Migrating::get()
    }

    fn step() -> Weight {
        Weight::zero()
    }
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type MultiBlockMigrator = Migration;
}

/// Organisation `n` of 1 to 9 speaks through account `n`.
pub struct Members;

impl Consortium for Members {
    fn contributor(_: &AccountId) -> Option<OrganisationId> {
        None
    }

    fn organisation_of(who: &AccountId) -> Option<OrganisationId> {
        (1..10)
            .find(|n| account(*n) == *who && !Suspended::get().contains(&u32::from(*n)))
            .map(u32::from)
    }

    fn organisation_account(id: OrganisationId) -> Option<AccountId> {
        u8::try_from(id).ok().map(account)
    }

    fn committee() -> Committee {
        Committee::default()
    }

    fn is_active(_: &AccountId) -> bool {
        true
    }
}

impl crate::Config for Test {
    type Consortium = Members;
    type AdminOrigin = EnsureRoot<AccountId>;
    type GenesisVoting = ConstU32<20>;
    type MaxModels = ConstU32<40>;
    type MaxModelsPerOrganisation = ConstU32<35>;
    type WeightInfo = crate::weights::Provisional<RocksDbWeight>;
}

/// The account of an organisation that registers models.
pub const OWNER: u8 = 1;
/// The account of another organisation.
pub const OTHER: u8 = 2;
/// An account of no organisation.
pub const OUTSIDER: u8 = 77;

pub const HEADER_LEN: u32 = 2_048;
pub const GROUP_LEN: u64 = 4_000;
pub const FILE_LEN: u64 = 10_000;

pub fn account(number: u8) -> AccountId {
    AccountId::new([number; 32])
}

pub fn signed(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

pub fn root(number: u8) -> Root {
    Root::repeat_byte(number)
}

pub fn name(text: &str) -> Name {
    Name::truncate_from(text.as_bytes().to_vec())
}

pub fn policy() -> Policy {
    Policy {
        pipeline: Rule::WeightedMean.into(),
        min_updates: 1,
        max_updates: 10,
        max_weight: 1_000,
        max_updates_per_organisation: 2,
        deadlines: Deadlines {
            collect: 10,
            open: 5,
            vote: 5,
            commit: 5,
            reveal: 5,
        },
        bond: 10,
        reward: 1_000,
        split: Split {
            contributors: 700_000,
            validators: 200_000,
            treasury: 100_000,
        },
        max_organisation_share: 500_000,
        retention: 100,
        challenge: 0,
        access: Access::Public,
    }
}

/// Register a model of the usual shape with version 0 at `root(1)`.
pub fn register(owner: u8) -> DispatchResult {
    Models::register(
        signed(owner),
        name("digits"),
        Hash::repeat_byte(9),
        HEADER_LEN,
        GROUP_LEN,
        FILE_LEN,
        root(1),
        policy(),
        None,
    )
}

/// A model whose version 0 was accepted.
pub fn active_model() -> ModelId {
    let id = crate::NextModel::<Test>::get();
    register(OWNER).unwrap();
    Models::genesis_decided(id, true);
    id
}

pub fn origin(parent: VersionIndex, output: Root) -> RoundOrigin {
    RoundOrigin {
        parent,
        round: 5,
        job: Hash::repeat_byte(6),
        inputs_root: Hash::repeat_byte(7),
        outcome: Outcome {
            output,
            output_len: FILE_LEN,
            optimiser: None,
            detail: root(200),
            scores: Hash::repeat_byte(8),
        },
    }
}

/// Record the next version on `parent`.
pub fn record(model: ModelId, parent: VersionIndex, output: Root) -> Result<VersionIndex, DispatchError> {
    Models::record(model, origin(parent, output), policy().hash(), 0)
}

pub fn run_to(block: u32) {
    while System::block_number() < block {
        System::set_block_number(System::block_number() + 1);
        Models::on_initialize(System::block_number());
    }
}

pub fn last_event() -> crate::Event<Test> {
    match System::events().pop().unwrap().event {
        RuntimeEvent::Models(event) => event,
        other => panic!("not an event of the registry: {other:?}"),
    }
}

/// Run a test from block 1 on, and check the state after it.
pub fn run(test: impl FnOnce()) {
    Suspended::set(Vec::new());
    Migrating::set(false);
    let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
    sp_io::TestExternalities::new(storage).execute_with(|| {
        System::set_block_number(1);
        test();
        Models::do_try_state().unwrap();
    });
}

//! A chain with this pallet alone.

use crate::{self as pallet_capabilities, Call, Entries};
use frame_support::{
    derive_impl,
    dispatch::DispatchResult,
    pallet_prelude::{TransactionSource, TransactionValidityError, ValidTransaction},
    traits::{Authorize, ConstU32, ConstU64},
};
use quorate_mocks::MockConsortium;
pub use quorate_mocks::{
    account,
    consortium::{validators, Inactive, Members},
    member, pair,
};
use quorate_primitives::{
    capability::{Capability, Declaration, Need},
    job::infer::EXACT_VERSION,
    payload::declaration_payload,
    traits::Capabilities as _,
    AccountId, Hash,
};
use sp_core::Pair;
use sp_runtime::{
    traits::{Dispatchable, IdentityLookup},
    BuildStorage,
};

type Block = frame_system::mocking::MockBlockU32<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Capabilities: pallet_capabilities = 1,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
}

impl crate::Config for Test {
    type Consortium = MockConsortium;
    type MinInterval = ConstU32<INTERVAL>;
    type Era = ConstU32<ERA>;
    type MinSpeed = ConstU64<SPEED>;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

pub const INTERVAL: u32 = 10;
pub const ERA: u32 = 200;
pub const SPEED: u64 = 50;
/// The block in which tests begin.
pub const START: u32 = 100;

/// Run `test` on a chain with this many validators; afterwards the state must be sound.
pub fn with_validators(count: u32, test: impl FnOnce()) {
    let storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .expect("genesis builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        validators(count);
        System::set_block_number(START);
        test();
        Capabilities::do_try_state().expect("the state is sound");
    });
}

pub fn genesis() -> Hash {
    System::block_hash(0)
}

pub fn now() -> u32 {
    System::block_number()
}

/// So much memory, at the least speed, under the present arithmetic.
pub fn capability(memory: u32) -> Capability {
    Capability {
        memory,
        speed: SPEED,
        exact_version: EXACT_VERSION,
    }
}

/// What a validator declares, naming this block.
pub fn declaration(validator: u32, capability: Capability) -> Declaration {
    Declaration {
        validator: account(validator),
        capability,
        at: now(),
    }
}

/// Signed by the validator of this number.
pub fn signed(by: u32, declaration: Declaration) -> Call<Test> {
    let signature = pair(by).sign(&declaration_payload(genesis(), &declaration));
    Call::declare { declaration, signature }
}

/// What the pool answers to a call.
pub fn validate(call: &Call<Test>) -> Result<ValidTransaction, TransactionValidityError> {
    let authorized = call
        .authorize(TransactionSource::External)
        .expect("every call authorizes itself");
    authorized.map(|(validity, _)| validity)
}

/// Run a call as if it had been authorized.
pub fn run(call: Call<Test>) -> DispatchResult {
    RuntimeCall::from(call)
        .dispatch(frame_system::Origin::<Test>::Authorized.into())
        .map(|_| ())
        .map_err(|error| error.error)
}

/// A declaration on its whole way: authorized, then run with the origin that the extension gives.
pub fn send(by: u32, declaration: Declaration) -> Result<(), TransactionValidityError> {
    let call = signed(by, declaration);
    validate(&call)?;
    run(call).expect("a declaration that is authorized succeeds");
    Ok(())
}

pub fn declare(validator: u32, memory: u32) -> Result<(), TransactionValidityError> {
    send(validator, declaration(validator, capability(memory)))
}

/// The numbers of those that could answer what needs so much memory.
pub fn capable(memory: u32) -> Vec<u32> {
    let need = Need {
        memory,
        exact_version: EXACT_VERSION,
    };
    Capabilities::capable(need)
        .iter()
        .map(|(validator, _)| quorate_mocks::number(validator))
        .collect()
}

pub fn entry(validator: u32) -> crate::types::Entry {
    Entries::<Test>::get(account(validator)).expect("it has declared something")
}

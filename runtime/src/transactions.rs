//! What every transaction carries besides its call, and how the runtime builds transactions itself.

pub mod fee;
pub mod nonce;
pub mod priority;

use crate::{Runtime, RuntimeCall, System, UncheckedExtrinsic};
use fee::FeeUnlessFree;
use frame_system::offchain::{CreateAuthorizedTransaction, CreateBare, CreateTransaction, CreateTransactionBase};
use nonce::NonceAndTurn;
use sp_runtime::generic::{self, Era};

/// Checks of a transaction, outermost first. Those that stock wallets do not know encode to nothing.
pub type TransactionExtensions = (
    frame_system::AuthorizeCall<Runtime>,
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckMortality<Runtime>,
    NonceAndTurn,
    frame_system::CheckWeight<Runtime>,
    FeeUnlessFree,
    frame_system::WeightReclaim<Runtime>,
);

/// The bytes that an account signs.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TransactionExtensions>;

/// Extensions of an immortal transaction of the account's `nonce`, without a tip.
pub fn extensions(nonce: crate::Nonce) -> TransactionExtensions {
    (
        frame_system::AuthorizeCall::new(),
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckMortality::from(Era::Immortal),
        NonceAndTurn::from(nonce),
        frame_system::CheckWeight::new(),
        FeeUnlessFree::tip(0),
        frame_system::WeightReclaim::new(),
    )
}

impl<LocalCall> CreateTransactionBase<LocalCall> for Runtime
where
    RuntimeCall: From<LocalCall>,
{
    type Extrinsic = UncheckedExtrinsic;
    type RuntimeCall = RuntimeCall;
}

impl<LocalCall> CreateBare<LocalCall> for Runtime
where
    RuntimeCall: From<LocalCall>,
{
    fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
        UncheckedExtrinsic::new_bare(call)
    }
}

impl<LocalCall> CreateTransaction<LocalCall> for Runtime
where
    RuntimeCall: From<LocalCall>,
{
    type Extension = TransactionExtensions;

    fn create_transaction(call: RuntimeCall, extension: TransactionExtensions) -> UncheckedExtrinsic {
        UncheckedExtrinsic::new_transaction(call, extension)
    }
}

impl<LocalCall> CreateAuthorizedTransaction<LocalCall> for Runtime
where
    RuntimeCall: From<LocalCall>,
{
    /// Nobody signs them: nonce and era mean nothing. A nonce of the block tells a new try from one before: a pool that dropped
    /// those bytes, as when a fork lost, would not take them again for half an hour.
    fn create_extension() -> TransactionExtensions {
        extensions(System::block_number())
    }
}

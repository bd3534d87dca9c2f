//! The nonce of a transaction, and the turn in the pool of free calls.

use super::priority;
use crate::{Runtime, RuntimeCall, RuntimeOrigin};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
    dispatch::{CheckIfFeeless, DispatchInfo, PostDispatchInfo},
    pallet_prelude::{TransactionSource, TransactionValidityError, Weight},
};
use frame_system::CheckNonce;
use scale_info::{Type, TypeInfo};
use sp_runtime::{
    traits::{Implication, TransactionExtension, TransactionExtensionMetadata, ValidateResult},
    DispatchResult,
};

type Inner = CheckNonce<Runtime>;
type InnerVal = <Inner as TransactionExtension<RuntimeCall>>::Val;
type InnerPre = <Inner as TransactionExtension<RuntimeCall>>::Pre;

/// Checks the nonce, and gives a free call its turn before all that pay: without it, one fee's worth of tokens, shown a thousand
/// times, would push the free calls of all others out of a full pool. Only the account's next transaction has it, so that nobody fills
/// the pool with free calls of one account. From outside it is [`CheckNonce`].
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking)]
pub struct NonceAndTurn(Inner);

impl From<crate::Nonce> for NonceAndTurn {
    fn from(nonce: crate::Nonce) -> Self {
        Self(CheckNonce::from(nonce))
    }
}

impl TypeInfo for NonceAndTurn {
    type Identity = <Inner as TypeInfo>::Identity;

    fn type_info() -> Type {
        Inner::type_info()
    }
}

impl TransactionExtension<RuntimeCall> for NonceAndTurn {
    const IDENTIFIER: &'static str = <Inner as TransactionExtension<RuntimeCall>>::IDENTIFIER;
    type Implicit = <Inner as TransactionExtension<RuntimeCall>>::Implicit;
    type Val = InnerVal;
    type Pre = InnerPre;

    fn metadata() -> Vec<TransactionExtensionMetadata> {
        <Inner as TransactionExtension<RuntimeCall>>::metadata()
    }

    fn implicit(&self) -> Result<Self::Implicit, TransactionValidityError> {
        self.0.implicit()
    }

    fn weight(&self, call: &RuntimeCall) -> Weight {
        self.0.weight(call)
    }

    fn validate(
        &self,
        origin: RuntimeOrigin,
        call: &RuntimeCall,
        info: &DispatchInfo,
        len: usize,
        implicit: Self::Implicit,
        implication: &impl Implication,
        source: TransactionSource,
    ) -> ValidateResult<Self::Val, RuntimeCall> {
        let (mut valid, val, origin) = self
            .0
            .validate(origin, call, info, len, implicit, implication, source)?;
        // In a block there is no pool any more.
        let pooled = source != TransactionSource::InBlock;
        if pooled && valid.requires.is_empty() && call.is_feeless(&origin) {
            valid.priority = priority::FREE;
        }
        Ok((valid, val, origin))
    }

    fn prepare(
        self,
        val: Self::Val,
        origin: &RuntimeOrigin,
        call: &RuntimeCall,
        info: &DispatchInfo,
        len: usize,
    ) -> Result<Self::Pre, TransactionValidityError> {
        self.0.prepare(val, origin, call, info, len)
    }

    fn post_dispatch_details(
        pre: Self::Pre,
        info: &DispatchInfo,
        post_info: &PostDispatchInfo,
        len: usize,
        result: &DispatchResult,
    ) -> Result<Weight, TransactionValidityError> {
        Inner::post_dispatch_details(pre, info, post_info, len, result)
    }
}

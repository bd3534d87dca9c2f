//! The fee of a transaction, which free calls do not pay; nor does taking it then fill the block.

use super::priority;
use crate::{Runtime, RuntimeCall, RuntimeOrigin};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
    dispatch::{DispatchInfo, PostDispatchInfo},
    pallet_prelude::{TransactionSource, TransactionValidityError, Weight},
};
use pallet_skip_feeless_payment::{Intermediate, SkipCheckIfFeeless};
use pallet_transaction_payment::ChargeTransactionPayment;
use quorate_primitives::Balance;
use scale_info::{Type, TypeInfo};
use sp_runtime::{
    traits::{Implication, TransactionExtension, TransactionExtensionMetadata, ValidateResult},
    DispatchResult,
};

type Inner = SkipCheckIfFeeless<Runtime, ChargeTransactionPayment<Runtime>>;
type InnerVal = <Inner as TransactionExtension<RuntimeCall>>::Val;
type InnerPre = <Inner as TransactionExtension<RuntimeCall>>::Pre;

/// Takes the fee, unless the call is free. [`SkipCheckIfFeeless`] keeps the weight of a fee that it did not take; this gives it
/// back, so that more free calls fit into a block. From outside it is [`ChargeTransactionPayment`].
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking)]
pub struct FeeUnlessFree(Inner);

impl FeeUnlessFree {
    /// With this tip, for a call that is not free.
    pub fn tip(tip: Balance) -> Self {
        Self(ChargeTransactionPayment::from(tip).into())
    }
}

impl TypeInfo for FeeUnlessFree {
    type Identity = <Inner as TypeInfo>::Identity;

    fn type_info() -> Type {
        Inner::type_info()
    }
}

impl TransactionExtension<RuntimeCall> for FeeUnlessFree {
    const IDENTIFIER: &'static str = <Inner as TransactionExtension<RuntimeCall>>::IDENTIFIER;
    type Implicit = <Inner as TransactionExtension<RuntimeCall>>::Implicit;
    type Val = InnerVal;
    /// With the weight of taking the fee.
    type Pre = (InnerPre, Weight);

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
        // No tip buys a place before those who cannot pay one.
        valid.priority = valid.priority.min(priority::MOST_PAID);
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
        let weight = self.weight(call);
        Ok((self.0.prepare(val, origin, call, info, len)?, weight))
    }

    fn post_dispatch_details(
        (pre, weight): Self::Pre,
        info: &DispatchInfo,
        post_info: &PostDispatchInfo,
        len: usize,
        result: &DispatchResult,
    ) -> Result<Weight, TransactionValidityError> {
        let free = matches!(pre, Intermediate::Skip(_));
        let unspent = Inner::post_dispatch_details(pre, info, post_info, len, result)?;
        Ok(if free { weight } else { unspent })
    }
}

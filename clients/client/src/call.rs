//! A call by pallet and name, its arguments encoded.

use crate::{Error, Result};
use codec::Encode;
use subxt::Metadata;

/// A call of the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub pallet: &'static str,
    pub name: &'static str,
    /// SCALE encoding of the arguments, one after the other.
    pub arguments: Arguments,
}

/// What comes after the two index bytes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments {
    Encoded(Vec<u8>),
    /// Encoded arguments, a call, encoded arguments: for calls that carry another.
    Around(Vec<u8>, Box<Call>, Vec<u8>),
}

impl Call {
    pub fn new(pallet: &'static str, name: &'static str, arguments: impl Encode) -> Self {
        Self {
            pallet,
            name,
            arguments: Arguments::Encoded(arguments.encode()),
        }
    }

    /// A call that carries `inner` between other arguments.
    pub fn around(
        pallet: &'static str,
        name: &'static str,
        before: impl Encode,
        inner: Call,
        after: impl Encode,
    ) -> Self {
        let arguments = Arguments::Around(before.encode(), Box::new(inner), after.encode());
        Self {
            pallet,
            name,
            arguments,
        }
    }

    /// The bytes of the call, with the indices that `metadata` gives for its names.
    pub fn encode(&self, metadata: &Metadata) -> Result<Vec<u8>> {
        let missing = || Error::Incompatible(format!("it has no call {}.{}", self.pallet, self.name));
        let pallet = metadata.pallet_by_name(self.pallet).ok_or_else(missing)?;
        let variant = pallet.call_variant_by_name(self.name).ok_or_else(missing)?;
        let mut bytes = vec![pallet.call_index(), variant.index];
        match &self.arguments {
            Arguments::Encoded(arguments) => bytes.extend(arguments),
            Arguments::Around(before, inner, after) => {
                bytes.extend(before);
                bytes.extend(inner.encode(metadata)?);
                bytes.extend(after);
            }
        }
        Ok(bytes)
    }
}

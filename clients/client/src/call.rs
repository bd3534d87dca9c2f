//! A call by pallet and name, its arguments encoded.

use crate::{Error, Result};
use codec::{Encode, Output};
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

/// Bytes that are encoded already: a call or a transaction, as a runtime API takes it.
pub(crate) struct Encoded(pub Vec<u8>);

impl Encode for Encoded {
    fn encode_to<T: Output + ?Sized>(&self, output: &mut T) {
        output.write(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_should_be_shown_to_the_runtime_as_it_is() {
        assert_eq!((Encoded(vec![1, 2, 3]), 3u32).encode(), [1, 2, 3, 3, 0, 0, 0]);
    }
}

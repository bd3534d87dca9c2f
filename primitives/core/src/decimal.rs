//! Token amounts in JSON: decimal strings, because JavaScript's numbers are exact only up to 2^53.

use crate::Balance;
use core::fmt;
use serde::{de, Deserializer, Serializer};

/// Write `amount` as a decimal string.
pub fn serialize<S: Serializer>(amount: &Balance, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

/// Read a decimal string, or a number that fits `u64`.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Balance, D::Error> {
    deserializer.deserialize_any(Amount)
}

struct Amount;

impl de::Visitor<'_> for Amount {
    type Value = Balance;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a token amount in the smallest unit, as a decimal string or a whole number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Balance, E> {
        text.parse()
            .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Balance, E> {
        Ok(number.into())
    }
}

/// Amounts that there may not be.
pub mod option {
    use crate::Balance;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Amount(#[serde(with = "super")] Balance);

    /// Write `amount` as a decimal string, or as null.
    pub fn serialize<S: Serializer>(amount: &Option<Balance>, serializer: S) -> Result<S::Ok, S::Error> {
        amount.map(Amount).serialize(serializer)
    }

    /// Read what [`serialize`] writes.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Balance>, D::Error> {
        Ok(Option::<Amount>::deserialize(deserializer)?.map(|Amount(amount)| amount))
    }
}

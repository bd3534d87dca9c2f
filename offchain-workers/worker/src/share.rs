//! A share on the command line: `1/8`, or `0` for none.

use std::{fmt, str::FromStr};

/// The smallest share.
const MOST: u32 = 1 << 16;

/// One in so many; 0: none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OneIn(pub u32);

impl FromStr for OneIn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "0" {
            return Ok(Self(0));
        }
        let number = text.strip_prefix("1/").and_then(|number| number.parse().ok());
        number
            .filter(|number| (1..=MOST).contains(number))
            .map(Self)
            .ok_or_else(|| {
                format!(
                    "{text:?}: a share such as 1/8 was expected, 1/1 for all, 0 for none, 1/{MOST} at least otherwise"
                )
            })
    }
}

impl fmt::Display for OneIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => write!(f, "0"),
            number => write!(f, "1/{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_should_be_read_as_they_are_shown_and_no_others() {
        for (text, number) in [("0", 0), ("1/1", 1), ("1/8", 8), ("1/65536", 65_536)] {
            let share: OneIn = text.parse().unwrap();
            assert_eq!((share, share.to_string()), (OneIn(number), text.into()));
        }
        for wrong in ["", "1", "8", "1/0", "1/65537", "2/8", "0.5", "1/-1", "1/8 "] {
            assert!(wrong.parse::<OneIn>().is_err(), "{wrong}");
        }
    }
}

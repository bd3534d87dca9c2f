//! How requests are named on the command line, and where their inputs are kept.

use crate::failure::Result;
use quorate_primitives::{RequestId, Root};
use std::{path::PathBuf, str::FromStr};

/// A request, by its number or by the root of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestRef {
    Number(RequestId),
    /// Whatever number a fork has given it.
    Input(Root),
}

impl FromStr for RequestRef {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let number = text.parse().map(Self::Number);
        let root = || text.strip_prefix("0x")?.len().eq(&64).then(|| text.parse().ok())?;
        number.or_else(|_| {
            let expected =
                "the number of a request, or the root of its input, 0x and 64 hexadecimal digits, was expected";
            root().map(Self::Input).ok_or_else(|| expected.into())
        })
    }
}

/// Where inputs are kept.
pub fn state_folder(given: Option<PathBuf>) -> Result<PathBuf> {
    match given {
        Some(folder) => Ok(folder),
        None => Ok(quorate_ask::request::folder(
            "name a folder of your own with --state; answers cannot be checked without what lies there",
        )?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_should_be_named_by_its_number_or_the_root_of_its_input() {
        let root = Root::repeat_byte(0xa5);
        assert_eq!("7".parse(), Ok(RequestRef::Number(7)));
        assert_eq!(format!("{root:?}").parse(), Ok(RequestRef::Input(root)));
        for wrong in [
            "",
            "-1",
            "0x",
            "0x07",
            "seven",
            &"a5".repeat(32),
            &format!("{root:?}00"),
        ] {
            assert!(wrong.parse::<RequestRef>().is_err(), "{wrong}");
        }
    }
}

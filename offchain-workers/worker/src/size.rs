//! Sizes on the command line: bytes, or a number with a unit, as other programs of Quorate take them.

use std::{fmt, str::FromStr};

const UNITS: [(&str, u32); 4] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];

/// A number of bytes, such as `900MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Size(pub u64);

impl Size {
    /// One that is not below `least`: for the parser of a flag.
    pub fn at_least(least: u64) -> impl Fn(&str) -> Result<Self, String> + Clone + Send + Sync + 'static {
        move |text| match text.parse::<Self>()? {
            size if size.0 < least => Err(format!("{} is the least", Self(least))),
            size => Ok(size),
        }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit = |(unit, shift): &(&str, u32)| Some((text.strip_suffix(unit)?, *shift));
        let (number, shift) = UNITS.iter().find_map(unit).unwrap_or((text, 0));
        let number: Option<u64> = number.trim().parse().ok();
        let bytes = number.and_then(|number| number.checked_mul(1 << shift));
        bytes
            .map(Self)
            .ok_or_else(|| format!("{text:?}: a number of bytes such as 900MiB was expected (KiB, MiB, GiB, TiB)"))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, shift): &&(&str, u32)| self.0 > 0 && self.0.is_multiple_of(1 << shift);
        match UNITS.iter().rev().find(whole) {
            Some((unit, shift)) => write!(f, "{}{unit}", self.0 >> shift),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_should_be_read_with_their_units_and_shown_with_them() {
        for (text, bytes, shown) in [
            ("0", 0, "0"),
            ("4096", 4_096, "4KiB"),
            ("4097", 4_097, "4097"),
            ("900MiB", 900 << 20, "900MiB"),
            ("64 GiB", 64 << 30, "64GiB"),
            ("1024GiB", 1 << 40, "1TiB"),
            ("18446744073709551615", u64::MAX, "18446744073709551615"),
        ] {
            let size: Size = text.parse().unwrap();
            assert_eq!((size, size.to_string()), (Size(bytes), shown.into()), "{text}");
        }
        for wrong in [
            "",
            "MiB",
            "1TB",
            "1MB",
            "-1",
            "1.5GiB",
            "900mib",
            "16777216TiB",
            "18446744073709551616",
        ] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
        assert_eq!(Size::at_least(1 << 20)("1MiB"), Ok(Size(1 << 20)));
        assert_eq!(Size::at_least(1 << 20)("1023KiB"), Err("1MiB is the least".into()));
    }
}

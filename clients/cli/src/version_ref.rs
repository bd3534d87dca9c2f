//! How a version is named: `MODEL@VERSION`.

use quorate_primitives::{ModelId, VersionIndex};
use std::str::FromStr;

/// `MODEL@VERSION`, both numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionRef {
    pub model: ModelId,
    pub version: VersionIndex,
}

impl FromStr for VersionRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not MODEL@VERSION, such as 0@3");
        let (model, version) = text.split_once('@').ok_or_else(wrong)?;
        let model = model.parse().map_err(|_| wrong())?;
        Ok(Self {
            model,
            version: version.parse().map_err(|_| wrong())?,
        })
    }
}

/// `MODEL@VERSION`, or `MODEL` for its newest version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelRef {
    pub model: ModelId,
    pub version: Option<VersionIndex>,
}

impl FromStr for ModelRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('@') {
            return text.parse().map(|VersionRef { model, version }| Self {
                model,
                version: Some(version),
            });
        }
        let model = text
            .parse()
            .map_err(|_| format!("{text:?} is not MODEL or MODEL@VERSION, such as 0 or 0@3"))?;
        Ok(Self { model, version: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_should_be_named_by_two_numbers() {
        assert_eq!("2@7".parse(), Ok(VersionRef { model: 2, version: 7 }));
        assert!("digits@7".parse::<VersionRef>().is_err());
        assert!("2".parse::<VersionRef>().is_err());
        let of = |version| Ok(ModelRef { model: 2, version });
        assert_eq!(("2".parse(), "2@7".parse()), (of(None), of(Some(7))));
        assert!("".parse::<ModelRef>().is_err() && "2@".parse::<ModelRef>().is_err());
    }
}

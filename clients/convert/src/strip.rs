//! Parts of names that wrappers add: `module.` before all of them, `.default` in their middle.

use crate::names::quoted;
use std::{collections::BTreeSet, str::FromStr};

/// Components of a name that are tried as something a wrapper added.
const MAX_COMPONENTS: usize = 12;

/// A part to leave out of names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strip {
    /// At the beginning of a name, once: `module.`.
    Prefix(String),
    /// After a component and before another or the end, wherever it is: `.default`.
    Infix(String),
}

impl Strip {
    /// The name without it; none if it is not in the name.
    fn apply(&self, name: &str) -> Option<String> {
        match self {
            Self::Prefix(prefix) => name.strip_prefix(prefix.as_str()).map(String::from),
            Self::Infix(infix) => {
                let (mut rest, mut short) = (name, String::new());
                while let Some(at) = rest.find(infix.as_str()) {
                    let (before, after) = (rest.get(..at)?, rest.get(at + infix.len()..)?);
                    short.push_str(before);
                    let whole = after.is_empty() || after.starts_with('.');
                    if !whole {
                        short.push_str(infix);
                    }
                    rest = after;
                }
                short.push_str(rest);
                (short != name).then_some(short)
            }
        }
    }

    /// The name without all of them; notes which were found.
    pub(crate) fn all(strips: &[Self], name: &str, found: &mut [bool]) -> String {
        let mut short = name.to_string();
        for (strip, found) in strips.iter().zip(found) {
            if let Some(shorter) = strip.apply(&short) {
                short = shorter;
                *found = true;
            }
        }
        short
    }

    /// As it is given.
    pub fn text(&self) -> &str {
        match self {
            Self::Prefix(text) | Self::Infix(text) => text,
        }
    }
}

impl FromStr for Strip {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = crate::pattern::name(text)?;
        match text.as_str() {
            "" | "." => Err("an empty part".into()),
            part if part.starts_with('.') && !part.ends_with('.') => Ok(Self::Infix(text)),
            part if !part.starts_with('.') && part.ends_with(['.', '/', ':']) => Ok(Self::Prefix(text)),
            _ => Err(format!(
                "{} neither ends with a dot, as the prefix `module.`, nor begins with one, as the infix `.default`",
                quoted(&text)
            )),
        }
    }
}

/// The part that, left out of the names on both sides, finds most of the missing tensors, and how many.
pub(crate) fn suggestion(missing: &[String], unexpected: &[String]) -> Option<(Strip, usize)> {
    let candidates: BTreeSet<Strip> = [missing.first(), unexpected.first()]
        .into_iter()
        .flatten()
        .flat_map(|name| candidates(name))
        .collect();
    let rate = |strip: Strip| {
        let short = |name: &String| strip.apply(name).unwrap_or_else(|| name.clone());
        let there: BTreeSet<String> = unexpected.iter().map(short).collect();
        let found = missing.iter().filter(|name| there.contains(&short(name))).count();
        (found, strip)
    };
    // Of equal ones the shortest: it says least about the names.
    let best = candidates
        .into_iter()
        .map(rate)
        .max_by_key(|(found, strip)| (*found, std::cmp::Reverse(strip.text().len())))?;
    (best.0 > 0).then_some((best.1, best.0))
}

/// Every prefix and every infix of whole components.
fn candidates(name: &str) -> Vec<Strip> {
    let ends: Vec<usize> = name.match_indices('.').map(|(at, _)| at).take(MAX_COMPONENTS).collect();
    let part = |from: usize, to: usize| name.get(from..to).map(String::from);
    let prefixes = ends.iter().filter_map(|&end| part(0, end + 1)).map(Strip::Prefix);
    let mut all: Vec<Strip> = prefixes.collect();
    for (first, &from) in ends.iter().enumerate() {
        let tos = ends.iter().skip(first + 1).copied().chain([name.len()]);
        all.extend(tos.filter_map(|to| part(from, to)).map(Strip::Infix));
    }
    let named = |strip: &Strip| !matches!(strip.text(), "." | "");
    all.into_iter().filter(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn prefixes_should_be_left_out_once_and_infixes_everywhere() {
        let strip = |strip: &str, name: &str| strip.parse::<Strip>().unwrap().apply(name);
        assert_eq!(strip("module.", "module.module.w").as_deref(), Some("module.w"));
        assert_eq!(strip("module.", "submodule.w"), None);
        assert_eq!(strip(".default", "a.default.w").as_deref(), Some("a.w"));
        assert_eq!(strip(".default", "a.defaults.w"), None);
        assert_eq!(strip(".w", "a.w.b.w").as_deref(), Some("a.b"));
        for wrong in ["", ".", "module", ".a."] {
            assert!(wrong.parse::<Strip>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_a_wrapper_added_should_be_noticed_on_either_side() {
        let plain = names(&["fc.bias", "fc.weight"]);
        let wrapped = names(&["module.fc.bias", "module.fc.weight"]);
        for (missing, unexpected) in [(&plain, &wrapped), (&wrapped, &plain)] {
            assert_eq!(
                suggestion(missing, unexpected),
                Some((Strip::Prefix("module.".into()), 2))
            );
        }
        let adapter = names(&["m.lora_A.default.weight", "m.lora_B.default.weight"]);
        let found = suggestion(&names(&["m.lora_A.weight", "m.lora_B.weight"]), &adapter);
        assert_eq!(found, Some((Strip::Infix(".default".into()), 2)));
        assert_eq!(suggestion(&plain, &names(&["conv.weight"])), None);
    }
}

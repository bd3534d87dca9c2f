//! Parts of names that wrappers add: `module.` before all of them, `.default` in their middle.

use crate::names::quoted;
use std::{collections::BTreeSet, str::FromStr};

/// Differences between names that are tried on all of them.
const MAX_CANDIDATES: usize = 64;

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

/// The parts that, left out of the names on both sides, find most of the missing tensors, and how many.
///
/// Candidates are what one name has more than another: `module` and `default` of `module.fc.lora_A.default.weight` beside
/// `fc.lora_A.weight`.
pub(crate) fn suggestion(missing: &[String], unexpected: &[String]) -> Option<(Vec<Strip>, usize)> {
    let first = missing.first()?;
    let candidates: BTreeSet<Vec<Strip>> = unexpected
        .iter()
        .filter_map(|name| surplus(name, first).or_else(|| surplus(first, name)))
        .take(MAX_CANDIDATES)
        .collect();
    let rate = |strips: Vec<Strip>| {
        let short = |name: &String| Strip::all(&strips, name, &mut vec![false; strips.len()]);
        let there: BTreeSet<String> = unexpected.iter().map(short).collect();
        let found = missing.iter().filter(|name| there.contains(&short(name))).count();
        (found, strips)
    };
    let best = candidates.into_iter().map(rate).max_by_key(|(found, strips)| {
        let len: usize = strips.iter().map(|strip| strip.text().len()).sum();
        (*found, std::cmp::Reverse(len))
    })?;
    (best.0 > 0).then_some((best.1, best.0))
}

/// The runs of components that `long` has more than `short`; none if the rest is not `short`, or where all is the same.
fn surplus(long: &str, short: &str) -> Option<Vec<Strip>> {
    let mut rest = short.rsplit('.').peekable();
    let (mut strips, mut run) = (BTreeSet::new(), Vec::new());
    let mut close = |run: &mut Vec<&str>, is_prefix: bool| {
        if !run.is_empty() {
            run.reverse();
            let text = run.join(".");
            strips.insert(match is_prefix {
                true => Strip::Prefix(format!("{text}.")),
                false => Strip::Infix(format!(".{text}")),
            });
            run.clear();
        }
    };
    // From the end, as wrappers add most at the beginning.
    for component in long.rsplit('.') {
        match rest.next_if_eq(&component) {
            Some(_) => close(&mut run, false),
            None => run.push(component),
        }
    }
    close(&mut run, true);
    let usable = |strip: &Strip| strip.text().parse::<Strip>().as_ref() == Ok(strip);
    (rest.peek().is_none() && !strips.is_empty() && strips.iter().all(usable)).then(|| strips.into_iter().collect())
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
    fn what_wrappers_added_should_be_noticed_on_either_side() {
        let suggested = |missing: &[&str], unexpected: &[&str]| {
            let found = suggestion(&names(missing), &names(unexpected))?;
            let strips: Vec<String> = found.0.iter().map(|strip| strip.text().to_string()).collect();
            Some((strips.join(" "), found.1))
        };
        let some = |strips: &str, found| Some((strips.to_string(), found));
        let (plain, wrapped) = (["fc.bias", "fc.weight"], ["module.fc.bias", "module.fc.weight"]);
        assert_eq!(suggested(&plain, &wrapped), some("module.", 2));
        assert_eq!(suggested(&wrapped, &plain), some("module.", 2));
        let adapter = ["m.lora_A.default.weight", "m.lora_B.default.weight"];
        assert_eq!(
            suggested(&["m.lora_A.weight", "m.lora_B.weight"], &adapter),
            some(".default", 2)
        );
        let both = [
            "a.b",
            "module.m.lora_A.default.weight",
            "module.m.lora_B.default.weight",
        ];
        assert_eq!(
            suggested(&["m.lora_A.weight", "m.lora_B.weight"], &both),
            some("module. .default", 2)
        );
        let sharded = ["_fsdp.layers.0._fsdp.attn._fsdp.w"];
        assert_eq!(suggested(&["layers.0.attn.w"], &sharded), some("_fsdp. ._fsdp", 1));
        assert_eq!(suggested(&plain, &["conv.weight"]), None);
        assert_eq!(suggested(&["fc.bias"], &[]), None);
    }
}

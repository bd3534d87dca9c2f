//! How tensors are chosen by their names.

use globset::{GlobBuilder, GlobMatcher};
use std::str::FromStr;

/// A pattern of names: `*` for any characters, `?` for one byte, `[a-z]` for one of a class; or, in double quotes as JSON, one
/// name as it stands.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    matcher: Matcher,
}

#[derive(Clone, Debug)]
enum Matcher {
    Name(String),
    Glob(GlobMatcher),
}

impl Pattern {
    /// Whether the whole name matches.
    pub fn matches(&self, name: &str) -> bool {
        match &self.matcher {
            Matcher::Name(own) => own == name,
            Matcher::Glob(glob) => glob.is_match(name),
        }
    }

    /// As it was given.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let matcher = match text.starts_with('"') {
            true => Matcher::Name(name(text)?),
            false => {
                let glob = GlobBuilder::new(text).backslash_escape(true).build();
                Matcher::Glob(glob.map_err(|error| error.to_string())?.compile_matcher())
            }
        };
        Ok(Self {
            text: text.into(),
            matcher,
        })
    }
}

/// One name: as it stands, or in double quotes as JSON.
///
/// # Errors
/// What is wrong with the quotes.
pub fn name(text: &str) -> Result<String, String> {
    match text.starts_with('"') {
        true => serde_json::from_str(text)
            .map_err(|error| format!("a name in double quotes is read as JSON, but {text} is none: {error}")),
        false => Ok(text.into()),
    }
}

/// Cuts a list at its commas, those in double quotes and in `{…}` left out.
pub fn split_list(text: &str) -> Vec<&str> {
    split(text, ',')
}

/// Cuts at each `separator` that stands in no double quotes and no `{…}`.
pub fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut first) = (Vec::new(), 0);
    let (mut in_quotes, mut escaped, mut depth) = (false, false, 0u32);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_quotes = !in_quotes,
            _ if in_quotes => (),
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if c == separator && depth == 0 => {
                parts.push(text.get(first..at).unwrap_or_default());
                first = at + c.len_utf8();
            }
            _ => (),
        }
    }
    parts.push(text.get(first..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_should_match_whole_names() {
        for (pattern, name, matches) in [
            ("a.b", "a.b", true),
            ("a.b", "a.bc", false),
            ("a.*", "a.bc", true),
            ("*.bias", "x.y.bias", true),
            ("*.bias", "x.bias2", false),
            ("l*.w*t", "layer.weight", true),
            ("*", "anything/at all\n", true),
            ("layers.[0-3].*", "layers.2.w", true),
            ("{q,k}_proj", "k_proj", true),
            ("\"star*w\"", "star*w", true),
            ("\"star*w\"", "star.w", false),
            ("\"tab\\tx\"", "tab\tx", true),
            ("x=y", "x=y", true),
            ("слой.*", "слой.вес", true),
        ] {
            let read: Pattern = pattern.parse().unwrap();
            assert_eq!(read.matches(name), matches, "{pattern} {name}");
        }
        for wrong in ["[a", "{a", "\"a", "\"a\"b", "\"\\x\""] {
            assert!(wrong.parse::<Pattern>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists_should_be_cut_outside_of_quotes_and_braces() {
        assert_eq!(split_list("a,b"), ["a", "b"]);
        assert_eq!(split_list(r#""a,\"b",c"#), [r#""a,\"b""#, "c"]);
        assert_eq!(split_list("{q,k}.w=stat,x"), ["{q,k}.w=stat", "x"]);
        assert_eq!(split(r#""x=y"=z"#, '='), [r#""x=y""#, "z"]);
    }
}

//! Names of tensors as they are shown and as they are given: what is unusual stands in double quotes, as JSON.
//!
//! A name comes from a file that anyone may have written: its control characters must not reach a terminal.

use quorate_exact::file::header::MAX_NAME_LEN;
use std::borrow::Cow;

/// Names that a message lists before it counts the rest.
pub(crate) const SHOWN: usize = 8;

/// The name as it is, or, with characters that a list, a pattern or a terminal would take for something else, as a JSON string
/// of printable characters.
pub fn shown(name: &str) -> Cow<'_, str> {
    let plain = |c: char| is_printable(c) && !" ,=\"*?[]{}\\'".contains(c);
    match !name.is_empty() && name.chars().all(plain) {
        true => name.into(),
        false => quoted(name).into(),
    }
}

/// The name as a JSON string of printable characters. One that is too long for a tensor is cut.
pub fn quoted(name: &str) -> String {
    let mut text = String::from('"');
    for (at, c) in name.char_indices() {
        if at >= MAX_NAME_LEN {
            text.push('…');
            break;
        }
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            c if is_printable(c) => text.push(c),
            c => {
                let units = c.encode_utf16(&mut [0; 2]).to_vec();
                text.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
    }
    text.push('"');
    text
}

/// The first of these names, and how many more there are.
pub fn list<S: AsRef<str>>(names: &[S]) -> String {
    let mut text: Vec<String> = names.iter().take(SHOWN).map(|name| quoted(name.as_ref())).collect();
    if names.len() > SHOWN {
        text.push(format!("and {} more", names.len() - SHOWN));
    }
    text.join(", ")
}

/// Neither a control character, nor one that changes the direction of writing, nor an unassigned one.
fn is_printable(c: char) -> bool {
    c == '\'' || c == '"' || c == '\\' || c.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_should_be_shown_as_they_are() {
        for name in [
            "model.layers.0.self_attn.q_proj.weight",
            "слой.вес",
            "层/权重",
            "a-b:c@1",
        ] {
            assert_eq!(shown(name), name);
        }
    }

    #[test]
    fn unusual_names_should_be_shown_in_quotes_that_are_read_back() {
        for (name, text) in [
            ("", "\"\""),
            ("a b", "\"a b\""),
            ("x=y", "\"x=y\""),
            ("comma,w", "\"comma,w\""),
            ("\u{1b}[31mred", "\"\\u001b[31mred\""),
            ("\u{9b}31m", "\"\\u009b31m\""),
            ("\u{202e}reversed", "\"\\u202ereversed\""),
            ("q\"\\\n", "\"q\\\"\\\\\\n\""),
            ("\u{e0001}", "\"\\udb40\\udc01\""),
        ] {
            assert_eq!(shown(name), text);
            assert_eq!(serde_json::from_str::<String>(text).unwrap(), name);
        }
    }

    #[test]
    fn long_lists_should_be_cut_and_counted() {
        let names: Vec<String> = (0..10).map(|i| format!("t{i}")).collect();
        assert!(list(&names).ends_with("\"t7\", and 2 more"));
    }
}

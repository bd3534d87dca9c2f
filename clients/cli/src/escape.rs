//! Names come from the chain and from files: they must not move the terminal's cursor, or look like other names.

use quorate_client::text::escaped;
pub use quorate_client::text::visible;
use std::fmt::Write;

/// One line of text: line breaks are escaped too.
pub fn visible_in_line(text: &str) -> String {
    visible(text).replace('\n', "\\n")
}

/// JSON with everything else escaped as JSON does it.
pub fn visible_in_json(text: &str) -> String {
    escaped(text, |character, escaped| {
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_client::text::is_plain;
    use serde_json::Value;

    #[test]
    fn line_should_stay_one() {
        assert_eq!(visible_in_line("a\nb\u{1b}"), "a\\nb\\u{1b}");
    }

    #[test]
    fn json_should_mean_the_same_after_it_was_escaped() {
        let value = serde_json::json!({ "a\u{9b}": "\u{1b}[2J\u{202e}\u{7f}\u{feff} zürich \n" });
        let text = visible_in_json(&format!("{value:#}"));
        assert!(
            text.chars().all(|character| is_plain(character) || character == '\n'),
            "{text:?}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}

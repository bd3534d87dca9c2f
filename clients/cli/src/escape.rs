//! Names come from the chain and from files: they must not move the terminal's cursor, or look like other names.

use std::fmt::Write;

/// Whether a character is shown as what it is: no control character, and none that turns the direction of writing or has no
/// width, with which one name looks like another.
fn is_plain(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Text with everything else escaped; lines stay lines.
pub fn visible(text: &str) -> String {
    escaped(text, |character, escaped| {
        let _ = write!(escaped, "{}", character.escape_unicode());
    })
}

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

fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> String {
    let mut all = String::with_capacity(text.len());
    for character in text.chars() {
        match is_plain(character) || character == '\n' {
            true => all.push(character),
            false => escape(character, &mut all),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn control_characters_should_not_reach_the_terminal() {
        let hostile = "a\u{1b}[2Jb\u{9b}31mc\rd\u{202e}e\u{7f}\tf";
        let shown = visible(hostile);
        assert!(shown.chars().all(is_plain), "{shown:?}");
        assert_eq!(visible("Universität Zürich\n日本"), "Universität Zürich\n日本");
        assert_eq!(visible_in_line("a\nb"), "a\\nb");
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

//! Texts that come from outside: from the chain, from files, from nodes and gateways. They must not move a terminal's cursor, look like other
//! texts, or fill a screen.

use std::fmt::Write;

/// Characters of what a node or a gateway says that are shown.
const LONGEST: usize = 1_000;

/// Whether a character is shown as what it is: no control character, and none that turns the direction of writing or has no
/// width, with which one name looks like another.
pub fn is_plain(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Text with everything else escaped; lines stay lines.
pub fn visible(text: &str) -> String {
    escaped(text, |character, escaped| {
        let _ = write!(escaped, "{}", character.escape_unicode());
    })
}

/// Text with everything else escaped as `escape` does it; lines stay lines.
pub fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> String {
    let mut all = String::with_capacity(text.len());
    for character in text.chars() {
        match is_plain(character) || character == '\n' {
            true => all.push(character),
            false => escape(character, &mut all),
        }
    }
    all
}

/// What somebody else says, escaped, and no more than its first thousand characters.
pub fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => visible(text),
        Some((end, _)) => {
            let (first, rest) = text.split_at(end);
            format!("{}… ({} more characters)", visible(first), rest.chars().count())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_should_not_reach_the_terminal() {
        let hostile = "a\u{1b}[2Jb\u{9b}31mc\rd\u{202e}e\u{7f}\tf";
        let shown = visible(hostile);
        assert!(shown.chars().all(is_plain), "{shown:?}");
        assert_eq!(visible("Universität Zürich\n日本"), "Universität Zürich\n日本");
        assert_eq!(visible(&shown), shown, "once is enough");
    }

    #[test]
    fn what_somebody_else_says_should_not_fill_the_screen() {
        assert_eq!(bounded("日本"), "日本");
        let long = "日".repeat(LONGEST + 5);
        let shown = bounded(&long);
        assert!(shown.ends_with("日… (5 more characters)"), "{shown}");
        assert_eq!(shown.matches('日').count(), LONGEST);
    }
}

//! Text as a model's tokens, and tokens as text, by the tokenizer's own file. The chain knows tokens alone.

use crate::{
    commands::whole_file::read,
    failure::{usage, Result},
};
use quorate_exact::Root;
use std::path::Path;
use tokenizers::Tokenizer;

/// A tokenizer of a `tokenizer.json`.
pub struct Text {
    tokenizer: Tokenizer,
    root: Root,
}

impl Text {
    /// What the file says of padding and of a longest text is left out: a request has its own length, and one that is too long is refused.
    ///
    /// # Errors
    /// When the file is no tokenizer.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = read(path)?;
        let wrong = |error| usage(format!("{} is no tokenizer.json: {error}", path.display()));
        let mut tokenizer = Tokenizer::from_bytes(&bytes).map_err(wrong)?;
        tokenizer.with_padding(None).with_truncation(None).map_err(wrong)?;
        Ok(Self {
            tokenizer,
            root: quorate_exact::root(&bytes),
        })
    }

    /// That it is the one which the program names. Another one would make other tokens of the same text.
    ///
    /// # Errors
    /// Naming both roots.
    pub fn check_named(&self, named: Option<Root>) -> Result {
        match named.filter(|named| *named != self.root) {
            None => Ok(()),
            Some(named) => Err(usage(format!(
                "the tokenizer's file has root 0x{}, and the program is for 0x{}",
                hex::encode(self.root),
                hex::encode(named)
            ))),
        }
    }

    /// The tokens of a text, with those that the tokenizer puts around it.
    ///
    /// # Errors
    /// When the text cannot be written in its tokens, or has none.
    pub fn tokens(&self, text: &str) -> Result<Vec<u32>> {
        let encoded = self.tokenizer.encode(text, true);
        let tokens = encoded.map_err(|error| usage(format!("the text has no tokens: {error}")))?;
        match tokens.get_ids() {
            [] => Err(usage("the text has no token: a prompt has at least one")),
            tokens => Ok(tokens.to_vec()),
        }
    }

    /// The token that a text is as a whole, such as `<|im_end|>`.
    pub fn token(&self, text: &str) -> Option<u32> {
        self.tokenizer.token_to_id(text)
    }

    /// The text of tokens, without those that are no text.
    ///
    /// # Errors
    /// When the tokenizer knows no text for them.
    pub fn text(&self, tokens: &[u32]) -> Result<String> {
        let decoded = self.tokenizer.decode(tokens, true);
        decoded.map_err(|error| usage(format!("these tokens are no text of this tokenizer: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words, and one token that is no text.
    const WORDS: &str = r#"{
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null, "decoder": null,
        "added_tokens": [{ "id": 3, "content": "<end>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true }],
        "pre_tokenizer": { "type": "Whitespace" },
        "model": { "type": "WordLevel", "vocab": { "what": 0, "is": 1, "[UNK]": 2, "<end>": 3 }, "unk_token": "[UNK]" }
    }"#;

    fn words() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokenizer.json");
        std::fs::write(&path, WORDS).unwrap();
        (folder, path)
    }

    #[test]
    fn text_should_become_tokens_and_come_back() {
        let (_folder, path) = words();
        let text = Text::open(&path).unwrap();
        assert_eq!(text.tokens("what is what").unwrap(), [0, 1, 0]);
        assert_eq!(text.text(&[0, 1, 3]).unwrap(), "what is");
        assert_eq!((text.token("<end>"), text.token("no")), (Some(3), None));
        assert!(text.tokens("").is_err());
    }

    #[test]
    fn text_should_be_neither_padded_nor_cut() {
        let (_folder, path) = words();
        let padding = r#"{ "strategy": { "Fixed": 8 }, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 2, "pad_type_id": 0, "pad_token": "[UNK]" }"#;
        let cutting = r#"{ "direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0 }"#;
        let padded = WORDS.replace(r#""padding": null"#, &format!(r#""padding": {padding}"#));
        std::fs::write(
            &path,
            padded.replace(r#""truncation": null"#, &format!(r#""truncation": {cutting}"#)),
        )
        .unwrap();
        assert_eq!(Text::open(&path).unwrap().tokens("what is what").unwrap(), [0, 1, 0]);
    }

    #[test]
    fn tokenizer_that_the_program_does_not_name_should_be_refused() {
        let (_folder, path) = words();
        let text = Text::open(&path).unwrap();
        let own = quorate_exact::root(WORDS.as_bytes());
        assert!(text.check_named(None).is_ok() && text.check_named(Some(own)).is_ok());
        assert!(text
            .check_named(Some([7; 32]))
            .unwrap_err()
            .text()
            .contains(&hex::encode(own)));
        std::fs::write(&path, "{}").unwrap();
        assert!(Text::open(&path).is_err());
    }
}

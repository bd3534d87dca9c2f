//! Secret URIs, strictly: the reference parser takes a missing phrase for the public development phrase, so that an empty
//! text, and every path, is a key that everybody has.

use crate::{Error, Result};
use std::str::FromStr;
use subxt_signer::{bip39::Mnemonic, sr25519::Keypair, SecretUri};
use zeroize::Zeroizing;

/// Numbers of words that a mnemonic has.
const WORDS: [usize; 5] = [12, 15, 18, 21, 24];
/// Hex digits of a seed.
const DIGITS: usize = 64;

/// The pair of a secret URI. Errors never show the text.
pub fn pair(text: &str) -> Result<Keypair> {
    check(text).map_err(Error::Input)?;
    let parsed = SecretUri::from_str(text).map_err(|_| Error::Input("the key is no secret URI".into()))?;
    Keypair::from_uri(&parsed).map_err(|error| Error::Input(format!("the key is unusable: {error}")))
}

/// The 32 bytes of a mnemonic or a seed without derivations: those of a derived key stand nowhere in the form that other programs read.
pub fn seed(text: &str) -> Result<Zeroizing<[u8; 32]>> {
    check(text).map_err(Error::Input)?;
    if phrase_of(text) != text {
        return Err(Error::Input(
            "the key is derived (/ or //): only a mnemonic or a seed without derivations can be encrypted".into(),
        ));
    }
    let unusable = |error: &dyn std::fmt::Display| Error::Input(format!("the key is unusable: {error}"));
    let mut seed = Zeroizing::new([0; 32]);
    match text.strip_prefix("0x") {
        Some(digits) => hex::decode_to_slice(digits, &mut seed[..]).map_err(|error| unusable(&error))?,
        None => {
            let words = Mnemonic::parse(text).map_err(|error| unusable(&error))?;
            let entropy = Zeroizing::new(words.to_entropy());
            let secret = substrate_bip39::mini_secret_from_entropy(&entropy, "")
                .map_err(|_| Error::Input("the key is unusable: its words have a wrong number of bits".into()))?;
            seed.copy_from_slice(secret.as_bytes());
        }
    }
    Ok(seed)
}

/// Whether this is a mnemonic or a seed, with or without derivations: a secret, whatever else is wrong with it.
pub fn is_secret(text: &str) -> bool {
    let phrase = phrase_of(text);
    is_seed(phrase) || is_mnemonic(phrase)
}

/// Whether this looks like a secret, perhaps with a slip in it: such a text is named by its kind alone.
pub fn resembles_secret(text: &str) -> bool {
    let phrase = phrase_of(text.trim());
    let hex = |digits: &str| digits.bytes().all(|b| b.is_ascii_hexdigit());
    let seed = match phrase.strip_prefix("0x") {
        Some(digits) => digits.len() >= DIGITS / 2 && hex(digits),
        None => phrase.len() == DIGITS && hex(phrase),
    };
    let words =
        phrase.split_whitespace().count() >= 9 && phrase.chars().all(|c| c.is_alphabetic() || c.is_whitespace());
    seed || words
}

/// Whether this is a development name: hard derivations of letters, digits, `-` and `_`, without a phrase.
pub fn is_development(text: &str) -> bool {
    let named = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    text.strip_prefix("//").is_some_and(|rest| rest.split("//").all(named))
}

fn check(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("the key is empty: its account would be one that everybody can sign for".into());
    }
    if text.trim() != text {
        return Err("the key begins or ends with white space or a line break: leave it out".into());
    }
    if text.contains(['\n', '\r']) {
        return Err("the key has more than one line; one is expected".into());
    }
    if text.contains(char::is_control) {
        return Err("the key has control characters in it".into());
    }
    if text.starts_with("//") {
        return is_development(text).then_some(()).ok_or_else(|| {
            "it begins with // and is no development name, such as //Alice or //Alice//stash: letters, digits, - and _".into()
        });
    }
    let phrase = phrase_of(text);
    match phrase.starts_with("0x") {
        true if is_seed(phrase) => Ok(()),
        true => Err(format!(
            "a seed is 0x and {DIGITS} hex digits; this has {}",
            phrase.len() - 2
        )),
        false if is_mnemonic(phrase) => Ok(()),
        false => Err(not_a_mnemonic(phrase)),
    }
}

fn not_a_mnemonic(phrase: &str) -> String {
    let words = phrase.split_whitespace().count();
    match WORDS.contains(&words) {
        true => "the words are no mnemonic: one is not in the list of words, or the last one does not fit the others".into(),
        false => format!(
            "this is no key: a key is a mnemonic of 12, 15, 18, 21 or 24 words, 0x and {DIGITS} hex digits, or a development \
             name such as //Alice; here are {words} words"
        ),
    }
}

/// What comes before the derivations.
fn phrase_of(text: &str) -> &str {
    text.split('/').next().unwrap_or_default()
}

fn is_seed(phrase: &str) -> bool {
    phrase
        .strip_prefix("0x")
        .is_some_and(|digits| digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_mnemonic(phrase: &str) -> bool {
    WORDS.contains(&phrase.split(' ').count()) && Mnemonic::parse(phrase).is_ok()
}

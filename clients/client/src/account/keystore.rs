//! Encrypted key files, in the form of the polkadot.js keyring (JSON, version 3): PKCS#8 in XSalsa20-Poly1305 under a key that
//! scrypt makes of a passphrase. Other wallets import them.

use crate::{Error, Result};
use base64::{engine::general_purpose::STANDARD, Engine};
use crypto_secretbox::{
    aead::{Aead, KeyInit},
    Key, Nonce, XSalsa20Poly1305,
};
use quorate_primitives::AccountId;
use schnorrkel::{ExpansionMode, MiniSecretKey};
use serde_json::{json, Value};
use subxt_signer::{
    polkadot_js_compat::{decrypt_json, Error as KeystoreError},
    sr25519::Keypair,
};
use zeroize::Zeroizing;

/// scrypt's cost as the keyring's own default: 128 MiB of memory.
const LOG_N: u8 = 17;
const R: u32 = 8;
const P: u32 = 1;

/// Salt, N, p, r and nonce come before the box, whose tag has 16 bytes.
const HEAD: usize = 32 + 4 + 4 + 4 + 24;
const TAG: usize = 16;

/// Bytes around the secret and the public key.
const PKCS8: [u8; 16] = [48, 83, 2, 1, 1, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
const DIVIDER: [u8; 5] = [161, 35, 3, 33, 0];

/// The account of a new key, and the text of its encrypted file. `seed` is the key's 32 random bytes.
///
/// # Errors
/// Short passphrases: the file is only as safe as its passphrase.
pub fn seal(seed: &Zeroizing<[u8; 32]>, passphrase: &str) -> Result<(AccountId, String)> {
    const SHORTEST: usize = 8;
    if passphrase.chars().count() < SHORTEST {
        return Err(Error::Input(format!("a passphrase has at least {SHORTEST} characters")));
    }
    let unusable = |what: &dyn std::fmt::Display| Error::Input(format!("the key cannot be encrypted: {what}"));
    let secret = MiniSecretKey::from_bytes(&seed[..]).map_err(|error| unusable(&error))?;
    let pair = secret.expand_to_keypair(ExpansionMode::Ed25519);
    let (public, secret) = (pair.public.to_bytes(), Zeroizing::new(pair.secret.to_ed25519_bytes()));
    let plain = Zeroizing::new([&PKCS8[..], &secret[..], &DIVIDER, &public].concat());

    let (salt, nonce): ([u8; 32], [u8; 24]) = (rand::random(), rand::random());
    let mut key = Zeroizing::new([0; 32]);
    let params = scrypt::Params::new(LOG_N, R, P, key.len()).map_err(|error| unusable(&error))?;
    scrypt::scrypt(passphrase.as_bytes(), &salt, &params, &mut key[..]).map_err(|error| unusable(&error))?;
    let boxed = XSalsa20Poly1305::new(Key::from_slice(&key[..]))
        .encrypt(Nonce::from_slice(&nonce), &plain[..])
        .map_err(|error| unusable(&error))?;

    let cost = [(1u32 << LOG_N).to_le_bytes(), P.to_le_bytes(), R.to_le_bytes()].concat();
    let account = AccountId::new(public);
    let file = json!({
        "address": account.to_string(),
        "encoded": STANDARD.encode([&salt[..], &cost, &nonce, &boxed].concat()),
        "encoding": { "content": ["pkcs8", "sr25519"], "type": ["scrypt", "xsalsa20-poly1305"], "version": "3" },
        "meta": { "name": "quorate" },
    });
    let text = format!("{file:#}\n");
    // Nobody shall find out later that a key cannot be read.
    unseal(&text, passphrase)?;
    Ok((account, text))
}

/// The pair of an encrypted file.
pub fn unseal(text: &str, passphrase: &str) -> Result<Keypair> {
    let wrong = |what: &str| Error::Input(format!("the encrypted key cannot be read: {what}"));
    let file: Value = serde_json::from_str(text).map_err(|error| wrong(&format!("it is no JSON: {error}")))?;
    let encoded = file.get("encoded").and_then(Value::as_str);
    let encoded = encoded.ok_or_else(|| wrong("it has no field \"encoded\", as the polkadot.js keyring writes it"))?;
    // The reader takes its head for granted.
    let long_enough = STANDARD.decode(encoded).is_ok_and(|bytes| bytes.len() > HEAD + TAG);
    if !long_enough {
        return Err(wrong("\"encoded\" is damaged or too short"));
    }
    decrypt_json(text, passphrase).map_err(|error| match error {
        KeystoreError::Secretbox(_) => Error::Input("the passphrase is wrong, or the key is damaged".into()),
        KeystoreError::UnsupportedEncoding => {
            wrong("only sr25519 keys in scrypt and xsalsa20-poly1305, version 3, are read")
        }
        error => wrong(&error.to_string()),
    })
}

//! What holds for any text of a policy, a key, a consent, or an entry of the journal of salts; the fuzz targets have the same checks.

use quorate_client::{
    account::KeyRef,
    journal::{Entry, Journal},
    pipeline, Account, SignedConsent,
};
use quorate_primitives::{policy::Policy, AccountId, Hash};
use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, os::unix::fs::PermissionsExt, path::PathBuf};
use tempfile::TempDir;

/// A policy in JSON, or a part of its pipeline as the command line names it.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(policy) = serde_json::from_str::<Policy>(text) {
        let again = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&again).unwrap(), policy);
        if let Err(error) = policy.check() {
            assert!(!error.to_string().is_empty());
        }
        pipeline::show(&policy.pipeline);
    }
    let (rule, pre, server) = (pipeline::rule(text), pipeline::pre(text), pipeline::server(text));
    if let Ok(rule) = &rule {
        let shown = pipeline::show(&pipeline::pipeline(&[], *rule, pipeline::server("plain").unwrap()).unwrap());
        assert_eq!(pipeline::rule(&shown).as_ref(), Ok(rule), "{shown}");
    }
    for error in [rule.err(), pre.err(), server.err()].into_iter().flatten() {
        assert!(!error.is_empty());
    }
}

/// Secrets shorter than this may be found in an error by chance.
const LONG: usize = 24;

/// A word that names a key, a secret URI, a key file, a consent. Nothing is guessed, and no error shows the secret.
pub fn key(bytes: &[u8]) {
    // A path is not opened here.
    let _ = KeyRef::parse(OsStr::from_bytes(bytes));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    fs::write(&file, bytes).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let named = KeyRef::parse(file.as_os_str()).unwrap();
    let passphrase = |_: &std::path::Path| Ok("a passphrase".to_owned().into());
    let in_file = Account::open(&named, &passphrase);

    let Ok(text) = std::str::from_utf8(bytes) else {
        assert!(in_file.is_err());
        return;
    };
    let from_uri = Account::from_uri(text);
    // The file may end with a line break, the URI may not.
    if let Ok(account) = &from_uri {
        assert_eq!(in_file.as_ref().map(Account::id).ok(), Some(account.id()));
        assert!(
            text.starts_with("//") || text.starts_with("0x") || text.split_whitespace().count() >= 12,
            "{text:?} is no secret"
        );
    }
    for error in [from_uri.err(), in_file.err()].into_iter().flatten() {
        let secret = text.trim();
        let shown = secret.len() >= LONG && error.to_string().contains(secret);
        assert!(!shown, "the secret is shown");
    }
    if let Ok(consent) = text.parse::<SignedConsent>() {
        let word = consent.to_string();
        assert_eq!(word.parse::<SignedConsent>().unwrap().to_string(), word);
    }
}

/// What the entry of `salt` is about.
pub fn entry() -> Entry {
    Entry {
        genesis: Hash::repeat_byte(1),
        model: 2,
        round: 3,
        contributor: AccountId::new([4; 32]),
        root: Hash::repeat_byte(5),
        weight: 6,
        salt: [7; 32],
        file: "update.safetensors".into(),
    }
}

/// A journal, and the only file in it.
pub fn journal() -> (TempDir, Journal, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    journal.write(&entry()).unwrap();
    let file = fs::read_dir(journal.folder()).unwrap().next().unwrap().unwrap().path();
    (folder, journal, file)
}

thread_local! {
    static JOURNAL: (TempDir, Journal, PathBuf) = journal();
}

/// A damaged entry is named: it is neither passed over nor taken for that of another update.
pub fn salt(bytes: &[u8]) {
    let Entry {
        genesis,
        round,
        contributor,
        ..
    } = entry();
    JOURNAL.with(|(_, journal, file)| {
        fs::write(file, bytes).unwrap();
        match journal.entries(genesis, round, &contributor) {
            Ok(entries) => {
                for found in entries {
                    assert_eq!(
                        (found.genesis, found.round, found.contributor),
                        (genesis, round, contributor.clone())
                    );
                }
            }
            Err(error) => assert!(error.to_string().contains(file.to_str().unwrap()), "{error}"),
        }
    });
}

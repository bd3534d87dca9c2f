//! Keys are never guessed, never half-written and never shown.

use crate::program::{command, key, run, run_fed, run_with, shell, ALICE, EVERYBODYS, WORDS};
use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::Path,
};

fn inspect(path: &Path) -> crate::program::Ended {
    run_with(&["keys".as_ref(), "inspect".as_ref(), path.as_os_str()])
}

#[test]
fn file_that_holds_no_single_key_should_be_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text, named) in [
        ("k_empty.key", "", "empty"),
        ("k_break.key", "\n", "empty"),
        ("k_spaces.key", "   \n", "white space"),
        ("k_two_lines.key", &format!("{WORDS}\n//Alice\n"), "more than one line"),
        ("k_path.key", "/etc/quorate/org.key\n", "no key"),
    ] {
        inspect(&key(folder.path(), name, text)).refused(named);
    }
}

#[test]
fn path_that_names_no_file_should_be_refused_in_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let dangling = folder.path().join("dangling");
    std::os::unix::fs::symlink("/no/such/target", &dangling).unwrap();
    for path in [
        "/no/such/org.key".as_ref(),
        dangling.as_path(),
        "org.key".as_ref(),
        "/Alice".as_ref(),
    ] {
        inspect(path).refused("no such key file");
    }
    inspect(folder.path()).refused("folder");
    inspect("//no/such/org.key".as_ref()).refused("one slash");
    run(&["keys", "inspect", ""]).refused("empty");
    // A node that answers nothing: the key is looked at before.
    for line in [
        "claim",
        "model freeze 0",
        "contributor consent --organisation 0",
        "organisation suspend 0 --with //Alice",
    ] {
        for account in ["", "/no/such/org.key", "org.key"] {
            let words = ["--account", account].into_iter().chain(line.split(' '));
            run(&words.collect::<Vec<_>>()).refused("key");
        }
    }
    run(&[
        "--account",
        "//Alice",
        "organisation",
        "suspend",
        "0",
        "--with",
        "/no/such.key",
    ])
    .refused("no such key file");
}

#[test]
fn secret_should_be_refused_on_the_command_line_and_taken_from_the_environment_or_a_pipe() {
    for secret in [WORDS, &format!("{WORDS}//Alice"), &format!("0x{}", "ab".repeat(32))] {
        let ended = run(&["keys", "inspect", secret]);
        ended.refused("QUORATE_ACCOUNT");
        assert!(
            !ended.err.contains("bottom") && !ended.err.contains("abab"),
            "{}",
            ended.err
        );
    }
    let uri = format!("{WORDS}//Alice");
    let ended = run_fed(&["keys", "inspect", "-"], &format!("{uri}\n"));
    assert!(ended.out.contains(ALICE), "{}{}", ended.out, ended.err);
    run_fed(&["keys", "inspect", "-"], "").refused("empty");
    run_fed(&["keys", "inspect", "-"], &format!("{WORDS}\n{WORDS}\n")).refused("more than one line");
    // Nothing listens there: the key was fine.
    let claim = |value: &str| {
        let mut command = command();
        command
            .args(["--url", "ws://127.0.0.1:1", "claim"])
            .env("QUORATE_ACCOUNT", value);
        crate::program::Ended::from(command.output().unwrap())
    };
    for value in [&uri, "//Alice"] {
        assert_eq!(claim(value).code, Some(3), "{}", claim(value).err);
    }
    for value in ["", "/no/such/org.key"] {
        claim(value).refused("QUORATE_ACCOUNT");
    }
}

#[test]
fn key_file_that_others_can_read_should_be_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = key(folder.path(), "org.key", "//Alice\n");
    assert!(inspect(&path).out.contains(ALICE));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    inspect(&path).refused("chmod 600");
}

#[test]
fn generated_key_should_be_private_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    // A name that is no UTF-8.
    let path = folder.path().join(OsStr::from_bytes(b"k\xff.key"));
    let made = run_with(&[
        "--json".as_ref(),
        "keys".as_ref(),
        "generate".as_ref(),
        path.as_os_str(),
    ]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let account = made.json()["account"].as_str().unwrap().to_string();
    assert_ne!(account, EVERYBODYS);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(inspect(&path).out.contains(&account));
    let again = run_with(&["keys".as_ref(), "generate".as_ref(), path.as_os_str()]);
    again.refused("never overwritten");
}

#[test]
fn full_disk_should_leave_no_key_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("org.key");
    // No file may grow beyond nothing.
    let ended = shell(
        "trap '' XFSZ; ulimit -f 0; exec \"$0\" keys generate \"$1\"",
        &[path.as_os_str()],
    );
    assert_eq!(ended.code, Some(2), "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("org.key"), "{}", ended.err);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let ended = run(&["keys", "generate", "/no/such/folder/org.key"]);
    ended.refused("/no/such/folder");
}

#[test]
fn encrypted_key_should_be_made_and_read_with_its_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let passphrase = key(folder.path(), "passphrase", "correct horse battery\n");
    let wrong = key(folder.path(), "wrong", "incorrect horse battery\n");
    let path = folder.path().join("key.json");
    let with = |passphrase: &Path, command: &str, more: &[&str]| {
        let mut words = vec!["--json", "keys", command, path.to_str().unwrap(), "--passphrase-file"];
        words.push(passphrase.to_str().unwrap());
        words.extend(more);
        run(&words)
    };
    let made = with(&passphrase, "generate", &["--encrypt"]);
    assert_eq!(made.code, Some(0), "{}{}", made.out, made.err);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let read = with(&passphrase, "inspect", &[]);
    assert_eq!(read.json()["account"], made.json()["account"]);
    let failed = with(&wrong, "inspect", &[]);
    assert_eq!(failed.code, Some(2));
    assert!(failed.json()["error"].as_str().unwrap().contains("passphrase is wrong"));
    // Without a terminal there is nobody to ask.
    inspect(&path).refused("--passphrase-file");
}

#[test]
fn key_file_should_be_encrypted_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let passphrase = key(folder.path(), "passphrase", "correct horse battery\n");
    let path = key(folder.path(), "org.key", &format!("{WORDS}\n"));
    let with = |command: &str| {
        let words = [
            "--json",
            "--passphrase-file",
            passphrase.to_str().unwrap(),
            "keys",
            command,
        ];
        run(&[&words[..], &[path.to_str().unwrap()]].concat())
    };
    let encrypted = with("encrypt");
    assert_eq!(encrypted.code, Some(0), "{}", encrypted.out);
    assert_eq!(encrypted.json()["account"], EVERYBODYS);
    assert!(!fs::read_to_string(&path).unwrap().contains("bottom"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(with("inspect").json()["account"], EVERYBODYS);
    assert_eq!(with("encrypt").code, Some(2));
    run(&["keys", "encrypt", "/no/such.key"]).refused("no such key file");
}

use super::*;
use std::{
    fs,
    os::unix::fs::{symlink, PermissionsExt},
    path::PathBuf,
};

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
/// The development phrase, which everybody knows.
const WORDS: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
/// The seed of Alice.
const SEED: &str = "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";

fn written(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

fn refusal(result: Result<Account>) -> String {
    match result {
        Ok(account) => panic!("taken for {}", account.id()),
        Err(Error::Input(text)) => text,
        Err(other) => panic!("{other} is no error of the input"),
    }
}

#[test]
fn well_known_accounts_should_be_derived_as_everywhere() {
    assert_eq!(Account::load("//Alice").unwrap().id().to_string(), ALICE);
    for uri in [&format!("{WORDS}//Alice"), SEED] {
        assert_eq!(Account::from_uri(uri).unwrap().id().to_string(), ALICE);
    }
    assert_ne!(
        Account::load("//Alice//stash").unwrap().id(),
        Account::load("//Alice").unwrap().id()
    );
}

#[test]
fn text_that_is_no_key_should_be_refused_rather_than_guessed() {
    let eleven = WORDS.rsplit_once(' ').unwrap().0;
    let unknown = WORDS.replace("walk", "walks");
    let checksum = WORDS.replace("walk", "bottom");
    for text in [
        "",
        " ",
        "\n",
        "\t \n",
        "org.key",
        "/no/such/org.key",
        "./org.key",
        "/Alice",
        "Alice",
        "//",
        "///",
        "//Alice/soft",
        "//Alice///word",
        "//tmp/org.key",
        "//home//me//org.key",
        "//Alice ",
        " //Alice",
        "//Alice\n//Bob",
        "//Al\u{202e}ice",
        "0x",
        "0x00",
        "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0",
        "e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a",
        eleven,
        &unknown,
        &checksum,
        &format!("{WORDS} {WORDS}\n"),
        &format!("{WORDS}\n{WORDS}"),
        &format!("{WORDS}\0"),
        &WORDS.replace(' ', "\n"),
        &WORDS.replace(' ', "  "),
    ] {
        let said = refusal(Account::from_uri(text));
        assert!(!said.contains("bottom"), "shows the secret: {said}");
    }
}

#[test]
fn key_file_should_be_refused_unless_it_holds_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, load) = (folder.path(), |path: &Path| refusal(Account::load(path)));
    for (name, text, named) in [
        ("empty", String::new(), "empty"),
        ("break", "\n".into(), "empty"),
        ("spaces", "  \n".into(), "white space"),
        ("two_lines", format!("{WORDS}\n//Alice\n"), "more than one line"),
        ("path", "/no/such/org.key\n".into(), "no key"),
        ("breaks", format!("{WORDS}\n\n"), "line break"),
        ("json", "{}".into(), "encoded"),
        ("short", r#"{"encoded":"AAAA"}"#.into(), "too short"),
        ("long", "x".repeat(70_000), "too long"),
    ] {
        let path = written(folder, name, text);
        let said = match name {
            "json" | "short" => refusal(Account::open(&KeyRef::parse(path.as_ref()).unwrap(), &|_| {
                Ok(Zeroizing::new("passphrase".into()))
            })),
            _ => load(&path),
        };
        assert!(said.contains(named) && said.contains(name), "{name}: {said}");
    }
    assert!(load(&written(folder, "bytes", [0xff, 0xfe])).contains("not text"));
    for (name, end) in [("unix", "\n"), ("dos", "\r\n"), ("none", "")] {
        let path = written(folder, name, format!("{WORDS}//Alice{end}"));
        assert_eq!(Account::load(path).unwrap().id().to_string(), ALICE);
    }
}

#[test]
fn path_that_names_no_file_should_never_become_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    symlink(folder.join("absent"), folder.join("dangling")).unwrap();
    for (path, named) in [
        (PathBuf::from("/no/such/org.key"), "no such key file"),
        ("./nowhere.key".into(), "./nowhere.key: no such key file"),
        ("nowhere".into(), "no such key file"),
        ("/Alice".into(), "no such key file"),
        (folder.join("dangling"), "no such key file"),
        (folder.into(), "folder"),
        ("/dev/null".into(), "device"),
        ("".into(), "empty"),
        ("//no/such/org.key".into(), "one slash"),
        (format!("/{}", folder.display()).into(), "//"),
    ] {
        let said = refusal(Account::load(&path));
        assert!(said.contains(named), "{path:?}: {said}");
    }
}

#[test]
fn name_that_is_also_a_file_should_be_refused() {
    // A folder at the root of every system.
    assert!(refusal(Account::load("//tmp")).contains("also the path of a file"));
}

#[test]
fn secret_should_be_taken_from_the_environment_and_never_from_a_command_line() {
    for secret in [
        WORDS.to_string(),
        format!("{WORDS}//Alice"),
        SEED.into(),
        WORDS.replace("walk", "walks"),
        SEED.trim_end_matches('a').into(),
    ] {
        let said = refusal(Account::load(&secret));
        assert!(said.contains("QUORATE_ACCOUNT") && !said.contains("bottom"), "{said}");
    }
    let open = |value: String| Account::open(&KeyRef::in_environment(value.into())?, &|_| unreachable!());
    assert_eq!(open(format!("{WORDS}//Alice")).unwrap().id().to_string(), ALICE);
    assert_eq!(open("//Alice".into()).unwrap().id().to_string(), ALICE);
    assert!(open(String::new()).is_err() && open("/no/such/org.key".into()).is_err());
}

#[test]
fn key_file_that_others_can_read_should_be_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), "org.key", "//Alice\n");
    for mode in [0o640, 0o604, 0o622, 0o777] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(refusal(Account::load(&path)).contains("chmod 600"), "{mode:o}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(Account::load(&path).is_ok());
}

#[test]
fn secret_in_the_place_of_a_path_should_be_refused_without_being_shown() {
    for secret in [
        "bottom drive obey lake curtain smoke basket hold race lonely fit walk",
        "bottom drive obey lake curtain smoke basket hold race lonely fit walk//stash",
        "bottom drive obey lake curtain smoke basket hold race lonely fit",
        "0x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
    ] {
        let read = Account::open(&KeyRef::File(secret.into()), &|_| unreachable!());
        for error in [
            refusal(read),
            create(Path::new(secret), "text").unwrap_err().to_string(),
        ] {
            assert!(error.contains("the path of a file is expected"), "{error}");
            assert!(!error.contains("bottom") && !error.contains("0011"), "{error}");
        }
    }
}

#[test]
fn created_file_should_be_private_and_never_replace_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.key");
    create(&path, "//Alice\n").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(create(&path, "//Bob\n").unwrap_err().to_string().contains("exists"));
    symlink("/nowhere", folder.path().join("dangling")).unwrap();
    assert!(create(&folder.path().join("dangling"), "//Bob\n").is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "//Alice\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn encrypted_key_should_open_with_its_passphrase_alone() {
    let (account, text) = seal(&Zeroizing::new([7; 32]), "correct horse").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), "key.json", text);
    let key = KeyRef::parse(path.as_ref()).unwrap();
    let open = |word: &str| Account::open(&key, &|_| Ok(Zeroizing::new(word.into())));
    assert_eq!(open("correct horse").unwrap().id(), account);
    assert!(refusal(open("correct hors")).contains("passphrase is wrong"));
    assert!(refusal(Account::load(&path)).contains("encrypted"));
    assert!(seal(&Zeroizing::new([7; 32]), "short").is_err());
}

#[test]
fn encrypted_key_should_be_the_account_of_its_seed() {
    let (account, _) = seal(&Zeroizing::new([7; 32]), "correct horse").unwrap();
    let seed = format!("0x{}", hex::encode([7; 32]));
    assert_eq!(Account::from_uri(&seed).unwrap().id(), account);
}

#[test]
fn key_file_should_be_encrypted_in_its_place_and_stay_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let passphrase = |_: &Path| Ok(Zeroizing::new("correct horse".to_string()));
    for secret in [WORDS.to_string(), format!("0x{}", "1b".repeat(32))] {
        let path = folder.path().join("key");
        create(&path, &format!("{secret}\n")).unwrap();
        let account = Account::encrypt_file(&path, &passphrase).unwrap();
        assert_eq!(account, Account::from_uri(&secret).unwrap().id());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with('{') && !text.contains("bottom"), "{text}");
        assert_eq!(
            Account::open(&KeyRef::File(path.clone()), &passphrase).unwrap().id(),
            account
        );
        let again = Account::encrypt_file(&path, &passphrase).unwrap_err().to_string();
        assert!(again.contains("encrypted already"), "{again}");
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn key_file_that_cannot_be_encrypted_should_stay_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let asked = |_: &Path| -> Result<Zeroizing<String>> { panic!("nothing to ask for") };
    for (name, text) in [
        ("derived", format!("{WORDS}//org\n")),
        ("development", "//Alice\n".into()),
    ] {
        let path = folder.path().join(name);
        create(&path, &text).unwrap();
        let refused = Account::encrypt_file(&path, &asked).unwrap_err().to_string();
        assert!(refused.contains("derivations"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    let path = folder.path().join("short");
    create(&path, WORDS).unwrap();
    assert!(Account::encrypt_file(&path, &|_| Ok(Zeroizing::new("short".into()))).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), WORDS);
}

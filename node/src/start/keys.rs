//! Secret keys: a path never becomes a key, and a key is its owner's alone.

use sc_network::config::{NodeKeyConfig, Secret};
use sc_service::Configuration;
use std::{fs, io::ErrorKind, os::unix::fs::PermissionsExt, path::Path};

/// Words of the shortest phrase.
const FEWEST_WORDS: usize = 12;

/// Whether a text is what Substrate's key commands may take for a secret key: a secret URI, or a file that holds one. They take any
/// other text for a derivation of the development phrase, which everybody knows: so does an empty one, and the name of a file that is not
/// there.
///
/// # Errors
/// What is wrong with it, and what to do.
pub fn check_secret(text: &str) -> Result<(), String> {
    let path = Path::new(text);
    match fs::metadata(path) {
        Ok(found) if found.is_file() => {
            private(path)?;
            let content = fs::read_to_string(path).map_err(|error| format!("{text}: {error}"))?;
            check_uri(content.trim()).map_err(|what| format!("{text}: {what}"))
        }
        Ok(_) => Err(format!("{text}: this is a folder, not a file that holds a secret key")),
        Err(_) => check_uri(text).map_err(|what| match looks_like_a_path(text) {
            true => format!("{text}: no such key file. A secret URI begins with // or holds the words of a phrase"),
            false => what,
        }),
    }
}

/// As [`check_secret`], for a command that takes public keys and addresses, too.
///
/// # Errors
/// See there.
pub fn check_key(text: &str) -> Result<(), String> {
    let is_public = !text.is_empty() && text.chars().all(|sign| sign.is_ascii_alphanumeric());
    match is_public && !Path::new(text).exists() {
        true => Ok(()),
        false => check_secret(text),
    }
}

fn looks_like_a_path(text: &str) -> bool {
    !text.starts_with("//") && !text.contains(' ') && text.contains(['/', '.', '~', '\\'])
}

fn check_uri(uri: &str) -> Result<(), String> {
    if uri.is_empty() {
        return Err("an empty key: everybody knows the account that an empty secret URI stands for".to_owned());
    }
    if uri.lines().count() > 1 {
        return Err("it has more than one line: a key file holds one secret URI and nothing else".to_owned());
    }
    let secret = uri.split('/').next().unwrap_or_default();
    let is_seed = secret.len() == 66 && secret.starts_with("0x");
    match uri.starts_with("//") || is_seed || secret.split_whitespace().count() >= FEWEST_WORDS {
        true => Ok(()),
        false => Err(format!(
            "no secret URI: expected {FEWEST_WORDS} or more words, 0x and 64 hexadecimal digits, or //Name on a chain for development"
        )),
    }
}

/// Whether all secret keys of a node are its owner's alone. Those that others can read are returned, in words: they may have come with a copy, and a
/// validator that does not start is punished.
///
/// # Errors
/// A file that others can change, and the command that mends it.
pub fn check_files(config: &Configuration) -> Result<Vec<String>, String> {
    let mut said = Vec::new();
    let NodeKeyConfig::Ed25519(network) = &config.network.node_key;
    if let Secret::File(path) = network {
        said.extend(readable(path)?);
    }
    let Some(folder) = config.keystore.path() else {
        return Ok(said);
    };
    let files = match fs::read_dir(folder) {
        Ok(files) => files,
        // It is made with the first key.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(said),
        Err(error) => return Err(format!("{}: {error}", folder.display())),
    };
    for file in files {
        let file = file.map_err(|error| format!("{}: {error}", folder.display()))?;
        said.extend(readable(&file.path())?);
    }
    Ok(said)
}

/// What is to be said of a key file that others can read.
fn readable(path: &Path) -> Result<Option<String>, String> {
    match (private(path), mode(path)?) {
        (Ok(()), _) => Ok(None),
        (Err(what), mode) if mode & 0o022 == 0 => Ok(Some(what)),
        (Err(what), _) => Err(what),
    }
}

/// A file that is not there is nobody's.
fn mode(path: &Path) -> Result<u32, String> {
    match fs::metadata(path) {
        Ok(found) => Ok(found.permissions().mode() & 0o777),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn private(path: &Path) -> Result<(), String> {
    let mode = mode(path)?;
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(format!(
            "{}: others can read or change this secret key (mode {mode:04o}). `chmod go= {0}`, and if anyone may have read it, make another \
             key",
            path.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHRASE: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

    fn file(folder: &tempfile::TempDir, name: &str, content: &str, mode: u32) -> String {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    #[test]
    fn secret_should_be_a_uri_or_a_private_file_that_holds_one() {
        let folder = tempfile::tempdir().unwrap();
        let seed = format!("0x{}", "1f".repeat(32));
        for good in [
            PHRASE,
            "//Alice",
            "//Alice//stash",
            &seed,
            &format!("{PHRASE}//babe/1///pass"),
        ] {
            check_secret(good).unwrap();
            check_secret(&file(&folder, "good", &format!("{good}\n"), 0o600)).unwrap();
        }
    }

    #[test]
    fn path_should_never_become_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        let folder_name = folder.path().to_str().unwrap();
        for wrong in [
            "",
            " ",
            "/no/such/org.key",
            "./org.key",
            "org.key",
            "~/org.key",
            "word",
            folder_name,
            link.to_str().unwrap(),
        ] {
            let error = check_secret(wrong).unwrap_err();
            assert!(!error.is_empty());
        }
        assert!(check_secret("/no/such/org.key")
            .unwrap_err()
            .contains("no such key file"));
    }

    #[test]
    fn key_file_should_hold_one_secret_and_be_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        for (content, mode, what) in [
            ("", 0o600, "an empty key"),
            ("\n", 0o600, "an empty key"),
            ("//Alice\n//Bob\n", 0o600, "more than one line"),
            ("/etc/passwd", 0o600, "no secret URI"),
            (PHRASE, 0o640, "chmod go="),
            (PHRASE, 0o604, "chmod go="),
        ] {
            let error = check_secret(&file(&folder, "key", content, mode)).unwrap_err();
            assert!(error.contains(what) && error.contains("key"), "{error}");
        }
    }

    #[test]
    fn key_of_a_node_that_others_can_read_should_be_said_and_one_that_they_can_change_be_refused() {
        let folder = tempfile::tempdir().unwrap();
        let checked = |mode| readable(Path::new(&file(&folder, "key", PHRASE, mode)));
        assert_eq!(checked(0o600).unwrap(), None);
        assert!(checked(0o644).unwrap().unwrap().contains("chmod go="));
        assert!(checked(0o660).unwrap_err().contains("chmod go="));
        assert_eq!(readable(&folder.path().join("none")).unwrap(), None);
    }

    #[test]
    fn addresses_and_public_keys_should_be_taken_where_they_may_be() {
        check_key("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY").unwrap();
        check_key("0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d").unwrap();
        check_key("//Alice").unwrap();
        check_key("").unwrap_err();
        check_key("/no/such").unwrap_err();
    }
}

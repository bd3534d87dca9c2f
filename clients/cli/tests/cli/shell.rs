//! What every command owes a shell and a script.

use crate::program::{command, run, run_with, shell, Ended};
use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

#[test]
fn output_that_cannot_be_written_should_be_an_error() {
    for words in [
        "model policy",
        "--json model policy",
        "--json keys inspect //Alice",
        "keys inspect //Alice",
        "--help",
        "--version",
    ] {
        let ended = shell(&format!("exec \"$0\" {words} > /dev/full"), &[]);
        assert_eq!(ended.code, Some(2), "{words}: {}", ended.err);
        assert!(ended.err.contains("standard output"), "{words}: {}", ended.err);
    }
    // An error keeps its code, and is said where it can be.
    let ended = shell("exec \"$0\" --json keys inspect '' > /dev/full", &[]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("the name of the key is empty"), "{}", ended.err);
}

#[test]
fn error_that_cannot_be_written_should_keep_its_code() {
    for (words, code) in [
        ("keys inspect /no/such.key", 2),
        ("frobnicate", 2),
        ("--url ws://127.0.0.1:1 model list", 3),
    ] {
        for to in ["2>/dev/full", "2>&-"] {
            assert_eq!(
                shell(&format!("exec \"$0\" {words} {to}"), &[]).code,
                Some(code),
                "{words} {to}"
            );
        }
    }
}

#[test]
fn closed_pipe_should_be_no_error() {
    for words in ["model policy", "--json model policy", "--help"] {
        let ended = shell(&format!("{{ \"$0\" {words}; echo $? >&2; }} | true"), &[]);
        assert_eq!(ended.err.trim(), "0", "{words}");
    }
}

#[test]
fn usage_errors_should_be_json_when_that_is_asked_for() {
    for words in [
        "--json frobnicate",
        "--json convert",
        "convert --json",
        "--json",
        "--json model fund 0 0",
        "--json model show x",
    ] {
        let ended = run(&words.split(' ').collect::<Vec<_>>());
        assert_eq!(ended.code, Some(2), "{words}");
        assert_eq!(ended.json()["code"], 2, "{words}");
        assert!(ended.err.is_empty(), "{words}: {}", ended.err);
        assert!(!ended.json()["error"].as_str().unwrap().contains('\u{1b}'));
    }
    let ended = run(&["frobnicate"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
}

#[test]
fn amount_of_nothing_should_be_refused() {
    for words in ["model fund 0 0", "model fund 0 0.0", "model withdraw 0 0"] {
        run(&words.split(' ').collect::<Vec<_>>()).refused("0 moves nothing");
    }
}

#[test]
fn url_that_is_none_of_a_websocket_should_be_wrong_usage() {
    for url in ["http://127.0.0.1:9944", "127.0.0.1:9944", "", "ws://"] {
        run(&["--url", url, "model", "list"]).refused("ws:// or wss://");
    }
    run(&["--url", "ws://192.0.2.1:9944", "model", "list"]).refused("--allow-plaintext");
    let ended = run(&["--json", "--url", "http://127.0.0.1:9944", "model", "list"]);
    assert_eq!((ended.code, ended.json()["code"].as_u64()), (Some(2), Some(2)));
}

#[test]
fn node_that_cannot_be_reached_should_be_an_error_of_the_network() {
    let ended = run(&["--url", "ws://127.0.0.1:1", "model", "list"]);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    let ended = run(&["--json", "--url", "ws://127.0.0.1:1", "model", "list"]);
    assert_eq!((ended.code, ended.json()["code"].as_u64()), (Some(3), Some(3)));
}

#[test]
fn paths_that_are_no_text_should_work() {
    let odd = OsStr::from_bytes(b"/no/such/\xff\xfe");
    let words = |line: &'static str| line.split(' ').map(OsStr::new).collect::<Vec<_>>();
    for line in [
        "keys inspect",
        "contributor sponsor --account //Alice --consent",
        "model register --name x",
        "model policy 0 --account //Alice --set",
        "model upload --account //Alice",
        "artifact register --kind program --licence MIT --access public",
        "artifact retry 0",
        "artifact upload 0 --account //Alice",
    ] {
        let mut all = words(line);
        all.push(odd);
        let ended = run_with(&all);
        assert_eq!(ended.code, Some(2), "{line}: {}", ended.err);
        assert!(ended.err.contains("/no/such/"), "{line}: {}", ended.err);
    }
}

#[test]
fn hostile_names_should_not_reach_the_terminal() {
    let ended = run(&["keys", "inspect", "/no/\u{1b}[2J\u{202e}such.key"]);
    ended.refused("\\u{1b}");
    assert!(!ended.err.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn program_should_need_no_home_and_no_environment() {
    let output = command().env_remove("HOME").args(["model", "policy"]).output().unwrap();
    assert_eq!(Ended::from(output).code, Some(0));
}

#[test]
fn without_a_home_a_state_folder_should_be_asked_for_before_anything_is_done() {
    for line in [
        "update submit 0 /no/update --weight 1",
        "contribute 0 --from /no/trained --weight 1",
    ] {
        for home in [None, Some("relative")] {
            let mut command = command();
            command
                .env_remove("HOME")
                .args(["--account", "//Alice"])
                .args(line.split(' '));
            if let Some(home) = home {
                command.env("HOME", home);
            }
            Ended::from(command.output().unwrap()).refused("--state");
        }
        // With one, the node is what is missing.
        let words: Vec<_> = ["--account", "//Alice"]
            .into_iter()
            .chain(line.split(' '))
            .chain(["--state", "/tmp"])
            .collect();
        assert_eq!(run(&words).code, Some(3), "{line}");
    }
}

#[test]
fn file_that_is_there_should_not_be_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence");
    std::fs::write(&path, "kept").unwrap();
    let shown = path.to_str().unwrap();
    run(&["version", "evidence", "0@1", "-o", shown]).refused("--force");
    let forced = run(&["version", "evidence", "0@1", "--force", "-o", shown]);
    assert_eq!(forced.code, Some(3), "{}", forced.err);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "kept");
}

#[test]
fn place_that_cannot_be_written_should_be_refused_before_the_node_is_asked() {
    for line in [
        "infer 0 --program 1 --tokens 1,2 --state /tmp --out /proc/no/such",
        "request fetch 4 --state /tmp --out /proc/no/such",
        "artifact fetch 3 -o /proc/no/such",
        "version fetch 0@1 -o /proc/no/such",
    ] {
        let words: Vec<_> = ["--account", "//Alice"].into_iter().chain(line.split(' ')).collect();
        let ended = run(&words);
        assert_eq!(ended.code, Some(2), "{line}: {}", ended.err);
        assert!(ended.err.contains("/proc/no"), "{line}: {}", ended.err);
    }
}

#[test]
fn session_keys_should_be_made_on_this_machine_alone() {
    for node in ["ws://192.0.2.1:9944", "wss://node.example", "", "127.0.0.1"] {
        run(&["--account", "//Alice", "validator", "keys", "--node", node]).refused("on this machine");
    }
    let dry = run(&["--account", "//Alice", "--dry-run", "validator", "keys"]);
    dry.refused("--dry-run changes nothing");
    assert_eq!(run(&["--account", "//Alice", "validator", "keys"]).code, Some(3));
}

#[test]
fn only_a_runtime_should_be_authorized_or_applied() {
    for line in ["root apply-upgrade", "root authorize-upgrade"] {
        let words: Vec<_> = ["--account", "//Alice"].into_iter().chain(line.split(' ')).collect();
        run(&[&words[..], &["/proc/self/status"]].concat()).refused("no runtime");
        run(&[&words[..], &["/no/such.wasm"]].concat()).refused("/no/such.wasm");
    }
    run(&["root", "authorize-upgrade", "0xab"]).refused("no hash");
}

//! Completions, man pages, `doctor`.

use crate::program::run;

#[test]
fn completions_should_be_made_for_every_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let ended = run(&["completions", shell]);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert!(ended.out.contains("quorate") && ended.out.contains("unfreeze"));
    }
}

#[test]
fn man_pages_should_be_written_for_the_program_and_its_commands() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("not").join("there");
    let ended = run(&["man", folder.to_str().unwrap()]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    for page in ["quorate.1", "quorate-motion-vote.1", "quorate-keys-generate.1"] {
        assert!(folder.join(page).is_file(), "{page}");
    }
    run(&["man", "/proc/no/folder"]).refused("/proc/no/folder");
}

#[test]
fn doctor_should_say_that_the_node_is_down() {
    let ended = run(&["--url", "ws://127.0.0.1:1", "doctor"]);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.out.contains("start the node"), "{}", ended.out);
    let ended = run(&["--json", "--url", "ws://127.0.0.1:1", "doctor"]);
    let document = ended.json();
    assert_eq!((ended.code, document["code"].as_u64()), (Some(3), Some(3)));
    let checks = document["result"]["checks"].as_array().unwrap();
    assert!(checks
        .iter()
        .any(|check| check["name"] == "node" && check["found"] == "bad"));
}

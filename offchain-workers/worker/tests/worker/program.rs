//! The program as an operator meets it: exit codes, a file of flags, an end in good order.

use rustix::process::{kill_process, Pid, Signal};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(60);

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quorate-worker"));
    command.env_clear();
    command
}

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn exit_codes_should_tell_help_usage_and_failure_apart() {
    for help in [&["--help"][..], &["serve", "--help"], &["--version"]] {
        assert_eq!(run(help).status.code(), Some(0), "{help:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let store = store.to_str().unwrap();
    let serve = ["serve", "--store", store, "--gateway", "127.0.0.1:0"];
    for (more, named) in [
        (&["--socket"][..], "--socket"),
        (&["--sockets", "x"], "--sockets"),
        (&[], "--socket"),
        (&["--socket", "x", "--log-level", "quorate=loud"], "--log-level"),
        (&["--config", "/nowhere/worker.toml"], "/nowhere/worker.toml"),
    ] {
        let ended = run(&[&serve, more].concat());
        let said = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{more:?}: {said}");
        assert!(said.contains(named), "{said}");
    }
    // What the command line allows and the machine does not.
    let socket = folder.path().join("none").join("socket");
    let ended = run(&[&serve[..], &["--gpu", "off", "--socket", socket.to_str().unwrap()]].concat());
    assert_eq!(ended.status.code(), Some(1), "{}", text(&ended.stderr));
    for address in ["0.0.0.0:0", "[::]:0"] {
        let more = ["--gpu", "off", "--socket", "x", "--metrics", address];
        let ended = run(&[&serve[..], &more].concat());
        assert_eq!(ended.status.code(), Some(1));
        assert!(
            text(&ended.stderr).contains("--metrics-external"),
            "{}",
            text(&ended.stderr)
        );
    }
}

#[test]
fn packages_should_get_what_they_need() {
    let folder = tempfile::tempdir().unwrap();
    let made = run(&["man", folder.path().to_str().unwrap()]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(folder.path().join("quorate-worker.1").is_file());
    for shell in ["bash", "fish", "zsh"] {
        let made = run(&["completions", shell]);
        assert!(made.status.success() && text(&made.stdout).contains("quorate-worker"));
    }
    assert!(!text(&run(&["--help"]).stdout).contains("completions"), "hidden");
}

/// A worker from a file of flags, once it says that it is ready.
fn serve(folder: &Path, exit_with_node: bool) -> Child {
    let config = folder.join("worker.toml");
    let (socket, store) = (folder.join("socket"), folder.join("store"));
    let text = format!(
        "socket = {socket:?}\nstore = {store:?}\ngateway = \"127.0.0.1:0\"\ngpu = \"off\"\nthreads = 1\nlog-format = \"json\"\n\
         exit-with-node = {exit_with_node}\nkeep-free = 0\n"
    );
    std::fs::write(&config, text).unwrap();
    let mut child = program()
        .args(["serve", "--config", config.to_str().unwrap()])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    let mut lines = log.lines();
    let ready = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("\"message\":\"ready\"")));
    let ready = ready.expect("it ended before it was ready").unwrap();
    assert!(
        ready.starts_with('{') && ready.contains("\"gateway\":\"http://127.0.0.1"),
        "{ready}"
    );
    // Nobody else reads the rest, and a full pipe would hold it up.
    std::thread::spawn(move || lines.for_each(drop));
    child
}

fn ended(child: &mut Child) -> std::process::ExitStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(Instant::now() < deadline, "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn signals_and_the_end_of_the_node_should_end_it_in_good_order() {
    for end in [Some(Signal::TERM), Some(Signal::INT), None] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = serve(folder.path(), end.is_none());
        assert!(folder.path().join("socket").exists());
        match end {
            Some(signal) => kill_process(Pid::from_child(&child), signal).unwrap(),
            None => drop(child.stdin.take()),
        }
        assert!(ended(&mut child).success(), "{end:?}");
        assert!(!folder.path().join("socket").exists(), "{end:?}");
    }
}

#[test]
fn key_that_others_can_read_should_be_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().to_str().unwrap();
    assert!(run(&["pins", "--store", store]).status.success());
    let key = folder.path().join("tls").join("gateway.pem");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    for more in [
        &[][..],
        &["--tls-cert", key.to_str().unwrap(), "--tls-key", key.to_str().unwrap()],
    ] {
        let ended = run(&[&["pins", "--store", store], more].concat());
        assert_eq!(ended.status.code(), Some(1));
        assert!(text(&ended.stderr).contains("chmod 600"), "{}", text(&ended.stderr));
    }
}

//! The supervisor with real processes: shell scripts in place of a worker.

use super::*;

fn setup(folder: &Path, program: &Path) -> Setup {
    Setup {
        program: program.to_path_buf(),
        socket: folder.join("socket"),
        store: folder.join("blobs"),
        gateway: ([127, 0, 0, 1], 0).into(),
        log_level: "info".to_owned(),
        arguments: vec!["--threads".into(), "2".into()],
        genesis: Hash::zero(),
        report: ReportHandle::default(),
        pulse: Pulse::default(),
    }
}

fn script(folder: &Path, body: &str) -> PathBuf {
    let path = folder.join("program");
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path
}

fn until(mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < deadline, "took too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_worker_that_dies_should_be_started_again_with_an_empty_environment() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let program = script(
        folder.path(),
        &format!("echo \"$HOME;$*\" >> {}\nexit 3", log.display()),
    );
    let setup = setup(folder.path(), &program);
    let worker = WorkerProcess::start(setup.clone()).unwrap();
    until(|| fs::read_to_string(&log).is_ok_and(|log| log.lines().count() >= 2));
    drop(worker);
    let said = fs::read_to_string(&log).unwrap();
    let expected = format!(
        ";serve --socket {} --store {} --gateway 127.0.0.1:0 --log-level info --exit-with-node --threads 2",
        setup.socket.display(),
        setup.store.display()
    );
    assert_eq!(said.lines().next(), Some(expected.as_str()));
    let report = setup.report.read();
    assert!(report.managed && report.restarts >= 1, "{report:?}");
    assert!(report.last_error.unwrap().contains("exit status: 3"));
}

#[test]
fn a_worker_that_does_not_finish_should_be_killed() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let program = script(
        folder.path(),
        &format!("echo $$ > {}\nexec /bin/sleep 1000", pid.display()),
    );
    let worker = WorkerProcess::start(setup(folder.path(), &program)).unwrap();
    until(|| fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n')));
    let process = PathBuf::from("/proc").join(fs::read_to_string(&pid).unwrap().trim());
    assert!(process.exists());
    drop(worker);
    assert!(!process.exists());
}

/// A program that runs, says nothing and heeds nothing but a kill.
#[test]
fn a_worker_that_hangs_should_be_killed_and_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let program = script(
        folder.path(),
        &format!(
            "trap '' TERM INT HUP\necho $$ >> {}\nexec /bin/sleep 1000",
            pids.display()
        ),
    );
    let setup = setup(folder.path(), &program);
    let worker = WorkerProcess::start(setup.clone()).unwrap();
    let started = |count: usize| fs::read_to_string(&pids).is_ok_and(|pids| pids.lines().count() >= count);
    until(|| started(1));
    let first = PathBuf::from("/proc").join(fs::read_to_string(&pids).unwrap().trim());
    // The link found a request that is not answered.
    setup.pulse.hung("request 7 is not answered".to_owned());
    until(|| started(2));
    assert!(!first.exists(), "the one that hung is still there");
    let report = setup.report.read();
    assert!(report.restarts >= 1 && report.last_error.unwrap().contains("request 7"));
    assert_eq!(setup.pulse.verdict(Instant::now()), None, "the new one is not blamed");
    drop(worker);
}

#[test]
fn a_store_that_is_there_should_keep_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let mode = || fs::metadata(&store).unwrap().permissions().mode() & 0o777;
    store_folder(&store).unwrap();
    assert_eq!(mode(), 0o700);
    fs::set_permissions(&store, fs::Permissions::from_mode(0o755)).unwrap();
    store_folder(&store).unwrap();
    assert_eq!(mode(), 0o755, "it may be somebody else's");
    fs::set_permissions(&store, fs::Permissions::from_mode(0o777)).unwrap();
    let error = store_folder(&store).unwrap_err().to_string();
    assert!(error.contains("chmod go-w") && error.contains("0777"), "{error}");
    assert_eq!(mode(), 0o777);
}

#[test]
fn what_cannot_work_should_be_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        program(Some(folder.path().join("none"))),
        Err(SetupError::NoProgram(_))
    ));
    let mut setup = setup(folder.path(), Path::new("/bin/true"));
    setup.socket = folder.path().join("x".repeat(120));
    assert!(matches!(WorkerProcess::start(setup), Err(SetupError::LongPath(_))));
}

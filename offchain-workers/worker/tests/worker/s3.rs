//! A worker whose blobs live in a bucket: as an operator starts it, and while the bucket is away.

use crate::side::*;
use quorate_blobs::{name, BlobStore, Bounds, Credentials, Root, S3};
use quorate_primitives::views::{
    gateway::GatewayEntry,
    tasks::{Against, VoteItem},
};
use quorate_protocol::{CheckResult, Failure, Output, Task};
use quorate_s3_server::{Server, ACCESS_KEY, SECRET_KEY};
use rustix::process::{kill_process, Pid, Signal};
use std::{
    io::{BufRead, BufReader, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

const BUCKET: &str = "bucket";

fn buckets() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
    folder
}

async fn store(folder: &Path, server: &Server) -> BlobStore {
    let s3 = S3 {
        location: format!("s3://{BUCKET}/worker"),
        endpoint: Some(server.url()),
        credentials: Some(Credentials {
            access_key_id: ACCESS_KEY.into(),
            secret_access_key: SECRET_KEY.into(),
            session_token: None,
        }),
        ..S3::default()
    };
    let bounds = Bounds {
        max: 1 << 30,
        keep_free: 0,
    };
    BlobStore::cached(folder, s3.connect().unwrap(), bounds).await.unwrap()
}

fn check(world: &World) -> Task {
    let items = world.task.inputs.iter().enumerate();
    Task::Check {
        against: Against::Base(world.task.base.clone()),
        items: items
            .map(|(number, input)| VoteItem {
                item: number as u32,
                blob: input.blob.clone(),
                shown: updates(number),
            })
            .collect(),
    }
}

/// What the folder has copies of goes.
fn forget_copies(side: &Side) {
    for folder in ["blobs", "outboards"] {
        for entry in std::fs::read_dir(side.dir.path().join("store").join(folder)).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn worker_should_abstain_while_its_bucket_is_away_and_go_on_when_it_is_back() {
    let (buckets, dir) = (buckets(), tempfile::tempdir().unwrap());
    let server = Server::start(buckets.path());
    let store = store(&dir.path().join("store"), &server).await;
    let mut side = Side::of(1, dir, store, |config| config).await;
    let world = larger_world(&PIPELINE);
    provide_all(&side, &world.files).await;
    let view = [&[GatewayEntry::Peer(side.peer())][..], &world.versions, &world.updates].concat();
    side.show(&view, vec![]).await;
    forget_copies(&side);
    let held: Vec<(u32, CheckResult)> = (0..6).map(|item| (item, CheckResult::Held)).collect();
    assert_eq!(
        side.run(check(&world), PATIENCE).await,
        (held.clone(), Ok(Output::Checked))
    );

    forget_copies(&side);
    let address = server.kill();
    // Another base, so that nothing is remembered.
    let (found, result) = side.run(aggregation(&world.task), PATIENCE).await;
    assert!(
        found.is_empty() && matches!(result, Err(Failure::Local(_))),
        "{result:?}"
    );
    let Task::Check { items, .. } = check(&world) else {
        unreachable!()
    };
    let against = Against::Base(world.task.previous.clone().unwrap());
    let (found, result) = side.run(Task::Check { against, items }, PATIENCE).await;
    assert!(
        found.is_empty() && matches!(result, Err(Failure::Local(_))),
        "{found:?} {result:?}"
    );

    let _server = Server::at(buckets.path(), address, None);
    let outcome = side.outcome(&world.task).await;
    let mut other = Side::new(2).await;
    provide_all(&other, &world.files).await;
    other.show(&view, vec![]).await;
    assert_eq!(outcome, other.outcome(&world.task).await);
    assert_eq!(side.run(check(&world), PATIENCE).await, (held, Ok(Output::Checked)));
    // What it made lives in the bucket.
    let object = buckets
        .path()
        .join(BUCKET)
        .join("worker/blobs")
        .join(name(&outcome.output.0));
    assert_eq!(std::fs::metadata(object).unwrap().len(), world.task.base.len);
    side.running.stop().await;
    other.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn object_that_is_damaged_in_the_bucket_should_be_fetched_again() {
    let (buckets, dir) = (buckets(), tempfile::tempdir().unwrap());
    let server = Server::start(buckets.path());
    let store = store(&dir.path().join("store"), &server).await;
    let (mut side, mut peer) = (Side::of(1, dir, store, |config| config).await, Side::new(2).await);
    let world = larger_world(&PIPELINE);
    for at in [&side, &peer] {
        provide_all(at, &world.files).await;
    }
    introduce(&mut peer, &mut side, &[&world.versions, &world.updates]).await;
    let nothing = Task::Check {
        against: Against::Base(world.task.base.clone()),
        items: vec![],
    };
    assert_eq!(peer.run(nothing, PATIENCE).await.1, Ok(Output::Checked));
    let object = |root: &Root| buckets.path().join(BUCKET).join("worker/blobs").join(name(root));
    for root in [world.task.base.root, world.task.inputs[2].blob.root] {
        let mut bytes = std::fs::read(object(&root.0)).unwrap();
        bytes[70] ^= 1;
        std::fs::write(object(&root.0), bytes).unwrap();
    }
    forget_copies(&side);
    let held: Vec<(u32, CheckResult)> = (0..6).map(|item| (item, CheckResult::Held)).collect();
    assert_eq!(side.run(check(&world), PATIENCE).await, (held, Ok(Output::Checked)));
    for blob in [&world.task.base, &world.task.inputs[2].blob] {
        let bytes = std::fs::read(object(&blob.root.0)).unwrap();
        assert_eq!(quorate_exact::root(&bytes), blob.root.0);
    }
    side.running.stop().await;
    peer.running.stop().await;
}

/// The program with these flags beside those that it always needs.
fn program(folder: &Path, more: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quorate-worker"));
    command
        .env_clear()
        .args(["serve", "--gpu", "off", "--threads", "1", "--keep-free", "0"]);
    command
        .args(["--gateway", "127.0.0.1:0", "--socket"])
        .arg(folder.join("socket"));
    command.arg("--store").arg(folder.join("store")).args(more);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Runs it until it is ready and ends it again.
fn ready(mut command: Command) {
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut log = Vec::new();
    let is_ready = lines.by_ref().any(|line| {
        log.push(line.clone());
        line.contains("ready")
    });
    assert!(is_ready, "{log:?}");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    log.extend(lines);
    assert!(child.wait().unwrap().success(), "{log:?}");
    assert!(log.iter().all(|line| !line.contains(SECRET_KEY)), "{log:?}");
}

fn refused(mut command: Command) -> String {
    let mut child = command.spawn().unwrap();
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(matches!(child.wait().unwrap().code(), Some(1 | 2)), "{text}");
    assert!(!text.contains(SECRET_KEY), "{text}");
    text
}

#[test]
fn operator_should_start_it_with_a_file_or_the_environment_and_be_told_what_is_wrong() {
    let (buckets, folder) = (buckets(), tempfile::tempdir().unwrap());
    let server = Server::start(buckets.path());
    let credentials = folder.path().join("s3.toml");
    let text = format!("access-key-id = \"{ACCESS_KEY}\"\nsecret-access-key = \"{SECRET_KEY}\"\n");
    std::fs::write(&credentials, text).unwrap();
    std::fs::set_permissions(&credentials, std::fs::Permissions::from_mode(0o600)).unwrap();
    let place = |prefix: &str| ["--blobs".to_owned(), format!("s3://{BUCKET}/{prefix}")];
    let endpoint = ["--s3-endpoint".to_owned(), server.url()];
    let file = ["--s3-credentials".to_owned(), credentials.display().to_string()];
    let flags = |more: &[&[String]]| more.concat();

    ready(program(folder.path(), &flags(&[&place("one"), &endpoint, &file])));
    // The environment, another folder, and another prefix.
    let other = tempfile::tempdir().unwrap();
    let mut command = program(other.path(), &flags(&[&place("two"), &endpoint]));
    command.envs([("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY)]);
    ready(command);

    let third = tempfile::tempdir().unwrap();
    let text = refused(program(third.path(), &flags(&[&place("one"), &endpoint, &file])));
    assert!(text.contains("a prefix has one worker"), "{text}");
    let refusals = [
        (flags(&[&place("one"), &endpoint, &file]), "a folder of its own"),
        (
            flags(&[
                &place("two"),
                &["--s3-endpoint".into(), "http://198.51.100.7".into()],
                &file,
            ]),
            "--allow-plaintext",
        ),
        (
            flags(&[&["--blobs".into(), "https://bucket".into()], &file]),
            "s3://<bucket>/<prefix>",
        ),
        (flags(&[&endpoint, &file]), "--blobs"),
        (vec![], "live elsewhere"),
    ];
    for (more, words) in refusals {
        let text = refused(program(other.path(), &more));
        assert!(text.contains(words), "{words}: {text}");
    }
    let mut wrong = program(other.path(), &flags(&[&place("two"), &endpoint]));
    wrong.envs([("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", "another")]);
    let text = refused(wrong);
    assert!(text.contains("these credentials may not do that"), "{text}");
    std::fs::set_permissions(&credentials, std::fs::Permissions::from_mode(0o644)).unwrap();
    let text = refused(program(folder.path(), &flags(&[&place("one"), &endpoint, &file])));
    assert!(text.contains("chmod 600"), "{text}");
    drop(server);
    std::fs::set_permissions(&credentials, std::fs::Permissions::from_mode(0o600)).unwrap();
    let text = refused(program(folder.path(), &flags(&[&place("one"), &endpoint, &file])));
    assert!(text.contains("can this machine reach it"), "{text}");
    // A key in the command line is no flag.
    let text = refused(program(folder.path(), &["--s3-secret-access-key".into(), "x".into()]));
    assert!(text.contains("unexpected argument"), "{text}");
}

//! Uploads to gateways that this file plays.

use super::*;
use crate::gateways::{no_progress, Gateway, IDLE};
use quorate_blobs::transfer::{Client as Http, Endpoint, Timeouts};
use std::{
    path::PathBuf,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// More than the system takes for a connection that nobody reads.
const LONG: usize = 24 << 20;

/// How a gateway behaves.
#[derive(Clone, Copy)]
enum Manner {
    /// It accepts and never reads.
    Stuck,
    /// It reads everything and answers with the first of these, then with the second.
    Answers(u16, u16),
}

/// A gateway that counts what it is offered.
async fn gateway(manner: Manner) -> (Gateway, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let offers = Arc::new(AtomicUsize::new(0));
    let seen = offers.clone();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            match manner {
                Manner::Stuck => {
                    seen.fetch_add(1, Ordering::SeqCst);
                    held.push(stream);
                }
                Manner::Answers(first, later) => drop(tokio::spawn(answer(stream, (first, later), seen.clone()))),
            }
        }
    });
    let endpoint = Endpoint { url, pin: None };
    let gateway = Gateway {
        validator: AccountId::new([1; 32]),
        organisation: 0,
        usable: true,
        endpoint,
    };
    (gateway, offers)
}

/// Read one request, whole, and answer it: a HEAD with nothing that is held, the first PUT and later ones as the test wants.
async fn answer(mut stream: TcpStream, (first, later): (u16, u16), offers: Arc<AtomicUsize>) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).await.unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let (status, body) = match head.starts_with("put ") {
        false => (404, ""),
        true => {
            let len = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let len: u64 = len.unwrap().parse().unwrap();
            let mut bytes = (&mut stream).take(len);
            tokio::io::copy(&mut bytes, &mut tokio::io::sink()).await.unwrap();
            let number = offers.fetch_add(1, Ordering::SeqCst);
            (
                if number == 0 { first } else { later },
                r#"{"error":"as the test wants"}"#,
            )
        }
    };
    let text = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).await.unwrap();
}

fn gateways(all: Vec<Gateway>, idle: Duration) -> Gateways {
    Gateways {
        http: Http::new(Timeouts::default()).unwrap(),
        all,
        genesis: Hash::default(),
        reader: None,
        idle,
        dry_run: false,
    }
}

struct Scene {
    _folder: tempfile::TempDir,
    path: PathBuf,
    root: Root,
    account: Account,
}

impl Scene {
    fn new(len: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("update");
        std::fs::write(&path, vec![7; len]).unwrap();
        let root = root_of(&File::open(&path).unwrap()).unwrap().0;
        let account = Account::from_uri("//Contributor0").unwrap();
        Self {
            _folder: folder,
            path,
            root,
            account,
        }
    }

    fn cargo(&self) -> Cargo<'_> {
        Cargo {
            root: self.root,
            path: &self.path,
            uploader: &self.account,
            opening: None,
        }
    }

    async fn bring(&self, gateways: &Gateways, order: &[usize]) -> Result<usize> {
        let deadline = Instant::now() + CATCHING_UP;
        gateways.bring(order, self.cargo(), deadline, no_progress()).await
    }
}

#[tokio::test]
async fn gateway_should_be_reached_when_it_answers_whatever_it_holds() {
    let (good, _) = gateway(Manner::Answers(201, 200)).await;
    let mut silent = good.clone();
    silent.endpoint.url = "http://127.0.0.1:1".into();
    // The gateway speaks http, so it has no key to show.
    let mut other = good.clone();
    other.endpoint.pin = Some(quorate_blobs::transfer::Pin([7; 32]));
    let gateways = gateways(vec![good, silent, other], IDLE);
    gateways.reach(0).await.unwrap();
    for index in [1, 2] {
        assert!(matches!(gateways.reach(index).await, Err(Error::Network(_))), "{index}");
    }
}

#[tokio::test]
async fn dry_run_should_upload_nothing() {
    let (good, asked) = gateway(Manner::Answers(201, 200)).await;
    let gateways = Gateways {
        dry_run: true,
        ..gateways(vec![good], IDLE)
    };
    let refused = Scene::new(9).bring(&gateways, &[0]).await;
    assert!(matches!(refused, Err(Error::Input(text)) if text.contains("--dry-run")));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn gateway_that_never_reads_should_be_left_for_the_next() {
    let (stuck, asked) = gateway(Manner::Stuck).await;
    let (good, _) = gateway(Manner::Answers(201, 200)).await;
    // Long enough for the good one on a busy machine.
    let gateways = gateways(vec![stuck, good], Duration::from_secs(5));
    let scene = Scene::new(LONG);
    assert_eq!(scene.bring(&gateways, &[0, 1]).await.unwrap(), 1);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn refusing_gateway_should_be_left_at_once_and_asked_again_in_the_next_turn() {
    let (behind, asked) = gateway(Manner::Answers(403, 201)).await;
    let (busy, _) = gateway(Manner::Answers(503, 503)).await;
    let gateways = gateways(vec![behind, busy], IDLE);
    assert_eq!(Scene::new(1_000).bring(&gateways, &[0, 1]).await.unwrap(), 0);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn file_that_changed_should_be_offered_to_no_other_gateway() {
    let (strict, _) = gateway(Manner::Answers(400, 400)).await;
    let (other, asked) = gateway(Manner::Answers(201, 201)).await;
    let gateways = gateways(vec![strict, other], IDLE);
    let scene = Scene::new(1_000);
    std::fs::write(&scene.path, vec![8; 1_000]).unwrap();
    let error = scene.bring(&gateways, &[0, 1]).await.unwrap_err();
    assert!(
        matches!(&error, Error::Input(text) if text.contains("has changed")),
        "{error}"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn all_reasons_should_be_named_when_no_gateway_takes_the_file() {
    let (first, asked) = gateway(Manner::Answers(413, 413)).await;
    let (second, _) = gateway(Manner::Answers(507, 507)).await;
    let urls = [first.endpoint.url.clone(), second.endpoint.url.clone()];
    let gateways = gateways(vec![first, second], IDLE);
    let error = Scene::new(1_000)
        .bring(&gateways, &[0, 1])
        .await
        .unwrap_err()
        .to_string();
    assert!(urls.iter().all(|url| error.contains(url)), "{error}");
    assert!(error.contains("413") && error.contains("507"), "{error}");
    assert_eq!(
        asked.load(Ordering::SeqCst),
        1,
        "what is refused for good is not offered again"
    );
}

#[tokio::test]
async fn order_should_begin_with_the_own_organisations_gateways() {
    let mut all = Vec::new();
    for organisation in [0, 1, 2, 1] {
        let (mut one, _) = gateway(Manner::Stuck).await;
        one.organisation = organisation;
        all.push(one);
    }
    let gateways = gateways(all, IDLE);
    // The account's number begins with 6: the others from gateway 2 on.
    let account = AccountId::new([6; 32]);
    assert_eq!(gateways.order(&account, 1, None), [1, 3, 2, 0]);
    assert_eq!(gateways.order(&account, 9, None), [2, 3, 0, 1]);
    assert_eq!(gateways.order(&account, 1, Some(4)), [0, 1, 3, 2]);
    assert_eq!(gateways.of(1), [1, 3]);
}

#[tokio::test]
async fn plain_text_to_another_machine_should_need_a_word() {
    let (mut one, asked) = gateway(Manner::Answers(201, 201)).await;
    one.usable = false;
    let gateways = gateways(vec![one], IDLE);
    let scene = Scene::new(1_000);
    let error = scene.bring(&gateways, &[0]).await.unwrap_err().to_string();
    assert!(error.contains("--allow-plaintext"), "{error}");
    let fetched = gateways.fetch(scene.root, 1_000, &scene.path, no_progress()).await;
    assert!(fetched.unwrap_err().to_string().contains("--allow-plaintext"));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

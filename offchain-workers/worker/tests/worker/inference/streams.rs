//! Tokens that are streamed while they are made.

use super::{
    files::{Files, NAME},
    *,
};
use futures::SinkExt;
use quorate_blobs::transfer::{Authorization, Client, Source, Timeouts, TransferError};
use quorate_gateway_api::stream::{
    key_payload, read_line, stream_url, Chunk, Reading, StreamId, StreamKey, LONGEST_LINE, STREAM,
};
use quorate_inference::Answer;
use quorate_primitives::{
    job::infer::Task as Ask,
    payload::reader_payload,
    views::gateway::{GatewayEntry, Members, RequestBlob},
    AccountId, Hash,
};
use quorate_protocol::{StreamToken, ToWorker};
use sp_core::Pair;

/// The key's line and the chunks of a stream, or a refusal's status.
async fn streamed(side: &Side, job: Hash, request: u64) -> Result<(StreamKey, Vec<Chunk>), u16> {
    let asker = sp_core::sr25519::Pair::from_seed(&[77; 32]);
    let (account, expires) = (AccountId::from(asker.public().0), expires());
    let signature = asker.sign(&reader_payload(GENESIS, &account, &side.account, expires));
    let source = Source {
        gateway: side.running.gateway().into(),
        authorization: Some(Authorization::reader_sr25519(*account.as_ref(), expires, &signature.0)),
    };
    let url = stream_url(side.running.gateway(), job, request);
    let client = Client::new(Timeouts::default()).unwrap();
    let mut lines = match client.lines(&source, &url, STREAM, LONGEST_LINE).await {
        Err(TransferError::Refused { status, .. }) => return Err(status),
        other => other.unwrap(),
    };
    let key = read_line(&lines.next().await.unwrap().unwrap()).unwrap();
    let mut chunks: Vec<Chunk> = Vec::new();
    while let Some(line) = lines.next().await.unwrap() {
        if !line.is_empty() {
            chunks.push(read_line(&line).unwrap());
        }
    }
    Ok((key, chunks))
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_should_be_streamed_as_they_are_answered_and_signed_by_the_workers_key() {
    let files = Files::new(NAME);
    let expected = files.expected();
    let mut side = Side::new(1).await;
    provide(&side, files.all()).await;
    let requests = files.requests.iter().map(|request| {
        GatewayEntry::Request(RequestBlob {
            request: request.id,
            organisation: 3,
            input: request.input.clone(),
            answer: None,
            pending: false,
        })
    });
    let asker = GatewayEntry::Members(Members {
        organisation: 3,
        account: sp_core::sr25519::Pair::from_seed(&[77; 32]).public().0.into(),
        contributors: vec![],
    });
    let view: Vec<GatewayEntry> = files.view().into_iter().chain(requests).chain([asker]).collect();
    side.show(&view, vec![]).await;
    let (me, key, expires) = (side.account.clone(), side.stream_key, expires());
    let signature = side.key.sign(&key_payload(GENESIS, &me, &key, expires));
    let word = StreamToken {
        key,
        expires,
        signature,
    };
    let tokens = ToWorker::Tokens {
        me: Some(me.clone()),
        tokens: vec![],
        stream: Some(word.clone()),
    };
    side.sink.send(tokens).await.unwrap();
    let job = Hash::repeat_byte(1);
    assert_eq!(streamed(&side, job, 40).await.unwrap_err(), 404, "it has not begun");
    outcome(&mut side, files.task(1)).await.unwrap();
    for (request, (_, bytes)) in files.requests.iter().zip(&expected) {
        let salt = quorate_inference::salt(&files.inputs[request.id as usize - 40]);
        let answer = Answer::read(&salt, &request.task, bytes).unwrap();
        if request.task == Ask::Run {
            assert_eq!(
                streamed(&side, job, request.id).await.unwrap_err(),
                404,
                "it generates nothing"
            );
            continue;
        }
        let (shown, chunks) = streamed(&side, job, request.id).await.unwrap();
        assert_eq!((shown.key, shown.expires), (word.key, word.expires));
        assert_eq!(&shown.signature[..], AsRef::<[u8]>::as_ref(&word.signature));
        let of = StreamId {
            genesis: GENESIS,
            validator: me.clone(),
            job,
            request: request.id,
        };
        let (mut reading, mut tokens) = (Reading::new(of, 100), vec![]);
        for chunk in chunks {
            let is_signed = |hash: &[u8; 32], signature: &[u8; 64]| {
                let signature = sp_core::sr25519::Signature::from_raw(*signature);
                sp_core::sr25519::Pair::verify(&signature, hash, &sp_core::sr25519::Public::from_raw(key))
            };
            reading.take(&chunk, is_signed).unwrap();
            tokens.extend(chunk.tokens);
        }
        assert!(reading.has_ended());
        assert_eq!(tokens, answer.tokens(), "request {}", request.id);
    }
    side.running.stop().await;
}

//! A WebSocket whose bytes are counted: its requests from their announcement until they are answered, its answers and its subscriptions'
//! messages until the socket took them.
//!
//! One that reads slowly is read slowly. What it did not wait for, as its subscriptions, counts, too: see [`super::memory`].

use super::{
    frames::Counted,
    memory::{Account, Held},
    rules::Rules,
    LOG,
};
use futures::{
    future::BoxFuture,
    io::{BufReader, BufWriter},
};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use jsonrpsee::{
    server::MethodSink,
    types::{error::reject_too_big_request, Id},
    MethodResponse,
};
use parking_lot::Mutex;
use soketto::{connection::Error, data::ByteSlice125, handshake::http::Server as Handshake, Incoming};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, watch, Semaphore},
    time::{interval, timeout, MissedTickBehavior},
};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};

/// Requests of one connection that are answered at a time; the next are read when one of them is.
const AT_A_TIME: usize = 16;
/// Bytes of answers that wait to be read while further requests are.
const READ_ON: u64 = 1 << 20;
/// Messages of subscriptions that are on the way to where they are counted.
const UNCOUNTED: usize = 4;
const PING_EACH: Duration = Duration::from_secs(30);
/// How long nothing may come of a client that is pinged.
const SILENCE: Duration = Duration::from_secs(150);
/// How long a message may take to be written: so long, and what it takes at this many bytes each second.
const PATIENCE: Duration = Duration::from_secs(60);
const SLOWEST: u64 = 4 << 10;

type Socket = BufReader<BufWriter<Compat<Counted<TokioIo<Upgraded>>>>>;

/// Answers one message, with what lets subscriptions write and tells them what their client has not read.
pub type Answer = Arc<dyn Fn(Vec<u8>, MethodSink, Unread) -> BoxFuture<'static, Option<String>> + Send + Sync>;

type Heard = Arc<Mutex<Option<Instant>>>;

/// What waits to be read by a client.
#[derive(Clone, Debug)]
pub struct Unread {
    waiting: watch::Receiver<Waiting>,
    most: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Waiting {
    bytes: u64,
    messages: u32,
}

impl Unread {
    /// Waits until it is little.
    pub async fn few(&self) {
        let mut waiting = self.waiting.clone();
        let is_little = |waiting: &Waiting| waiting.bytes <= READ_ON && waiting.messages < self.most.max(1);
        // Without a connection there is nobody to wait for.
        let _gone = waiting.wait_for(is_little).await.is_err();
    }
}

/// Messages that wait to be written.
#[derive(Clone)]
struct Outbox {
    account: Arc<Account>,
    unread: Arc<watch::Sender<Waiting>>,
    messages: mpsc::UnboundedSender<(String, Held)>,
}

impl Outbox {
    /// False when the connection had to go.
    fn push(&self, message: String) -> bool {
        // As it is kept: it may have room for twice as much.
        let message = message.into_boxed_str().into_string();
        let bytes = message.len() as u64;
        let Some(held) = self.account.hold(bytes) else {
            return false;
        };
        self.unread.send_modify(|unread| {
            unread.bytes += bytes;
            unread.messages += 1;
        });
        self.messages.send((message, held)).is_ok()
    }
}

/// Serves a connection until one of both ends it, or it has to go.
pub async fn serve(socket: Upgraded, handshake: Handshake, account: Arc<Account>, rules: Rules, answer: Answer) {
    let Some(nothing) = account.hold(0) else { return };
    let announced = Arc::new(Mutex::new(nothing));
    let socket = Counted::new(TokioIo::new(socket), announced.clone(), rules.max_request);
    let mut builder = handshake.into_builder(BufReader::new(BufWriter::new(socket.compat())));
    builder.set_max_message_size(rules.max_request as usize);
    let (sender, receiver) = builder.finish();
    let (messages, waiting) = mpsc::unbounded_channel();
    let (sink, mut notices) = mpsc::channel(UNCOUNTED);
    let outbox = Outbox {
        account: account.clone(),
        unread: Arc::new(watch::Sender::new(Waiting::default())),
        messages,
    };
    let heard = Arc::new(Mutex::new(None));
    let notify = async {
        while let Some(message) = notices.recv().await {
            if !outbox.push(message) {
                return;
            }
        }
    };
    let requests = Requests {
        outbox: outbox.clone(),
        announced,
        heard: heard.clone(),
        rules,
        sink: MethodSink::new(sink),
        answer,
    };
    tokio::select! {
        () = account.closed() => {}
        () = write(sender, waiting, outbox.unread.clone(), heard) => {}
        () = notify => {}
        () = requests.read(receiver) => {}
    }
}

/// What reads a client's requests.
struct Requests {
    outbox: Outbox,
    announced: Arc<Mutex<Held>>,
    /// When something came last, while it is listened.
    heard: Heard,
    rules: Rules,
    sink: MethodSink,
    answer: Answer,
}

impl Requests {
    async fn read(self, mut receiver: soketto::Receiver<Socket>) {
        let unread = Unread {
            waiting: self.outbox.unread.subscribe(),
            most: self.rules.max_waiting,
        };
        let places = Arc::new(Semaphore::new(AT_A_TIME));
        loop {
            let Ok(place) = places.clone().acquire_owned().await else {
                return;
            };
            unread.few().await;
            *self.heard.lock() = Some(Instant::now());
            let mut request = Vec::new();
            match receiver.receive(&mut request).await {
                Ok(Incoming::Data(_)) => {}
                Ok(Incoming::Pong(_)) => continue,
                Ok(Incoming::Closed(_)) => return,
                Err(Error::MessageTooLarge { .. }) => {
                    let answer = MethodResponse::error(Id::Null, reject_too_big_request(self.rules.max_request));
                    self.outbox.push(answer.into_result());
                    let mut unread = self.outbox.unread.subscribe();
                    let _gone = unread.wait_for(|unread| unread.messages == 0).await.is_err();
                    return;
                }
                Err(error) => {
                    log::debug!(target: LOG, "a WebSocket ended: {error}");
                    return;
                }
            }
            *self.heard.lock() = None;
            let held = self.announced.lock().split(request.len() as u64);
            let answer = (self.answer)(request, self.sink.clone(), unread.clone());
            let outbox = self.outbox.clone();
            // It goes on when its client is gone, as a transaction that was handed in, but not when the client had to go.
            tokio::spawn(async move {
                tokio::select! {
                    () = outbox.account.closed() => {}
                    answer = answer => {
                        if let Some(answer) = answer {
                            outbox.push(answer);
                        }
                    }
                }
                drop((held, place));
            });
        }
    }
}

/// Writes what waits, and pings.
async fn write(
    mut sender: soketto::Sender<Socket>,
    mut waiting: mpsc::UnboundedReceiver<(String, Held)>,
    unread: Arc<watch::Sender<Waiting>>,
    heard: Heard,
) {
    let mut ping = interval(PING_EACH);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            message = waiting.recv() => {
                let Some((message, held)) = message else { return };
                let bytes = message.len() as u64;
                let patience = PATIENCE + Duration::from_secs(bytes / SLOWEST);
                let written = timeout(patience, async {
                    sender.send_text_owned(message).await?;
                    sender.flush().await
                });
                match written.await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => return log::debug!(target: LOG, "a WebSocket ended: {error}"),
                    Err(_) => return log::debug!(target: LOG, "a WebSocket did not read {bytes} bytes in {} s", patience.as_secs()),
                }
                drop(held);
                unread.send_modify(|unread| {
                    unread.bytes -= bytes;
                    unread.messages -= 1;
                });
                // While it read, its answers to pings had to wait.
                if let Some(last) = heard.lock().as_mut() {
                    *last = Instant::now();
                }
            }
            _ = ping.tick() => {
                if heard.lock().is_some_and(|last| last.elapsed() > SILENCE) {
                    return log::debug!(target: LOG, "a WebSocket answers no pings");
                }
                let Ok(nothing) = ByteSlice125::try_from(&[][..]) else { return };
                let written = timeout(PATIENCE, async {
                    sender.send_ping(nothing).await?;
                    sender.flush().await
                });
                if !matches!(written.await, Ok(Ok(()))) {
                    return;
                }
            }
        }
    }
}

//! One connection of a node.

use crate::{
    seat::Seat,
    state::Worker,
    status,
    tasks::{self, Context},
    threads::Due,
};
use futures::{Sink, SinkExt, StreamExt};
use quorate_gateway::StreamKey;
use quorate_primitives::Hash;
use quorate_protocol::{
    framing::{framed, FrameError},
    view::Received,
    FromWorker, RequestId, StreamToken, ToWorker, HEARTBEAT, PROTOCOL_VERSION, SILENCE,
};
use std::{collections::HashMap, io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    task::JoinSet,
    time::{Instant, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;

/// Shortest time between two reports of the status.
const STATUS_PAUSE: Duration = Duration::from_millis(500);
/// Frames that wait to be sent.
const QUEUE: usize = 256;
/// How long the other side may take for the greeting.
const GREETING: Duration = Duration::from_secs(10);
/// How long the other side may take for a frame: it takes none, or the link is half open.
const FRAME: Duration = Duration::from_secs(30);

/// Serves one connection to its end. Its tasks end with it.
pub(crate) async fn run(stream: impl AsyncRead + AsyncWrite, worker: Arc<Worker>) {
    match talk(stream, worker).await {
        Ok(()) => tracing::debug!("the node's connection is closed"),
        Err(error) => tracing::warn!(%error, "the node's connection"),
    }
}

async fn talk(stream: impl AsyncRead + AsyncWrite, worker: Arc<Worker>) -> Result<(), FrameError> {
    let (read, write) = tokio::io::split(stream);
    let (mut sink, mut source) = framed::<FromWorker, ToWorker, _, _>(read, write);
    let life = worker.life.clone();
    let greeting = tokio::select! {
        greeting = tokio::time::timeout(GREETING, source.next()) => greeting,
        () = life.stopping() => return Ok(()),
    };
    let Ok(Some(greeting)) = greeting else { return Ok(()) };
    let ToWorker::Hello {
        protocol,
        genesis,
        node,
    } = greeting?
    else {
        tracing::warn!("a connection that does not start with a greeting is closed");
        return Ok(());
    };
    let hello = FromWorker::Hello {
        protocol: PROTOCOL_VERSION,
        status: status::of(&worker),
    };
    if protocol != PROTOCOL_VERSION {
        tracing::error!(
            protocol,
            own = PROTOCOL_VERSION,
            "the node speaks another version: update both together"
        );
        // It learns ours.
        return send(&mut sink, hello).await;
    }
    let me = worker.chain.snapshot().and_then(|snapshot| snapshot.me.clone());
    let seat = match worker.seats.take(node, me.as_ref()) {
        Ok(seat) => seat,
        Err(why) => {
            tracing::warn!(?node, why, "another node is refused");
            return send(&mut sink, FromWorker::Refused(why)).await;
        }
    };
    send(&mut sink, hello).await?;

    let (out, queue) = mpsc::channel(QUEUE);
    let status = tokio::spawn(tell_status(worker.clone(), out.clone()));
    let mut session = Session {
        worker,
        genesis,
        out,
        tasks: JoinSet::new(),
        running: HashMap::new(),
        snapshot_wanted: false,
    };
    let result = session.serve(&seat, &mut sink, &mut source, queue).await;
    status.abort();
    session.end().await;
    result
}

/// Sends a frame; the other side has to take it in time.
async fn send(
    sink: &mut (impl Sink<FromWorker, Error = FrameError> + Unpin),
    message: FromWorker,
) -> Result<(), FrameError> {
    let sent = tokio::time::timeout(FRAME, sink.send(message)).await;
    sent.unwrap_or_else(|_| Err(silent("the node takes no messages")))
}

/// As clients read it.
fn signed(token: StreamToken) -> StreamKey {
    StreamKey {
        key: token.key,
        expires: token.expires,
        signature: AsRef::<[u8]>::as_ref(&token.signature)
            .first_chunk()
            .copied()
            .unwrap_or([0; 64]),
    }
}

fn silent(what: &str) -> FrameError {
    io::Error::new(io::ErrorKind::TimedOut, what).into()
}

struct Session {
    worker: Arc<Worker>,
    genesis: Hash,
    out: mpsc::Sender<FromWorker>,
    tasks: JoinSet<RequestId>,
    running: HashMap<RequestId, CancellationToken>,
    /// The node was asked for a snapshot that has not begun to come.
    snapshot_wanted: bool,
}

impl Session {
    /// Until one side ends it. The queue goes with this: whatever is still to be sent then is for nobody.
    async fn serve(
        &mut self,
        seat: &Seat,
        sink: &mut (impl Sink<FromWorker, Error = FrameError> + Unpin),
        source: &mut (impl StreamExt<Item = Result<ToWorker, FrameError>> + Unpin),
        mut queue: mpsc::Receiver<FromWorker>,
    ) -> Result<(), FrameError> {
        let life = self.worker.life.clone();
        // A node pings from its start on: after the first one silence has a meaning.
        let (mut pinged, mut last) = (false, Instant::now());
        loop {
            tokio::select! {
                biased;
                () = life.stopping() => return Ok(()),
                () = seat.lost() => {
                    tracing::info!("the node has connected anew: this connection is closed");
                    return Ok(());
                }
                Some(message) = queue.recv() => send(sink, message).await?,
                message = source.next() => match message {
                    None => return Ok(()),
                    Some(message) => {
                        let message = message?;
                        last = Instant::now();
                        pinged |= message == ToWorker::Ping;
                        if self.take(message) {
                            return Ok(());
                        }
                    }
                },
                () = tokio::time::sleep_until(last + SILENCE), if pinged => {
                    return Err(silent("the node says nothing: it hangs, or the link is cut"));
                }
            }
        }
    }

    /// Returns whether the connection is at its end.
    fn take(&mut self, message: ToWorker) -> bool {
        while let Some(ended) = self.tasks.try_join_next() {
            if let Ok(request) = ended {
                self.running.remove(&request);
            }
        }
        match message {
            ToWorker::Hello { .. } => {
                tracing::warn!("a second greeting: the connection is closed");
                return true;
            }
            ToWorker::Ping => (),
            message @ (ToWorker::Snapshot { .. } | ToWorker::Changes { .. }) => {
                if let Some(received) = self.worker.chain.receive(self.genesis, message) {
                    self.follow_up(received);
                }
            }
            ToWorker::Tokens { me, tokens, stream } => {
                self.worker.streams.set_word(me.clone().zip(stream.map(signed)));
                self.worker.chain.set_tokens(self.genesis, me, tokens);
            }
            ToWorker::Run {
                request,
                timeout_ms,
                task,
            } => {
                let cancel = CancellationToken::new();
                if self.running.insert(request, cancel.clone()).is_some() {
                    tracing::warn!(request, "a number is used twice: the connection is closed");
                    return true;
                }
                let limit = Duration::from_millis(timeout_ms);
                let context = Context {
                    worker: self.worker.clone(),
                    due: Due::after(request, limit),
                    out: self.out.clone(),
                };
                self.tasks.spawn(async move {
                    tasks::run(context, limit, task, cancel).await;
                    request
                });
            }
            ToWorker::Cancel { request } => {
                if let Some(cancel) = self.running.get(&request) {
                    cancel.cancel();
                }
            }
            ToWorker::Shutdown => {
                tracing::info!("asked to exit");
                self.worker.life.stop();
                return true;
            }
        }
        false
    }

    /// Asks for a snapshot, once, when what came does not follow what is here.
    fn follow_up(&mut self, received: Received) {
        if received != Received::Gap {
            self.snapshot_wanted = false;
        } else if !self.snapshot_wanted {
            tracing::info!("the view has a gap: a snapshot is asked for");
            // A full queue is emptied soon, and the next changes show the gap again.
            self.snapshot_wanted = self.out.try_send(FromWorker::SnapshotWanted).is_ok();
        }
    }

    /// Nobody takes the answers any more: the queue is closed, so that no task waits for room in it.
    async fn end(mut self) {
        self.running.values().for_each(CancellationToken::cancel);
        drop(self.out);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn tell_status(worker: Arc<Worker>, out: mpsc::Sender<FromWorker>) {
    let (mut changed, mut told) = (worker.life.changes(), worker.life.tellings());
    let mut tick = tokio::time::interval(HEARTBEAT);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => (),
            // The worker, and with it the senders, lives as long as this task.
            _ = changed.changed() => (),
            _ = told.changed() => (),
        }
        changed.mark_unchanged();
        told.mark_unchanged();
        if out.send(FromWorker::Status(status::of(&worker))).await.is_err() {
            return;
        }
        tokio::time::sleep(STATUS_PAUSE).await;
    }
}

#[cfg(test)]
mod tests;

//! One connection of a node.

use crate::{
    state::Worker,
    status,
    tasks::{self, Context},
};
use futures::{SinkExt, StreamExt};
use quorate_primitives::Hash;
use quorate_protocol::{
    framing::{framed, FrameError},
    view::Received,
    FromWorker, RequestId, ToWorker, PROTOCOL_VERSION,
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    task::JoinSet,
    time::MissedTickBehavior,
};
use tokio_util::sync::CancellationToken;

/// How often the status goes out although nothing changed.
const STATUS: Duration = Duration::from_secs(5);
/// Shortest time between two.
const STATUS_PAUSE: Duration = Duration::from_millis(500);
/// Frames that wait to be sent.
const QUEUE: usize = 256;
/// How long the other side may take for the greeting.
const GREETING: Duration = Duration::from_secs(10);

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
    let ToWorker::Hello { protocol, genesis, .. } = greeting? else {
        tracing::warn!("a connection that does not start with a greeting is closed");
        return Ok(());
    };
    // Also to one of another version: it learns ours.
    sink.send(FromWorker::Hello {
        protocol: PROTOCOL_VERSION,
        status: status::of(&worker).await,
    })
    .await?;
    if protocol != PROTOCOL_VERSION {
        tracing::error!(
            protocol,
            own = PROTOCOL_VERSION,
            "the node speaks another version: update both together"
        );
        return Ok(());
    }

    let (out, mut queue) = mpsc::channel(QUEUE);
    let status = tokio::spawn(tell_status(worker.clone(), out.clone()));
    let mut session = Session {
        worker,
        genesis,
        out,
        tasks: JoinSet::new(),
        running: HashMap::new(),
        snapshot_wanted: false,
    };
    let result = loop {
        tokio::select! {
            () = life.stopping() => break Ok(()),
            Some(message) = queue.recv() => if let Err(error) = sink.send(message).await { break Err(error) },
            message = source.next() => match message {
                None => break Ok(()),
                Some(Err(error)) => break Err(error),
                Some(Ok(message)) => if session.take(message) { break Ok(()) },
            },
        }
    };
    status.abort();
    session.end().await;
    result
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
            ToWorker::Snapshot {
                at,
                finalized,
                page,
                last,
                entries,
            } => {
                let chain = &self.worker.chain;
                let received = chain.receive(self.genesis, |view| view.page(at, finalized, page, last, entries));
                self.follow_up(received);
            }
            ToWorker::Changes {
                from,
                to,
                finalized,
                added,
                removed,
            } => {
                let chain = &self.worker.chain;
                let received = chain.receive(self.genesis, |view| {
                    view.changes((from, to), finalized, added, &removed)
                });
                self.follow_up(received);
            }
            ToWorker::Tokens { me, tokens } => self.worker.chain.set_tokens(self.genesis, me, tokens),
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
                let context = Context {
                    worker: self.worker.clone(),
                    request,
                    out: self.out.clone(),
                };
                let limit = Duration::from_millis(timeout_ms);
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
            ToWorker::Ping => (),
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

    async fn end(mut self) {
        self.running.values().for_each(CancellationToken::cancel);
        // Nobody takes the answers any more.
        drop(self.out);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn tell_status(worker: Arc<Worker>, out: mpsc::Sender<FromWorker>) {
    let mut changed = worker.life.changes();
    let mut tick = tokio::time::interval(STATUS);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => (),
            // The worker, and with it the sender, lives as long as this task.
            _ = changed.changed() => (),
        }
        changed.mark_unchanged();
        if out.send(FromWorker::Status(status::of(&worker).await)).await.is_err() {
            return;
        }
        tokio::time::sleep(STATUS_PAUSE).await;
    }
}

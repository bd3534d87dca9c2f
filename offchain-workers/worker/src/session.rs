//! One connection of a node.

use crate::{
    collect::Head,
    tasks,
    worker::{stopping, Worker},
};
use futures::{SinkExt, StreamExt};
use quorate_primitives::Hash;
use quorate_protocol::{
    framing::{framed, FrameError},
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
    let mut stop = worker.stop.subscribe();
    let greeting = tokio::select! {
        greeting = tokio::time::timeout(GREETING, source.next()) => greeting,
        () = stopping(&mut stop) => return Ok(()),
    };
    let Ok(Some(greeting)) = greeting else { return Ok(()) };
    let ToWorker::Hello { protocol, genesis } = greeting? else {
        tracing::warn!("a connection that does not start with a greeting is closed");
        return Ok(());
    };
    // Also to one of another version: it learns ours.
    sink.send(FromWorker::Hello {
        protocol: PROTOCOL_VERSION,
        status: worker.status().await,
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
    };
    let result = loop {
        tokio::select! {
            () = stopping(&mut stop) => break Ok(()),
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
            ToWorker::View(view) => self.worker.set_view(self.genesis, *view),
            ToWorker::Head { best, finalized } => self.worker.set_head(Head {
                genesis: self.genesis,
                best,
                finalized,
            }),
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
                let (worker, out) = (self.worker.clone(), self.out.clone());
                let limit = Duration::from_millis(timeout_ms);
                self.tasks.spawn(async move {
                    tasks::run(worker, request, limit, task, out, cancel).await;
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
                self.worker.stop.send_replace(true);
                return true;
            }
        }
        false
    }

    async fn end(mut self) {
        self.running.values().for_each(CancellationToken::cancel);
        // Nobody takes the answers any more.
        drop(self.out);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn tell_status(worker: Arc<Worker>, out: mpsc::Sender<FromWorker>) {
    let mut changed = worker.changed.subscribe();
    let mut tick = tokio::time::interval(STATUS);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => (),
            // The worker, and with it the sender, lives as long as this task.
            _ = changed.changed() => (),
        }
        changed.mark_unchanged();
        if out.send(FromWorker::Status(worker.status().await)).await.is_err() {
            return;
        }
        tokio::time::sleep(STATUS_PAUSE).await;
    }
}

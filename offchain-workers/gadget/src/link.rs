//! The connection to the worker: handshake, deadlines, heartbeat, reconnection.

pub mod queue;

use crate::{address::Stream, pulse::Pulse, report::ReportHandle, Address, LOG};
use codec::Encode;
use futures::{SinkExt, StreamExt};
use queue::{queues, Commands, Next, Queues, Views};
use quorate_primitives::Hash;
use quorate_protocol::{
    framing::{framed, FrameError},
    Failure, FromWorker, RequestId, Status, ToWorker, HEARTBEAT, MAX_FRAME, OVERDUE, PROTOCOL_VERSION, SILENCE,
};
use std::{collections::BTreeMap, time::Duration};
use tokio::{
    sync::mpsc::{Receiver, Sender},
    time::{interval, sleep, timeout, Instant},
};

/// How long the worker may take for its side of the handshake, and for taking a message.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much later than the worker this side gives up on a request.
const GRACE: Duration = Duration::from_secs(5);
/// Pauses between attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A worker that is being started may not listen yet for so long, without a word about it.
const STARTING: Duration = Duration::from_secs(5);

/// What happens on the link.
#[derive(Debug)]
pub enum Event {
    /// Connected; the handshake is done and all earlier requests are void.
    Up(Status),
    Message(FromWorker),
    /// Not connected, and why.
    Down(String),
}

/// Channels between the link and the gadget.
pub struct Ends {
    pub queues: Queues,
    pub events: Sender<Event>,
}

/// The other ends of [`Ends`].
pub struct Handle {
    pub commands: Commands,
    pub views: Views,
    pub events: Receiver<Event>,
}

/// Where the link looks for the worker, and who else is told how it is.
#[derive(Clone, Debug)]
pub struct Line {
    pub address: Address,
    pub genesis: Hash,
    /// The supervisor kills a process of its own that hangs.
    pub pulse: Pulse,
    pub report: ReportHandle,
}

/// Make both ends.
pub fn channels() -> (Handle, Ends) {
    let (commands, views, queues) = queues();
    let (event_in, event_out) = tokio::sync::mpsc::channel(1_024);
    (
        Handle {
            commands,
            views,
            events: event_out,
        },
        Ends {
            queues,
            events: event_in,
        },
    )
}

/// Keep a connection to the worker until the gadget lets go of its ends.
pub async fn run(line: &Line, mut ends: Ends) {
    let (_listening, address) = (line.pulse.listen(), &line.address);
    let (mut pause, mut reported, mut alone_since) = (FIRST_PAUSE, String::new(), Instant::now());
    loop {
        let mut quiet = false;
        let connected = timeout(PATIENCE, address.connect()).await;
        let connected = connected.unwrap_or_else(|_| Err("it does not answer".to_owned()));
        let why = match connected {
            Ok(stream) => {
                let end = session(stream, line, &mut ends).await;
                ends.queues.end();
                match end {
                    End::Closed => return,
                    End::Lost { why, greeted } => {
                        if greeted {
                            (pause, reported, alone_since) = (FIRST_PAUSE, String::new(), Instant::now());
                        }
                        why
                    }
                }
            }
            Err(error) => {
                quiet = alone_since.elapsed() < STARTING;
                format!("no worker is reached at {address}: {error}")
            }
        };
        if why != reported && !quiet {
            reported.clone_from(&why);
            if ends.events.send(Event::Down(why)).await.is_err() {
                return;
            }
        }
        sleep(pause).await;
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        if ends.queues.is_closed() {
            return;
        }
    }
}

fn reason(error: &FrameError) -> String {
    quorate_tls::explain(error).unwrap_or_else(|| error.to_string())
}

enum End {
    /// The gadget is gone.
    Closed,
    Lost {
        why: String,
        greeted: bool,
    },
}

async fn session(stream: Box<dyn Stream>, line: &Line, ends: &mut Ends) -> End {
    let (read, write) = tokio::io::split(stream);
    let (mut sink, mut source) = framed::<ToWorker, FromWorker, _, _>(read, write);
    let lost = |why: String, greeted: bool| End::Lost { why, greeted };

    let hello = ToWorker::Hello {
        protocol: PROTOCOL_VERSION,
        genesis: line.genesis,
        node: quorate_protocol::this_process(),
    };
    let asked = Instant::now();
    let greeting = async {
        // If it takes none, its last message tells why.
        let sent = sink.send(hello).await;
        source.next().await.or(sent.err().map(Err))
    };
    let greeting = timeout(PATIENCE, greeting).await;
    if let Ok(Some(Ok(_))) = &greeting {
        line.pulse.beat();
    }
    let status = match greeting {
        Ok(Some(Ok(FromWorker::Hello {
            protocol: PROTOCOL_VERSION,
            status,
        }))) => status,
        Ok(Some(Ok(FromWorker::Hello { protocol, .. }))) => {
            let why =
                format!("the worker speaks protocol {protocol}, this node {PROTOCOL_VERSION}: update the older one");
            return lost(why, false);
        }
        Ok(Some(Ok(FromWorker::Refused(why)))) => return lost(format!("the worker refuses this node: {why}"), false),
        Ok(Some(Err(error))) => return lost(format!("the worker's greeting: {}", reason(&error)), false),
        Ok(Some(Ok(_))) | Ok(None) | Err(_) => {
            return lost(
                "the worker does not greet: does it serve another node?".to_owned(),
                false,
            )
        }
    };
    let latency = asked.elapsed();
    line.report.update(|report| report.latency = Some(latency));
    ends.queues.begin();
    if ends.events.send(Event::Up(status)).await.is_err() {
        return End::Closed;
    }

    let mut requests = Requests::default();
    let (mut tick, mut heartbeat) = (interval(Duration::from_secs(1)), interval(HEARTBEAT));
    let mut last_message = Instant::now();
    loop {
        let message = tokio::select! {
            next = ends.queues.next() => match next {
                Next::Send(message) => message,
                Next::Full => return lost("the worker takes its messages too slowly".to_owned(), true),
                Next::Closed => return End::Closed,
            },
            _ = heartbeat.tick() => ToWorker::Ping,
            message = source.next() => {
                last_message = Instant::now();
                line.pulse.beat();
                let message = match message {
                    Some(Ok(message)) => message,
                    Some(Err(error)) => return lost(format!("reading from the worker: {error}"), true),
                    None => return lost("the worker closed the connection".to_owned(), true),
                };
                match &message {
                    FromWorker::Done { request, .. } if !requests.answered(*request) => continue,
                    FromWorker::Status(Status { health, .. }) => {
                        health.overdue.iter().for_each(|overdue| line.pulse.overdue(overdue));
                    }
                    _ => {}
                }
                if ends.events.send(Event::Message(message)).await.is_err() {
                    return End::Closed;
                }
                continue;
            }
            _ = tick.tick() => {
                if last_message.elapsed() > SILENCE {
                    return lost(format!("the worker sent nothing for {} s", SILENCE.as_secs()), true);
                }
                if let Some(request) = requests.hopeless(Instant::now()) {
                    let why = format!("request {request} is not answered {} s after its deadline", OVERDUE.as_secs());
                    line.pulse.hung(why.clone());
                    return lost(why, true);
                }
                let Some(request) = requests.expired(Instant::now()) else { continue };
                let done = FromWorker::Done { request, result: Err(Failure::Deadline) };
                if ends.events.send(Event::Message(done)).await.is_err() {
                    return End::Closed;
                }
                ToWorker::Cancel { request }
            }
        };
        requests.note(&message, Instant::now());
        if message.encoded_size() > MAX_FRAME {
            log::error!(target: LOG, "a message of {} bytes does not fit a frame; left out", message.encoded_size());
            continue;
        }
        match timeout(PATIENCE, sink.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return lost(format!("writing to the worker: {error}"), true),
            Err(_) => return lost("the worker takes no messages".to_owned(), true),
        }
    }
}

/// Requests that the worker has to answer, and until when.
#[derive(Debug, Default)]
struct Requests {
    deadlines: BTreeMap<RequestId, Instant>,
    /// Those that were given up here: the worker still owes an answer, its last sign that it has let go of them.
    owed: BTreeMap<RequestId, Instant>,
}

impl Requests {
    fn note(&mut self, command: &ToWorker, now: Instant) {
        match command {
            ToWorker::Run {
                request, timeout_ms, ..
            } => {
                // Beyond a year the sum could leave the range of an instant.
                let limit = Duration::from_millis(*timeout_ms).min(Duration::from_secs(366 * 86_400));
                self.deadlines.insert(*request, now + limit + GRACE);
            }
            // One that is answered already owes nothing.
            ToWorker::Cancel { request } if self.deadlines.remove(request).is_some() => {
                self.owed.insert(*request, now + OVERDUE);
            }
            _ => {}
        }
    }

    /// The worker's last answer. Returns whether it is waited for.
    fn answered(&mut self, request: RequestId) -> bool {
        self.owed.remove(&request);
        self.deadlines.remove(&request).is_some()
    }

    /// A request whose deadline has passed.
    fn expired(&mut self, now: Instant) -> Option<RequestId> {
        let over = self.deadlines.iter().find(|(_, deadline)| **deadline <= now);
        let request = over.map(|(request, _)| *request)?;
        self.deadlines.remove(&request);
        self.owed.insert(request, now + OVERDUE);
        Some(request)
    }

    /// A request that was given up so long ago that the worker must hang.
    fn hopeless(&self, now: Instant) -> Option<RequestId> {
        let owed = self.owed.iter().find(|(_, until)| **until <= now);
        owed.map(|(request, _)| *request)
    }
}

#[cfg(test)]
mod tests;

//! The connection to the worker: handshake, deadlines, reconnection.

use crate::{address::Stream, Address, LOG};
use codec::Encode;
use futures::{SinkExt, StreamExt};
use quorate_primitives::Hash;
use quorate_protocol::{
    framing::{framed, FrameError},
    Failure, FromWorker, RequestId, Status, ToWorker, MAX_FRAME, PROTOCOL_VERSION,
};
use std::{collections::BTreeMap, time::Duration};
use tokio::{
    sync::mpsc::{Receiver, Sender, UnboundedReceiver},
    time::{interval, sleep, timeout, Instant},
};

/// How long the worker may take for its side of the handshake, and for taking a message.
const PATIENCE: Duration = Duration::from_secs(10);
/// A worker speaks every few seconds; one that is silent for so long is lost.
const SILENCE: Duration = Duration::from_secs(60);
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
    pub commands: UnboundedReceiver<ToWorker>,
    pub events: Sender<Event>,
}

/// The other ends of [`Ends`].
pub struct Handle {
    pub commands: tokio::sync::mpsc::UnboundedSender<ToWorker>,
    pub events: Receiver<Event>,
}

/// Make both ends.
pub fn channels() -> (Handle, Ends) {
    let (command_in, command_out) = tokio::sync::mpsc::unbounded_channel();
    let (event_in, event_out) = tokio::sync::mpsc::channel(1_024);
    (
        Handle {
            commands: command_in,
            events: event_out,
        },
        Ends {
            commands: command_out,
            events: event_in,
        },
    )
}

/// Keep a connection to the worker at `address` until the gadget lets go of its ends.
pub async fn run(address: &Address, genesis: Hash, mut ends: Ends) {
    let (mut pause, mut reported, mut alone_since) = (FIRST_PAUSE, String::new(), Instant::now());
    loop {
        let mut quiet = false;
        let connected = timeout(PATIENCE, address.connect()).await;
        let connected = connected.unwrap_or_else(|_| Err("it does not answer".to_owned()));
        let why = match connected {
            Ok(stream) => match session(stream, genesis, &mut ends).await {
                End::Closed => return,
                End::Lost { why, greeted } => {
                    if greeted {
                        (pause, reported, alone_since) = (FIRST_PAUSE, String::new(), Instant::now());
                    }
                    why
                }
            },
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
        if ends.commands.is_closed() {
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

async fn session(stream: Box<dyn Stream>, genesis: Hash, ends: &mut Ends) -> End {
    let (read, write) = tokio::io::split(stream);
    let (mut sink, mut source) = framed::<ToWorker, FromWorker, _, _>(read, write);
    let lost = |why: String, greeted: bool| End::Lost { why, greeted };

    let hello = ToWorker::Hello {
        protocol: PROTOCOL_VERSION,
        genesis,
        node: quorate_protocol::this_process(),
    };
    let greeting = async {
        // If it takes none, its last message tells why.
        let sent = sink.send(hello).await;
        source.next().await.or(sent.err().map(Err))
    };
    let status = match timeout(PATIENCE, greeting).await {
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
    // Messages for an earlier connection mean nothing here.
    while ends.commands.try_recv().is_ok() {}
    if ends.events.send(Event::Up(status)).await.is_err() {
        return End::Closed;
    }

    let mut deadlines: BTreeMap<RequestId, Instant> = BTreeMap::new();
    let (mut tick, mut last_message) = (interval(Duration::from_secs(1)), Instant::now());
    loop {
        tokio::select! {
            command = ends.commands.recv() => {
                let Some(command) = command else { return End::Closed };
                note(&command, &mut deadlines);
                if command.encoded_size() > MAX_FRAME {
                    log::error!(target: LOG, "a message of {} bytes does not fit a frame; left out", command.encoded_size());
                    continue;
                }
                match timeout(PATIENCE, sink.send(command)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => return lost(format!("writing to the worker: {error}"), true),
                    Err(_) => return lost("the worker takes no messages".to_owned(), true),
                }
            }
            message = source.next() => {
                last_message = Instant::now();
                let message = match message {
                    Some(Ok(message)) => message,
                    Some(Err(error)) => return lost(format!("reading from the worker: {error}"), true),
                    None => return lost("the worker closed the connection".to_owned(), true),
                };
                if let FromWorker::Done { request, .. } = &message {
                    if deadlines.remove(request).is_none() {
                        continue;
                    }
                }
                if ends.events.send(Event::Message(message)).await.is_err() {
                    return End::Closed;
                }
            }
            _ = tick.tick() => {
                if last_message.elapsed() > SILENCE {
                    return lost(format!("the worker sent nothing for {} s", SILENCE.as_secs()), true);
                }
                for request in expired(&mut deadlines, Instant::now()) {
                    let done = FromWorker::Done { request, result: Err(Failure::Deadline) };
                    if ends.events.send(Event::Message(done)).await.is_err() {
                        return End::Closed;
                    }
                    if !matches!(timeout(PATIENCE, sink.send(ToWorker::Cancel { request })).await, Ok(Ok(()))) {
                        return lost("the worker takes no messages".to_owned(), true);
                    }
                }
            }
        }
    }
}

fn note(command: &ToWorker, deadlines: &mut BTreeMap<RequestId, Instant>) {
    match command {
        ToWorker::Run {
            request, timeout_ms, ..
        } => {
            // Beyond a year the sum could leave the range of an instant.
            let limit = Duration::from_millis(*timeout_ms).min(Duration::from_secs(366 * 86_400));
            deadlines.insert(*request, Instant::now() + limit + GRACE);
        }
        ToWorker::Cancel { request } => {
            deadlines.remove(request);
        }
        _ => {}
    }
}

fn expired(deadlines: &mut BTreeMap<RequestId, Instant>, now: Instant) -> Vec<RequestId> {
    let over: Vec<RequestId> = deadlines
        .iter()
        .filter(|(_, deadline)| **deadline <= now)
        .map(|(request, _)| *request)
        .collect();
    over.iter().for_each(|request| {
        deadlines.remove(request);
    });
    over
}

#[cfg(test)]
mod tests;

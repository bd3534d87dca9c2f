//! One blob from several sources.
//!
//! One source is asked at a time, from where the bytes end. Where it brings too little, a second one is asked for the same groups,
//! and after the same time the one that has come further stays. Each is tried in this way once at most, so what comes twice is little,
//! also where it is this side's own link that is slow. All groups are verified, so it does not matter who sent which.

use super::{pull::Wanted, sources::Deed, target::Sink, Client, Progress, Source, TransferError};
use crate::{BlobError, Root, GROUP};
use bytes::Bytes;
use futures::{future::select_all, FutureExt};
use std::{collections::VecDeque, sync::Arc};
use tokio::{
    sync::{mpsc, Semaphore},
    task::{AbortHandle, JoinSet},
    time::{sleep_until, Instant},
};

/// Tries at one source, as long as each brings some bytes.
const TRIES: usize = 5;
/// Bytes a second below which another source is asked too.
const HURRY: u64 = 1 << 20;
/// Rank of a source that the log has named of late.
const KNOWN: u32 = 4;
/// Groups that wait for being written.
const AHEAD: usize = 8;

/// A source that may be asked.
struct Candidate {
    source: Source,
    slots: Arc<Semaphore>,
    tries: usize,
    /// Another one was faster.
    slower: bool,
}

/// A source that is asked.
struct Runner {
    number: usize,
    candidate: Candidate,
    /// Where it began, and how far it has come, in bytes of the blob.
    from: u64,
    at: u64,
    /// Bytes since it was looked at last.
    recent: u64,
    task: AbortHandle,
}

enum Event {
    Group(u64, Bytes),
    End(Result<(), TransferError>),
}

/// The sources of one blob.
pub(super) struct Race<'a> {
    client: &'a Client,
    root: Root,
    len: u64,
    waiting: VecDeque<Candidate>,
    running: Vec<Runner>,
    tasks: JoinSet<()>,
    count: usize,
    sender: mpsc::Sender<(usize, Event)>,
    events: mpsc::Receiver<(usize, Event)>,
    /// Why sources were left.
    pub causes: Vec<String>,
    /// How many of them are denials.
    pub denials: usize,
}

impl<'a> Race<'a> {
    /// The sources in their order, but those that behaved badly of late behind the others.
    pub fn new(client: &'a Client, sources: &[Source], root: Root, len: u64) -> Self {
        let (sender, events) = mpsc::channel(AHEAD);
        let mut sources = sources.to_vec();
        sources.sort_by_cached_key(|source| client.sources.rank(&source.gateway));
        let candidate = |source: Source| Candidate {
            slots: client.sources.slots(&source.gateway),
            source,
            tries: 0,
            slower: false,
        };
        Self {
            client,
            root,
            len,
            waiting: sources.into_iter().map(candidate).collect(),
            running: Vec::new(),
            tasks: JoinSet::new(),
            count: 0,
            sender,
            events,
            causes: Vec::new(),
            denials: 0,
        }
    }

    /// Whether the sink has all bytes in the end.
    pub async fn run(&mut self, sink: &mut Sink<'_>, progress: Progress<'_>) -> Result<bool, BlobError> {
        let pause = self.client.timeouts.hedge;
        let mut look = Instant::now() + pause;
        while !sink.is_full() {
            if self.running.is_empty() {
                if !self.start(sink.seen(), true).await {
                    return Ok(false);
                }
                look = Instant::now() + pause;
            }
            tokio::select! {
                event = self.events.recv() => match event {
                    Some((number, Event::Group(offset, bytes))) => self.take(number, offset, &bytes, sink, progress).await?,
                    Some((number, Event::End(result))) => self.end(number, result),
                    // This side holds a sender.
                    None => return Ok(false),
                },
                () = sleep_until(look) => {
                    self.look(sink.seen()).await;
                    look = Instant::now() + pause;
                }
            }
        }
        for runner in &self.running {
            self.client.sources.note(&runner.candidate.source.gateway, Deed::Gave);
        }
        Ok(true)
    }

    /// Asks the next source that has a slot; waits for one if `wait`. False if there is none.
    async fn start(&mut self, seen: u64, wait: bool) -> bool {
        let free = self.waiting.iter().enumerate().find_map(|(index, candidate)| {
            let may = wait || !candidate.slower;
            let slot = may
                .then(|| candidate.slots.clone().try_acquire_owned().ok())
                .flatten()?;
            Some((index, slot))
        });
        let (index, slot) = match free {
            Some(free) => free,
            None if !wait || self.waiting.is_empty() => return false,
            None => {
                let slots = self
                    .waiting
                    .iter()
                    .map(|candidate| candidate.slots.clone().acquire_owned().boxed());
                let (slot, index, _) = select_all(slots).await;
                let Ok(slot) = slot else { return false };
                (index, slot)
            }
        };
        let Some(candidate) = self.waiting.remove(index) else {
            return false;
        };
        let wanted = Wanted {
            root: self.root,
            len: self.len,
            first: seen / GROUP as u64,
        };
        let (number, from) = (self.count, wanted.first * GROUP as u64);
        self.count += 1;
        let (client, source, sender) = (self.client.clone(), candidate.source.clone(), self.sender.clone());
        let task = self.tasks.spawn(async move {
            // Held until the connection has gone.
            let _slot = slot;
            let gateway = &source.gateway.url;
            let give = |offset, bytes| {
                let sent = sender.send((number, Event::Group(offset, bytes)));
                sent.map(|sent| sent.map_err(|_| unwanted(gateway)))
            };
            let result = client.pull(&source, &wanted, give).await;
            let _ = sender.send((number, Event::End(result))).await;
        });
        while self.tasks.try_join_next().is_some() {}
        self.running.push(Runner {
            number,
            candidate,
            from,
            at: from,
            recent: 0,
            task,
        });
        true
    }

    /// What is new of a verified group goes to the sink.
    async fn take(
        &mut self,
        number: usize,
        offset: u64,
        bytes: &[u8],
        sink: &mut Sink<'_>,
        progress: Progress<'_>,
    ) -> Result<(), BlobError> {
        let runner = self.running.iter_mut().find(|runner| runner.number == number);
        let Some(runner) = runner.filter(|_| offset <= sink.seen()) else {
            return Ok(());
        };
        runner.at = offset + bytes.len() as u64;
        runner.recent += bytes.len() as u64;
        // Each began where the bytes ended then, and leaves nothing out.
        let known = usize::try_from(sink.seen().saturating_sub(offset)).unwrap_or(usize::MAX);
        let fresh = bytes.get(known..).unwrap_or_default();
        if !fresh.is_empty() || self.len == 0 {
            sink.write(fresh).await?;
            progress(sink.seen(), self.len);
        }
        Ok(())
    }

    fn end(&mut self, number: usize, result: Result<(), TransferError>) {
        let Some(index) = self.running.iter().position(|runner| runner.number == number) else {
            return;
        };
        let runner = self.running.swap_remove(index);
        let gateway = &runner.candidate.source.gateway;
        let Err(error) = result else { return };
        let deed = match &error {
            TransferError::Wrong { .. } => {
                let root = crate::name(&self.root);
                // Once in a while for each.
                match self.client.sources.rank(gateway) < KNOWN {
                    true => tracing::warn!(%error, root, "bytes that are not the blob's"),
                    false => tracing::debug!(%error, root, "bytes that are not the blob's"),
                }
                Some(Deed::Wrong)
            }
            TransferError::Idle { .. } => Some(Deed::Idle),
            TransferError::Refused { .. } => None,
            _ => Some(Deed::Failed),
        };
        if let Some(deed) = deed {
            self.client.sources.note(gateway, deed);
        }
        let again = matches!(error, TransferError::Http { .. }) && runner.at > runner.from;
        self.denials += usize::from(error.is_denial());
        self.causes.push(error.to_string());
        let tries = runner.candidate.tries + 1;
        if again && tries < TRIES {
            let candidate = runner.candidate;
            self.waiting.push_back(Candidate { tries, ..candidate });
        }
    }

    /// One that is slow gets company; of two the slower one goes.
    async fn look(&mut self, seen: u64) {
        if let [runner] = &mut self.running[..] {
            let enough = self.client.timeouts.hedge.as_secs_f64() * HURRY as f64;
            let slow = (runner.recent as f64) < enough;
            runner.recent = 0;
            if slow {
                self.start(seen, false).await;
            }
            return;
        }
        let best = self.running.iter().max_by_key(|runner| (runner.at, runner.recent));
        let best = best.map(|runner| runner.number);
        let (stay, go): (Vec<_>, Vec<_>) = self.running.drain(..).partition(|runner| Some(runner.number) == best);
        self.running = stay;
        for runner in &mut self.running {
            runner.recent = 0;
        }
        for runner in go {
            runner.task.abort();
            let gateway = &runner.candidate.source.gateway;
            self.client.sources.note(gateway, Deed::Slower);
            self.causes.push(format!("{}: slower than another one", gateway.url));
            let candidate = runner.candidate;
            self.waiting.push_back(Candidate {
                slower: true,
                ..candidate
            });
        }
    }
}

fn unwanted(gateway: &str) -> TransferError {
    TransferError::Http {
        gateway: gateway.into(),
        reason: "its bytes are no longer wanted".into(),
    }
}

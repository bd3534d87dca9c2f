//! Ties the parts together: listens to the chain and to the worker, and carries out what the core decides.

use crate::{
    archive::{self, Archive},
    chain::{Chain, Heads, NodeChain},
    decide::{Action, Authority, Core, Snapshot, Statement},
    disk::{self, Disk},
    finality::Cursor,
    journal::{Journal, JournalError, Sealed},
    link::{
        self,
        queue::{Commands, Views},
        Event,
    },
    once::Once,
    outbox::Outbox,
    provisional::Provisionals,
    pulse::Pulse,
    report::ReportHandle,
    submit::{sign, Submitter},
    tokens::Tokens,
    view::{self, Wanted},
    Address, LOG,
};
use futures::{Stream, StreamExt};
use quorate_gateway_api::stream::key_payload;
use quorate_primitives::{
    crypto::{AttestationId, KEY_TYPE},
    payload::token_payload,
    views::{
        gateway::Peer,
        tasks::{Duty, JobStatus},
        CapabilityView, Entry,
    },
    AccountId, BlockNumber, Hash,
};
use quorate_protocol::{BlockId, FromWorker, ToWorker};
use quorate_runtime_api::{DutiesApi, GatewayApi, InferenceApi, JobsApi, ModelsApi};
use sc_client_api::BlockchainEvents;
use sc_transaction_pool_api::TransactionPool;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::{HeaderBackend, HeaderMetadata};
use sp_keystore::KeystorePtr;
use sp_runtime::traits::{Block as BlockT, Header as HeaderT};
use std::{
    collections::VecDeque,
    marker::PhantomData,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::{mpsc::Receiver, watch};

/// A sealed outcome whose job the finalized chain does not know is kept for this many blocks: the job may still be made
/// again on another fork, under the same id.
const KEEP_UNKNOWN: BlockNumber = 256;
/// How often tokens are looked at when no block comes.
const REFRESH: Duration = Duration::from_secs(15);

/// What the gadget needs.
pub struct Params<C, P> {
    pub client: Arc<C>,
    pub pool: Arc<P>,
    pub keystore: KeystorePtr,
    /// Folder of the journal and the finality cursor.
    pub folder: PathBuf,
    /// Where the worker listens.
    pub worker: Address,
    /// Length of a slot, in milliseconds.
    pub slot_ms: u64,
    pub report: ReportHandle,
    /// What the supervisor of this node's own worker listens to.
    pub pulse: Pulse,
}

/// Run the gadget until the chain's notifications end. Needs a `tokio` runtime around it.
///
/// # Errors
/// The journal could not be opened: without it nothing may be committed to.
pub async fn run<B, C, P>(params: Params<C, P>) -> Result<(), JournalError>
where
    B: BlockT<Hash = Hash>,
    B::Header: HeaderT<Number = BlockNumber>,
    C: ProvideRuntimeApi<B>
        + HeaderBackend<B>
        + HeaderMetadata<B, Error = sp_blockchain::Error>
        + BlockchainEvents<B>
        + Send
        + Sync
        + 'static,
    C::Api: DutiesApi<B> + GatewayApi<B> + ModelsApi<B> + InferenceApi<B> + JobsApi<B>,
    P: TransactionPool<Block = B> + 'static,
{
    let Params {
        client,
        pool,
        keystore,
        folder,
        worker,
        slot_ms,
        report,
        pulse,
    } = params;
    let genesis = client.info().genesis_hash;
    let imports = client.import_notification_stream().map(|_| ());
    let finality = client.finality_notification_stream().map(|_| ());
    let submitter = Arc::new(Submitter {
        client: client.clone(),
        pool,
        keystore: keystore.clone(),
        genesis,
        block: PhantomData,
    });
    let (outbox, refused, work) = Outbox::new(move |statement| {
        let submitter = submitter.clone();
        async move { submitter.submit(statement).await }
    });
    tokio::spawn(work);
    let (handle, ends) = link::channels();
    let setup = Setup {
        chain: Arc::new(NodeChain::<B, C>::new(client)),
        keystore,
        genesis,
        slot_ms,
        report: report.clone(),
        outbox,
        refused,
        commands: handle.commands,
        views: handle.views,
        disk: disk::real(),
    };
    let driver = Driver::new(setup, &folder)?;
    let line = link::Line {
        address: worker,
        genesis,
        pulse,
        report,
    };
    tokio::select! {
        () = link::run(&line, ends) => {}
        () = driver.run(handle.events, imports, finality) => {}
    }
    Ok(())
}

/// What a driver is made from.
struct Setup<C> {
    chain: Arc<C>,
    keystore: KeystorePtr,
    genesis: Hash,
    slot_ms: u64,
    report: ReportHandle,
    outbox: Outbox,
    /// Statements that the pool did not take.
    refused: Receiver<Statement>,
    commands: Commands,
    views: Views,
    /// Where sealed outcomes are kept.
    disk: Arc<dyn Disk>,
}

struct Driver<C> {
    setup: Setup<C>,
    core: Core,
    cursor: Cursor,
    /// For which validators this node acts; `None` before the first look.
    authorities: Option<Vec<Authority>>,
    /// The runtime did not answer everything at the newest blocks.
    incomplete: bool,
    connected: bool,
    journal: Journal,
    once: Once,
    tokens: Tokens,
    /// The last message with tokens that the worker has.
    last_tokens: Option<ToWorker>,
    /// The key by which the worker signs streams.
    stream_key: Option<[u8; 32]>,
    provisionals: Provisionals,
    /// One in so many of them the worker computes again; 0: none, also without a worker.
    one_in: u32,
    wanted: watch::Sender<Wanted>,
    /// Final blocks at which evidence is exported.
    settled: watch::Sender<BlockId>,
    peers: watch::Receiver<Vec<Peer>>,
}

impl<C: Chain> Driver<C> {
    fn new(setup: Setup<C>, folder: &Path) -> Result<Self, JournalError> {
        let journal = Journal::open(&folder.join("sealed"), setup.disk.clone())?;
        if !journal.entries().is_empty() {
            log::info!(target: LOG, "{} sealed outcomes from before the start", journal.entries().len());
        }
        let (wanted, wants) = watch::channel(Wanted::default());
        let (found, peers) = watch::channel(Vec::new());
        let (settled, finals) = watch::channel(BlockId::default());
        let archive = Archive::open(folder.join("evidence"), setup.genesis);
        tokio::spawn(export(setup.chain.clone(), finals, archive));
        // Both tasks end when the driver is dropped.
        tokio::spawn(view::run(setup.chain.clone(), wants, setup.views.clone(), found));
        Ok(Self {
            core: Core::new(setup.genesis, setup.slot_ms, journal.entries().clone()),
            cursor: Cursor::open(&folder.join("finalized"), disk::real()),
            authorities: None,
            incomplete: false,
            connected: false,
            journal,
            once: Once::default(),
            tokens: Tokens::default(),
            last_tokens: None,
            stream_key: None,
            provisionals: Provisionals::new(),
            one_in: 0,
            wanted,
            settled,
            peers,
            setup,
        })
    }

    async fn run(
        mut self,
        mut events: Receiver<Event>,
        imports: impl Stream<Item = ()> + Unpin,
        finality: impl Stream<Item = ()> + Unpin,
    ) {
        // One after the other they may be many: all that are there are one reason to look.
        let (mut imports, mut finality) = (imports.ready_chunks(1_024), finality.ready_chunks(1_024));
        let mut refresh = tokio::time::interval(REFRESH);
        self.at_heads();
        loop {
            tokio::select! {
                import = imports.next() => {
                    if import.is_none() { return };
                    self.at_heads();
                }
                notification = finality.next() => {
                    if notification.is_none() { return };
                    self.at_heads();
                }
                event = events.recv() => {
                    let Some(event) = event else { return };
                    self.on_event(event);
                }
                Some(statement) = self.setup.refused.recv() => {
                    let kind = statement.kind();
                    self.setup.report.update(|report| *report.refused.entry(kind).or_default() += 1);
                    self.core.not_sent(&statement);
                }
                changed = self.peers.changed() => {
                    if changed.is_err() { return };
                    self.send_tokens();
                }
                _ = refresh.tick() => self.send_tokens(),
            }
        }
    }

    /// The block whose state is acted on, with what is final below it. Finality may be ahead of the best block that was imported
    /// last, or on another fork than that: then the final block itself counts, never a state that cannot become final.
    fn heads(&self) -> Heads {
        let heads = self.setup.chain.heads();
        let way = self.setup.chain.route(heads.finalized, heads.best);
        match way {
            Ok(route) if !route.retracted.is_empty() => Heads {
                best: heads.finalized,
                ..heads
            },
            _ => heads,
        }
    }

    /// A new best block, or more is final: what there is to do is read anew in either case.
    fn at_heads(&mut self) {
        let heads = self.heads();
        let known = self.wanted.borrow().heads;
        if known != heads {
            self.wanted.send_modify(|wanted| wanted.heads = heads);
        } else if !self.incomplete {
            // A block on a side branch.
            return;
        }
        self.incomplete = false;
        if known.finalized != heads.finalized {
            self.finalized(heads.finalized);
            let last = self.settled.borrow().number;
            if heads.finalized.number >= last.saturating_add(archive::EVERY) {
                self.settled.send_replace(heads.finalized);
            }
        }
        let snapshot = self.snapshot(&heads);
        let actions = self.core.at_block(snapshot);
        self.carry_out(actions);
    }

    /// What the runtime does not answer is logged and left out; the rest is done.
    fn snapshot(&mut self, heads: &Heads) -> Snapshot {
        let (at, chain) = (heads.best, self.setup.chain.clone());
        let mut authorities = Vec::new();
        for public in self.setup.keystore.sr25519_public_keys(KEY_TYPE) {
            let key = AttestationId::from(public);
            match chain.validator_of(at.hash, &key) {
                Ok(Some(validator)) => authorities.push(Authority { key, validator }),
                Ok(None) => {}
                Err(error) => self.not_answered(format!("The runtime does not tell whose key {key} is: {error}")),
            }
        }
        self.note_authorities(authorities);
        let authorities = self.authorities().to_vec();
        let peers = self.peers.borrow().iter().map(|peer| peer.validator.clone()).collect();
        let capabilities = self.capabilities(at.hash, &authorities);
        let provisional = self.provisionals.read(&*chain, at, &authorities, self.one_in);
        let provisional = provisional.map_err(|error| {
            let text = format!("The runtime does not tell which batches are provisional: {error}");
            self.once.log_once(text);
        });
        let duties = authorities.into_iter().map(|by| {
            let duties = match chain.duties(at.hash, &by.key) {
                Ok(entries) => entries.iter().filter_map(|entry| self.duty(entry)).collect(),
                Err(error) => {
                    self.once.log_once(format!(
                        "The runtime does not tell the duties of {}: {error}",
                        by.validator
                    ));
                    Vec::new()
                }
            };
            (by, duties)
        });
        Snapshot {
            number: at.number,
            finalized: heads.finalized.number,
            duties: duties.collect(),
            peers,
            capabilities,
            provisional: provisional.ok(),
        }
    }

    fn capabilities(&mut self, at: Hash, authorities: &[Authority]) -> Vec<(Authority, CapabilityView)> {
        let known = authorities
            .iter()
            .filter_map(|by| match self.setup.chain.capability(at, &by.key) {
                Ok(view) => view.map(|view| (by.clone(), view)),
                Err(error) => {
                    self.once.log_once(format!(
                        "The runtime does not tell what {} declared: {error}",
                        by.validator
                    ));
                    None
                }
            });
        known.collect()
    }

    fn not_answered(&mut self, error: String) {
        self.incomplete = true;
        self.once.log_once(error);
    }

    fn duty(&mut self, entry: &Entry) -> Option<Duty> {
        let duty = Duty::try_from(entry);
        if let Err(unknown) = duty {
            self.once.log_once(format!(
                "The chain lists a duty of kind {} that this node does not know: it is left out. Update the node",
                unknown.kind
            ));
        }
        duty.ok()
    }

    fn note_authorities(&mut self, mut authorities: Vec<Authority>) {
        authorities.sort();
        if self.authorities.as_ref() == Some(&authorities) {
            return;
        }
        match authorities.first() {
            None => log::info!(target: LOG, "No aiwk key of this node's keystore is a validator's: nothing to attest"),
            Some(_) => authorities.iter().for_each(
                |by| log::info!(target: LOG, "Acting for validator {} with the aiwk key {}", by.validator, by.key),
            ),
        }
        self.authorities = Some(authorities);
        let bearer = self.bearer().map(|by| by.validator);
        self.setup.report.update(|report| report.validator = bearer);
        self.send_tokens();
    }

    fn authorities(&self) -> &[Authority] {
        self.authorities.as_deref().unwrap_or_default()
    }

    /// Whoever signs the tokens: the authority whose key the gateways know, if there is one.
    fn bearer(&self) -> Option<Authority> {
        let peers = self.peers.borrow();
        let known = |by: &&Authority| peers.iter().any(|peer| peer.key.as_ref() == Some(&by.key));
        let authorities = self.authorities();
        authorities.iter().find(known).or(authorities.first()).cloned()
    }

    fn send_tokens(&mut self) {
        if !self.connected {
            return;
        }
        let bearer = self.bearer();
        let peers: Vec<AccountId> = self.peers.borrow().iter().map(|peer| peer.validator.clone()).collect();
        let (keystore, genesis) = (&self.setup.keystore, self.setup.genesis);
        let tokens = match &bearer {
            None => Vec::new(),
            Some(by) => self.tokens.refresh(by, &peers, now(), |audience, expires| {
                sign(keystore, by, &token_payload(genesis, &by.validator, audience, expires))
                    .inspect_err(|error| log::error!(target: LOG, "A gateway token cannot be signed: {error}"))
                    .ok()
            }),
        };
        let stream = bearer.as_ref().zip(self.stream_key).and_then(|(by, key)| {
            self.tokens.stream(key, now(), |expires| {
                sign(keystore, by, &key_payload(genesis, &by.validator, &key, expires))
                    .inspect_err(
                        |error| log::error!(target: LOG, "The worker's key for streams cannot be signed: {error}"),
                    )
                    .ok()
            })
        });
        let message = ToWorker::Tokens {
            me: bearer.map(|by| by.validator),
            tokens,
            stream,
        };
        if self.last_tokens.as_ref() != Some(&message) {
            self.tell(message.clone());
            self.last_tokens = Some(message);
        }
    }

    fn on_event(&mut self, event: Event) {
        let actions = match event {
            Event::Up(status) => {
                log::info!(
                    target: LOG,
                    "Worker {} is there: engine {}, gateway on {}, {} blobs",
                    status.version,
                    status.backend,
                    status.gateway,
                    status.blobs
                );
                self.setup.report.update(|report| {
                    report.connected = true;
                    report.status = Some(status.clone());
                });
                self.connected = true;
                self.stream_key = status.stream_key;
                self.one_in = status.spot_checks;
                self.last_tokens = None;
                self.send_tokens();
                self.send_snapshot();
                self.core.worker_up(status)
            }
            Event::Down(why) => {
                log::warn!(target: LOG, "Worker: {why}. This validator abstains until it is there");
                self.setup.report.update(|report| {
                    report.connected = false;
                    report.last_error = Some(why);
                });
                // What the worker was asked to look at stays listed: it is not asked twice when it is back.
                self.connected = false;
                self.core.worker_down();
                Vec::new()
            }
            Event::Message(FromWorker::SnapshotWanted) => {
                self.send_snapshot();
                Vec::new()
            }
            Event::Message(message) => {
                if let FromWorker::Status(status) = &message {
                    self.setup.report.update(|report| report.status = Some(status.clone()));
                }
                self.core.on_message(message)
            }
        };
        self.carry_out(actions);
    }

    /// The worker has no view that changes could follow.
    fn send_snapshot(&self) {
        self.wanted.send_modify(|wanted| wanted.snapshot += 1);
    }

    fn carry_out(&mut self, actions: Vec<Action>) {
        let mut queue = VecDeque::from(actions);
        while let Some(action) = queue.pop_front() {
            match action {
                Action::Run {
                    request,
                    timeout_ms,
                    task,
                } => self.tell(ToWorker::Run {
                    request,
                    timeout_ms,
                    task,
                }),
                Action::Cancel { request } => self.tell(ToWorker::Cancel { request }),
                Action::Seal { by, job, outcome } => {
                    let sealed = Sealed {
                        outcome,
                        salt: rand::random(),
                        at: self.wanted.borrow().heads.best.number,
                    };
                    match self.journal.seal((job, by.validator.clone()), sealed.clone()) {
                        Ok(()) => queue.extend(self.core.sealed(&by, job, sealed)),
                        Err(error) => log::error!(
                            target: LOG,
                            "Job {job:?}: the outcome is not on disk, so it is not committed to ({error}). Next try with \
                             the next block"
                        ),
                    }
                }
                Action::Submit(statement) => {
                    let kind = statement.kind();
                    self.setup
                        .report
                        .update(|report| *report.submitted.entry(kind).or_default() += 1);
                    self.setup.outbox.send(statement);
                }
            }
        }
        self.setup.report.update(|report| {
            report.waiting = self.core.waiting();
            report.jobs = self.core.jobs();
            report.abstained = self.core.abstained().clone();
            report.failures = self.core.failures();
            report.spot_checks = self.core.spot_checks().counts().clone();
            report.disputed = self.core.spot_checks().disputed();
            report.sealed = self.journal.entries().len() as u32;
            report.outbox = self.setup.outbox.waiting();
        });
    }

    fn tell(&self, message: ToWorker) {
        self.setup.commands.send(message);
    }

    /// Forgets what opens commits of jobs that are over.
    fn finalized(&mut self, to: BlockId) {
        let chain = self.setup.chain.clone();
        for block in self.cursor.advance(&*chain, to) {
            let entries: Vec<_> = self
                .journal
                .entries()
                .iter()
                .map(|(id, sealed)| (id.clone(), sealed.at))
                .collect();
            for (id, sealed_at) in entries {
                let (job, validator) = &id;
                // The state of a block far back may be pruned: then a later block decides.
                let Ok(status) = chain.job_status(block.hash, *job, validator) else {
                    continue;
                };
                let over = match status {
                    None => block.number >= sealed_at.saturating_add(KEEP_UNKNOWN),
                    Some(JobStatus::Open) => false,
                    Some(JobStatus::Closed { agreed, verdict }) => {
                        log::info!(
                            target: LOG,
                            "Job {job:?} is closed and final: {}, this validator {}",
                            if agreed { "agreed" } else { "no quorum" },
                            verdict.map_or_else(|| "is not judged".to_owned(), |verdict| format!("{verdict:?}"))
                        );
                        if let Some(verdict) = verdict {
                            let name = format!("{verdict:?}").to_lowercase();
                            self.setup
                                .report
                                .update(|report| *report.verdicts.entry(name).or_default() += 1);
                        }
                        true
                    }
                };
                if over {
                    self.journal.forget(&id);
                    self.core.forget(&id);
                }
            }
        }
    }
}

/// Exports evidence at each of these final blocks, beside the loop.
async fn export(chain: Arc<impl Chain>, mut finals: watch::Receiver<BlockId>, mut archive: Archive) {
    while finals.changed().await.is_ok() {
        let (at, chain) = (finals.borrow_and_update().hash, chain.clone());
        let exported = tokio::task::spawn_blocking(move || {
            archive.export(&*chain, at);
            archive
        });
        match exported.await {
            Ok(returned) => archive = returned,
            Err(_) => return,
        }
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;

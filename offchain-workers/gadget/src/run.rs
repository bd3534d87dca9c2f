//! Ties the parts together: listens to the chain and to the worker, and carries out what the core decides.

use crate::{
    decide::{Action, Core, Identity, Snapshot},
    finality::{Cursor, Finalized},
    journal::{Journal, JournalError, Sealed},
    link::{self, Event},
    report::ReportHandle,
    submit::Submitter,
    tokens::Tokens,
    Address, LOG,
};
use codec::Encode;
use futures::{FutureExt, StreamExt};
use quorate_primitives::{
    crypto::{AttestationId, KEY_TYPE},
    job::JobPhase,
    views::{GatewayView, Tasks},
    AccountId, BlockNumber, Hash,
};
use quorate_protocol::{ToWorker, View, MAX_FRAME};
use quorate_runtime_api::{GadgetApi, QueryApi};
use sc_client_api::BlockchainEvents;
use sc_transaction_pool_api::TransactionPool;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::{HeaderBackend, HeaderMetadata, Info};
use sp_keystore::KeystorePtr;
use sp_runtime::traits::{Block as BlockT, Header as HeaderT};
use std::{
    collections::VecDeque,
    marker::PhantomData,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A sealed outcome whose job the finalized chain does not know is kept for this many blocks: the job may still be made
/// again on another fork, under the same id.
const KEEP_UNKNOWN: BlockNumber = 256;
/// How often tokens and the gateway's view are looked at when no block comes.
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
}

/// Run the gadget until the chain's notifications end.
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
        + Sync,
    C::Api: GadgetApi<B> + QueryApi<B>,
    P: TransactionPool<Block = B>,
{
    let Params {
        client,
        pool,
        keystore,
        folder,
        worker,
        slot_ms,
        report,
    } = params;
    let genesis = client.info().genesis_hash;
    let journal = Journal::open(&folder.join("sealed"))?;
    if !journal.entries().is_empty() {
        log::info!(target: LOG, "{} sealed outcomes from before the start", journal.entries().len());
    }
    let (handle, ends) = link::channels();
    let driver = Driver {
        core: Core::new(genesis, slot_ms, journal.entries().clone()),
        cursor: Cursor::open(&folder.join("finalized")),
        commands: handle.commands,
        connected: false,
        identities: None,
        journal,
        last_error: String::new(),
        last_view: Vec::new(),
        report,
        submitter: Submitter {
            client,
            pool,
            keystore,
            genesis,
            block: PhantomData,
        },
        tokens: Tokens::default(),
    };
    tokio::select! {
        () = link::run(&worker, genesis, ends) => {}
        () = driver.run(handle.events) => {}
    }
    Ok(())
}

struct Driver<B, C, P> {
    core: Core,
    cursor: Cursor,
    commands: tokio::sync::mpsc::UnboundedSender<ToWorker>,
    connected: bool,
    /// For which validators this node acts; `None` before the first look.
    identities: Option<Vec<Identity>>,
    journal: Journal,
    last_error: String,
    /// Encoding of the view that the worker has.
    last_view: Vec<u8>,
    report: ReportHandle,
    submitter: Submitter<B, C, P>,
    tokens: Tokens,
}

impl<B, C, P> Driver<B, C, P>
where
    B: BlockT<Hash = Hash>,
    B::Header: HeaderT<Number = BlockNumber>,
    C: ProvideRuntimeApi<B>
        + HeaderBackend<B>
        + HeaderMetadata<B, Error = sp_blockchain::Error>
        + BlockchainEvents<B>
        + Send
        + Sync,
    C::Api: GadgetApi<B> + QueryApi<B>,
    P: TransactionPool<Block = B>,
{
    async fn run(mut self, mut events: tokio::sync::mpsc::Receiver<Event>) {
        let client = self.submitter.client.clone();
        let mut imports = client.import_notification_stream();
        let mut finality = client.finality_notification_stream();
        let mut refresh = tokio::time::interval(REFRESH);
        self.at_best_block().await;
        loop {
            tokio::select! {
                import = imports.next() => {
                    let Some(import) = import else { return };
                    let mut is_new_best = import.is_new_best;
                    // Only the newest best block matters: what came meanwhile is taken together.
                    while let Some(Some(next)) = imports.next().now_or_never() {
                        is_new_best |= next.is_new_best;
                    }
                    if is_new_best {
                        self.at_best_block().await;
                    }
                }
                notification = finality.next() => {
                    let Some(notification) = notification else { return };
                    let (number, hash) = (*notification.header.number(), notification.hash);
                    drop(notification);
                    self.finalized(Finalized { number, hash });
                    let actions = self.core.at_finality(number);
                    self.carry_out(actions).await;
                }
                event = events.recv() => {
                    let Some(event) = event else { return };
                    self.heard(event).await;
                }
                _ = refresh.tick() => {
                    self.send_view_at(client.info());
                }
            }
        }
    }

    async fn at_best_block(&mut self) {
        let info = self.submitter.client.info();
        match self.snapshot(info.best_hash, info.best_number, info.finalized_number) {
            Ok((chain, gateway)) => {
                self.last_error.clear();
                self.send_view(gateway, info.best_number, info.finalized_number);
                let actions = self.core.at_block(chain);
                self.carry_out(actions).await;
            }
            Err(error) => self.say_once(format!(
                "The runtime does not answer at block {}: {error}",
                info.best_number
            )),
        }
    }

    fn snapshot(
        &mut self,
        at: Hash,
        number: BlockNumber,
        finalized: BlockNumber,
    ) -> Result<(Snapshot, GatewayView), ApiError> {
        let client = self.submitter.client.clone();
        let api = client.runtime_api();
        let gateway = api.gateway_view(at)?;
        let mut identities = Vec::new();
        for public in self.submitter.keystore.sr25519_public_keys(KEY_TYPE) {
            let key = AttestationId::from(public);
            if let Some(validator) = api.validator_of(at, key.clone())? {
                identities.push(Identity { key, validator });
            }
        }
        self.note_identities(identities, &gateway);
        let tasks = self
            .identities()
            .iter()
            .map(|by| Ok((by.clone(), api.tasks(at, by.key.clone())?)));
        let tasks: Vec<(Identity, Tasks)> = tasks.collect::<Result<_, ApiError>>()?;
        let peers = gateway.peers.iter().map(|peer| peer.validator.clone()).collect();
        Ok((
            Snapshot {
                number,
                finalized,
                tasks,
                peers,
            },
            gateway,
        ))
    }

    /// The identity whose key the gateways know comes first: it signs the tokens.
    fn note_identities(&mut self, mut identities: Vec<Identity>, gateway: &GatewayView) {
        let known = |by: &Identity| gateway.peers.iter().any(|peer| peer.key.as_ref() == Some(&by.key));
        identities.sort_by_key(|by| (!known(by), by.clone()));
        if self.identities.as_ref() == Some(&identities) {
            return;
        }
        match identities.first() {
            None => log::info!(target: LOG, "No aiwk key of this node's keystore is a validator's: nothing to attest"),
            Some(_) => identities.iter().for_each(
                |by| log::info!(target: LOG, "Acting for validator {} with the aiwk key {}", by.validator, by.key),
            ),
        }
        self.tokens.clear();
        self.report
            .update(|report| report.validator = identities.first().map(|by| by.validator.clone()));
        self.identities = Some(identities);
    }

    fn identities(&self) -> &[Identity] {
        self.identities.as_deref().unwrap_or_default()
    }

    fn send_view_at(&mut self, info: Info<B>) {
        let view = self.submitter.client.runtime_api().gateway_view(info.best_hash);
        match view {
            Ok(gateway) => self.send_view(gateway, info.best_number, info.finalized_number),
            Err(error) => self.say_once(format!("The runtime does not answer: {error}")),
        }
    }

    /// Tell the worker what changed, and of which block that is.
    fn send_view(&mut self, gateway: GatewayView, best: BlockNumber, finalized: BlockNumber) {
        let me = self.identities().first().cloned();
        let peers: Vec<AccountId> = gateway.peers.iter().map(|peer| peer.validator.clone()).collect();
        let tokens = match &me {
            None => Vec::new(),
            Some(me) => self.tokens.refresh(&me.validator, &peers, now(), |audience, expires| {
                self.submitter
                    .sign_token(me, audience, expires)
                    .inspect_err(|error| log::error!(target: LOG, "A gateway token cannot be signed: {error}"))
                    .ok()
            }),
        };
        let view = ToWorker::View(Box::new(View {
            me: me.map(|me| me.validator),
            gateway,
            tokens,
        }));
        let encoded = view.encode();
        if !self.connected {
            return;
        }
        if encoded.len() > MAX_FRAME {
            // A worker that goes on with an older view must not take it for this block's.
            return self.say_once(format!(
                "What the gateway may show takes {} bytes and does not fit a frame: the worker goes on with what it knows",
                encoded.len()
            ));
        }
        if encoded != self.last_view && self.commands.send(view).is_ok() {
            self.last_view = encoded;
        }
        // Only a link that is being taken down refuses it.
        let _ = self.commands.send(ToWorker::Head { best, finalized });
    }

    async fn heard(&mut self, event: Event) {
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
                self.report.update(|report| {
                    report.connected = true;
                    report.status = Some(status.clone());
                });
                self.connected = true;
                self.last_view.clear();
                self.send_view_at(self.submitter.client.info());
                self.core.worker_up(status)
            }
            Event::Down(why) => {
                log::warn!(target: LOG, "Worker: {why}. This validator abstains until it is there");
                self.report.update(|report| {
                    report.connected = false;
                    report.last_error = Some(why);
                });
                self.connected = false;
                self.core.worker_down();
                Vec::new()
            }
            Event::Message(message) => {
                if let quorate_protocol::FromWorker::Status(status) = &message {
                    self.report.update(|report| report.status = Some(status.clone()));
                }
                self.core.heard(message)
            }
        };
        self.carry_out(actions).await;
    }

    async fn carry_out(&mut self, actions: Vec<Action>) {
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
                    let at = self.submitter.client.info().best_number;
                    let sealed = Sealed {
                        outcome,
                        salt: rand::random(),
                        at,
                    };
                    match self.journal.seal((job, by.validator.clone()), sealed) {
                        Ok(()) => queue.extend(self.core.sealed(&by, job, sealed)),
                        Err(error) => log::error!(
                            target: LOG,
                            "Job {job:?}: the outcome is not on disk, so it is not committed to ({error}). Next try with \
                             the next block"
                        ),
                    }
                }
                transaction => {
                    if let Err(error) = self.submitter.submit(transaction).await {
                        log::warn!(target: LOG, "Not submitted, to be tried again: {error}");
                    }
                }
            }
        }
        let waiting = self.core.waiting();
        self.report.update(|report| report.waiting = waiting);
    }

    fn tell(&self, message: ToWorker) {
        if self.commands.send(message).is_err() {
            log::debug!(target: LOG, "the link to the worker is closed");
        }
    }

    fn finalized(&mut self, to: Finalized) {
        let client = self.submitter.client.clone();
        for block in self.cursor.advance::<B, C>(&client, to) {
            let entries: Vec<_> = self
                .journal
                .entries()
                .iter()
                .map(|(id, sealed)| (id.clone(), sealed.at))
                .collect();
            for (id, sealed_at) in entries {
                let (job, validator) = &id;
                // The state of a block far back may be pruned: then a later block decides.
                let Ok(found) = client.runtime_api().job(block.hash, *job) else {
                    continue;
                };
                let over = match found.map(|found| found.job) {
                    None => block.number >= sealed_at.saturating_add(KEEP_UNKNOWN),
                    Some(job) if matches!(job.phase, JobPhase::Closed { .. }) => {
                        let place = job.committee.iter().position(|member| member.validator == *validator);
                        let said = place.and_then(|place| job.statements.get(place));
                        let verdict = said.and_then(|said| said.verdict);
                        log::info!(
                            target: LOG,
                            "Job {:?} (round {}) is closed and final: {}, this validator {}",
                            id.0,
                            job.spec.round,
                            if job.agreed.is_some() { "agreed" } else { "no quorum" },
                            verdict.map_or_else(|| "is not judged".to_owned(), |verdict| format!("{verdict:?}"))
                        );
                        true
                    }
                    Some(_) => false,
                };
                if over {
                    self.journal.forget(&id);
                    self.core.forget(&id);
                }
            }
        }
    }

    fn say_once(&mut self, error: String) {
        if self.last_error != error {
            log::error!(target: LOG, "{error}");
            self.last_error = error;
        }
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

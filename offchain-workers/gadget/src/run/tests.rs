//! The gadget's loop over a made-up chain: other versions of the runtime, forks, key changes.

use super::*;
use crate::archive::made::{lineage, model_view};
use crate::chain::Route;
use crate::decide::Statement;
use crate::disk::volatile::{Volatile, LOSSES};
use crate::link::queue::{Next, Queues};
use futures::channel::mpsc as stream;
use parking_lot::Mutex;
use quorate_primitives::{
    availability::Subject,
    capability::{Capability, Declaration},
    evidence::Evidence,
    job::{infer, IdentifiedJob},
    payload::{outcome_commitment, Encoded},
    possession::Shown,
    version::VersionRecord,
    views::{
        gateway::{GatewayCursor, GatewayEntry, GatewayPage, SharePage},
        inference::{BatchView, RequestView},
        tasks::{Against, JobStage, JobTask, VoteItem, VoteTask},
        BlobRef, CapabilityView, Lineage, ModelView, VersionView,
    },
    AccountId, BatchId, JobId, ModelId, RequestId, RoundId, VersionIndex,
};
use quorate_protocol::{view::ViewReceiver, Capacity, Output, Status, Task};
use sp_keystore::{testing::MemoryKeystore, Keystore};
use std::collections::BTreeMap;
use tokio::sync::mpsc::{Sender, UnboundedReceiver};

const JOB: JobId = Hash::repeat_byte(0x77);
const LIMIT: Duration = Duration::from_secs(20);

/// What the chain answers at one block.
#[derive(Clone, Default)]
struct State {
    duties: BTreeMap<AttestationId, Vec<Entry>>,
    view: Vec<Entry>,
    lineages: Vec<Lineage>,
    capabilities: BTreeMap<AttestationId, CapabilityView>,
}

/// A chain whose blocks are named by number and branch.
#[derive(Default)]
struct Made {
    heads: Heads,
    parents: BTreeMap<Hash, BlockId>,
    states: BTreeMap<Hash, State>,
    validators: BTreeMap<AttestationId, AccountId>,
    /// A runtime that is one version down: this method is absent.
    without_view: bool,
    without_duties: bool,
}

struct MadeChain(Mutex<Made>);

fn block(number: BlockNumber, branch: u8) -> BlockId {
    let mut hash = Hash::repeat_byte(branch);
    hash.0[..4].copy_from_slice(&number.to_be_bytes());
    BlockId { number, hash }
}

impl Made {
    fn ancestry(&self, block: BlockId) -> Vec<BlockId> {
        let mut way = vec![block];
        while let Some(parent) = way.last().and_then(|last| self.parents.get(&last.hash)) {
            way.push(*parent);
        }
        way
    }
}

impl Chain for MadeChain {
    fn heads(&self) -> Heads {
        self.0.lock().heads
    }

    fn route(&self, from: BlockId, to: BlockId) -> Result<Route, String> {
        let made = self.0.lock();
        let (back, forth) = (made.ancestry(from), made.ancestry(to));
        let mut enacted: Vec<_> = forth.iter().filter(|block| !back.contains(block)).copied().collect();
        enacted.reverse();
        Ok(Route {
            retracted: back.iter().filter(|block| !forth.contains(block)).copied().collect(),
            enacted,
        })
    }

    fn duties(&self, at: Hash, key: &AttestationId) -> Result<Vec<Entry>, String> {
        let made = self.0.lock();
        if made.without_duties {
            return Err("DutiesApi_duties is not found".into());
        }
        let state = made.states.get(&at).cloned().unwrap_or_default();
        Ok(state.duties.get(key).cloned().unwrap_or_default())
    }

    fn validator_of(&self, _: Hash, key: &AttestationId) -> Result<Option<AccountId>, String> {
        Ok(self.0.lock().validators.get(key).cloned())
    }

    fn capability(&self, at: Hash, key: &AttestationId) -> Result<Option<CapabilityView>, String> {
        let made = self.0.lock();
        let state = made.states.get(&at);
        Ok(state.and_then(|state| state.capabilities.get(key).cloned()))
    }

    fn job_status(&self, _: Hash, _: JobId, _: &AccountId) -> Result<Option<JobStatus>, String> {
        Ok(Some(JobStatus::Open))
    }

    fn models(&self, at: Hash, from: ModelId, limit: u32) -> Result<Vec<ModelView>, String> {
        let made = self.0.lock();
        let lineages = made.states.get(&at).into_iter().flat_map(|state| &state.lineages);
        let mut latest = BTreeMap::new();
        for lineage in lineages {
            latest.insert(lineage.version.record.model, lineage.version.record.version);
        }
        let models = latest.into_iter().filter(|(model, _)| *model >= from);
        Ok(models
            .take(limit as usize)
            .map(|(model, latest)| model_view(model, latest))
            .collect())
    }

    fn versions(&self, at: Hash, model: ModelId, from: VersionIndex, limit: u32) -> Result<Vec<VersionView>, String> {
        let made = self.0.lock();
        let lineages = made.states.get(&at).into_iter().flat_map(|state| &state.lineages);
        let versions = lineages.map(|lineage| lineage.version.clone());
        let wanted = versions.filter(|version| version.record.model == model && version.record.version >= from);
        Ok(wanted.take(limit as usize).collect())
    }

    fn lineage(&self, at: Hash, model: ModelId, version: VersionIndex) -> Result<Option<Lineage>, String> {
        let made = self.0.lock();
        let mut lineages = made.states.get(&at).into_iter().flat_map(|state| &state.lineages);
        let same = |record: &VersionRecord| (record.model, record.version) == (model, version);
        Ok(lineages.find(|lineage| same(&lineage.version.record)).cloned())
    }

    /// Two entries a page.
    fn gateway_page(&self, at: Hash, cursor: Option<GatewayCursor>) -> Result<GatewayPage, String> {
        let made = self.0.lock();
        if made.without_view {
            return Err("GatewayApi_gateway_page is not found".into());
        }
        let view = made.states.get(&at).cloned().unwrap_or_default().view;
        let from = cursor.map_or(0, |cursor| cursor.position as usize);
        let entries = view.iter().skip(from).take(2).cloned().collect();
        let next = (from + 2 < view.len()).then_some(GatewayCursor {
            part: 0,
            id: 0,
            position: from as u32 + 2,
        });
        Ok(GatewayPage { entries, next })
    }

    /// No rounds.
    fn gateway_shares(&self, _: Hash, _: Vec<RoundId>, _: RoundId) -> Result<SharePage, String> {
        Ok(SharePage {
            rounds: Vec::new(),
            next: 0,
            ended: true,
        })
    }

    /// None.
    fn batches(&self, _: Hash, _: BatchId, _: u32) -> Result<Vec<BatchView>, String> {
        Ok(Vec::new())
    }

    fn request(&self, _: Hash, _: RequestId) -> Result<Option<RequestView>, String> {
        Ok(None)
    }

    fn job(&self, _: Hash, _: JobId) -> Result<Option<IdentifiedJob>, String> {
        Ok(None)
    }
}

/// A running gadget and all that it is connected to.
struct World {
    chain: Arc<MadeChain>,
    keys: Vec<AttestationId>,
    imports: stream::UnboundedSender<()>,
    finality: stream::UnboundedSender<()>,
    events: Sender<Event>,
    queues: Queues,
    statements: UnboundedReceiver<Statement>,
    /// So many statements the pool still refuses.
    refusals: Arc<Mutex<u32>>,
    folder: tempfile::TempDir,
}

fn account(n: u8) -> AccountId {
    AccountId::new([n; 32])
}

fn status() -> Status {
    Status {
        version: "test".to_owned(),
        exact_versions: vec![(9, 1)],
        backend: "none".to_owned(),
        gateway: String::new(),
        tasks_running: 0,
        blobs: 0,
        blob_bytes: 0,
        health: Default::default(),
        capacity: None,
        stream_key: None,
        spot_checks: 0,
    }
}

impl World {
    /// A gadget with two keys of validator 1 and what `journal` keeps; `prepare` makes the chain.
    async fn start(prepare: impl FnOnce(&mut Made, &[AttestationId]), journal: Option<Sealed>) -> Self {
        Self::start_on(disk::real(), prepare, journal).await
    }

    async fn start_on(
        disk: Arc<dyn Disk>,
        prepare: impl FnOnce(&mut Made, &[AttestationId]),
        journal: Option<Sealed>,
    ) -> Self {
        let keystore = MemoryKeystore::new();
        let keys: Vec<AttestationId> = ["//old", "//new"]
            .iter()
            .map(|seed| keystore.sr25519_generate_new(KEY_TYPE, Some(seed)).unwrap().into())
            .collect();
        let mut made = Made::default();
        (made.heads.best, made.heads.finalized) = (block(10, 1), block(10, 1));
        made.validators = keys.iter().map(|key| (key.clone(), account(1))).collect();
        prepare(&mut made, &keys);
        let chain = Arc::new(MadeChain(Mutex::new(made)));
        let folder = tempfile::tempdir().unwrap();
        if let Some(sealed) = journal {
            let mut journal = Journal::open(&folder.path().join("sealed"), disk.clone()).unwrap();
            journal.seal((JOB, account(1)), sealed).unwrap();
        }
        let (handle, ends) = link::channels();
        let (said, statements) = tokio::sync::mpsc::unbounded_channel();
        let refusals = Arc::new(Mutex::new(0u32));
        let left = refusals.clone();
        let (outbox, refused, work) = Outbox::new(move |statement| {
            let (said, left) = (said.clone(), left.clone());
            async move {
                let mut left = left.lock();
                let refuses = *left > 0;
                *left = left.saturating_sub(1);
                match refuses {
                    true => Err("the pool knows nothing of it".to_owned()),
                    false => said.send(statement).map_err(|error| error.to_string()),
                }
            }
        });
        tokio::spawn(work);
        let setup = Setup {
            chain: chain.clone(),
            keystore: Arc::new(keystore),
            genesis: Hash::zero(),
            slot_ms: 2_000,
            report: ReportHandle::default(),
            outbox,
            refused,
            commands: handle.commands,
            views: handle.views,
            disk,
        };
        let driver = Driver::new(setup, folder.path()).unwrap();
        let (imports, imported) = stream::unbounded();
        let (finality, finalized) = stream::unbounded();
        tokio::spawn(driver.run(handle.events, imported, finalized));
        let mut queues = ends.queues;
        queues.begin();
        Self {
            chain,
            keys,
            imports,
            finality,
            events: ends.events,
            queues,
            statements,
            refusals,
            folder,
        }
    }

    async fn command(&mut self) -> ToWorker {
        let command = tokio::time::timeout(LIMIT, self.queues.next()).await;
        match command.expect("the gadget is silent") {
            Next::Send(command) => command,
            other => panic!("{other:?}"),
        }
    }

    /// The next message of this kind.
    async fn awaited<T>(&mut self, wanted: impl Fn(&ToWorker) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(&self.command().await) {
                return found;
            }
        }
    }

    async fn statement(&mut self) -> Statement {
        let statement = tokio::time::timeout(LIMIT, self.statements.recv()).await;
        statement.expect("nothing is submitted").unwrap()
    }

    /// Nothing is submitted even when everything that is on its way has arrived.
    async fn silent(&mut self) {
        let statement = tokio::time::timeout(Duration::from_millis(200), self.statements.recv()).await;
        assert!(statement.is_err(), "{statement:?}");
    }

    fn change(&self, change: impl FnOnce(&mut Made)) {
        change(&mut self.chain.0.lock());
    }
}

fn vote(round: u32) -> Entry {
    let item = VoteItem {
        item: 0,
        blob: blob(round as u8),
        shown: Shown::Contributor(AccountId::new([1; 32])),
    };
    Entry::from(&Duty::Vote(VoteTask {
        subject: Subject::Round(round),
        ballot: 0,
        voter: 0,
        against: Against::Base(blob(0)),
        items: vec![item],
        until: 100,
    }))
}

fn blob(n: u8) -> BlobRef {
    BlobRef {
        root: Hash::repeat_byte(n),
        len: 5,
    }
}

fn shared(n: u8) -> Entry {
    Entry::from(&GatewayEntry::Shared(blob(n)))
}

fn peer(n: u8, key: Option<AttestationId>) -> Entry {
    Entry::from(&GatewayEntry::Peer(Peer {
        validator: account(n),
        organisation: 0,
        key,
        gateway: String::new(),
        tls_key_hash: None,
    }))
}

fn check(message: &ToWorker) -> Option<BlobRef> {
    match message {
        ToWorker::Run {
            task: Task::Check { items, .. },
            ..
        } => Some(items[0].blob.clone()),
        _ => None,
    }
}

/// Takes messages until the view is that of `at`; returns it and whether a snapshot came.
async fn view(world: &mut World, receiver: &mut ViewReceiver, at: BlockId) -> (Vec<Entry>, bool) {
    let mut snapshot = false;
    loop {
        let message = world.command().await;
        snapshot |= matches!(message, ToWorker::Snapshot { .. });
        receiver.take(message);
        if let Some(view) = receiver.view().filter(|view| view.at == at) {
            return (view.entries.iter().cloned().collect(), snapshot);
        }
    }
}

/// With the key that the chain knows alone, again where the pool did not take it, and for what the worker says since.
#[tokio::test]
async fn what_the_worker_can_answer_should_be_declared() {
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        let mut state = State::default();
        let nothing = CapabilityView {
            validator: account(1),
            organisation: 0,
            capability: None,
            declared_at: None,
            next_from: 0,
            again_from: 0,
            barred_until: None,
            asked: false,
        };
        state.capabilities.insert(keys[1].clone(), nothing);
        for number in 10..13 {
            made.states.insert(block(number, 1).hash, state.clone());
            made.parents.insert(block(number + 1, 1).hash, block(number, 1));
        }
    };
    let mut world = World::start(prepare, None).await;
    *world.refusals.lock() = 1;
    let status = Status {
        exact_versions: vec![(infer::KIND, infer::EXACT_VERSION)],
        capacity: Some(Capacity {
            memory: 700,
            speed: 30_000,
        }),
        ..status()
    };
    world.events.send(Event::Up(status)).await.unwrap();
    world.silent().await;
    for number in [11, 12] {
        world.change(|made| made.heads.best = block(number, 1));
        world.imports.unbounded_send(()).unwrap();
        if number == 11 {
            let expected = Statement::Declaration {
                by: Authority {
                    key: world.keys[1].clone(),
                    validator: account(1),
                },
                declaration: Declaration {
                    validator: account(1),
                    capability: Capability {
                        memory: 700,
                        // Blocks of two seconds.
                        speed: 60_000,
                        exact_version: infer::EXACT_VERSION,
                    },
                    at: 11,
                },
            };
            assert_eq!(world.statement().await, expected);
        }
    }
    world.silent().await;
}

#[tokio::test]
async fn runtime_that_is_one_version_up_should_be_served_but_for_what_is_new() {
    let unknown = Entry {
        kind: 77,
        body: b"of a later version".to_vec(),
    };
    let broken = Entry {
        kind: Duty::VOTE,
        body: vec![1],
    };
    let (new_entry, new_duty) = (unknown.clone(), unknown.clone());
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        let mut state = State::default();
        state.duties.insert(keys[0].clone(), vec![new_duty, broken, vote(3)]);
        state.view = vec![new_entry, peer(1, None), shared(4)];
        made.states.insert(made.heads.best.hash, state);
    };
    let mut world = World::start(prepare, None).await;
    world.events.send(Event::Up(status())).await.unwrap();
    let at = block(10, 1);
    let mut receiver = ViewReceiver::default();
    // The view goes on as it is: whether the worker knows the kind is the worker's matter.
    let (entries, _) = view(&mut world, &mut receiver, at).await;
    assert!(entries.contains(&unknown) && entries.contains(&shared(4)));
    world.change(|made| {
        made.parents.insert(block(11, 1).hash, at);
        made.heads.best = block(11, 1);
        let mut state = State::default();
        let listed = vec![unknown.clone(), vote(4)];
        state
            .duties
            .insert(made.validators.keys().next().unwrap().clone(), listed);
        made.states.insert(block(11, 1).hash, state);
    });
    world.imports.unbounded_send(()).unwrap();
    assert_eq!(world.awaited(check).await, blob(4));
}

#[tokio::test]
async fn runtime_that_is_one_version_down_should_be_served_as_far_as_it_goes() {
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        made.without_view = true;
        let mut state = State::default();
        state.duties.insert(keys[0].clone(), vec![vote(3)]);
        state.view = vec![shared(4)];
        made.states.insert(made.heads.best.hash, state);
    };
    let mut world = World::start(prepare, None).await;
    world.events.send(Event::Up(status())).await.unwrap();
    assert_eq!(world.awaited(check).await, blob(3), "without the view the duties go on");
    world.change(|made| {
        (made.without_view, made.without_duties) = (false, true);
        let state = made.states[&block(10, 1).hash].clone();
        made.states.insert(block(11, 1).hash, state);
        made.parents.insert(block(11, 1).hash, block(10, 1));
        made.heads.best = block(11, 1);
    });
    world.imports.unbounded_send(()).unwrap();
    let (entries, _) = view(&mut world, &mut ViewReceiver::default(), block(11, 1)).await;
    assert_eq!(entries, [shared(4)], "without the duties the view goes on");
}

#[tokio::test]
async fn view_should_come_as_a_snapshot_after_a_fork_and_on_demand_and_as_changes_else() {
    let prepare = |made: &mut Made, _: &[AttestationId]| {
        let state = |numbers: std::ops::Range<u8>| State {
            view: numbers.map(shared).collect(),
            ..State::default()
        };
        for (number, branch, parent, named) in [(11, 1, 1, 0..7), (12, 1, 1, 1..7), (12, 2, 1, 2..7)] {
            made.parents
                .insert(block(number, branch).hash, block(number - 1, parent));
            made.states.insert(block(number, branch).hash, state(named));
        }
        made.states.insert(block(10, 1).hash, state(0..5));
    };
    let mut world = World::start(prepare, None).await;
    world.events.send(Event::Up(status())).await.unwrap();
    let mut receiver = ViewReceiver::default();
    let expected = |numbers: std::ops::Range<u8>| numbers.map(shared).collect::<Vec<_>>();
    assert_eq!(
        view(&mut world, &mut receiver, block(10, 1)).await,
        (expected(0..5), true)
    );
    for (number, branch, named, snapshot) in [(11, 1, 0..7, false), (12, 1, 1..7, false), (12, 2, 2..7, true)] {
        world.change(|made| made.heads.best = block(number, branch));
        world.imports.unbounded_send(()).unwrap();
        let seen = view(&mut world, &mut receiver, block(number, branch)).await;
        assert_eq!(seen, (expected(named), snapshot), "block {number} of branch {branch}");
    }
    world
        .events
        .send(Event::Message(FromWorker::SnapshotWanted))
        .await
        .unwrap();
    let mut anew = ViewReceiver::default();
    assert_eq!(view(&mut world, &mut anew, block(12, 2)).await, (expected(2..7), true));
}

fn sealed() -> Sealed {
    Sealed {
        outcome: b"an outcome".to_vec(),
        salt: [3; 32],
        at: 1,
    }
}

fn job(stage: JobStage) -> Entry {
    Entry::from(&Duty::Job(JobTask {
        id: JOB,
        member: 0,
        kind: 9,
        exact_version: 1,
        stage,
        until: 100,
        work: vec![],
    }))
}

fn reveal(since: BlockNumber) -> Entry {
    let sealed = sealed();
    let outcome = Encoded(sealed.outcome);
    job(JobStage::Reveal {
        since,
        commit: outcome_commitment(Hash::zero(), JOB, &account(1), &outcome, sealed.salt),
    })
}

/// On branch 1 Commit was closed in block 11; on branch 2, which becomes final, it is still open: whatever was revealed there could be
/// copied.
#[tokio::test]
async fn reveal_should_be_decided_on_the_duties_of_the_fork_that_became_final() {
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        let state = |duty: Entry| State {
            duties: BTreeMap::from([(keys[0].clone(), vec![duty])]),
            view: vec![],
            ..State::default()
        };
        for branch in [1, 2] {
            made.parents.insert(block(11, branch).hash, block(10, 1));
            made.parents.insert(block(12, branch).hash, block(11, branch));
        }
        made.states.insert(block(12, 1).hash, state(reveal(11)));
        made.states.insert(block(12, 2).hash, state(job(JobStage::Commit)));
        made.parents.insert(block(13, 2).hash, block(12, 2));
        made.states.insert(block(13, 2).hash, state(reveal(13)));
        made.heads = Heads {
            best: block(12, 1),
            finalized: block(10, 1),
        };
    };
    let mut world = World::start(prepare, Some(sealed())).await;
    world.silent().await;
    // Finality moves on the other branch; the best block that was imported last stays where it is for a while.
    world.change(|made| made.heads.finalized = block(12, 2));
    world.finality.unbounded_send(()).unwrap();
    assert!(
        matches!(world.statement().await, Statement::Commit { .. }),
        "committed there, revealed nowhere"
    );
    world.change(|made| {
        made.heads = Heads {
            best: block(13, 2),
            finalized: block(13, 2),
        };
    });
    world.finality.unbounded_send(()).unwrap();
    assert!(matches!(world.statement().await, Statement::Reveal { .. }));
    assert!(world.folder.path().join("finalized").exists());
}

/// The disk fails at every step in turn; whenever a commit goes out, what opens it survives a loss of power at that very moment.
#[tokio::test]
async fn commit_should_never_go_out_before_its_salt_is_on_disk() {
    for steps in 0..5 {
        let disk = Volatile::default();
        let prepare = |made: &mut Made, keys: &[AttestationId]| {
            for number in [10, 11] {
                let duties = BTreeMap::from([(keys[0].clone(), vec![job(JobStage::Commit)])]);
                let state = State {
                    duties,
                    ..State::default()
                };
                made.states.insert(block(number, 1).hash, state);
            }
            made.parents.insert(block(11, 1).hash, block(10, 1));
        };
        let mut world = World::start_on(Arc::new(disk.clone()), prepare, None).await;
        disk.ends_after(Some(steps));
        world.events.send(Event::Up(status())).await.unwrap();
        let request = world
            .awaited(|message| match message {
                ToWorker::Run {
                    request,
                    task: Task::Compute { .. },
                    ..
                } => Some(*request),
                _ => None,
            })
            .await;
        let outcome = Ok(Output::Outcome(b"an outcome".to_vec()));
        let done = Event::Message(FromWorker::Done {
            request,
            result: outcome,
        });
        world.events.send(done).await.unwrap();
        // Everything that can run has run: this runtime has one thread.
        for _ in 0..64 {
            tokio::task::yield_now().await;
        }
        assert!(
            world.statements.try_recv().is_err(),
            "committed without a salt on disk, step {steps}"
        );
        disk.ends_after(None);
        world.change(|made| made.heads.best = block(11, 1));
        world.imports.unbounded_send(()).unwrap();
        let Statement::Commit { sealed, .. } = world.statement().await else {
            panic!("not a commit")
        };
        for loss in LOSSES {
            let folder = world.folder.path().join("sealed");
            let journal = Journal::open(&folder, Arc::new(disk.after(loss))).unwrap();
            assert_eq!(
                journal.entries().get(&(JOB, account(1))),
                Some(&sealed),
                "step {steps}, {loss:?}"
            );
        }
    }
}

#[tokio::test]
async fn statement_that_the_pool_refused_should_go_out_again_with_the_next_look_at_the_chain() {
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        let duties = BTreeMap::from([(keys[0].clone(), vec![job(JobStage::Commit)])]);
        let state = State {
            duties,
            ..State::default()
        };
        made.parents.insert(block(11, 1).hash, block(10, 1));
        made.states.insert(block(11, 1).hash, state);
    };
    let mut world = World::start(prepare, Some(sealed())).await;
    // The gadget knows block 11 before the pool does.
    *world.refusals.lock() = 1;
    world.change(|made| made.heads.best = block(11, 1));
    world.imports.unbounded_send(()).unwrap();
    let start = std::time::Instant::now();
    while *world.refusals.lock() > 0 {
        assert!(start.elapsed() < LIMIT, "nothing is submitted");
        tokio::task::yield_now().await;
    }
    // Everything that can run has run: this runtime has one thread.
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
    world.change(|made| made.heads.finalized = block(11, 1));
    world.finality.unbounded_send(()).unwrap();
    assert!(matches!(world.statement().await, Statement::Commit { .. }));
}

#[tokio::test]
async fn duties_of_every_key_that_the_chain_knows_should_be_done_and_tokens_signed_by_the_newest() {
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        let mut state = State::default();
        // The old key is bound by a job that is open, the new one by the session.
        state.duties.insert(keys[0].clone(), vec![reveal(1)]);
        state.duties.insert(keys[1].clone(), vec![vote(3)]);
        state.view = vec![peer(1, Some(keys[1].clone())), peer(2, None)];
        made.states.insert(made.heads.best.hash, state);
        made.heads.finalized = block(1, 1);
        for number in 2..=10 {
            made.parents.insert(block(number, 1).hash, block(number - 1, 1));
        }
    };
    let mut world = World::start(prepare, Some(sealed())).await;
    match world.statement().await {
        Statement::Reveal { by, .. } => assert_eq!((by.key, by.validator), (world.keys[0].clone(), account(1))),
        other => panic!("{other:?}"),
    }
    let status = Status {
        stream_key: Some([5; 32]),
        ..status()
    };
    world.events.send(Event::Up(status)).await.unwrap();
    let (token, stream) = world
        .awaited(|message| match message {
            ToWorker::Tokens { me, tokens, stream } if !tokens.is_empty() => {
                assert_eq!(*me, Some(account(1)));
                Some((tokens[0].clone(), stream.clone()))
            }
            _ => None,
        })
        .await;
    assert_eq!(token.audience, account(2));
    let payload = token_payload(Hash::zero(), &account(1), &account(2), token.expires);
    use sp_application_crypto::RuntimeAppPublic;
    assert!(world.keys[1].verify(&payload, &token.signature));
    let stream = stream.expect("the worker has a key");
    assert_eq!(stream.key, [5; 32]);
    let payload = quorate_gateway_api::stream::key_payload(Hash::zero(), &account(1), &[5; 32], stream.expires);
    assert!(world.keys[1].verify(&payload, &stream.signature));
}

#[tokio::test]
async fn checks_of_both_keys_should_be_asked_for() {
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        let mut state = State::default();
        state.duties.insert(keys[0].clone(), vec![vote(3)]);
        state.duties.insert(keys[1].clone(), vec![vote(4)]);
        made.states.insert(made.heads.best.hash, state);
    };
    let mut world = World::start(prepare, None).await;
    world.events.send(Event::Up(status())).await.unwrap();
    let mut asked = vec![world.awaited(check).await, world.awaited(check).await];
    asked.sort();
    assert_eq!(asked, [blob(3), blob(4)]);
}

#[tokio::test]
async fn evidence_of_settled_versions_should_be_exported_once_they_are_final() {
    let prepare = |made: &mut Made, _: &[AttestationId]| {
        let state = |lineages: Vec<Lineage>| State {
            lineages,
            ..State::default()
        };
        let before = vec![lineage(3, 0, false), lineage(3, 1, true), lineage(3, 2, false)];
        made.states.insert(block(100, 1).hash, state(before));
        let after = vec![lineage(3, 0, false), lineage(3, 1, true), lineage(3, 2, true)];
        made.states.insert(block(100 + archive::EVERY, 1).hash, state(after));
        made.parents.insert(block(100 + archive::EVERY, 1).hash, block(100, 1));
        (made.heads.best, made.heads.finalized) = (block(100, 1), block(100, 1));
    };
    let world = World::start(prepare, None).await;
    let folder = world.folder.path().join("evidence");
    let file = |version: VersionIndex| folder.join(format!("3@{version}.evidence"));
    let written = |version| {
        let (path, start) = (file(version), std::time::Instant::now());
        async move {
            while !path.exists() {
                assert!(start.elapsed() < LIMIT, "nothing is exported");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Evidence::from_bytes(&std::fs::read(path).unwrap()).expect("a file of evidence")
        }
    };
    let evidence = written(1).await;
    assert_eq!(
        (evidence.genesis, evidence.model, evidence.version),
        (Hash::zero(), 3, 1)
    );
    assert_eq!(Some(evidence.job), lineage(3, 1, true).job);
    assert!(
        !file(0).exists() && !file(2).exists(),
        "given by the owner, and not settled"
    );
    let next = block(100 + archive::EVERY, 1);
    world.change(|made| (made.heads.best, made.heads.finalized) = (next, next));
    world.finality.unbounded_send(()).unwrap();
    assert_eq!(written(2).await.version, 2);
    // Another start goes on, and does not write again what was moved away.
    let mut again = Archive::open(folder.clone(), Hash::zero());
    std::fs::remove_file(file(1)).unwrap();
    let chain = world.chain.clone();
    again.export(&*chain, next.hash);
    assert!(!file(0).exists() && !file(1).exists() && file(2).exists());
}

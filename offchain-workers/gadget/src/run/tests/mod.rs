//! The gadget's loop over a made-up chain: other versions of the runtime, forks, key changes.

mod declarations;
mod evidence;
mod jobs;
mod keys;
mod made;
mod views;

use super::*;
use crate::decide::Statement;
use crate::link::queue::{Next, Queues};
use futures::channel::mpsc as stream;
use made::{block, Made, MadeChain, State};
use parking_lot::Mutex;
use quorate_primitives::{
    availability::Subject,
    payload::{outcome_commitment, Encoded},
    possession::Shown,
    views::{
        gateway::GatewayEntry,
        tasks::{Against, JobStage, JobTask, VoteItem, VoteTask},
        BlobRef,
    },
    AccountId, JobId,
};
use quorate_protocol::{view::ViewReceiver, Status, Task};
use sp_keystore::{testing::MemoryKeystore, Keystore};
use tokio::sync::mpsc::{Sender, UnboundedReceiver};

const JOB: JobId = Hash::repeat_byte(0x77);
const LIMIT: Duration = Duration::from_secs(20);

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
        exact_versions: vec![(9, 1)],
        ..crate::made::status()
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

//! Two nodes must never sign with one key set: both would be evidence against the validator.
//!
//! A validator's keys sign nothing until this node has caught up and it is known that no other node uses them. That is known where the same
//! installation goes on ([`lease`]) and none of the blocks since was [signed with its keys](authorship), and where the network begins.
//! Otherwise (a restored backup, a copied folder, another machine) this node first follows the chain, with its keys [`held`](keystore): as
//! soon as it sees a block that its own keys signed, the other node is alive, and this one ends, with a code of its own and its note
//! void, so that no restart undoes it. The same watch goes on afterwards.

mod authorship;
mod keystore;
mod lease;
mod watch;

use super::{network, Client};
use crate::cli::ValidatorArgs;
use authorship::{Header as BlockHeader, Since};
use futures::StreamExt;
use keystore::Held;
pub use keystore::Released;
use lease::Lease;
use quorate_primitives::BlockNumber;
use quorate_runtime::opaque::Block;
use sc_client_api::{BlockchainEvents, HeaderBackend};
use sc_service::{Error, TaskManager};
use sp_api::ProvideRuntimeApi;
use sp_consensus::{BlockOrigin, SyncOracle};
use sp_consensus_babe::{AuthorityId, BabeApi, Slot};
use sp_keystore::KeystorePtr;
use sp_runtime::{
    app_crypto::{key_types::BABE, RuntimeAppPublic},
    traits::Header,
};
use std::{
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::Duration,
};
use watch::{Seen, Watch};

const LOG: &str = "quorate";
/// A chain that is so short has just begun: nothing was signed that could be contradicted.
const BEGINNING: BlockNumber = 32;
/// The note is renewed after so many final blocks.
const RENEW: BlockNumber = 16;
/// Interval between two looks whether this node has caught up.
const LOOK: Duration = Duration::from_millis(500);
/// So many looks in a row it has: right after a peer has connected, what is missing is not known yet.
const CALM: u32 = 6;
/// So many where there is nobody whose blocks could be watched: another node with the keys of the only validator would make a block meanwhile.
const CALM_OF_ONE: u32 = 40;
/// The node's exit code when another one signs with its keys. Who runs it must not start it again by itself.
pub const TWIN: u8 = 78;

static TWIN_SEEN: AtomicBool = AtomicBool::new(false);

/// Whether this process ends because another node signs with its keys.
pub fn twin_seen() -> bool {
    TWIN_SEEN.load(Ordering::Relaxed)
}

/// What the interlock is made from.
pub struct Needs<'a> {
    pub args: &'a ValidatorArgs,
    /// Signs at once: the only node of its chain, for development.
    pub alone: bool,
    /// Folder of attestation.
    pub folder: PathBuf,
    /// Set once the keys may sign.
    pub released: Released,
    pub client: Arc<Client>,
    pub keystore: KeystorePtr,
    pub sync: Arc<network::Sync>,
    pub task_manager: &'a TaskManager,
}

/// Holds the keys, starts the watch that releases them, and returns the keystore that signs once they are.
pub fn start(needs: Needs<'_>) -> Result<KeystorePtr, Error> {
    let Needs {
        args,
        alone,
        folder,
        released,
        client,
        keystore,
        sync,
        task_manager,
    } = needs;
    let held: KeystorePtr = Arc::new(Held::new(keystore.clone(), released.clone()));
    quorate_gadget::disk::real()
        .make_folder(&folder)
        .map_err(|error| Error::Other(format!("{}: {error}", folder.display())))?;
    let mut guard = Guard {
        client,
        keystore,
        sync,
        folder,
        released,
        take_over: args.take_over || alone,
        noted: 0,
        goes_on: None,
        calm: 0,
    };
    guard.at_start()?;
    let guarded = async move {
        match guard.run().await {
            Ok(()) => {}
            Err(Error::Other(what)) => log::error!(target: LOG, "{what}"),
            Err(error) => log::error!(target: LOG, "{error}"),
        }
    };
    // Its end is the node's.
    task_manager
        .spawn_essential_handle()
        .spawn("key-interlock", Some("quorate"), guarded);
    Ok(held)
}

struct Guard {
    client: Arc<Client>,
    keystore: KeystorePtr,
    sync: Arc<network::Sync>,
    folder: PathBuf,
    released: Released,
    take_over: bool,
    /// The final block of the newest note.
    noted: BlockNumber,
    /// The best block of the note that this installation left, until those after it were looked at.
    goes_on: Option<BlockNumber>,
    /// Looks in a row that found peers and nothing to catch up with.
    calm: u32,
}

impl Guard {
    fn now(&self) -> Result<Lease, Error> {
        let info = self.client.info();
        let installation = lease::installation(&self.folder).map_err(|error| failed(&self.folder, &error))?;
        Ok(Lease {
            genesis: info.genesis_hash,
            installation,
            best: info.best_number,
            finalized: info.finalized_number,
        })
    }

    /// Release the keys if the operator says so; otherwise find out whether this installation signed last.
    fn at_start(&mut self) -> Result<(), Error> {
        if self.take_over {
            return self.release("as the command line says");
        }
        let Some(before) = Lease::read(&self.folder) else {
            if !Lease::is_absent(&self.folder) {
                log::warn!(
                    target: LOG,
                    "This validator's keys are held: another node was seen to sign with them, or the note {} is damaged",
                    self.folder.join(lease::FILE).display()
                );
            }
            return Ok(());
        };
        match before.differs(&self.now()?) {
            None => self.goes_on = Some(before.best),
            Some(why) => log::warn!(target: LOG, "This validator's keys are held: {why}"),
        }
        Ok(())
    }

    fn release(&mut self, why: &str) -> Result<(), Error> {
        let now = self.now()?;
        now.write(&self.folder).map_err(|error| failed(&self.folder, &error))?;
        self.noted = now.finalized;
        self.released.release();
        log::info!(target: LOG, "This validator's keys may sign: {why}");
        Ok(())
    }

    async fn run(mut self) -> Result<(), Error> {
        let started = Slot::from_timestamp(
            sp_timestamp::Timestamp::current(),
            sp_consensus_babe::SlotDuration::from_millis(quorate_runtime::constants::SLOT_DURATION),
        );
        let mut watch = Watch::new(started);
        let (mut imports, mut finality) = (
            self.client.import_notification_stream(),
            self.client.finality_notification_stream(),
        );
        let mut look = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                import = imports.next() => {
                    let Some(import) = import else { return Ok(()) };
                    match import.origin {
                        // Noted at once: what is newer than the note was not made here.
                        BlockOrigin::Own => self.note(self.client.info().finalized_number),
                        _ => self.seen(&mut watch, &import.header)?,
                    }
                }
                finalized = finality.next() => {
                    let Some(finalized) = finalized else { return Ok(()) };
                    self.renew(*finalized.header.number());
                }
                _ = look.tick(), if !self.released.is_released() => self.look(&mut watch)?,
            }
        }
    }

    /// A block of somebody else, or so it should be.
    fn seen(&self, watch: &mut Watch, header: &BlockHeader) -> Result<(), Error> {
        let Ok(claim) = sc_consensus_babe::find_pre_digest::<Block>(header) else {
            return Ok(());
        };
        match watch.block(authorship::is_by(header, &self.own_keys()), claim.slot()) {
            Seen::Other => Ok(()),
            Seen::Twin => {
                TWIN_SEEN.store(true, Ordering::Relaxed);
                if let Err(error) = Lease::void(&self.folder) {
                    log::error!(target: LOG, "{}", failed(&self.folder, &error));
                }
                Err(Error::Other(format!(
                    "Another node signs with this validator's keys: block {} ({:?}) was not made here. This node ends, before the two \
                     contradict each other. Stop one of them for good, then start the other with --take-over",
                    header.number(),
                    header.hash()
                )))
            }
        }
    }

    fn own_keys(&self) -> Vec<AuthorityId> {
        let keys = self.keystore.sr25519_public_keys(BABE);
        keys.into_iter().map(AuthorityId::from).collect()
    }

    fn is_own(&self, author: &AuthorityId) -> bool {
        self.keystore.has_keys(&[(author.to_raw_vec(), BABE)])
    }

    /// Whether the keys were used by nobody after this installation noted its last block.
    fn nobody_since(&self, noted: BlockNumber) -> bool {
        let best = self.client.info().best_hash;
        let told = authorship::since(noted, best, &self.own_keys(), |hash| {
            self.client.header(hash).ok().flatten()
        });
        let why = match told {
            Since::Nothing => return true,
            Since::Signed(number) => {
                format!("block {number} was signed with them, and this installation noted {noted} as its last")
            }
            Since::Unknown => {
                format!("the blocks after {noted}, which this installation noted as its last, cannot all be read")
            }
        };
        log::warn!(target: LOG, "This validator's keys are held: {why}");
        false
    }

    /// Whether the keys may sign by now.
    fn look(&mut self, watch: &mut Watch) -> Result<(), Error> {
        let info = self.client.info();
        let Ok(epoch) = self.client.runtime_api().current_epoch(info.best_hash) else {
            return Ok(());
        };
        let authorities = epoch.authorities.len();
        self.calm = match self.sync.num_connected_peers() == 0 || self.sync.is_major_syncing() {
            true => 0,
            false => self.calm.saturating_add(1),
        };
        if self.calm < CALM {
            watch.waits(
                "it waits for peers, and until it has caught up. If no other node of the network is to run, start it with --take-over",
            );
            return Ok(());
        }
        if let Some(noted) = self.goes_on.take() {
            if self.nobody_since(noted) {
                return self.release("this installation signed last");
            }
        }
        let first = Lease::is_absent(&self.folder);
        if info.best_number < BEGINNING && first {
            return self.release("the chain has just begun");
        }
        if !epoch.authorities.iter().any(|(author, _)| self.is_own(author)) {
            return self.release("they are not in use");
        }
        if authorities == 1 && first && self.calm >= CALM_OF_ONE {
            return self.release("it is the only validator");
        }
        match watch.is_alone(authorities) {
            true => self.release("no other node uses them"),
            false => {
                watch.waits(&format!(
                    "it watches {} blocks for signs of another node with the same keys. If there surely is none, start it with --take-over",
                    Watch::enough(authorities)
                ));
                Ok(())
            }
        }
    }

    fn renew(&mut self, finalized: BlockNumber) {
        if finalized >= self.noted.saturating_add(RENEW) {
            self.note(finalized);
        }
    }

    fn note(&mut self, finalized: BlockNumber) {
        if !self.released.is_released() {
            return;
        }
        let written = self
            .now()
            .and_then(|now| now.write(&self.folder).map_err(|error| failed(&self.folder, &error)));
        match written {
            Ok(()) => self.noted = finalized,
            Err(error) => log::warn!(target: LOG, "{error}: the next start of this validator takes longer"),
        }
    }
}

fn failed(folder: &Path, error: &std::io::Error) -> Error {
    Error::Other(format!("{}: {error}", folder.join(lease::FILE).display()))
}

//! Two nodes must never sign with one key set: both would be evidence against the validator.
//!
//! A validator's keys sign nothing until it is known that no other node uses them. That is known at once where the same installation goes on
//! ([`lease`]), and where the network begins. Otherwise (a restored backup, a copied folder, another machine) this node first follows the
//! chain, with its keys [`held`](keystore): as long as it sees blocks that its own keys signed, the other node is alive, and this one ends.
//! The same watch goes on afterwards.

mod keystore;
mod lease;
mod watch;

use super::{network, Client};
use crate::cli::ValidatorArgs;
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
    traits::{Block as BlockT, Header},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
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
        calm: 0,
    };
    if let Some(why) = guard.at_start() {
        guard.release(why)?;
    }
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

    /// Why the keys may sign at once, if they may.
    fn at_start(&self) -> Option<&'static str> {
        if self.take_over {
            return Some("as the command line says");
        }
        let (before, now) = (Lease::read(&self.folder)?, self.now().ok()?);
        match before.differs(&now) {
            None => Some("this installation signed last"),
            Some(why) => {
                log::warn!(target: LOG, "This validator's keys are held: {why}");
                None
            }
        }
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
                    if import.origin != BlockOrigin::Own {
                        self.seen(&mut watch, &import.header)?;
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
    fn seen(&self, watch: &mut Watch, header: &<Block as BlockT>::Header) -> Result<(), Error> {
        let Ok(claim) = sc_consensus_babe::find_pre_digest::<Block>(header) else {
            return Ok(());
        };
        // The state of the block itself knows the epoch that it belongs to.
        let Ok(epoch) = self.client.runtime_api().current_epoch(header.hash()) else {
            return Ok(());
        };
        let author = epoch
            .authorities
            .get(claim.authority_index() as usize)
            .map(|(author, _)| author);
        let own = author.is_some_and(|author| self.is_own(author));
        match watch.block(own, claim.slot()) {
            Seen::Other => Ok(()),
            Seen::Twin => Err(Error::Other(format!(
                "Another node signs with this validator's keys: block {} ({:?}) was not made here. This node ends, before the two contradict \
                 each other. Stop one of them for good, then start the other with --take-over",
                header.number(),
                header.hash()
            ))),
        }
    }

    fn is_own(&self, author: &AuthorityId) -> bool {
        self.keystore.has_keys(&[(author.to_raw_vec(), BABE)])
    }

    /// Whether the keys may sign by now.
    fn look(&mut self, watch: &mut Watch) -> Result<(), Error> {
        let info = self.client.info();
        let Ok(epoch) = self.client.runtime_api().current_epoch(info.best_hash) else {
            return Ok(());
        };
        let authorities = epoch.authorities.len();
        if authorities == 1 {
            return self.release("it is the only validator");
        }
        self.calm = match self.sync.num_connected_peers() == 0 || self.sync.is_major_syncing() {
            true => 0,
            false => self.calm.saturating_add(1),
        };
        if self.calm < CALM {
            watch.waits("it waits for peers, and until it has caught up");
            return Ok(());
        }
        if info.best_number < BEGINNING && Lease::read(&self.folder).is_none() {
            return self.release("the chain has just begun");
        }
        if !epoch.authorities.iter().any(|(author, _)| self.is_own(author)) {
            return self.release("they are not in use");
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
        if !self.released.is_released() || finalized < self.noted.saturating_add(RENEW) {
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

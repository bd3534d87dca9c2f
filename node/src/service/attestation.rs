//! A validator's worker and gadget.

use super::{Client, Pool};
use crate::cli::WorkerArgs;
use quorate_gadget::{
    worker_process::{self, Setup, WorkerProcess},
    Address, Params, Pulse, ReportHandle,
};
use quorate_runtime::constants::SLOT_DURATION;
use quorate_tls::{TlsError, TlsIdentity};
use sc_client_api::HeaderBackend;
use sc_service::{Error, TaskManager};
use sp_keystore::KeystorePtr;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Folder, in the chain's, of all that belongs to attestation.
const FOLDER: &str = "quorate";
/// Socket of the worker that the node starts.
const SOCKET: &str = "worker.socket";
/// Folder of the blobs of the worker that the node starts.
const BLOBS: &str = "blobs";
/// This node's certificate and key for a worker on another machine.
const KEY: &str = "worker-link.pem";

/// What attestation is made from.
pub struct Needs<'a> {
    pub args: WorkerArgs,
    /// Folder of the chain in the base path.
    pub chain_folder: PathBuf,
    pub client: Arc<Client>,
    pub keystore: KeystorePtr,
    pub pool: Arc<Pool>,
    pub report: ReportHandle,
    pub task_manager: &'a mut TaskManager,
}

/// Start the worker, unless one runs already or none is wanted, and the gadget.
pub fn start(needs: Needs<'_>) -> Result<(), Error> {
    let Needs {
        args,
        chain_folder,
        client,
        keystore,
        pool,
        report,
        task_manager,
    } = needs;
    if args.no_worker {
        log::warn!(target: "quorate", "No worker: this validator abstains from votes and jobs");
        return Ok(());
    }
    let (folder, pulse) = (folder(&chain_folder), Pulse::default());
    let arguments = args.handed_on();
    let worker = match (args.worker_address, args.worker_tls_pin, args.worker_socket) {
        (Some(host), Some(pin), _) => {
            let own = own_key(&chain_folder).map_err(tls)?;
            log::info!(target: "quorate", "The worker at {host} has to know this node's key: --node-tls-pin {}", own.pin());
            Address::tls(host, &own, pin).map_err(tls)?
        }
        (_, _, Some(socket)) => Address::Socket(socket),
        _ => {
            let socket = folder.join(SOCKET);
            let setup = Setup {
                program: worker_process::program(args.worker_bin).map_err(other)?,
                socket: socket.clone(),
                store: args.worker_store.unwrap_or_else(|| folder.join(BLOBS)),
                gateway: args.gateway_listen,
                log_level: args.worker_log,
                arguments,
                genesis: client.info().genesis_hash,
                report: report.clone(),
                pulse: pulse.clone(),
            };
            task_manager.keep_alive(WorkerProcess::start(setup).map_err(other)?);
            Address::Socket(socket)
        }
    };
    let params = Params {
        client,
        pool,
        keystore,
        folder,
        worker,
        slot_ms: SLOT_DURATION,
        report,
        pulse,
    };
    let gadget = async move {
        if let Err(error) = quorate_gadget::run(params).await {
            log::error!(target: "quorate", "This validator abstains from votes and jobs: {error}");
        }
    };
    // The gadget's end is not the node's: consensus goes on.
    task_manager
        .spawn_handle()
        .spawn_blocking("gadget", Some("quorate"), gadget);
    Ok(())
}

/// The folder of all that belongs to attestation; `folder` is the chain's in the base path.
pub fn folder(folder: &Path) -> PathBuf {
    folder.join(FOLDER)
}

/// This node's certificate and key for a worker on another machine; `folder` is the chain's in the base path.
pub fn own_key(folder: &Path) -> Result<TlsIdentity, TlsError> {
    TlsIdentity::load_or_make(&folder.join(FOLDER).join(KEY))
}

fn tls(error: TlsError) -> Error {
    Error::Other(error.to_string())
}

fn other(error: worker_process::SetupError) -> Error {
    Error::Other(error.to_string())
}

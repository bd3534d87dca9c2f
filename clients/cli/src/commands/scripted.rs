//! A node that answers by a script: which batches and requests the final and the best block know.

use codec::{Decode, Encode};
use jsonrpsee::{
    server::{Server, ServerHandle},
    types::ErrorObjectOwned,
    RpcModule,
};
use quorate_client::Client;
use quorate_primitives::{
    views::inference::{BatchView, RequestView},
    BatchId, Hash, RequestId,
};
use serde_json::{json, Value};
use sp_crypto_hashing::twox_128;
use std::sync::{Arc, Mutex};

const GENESIS: Hash = Hash::repeat_byte(0);
const FINAL: Hash = Hash::repeat_byte(1);
const BEST: Hash = Hash::repeat_byte(2);

/// What a block knows.
#[derive(Clone, Default)]
pub struct Block {
    pub batches: Vec<BatchView>,
    pub requests: Vec<RequestView>,
}

impl Block {
    pub fn with_batches(batches: impl IntoIterator<Item = BatchView>) -> Self {
        Self {
            batches: batches.into_iter().collect(),
            ..Self::default()
        }
    }
}

/// The final and the best block.
#[derive(Clone, Default)]
pub struct Chain {
    pub last: Block,
    pub best: Block,
}

impl Chain {
    fn at(&self, hash: Option<&Value>) -> &Block {
        match hash == Some(&json!(FINAL)) {
            true => &self.last,
            false => &self.best,
        }
    }
}

type Shared = Arc<Mutex<Chain>>;

pub struct Scripted {
    chain: Shared,
    url: String,
    _server: ServerHandle,
}

impl Scripted {
    pub async fn start(chain: Chain) -> Self {
        let server = Server::builder().build("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", server.local_addr().unwrap());
        let chain = Arc::new(Mutex::new(chain));
        let server = server.start(module(chain.clone()));
        Self {
            chain,
            url,
            _server: server,
        }
    }

    pub async fn client(&self) -> Client {
        Client::connect(&self.url).await.unwrap()
    }

    /// Another best block.
    pub fn best(&self, best: Block) {
        self.chain.lock().unwrap().best = best;
    }
}

fn module(chain: Shared) -> RpcModule<Shared> {
    let mut module = RpcModule::new(chain);
    let hashes = module.register_method("chain_getBlockHash", |params, _, _| {
        let of: Vec<Value> = params.parse().unwrap_or_default();
        match of.first().and_then(Value::as_u64) {
            Some(0) => json!(GENESIS),
            _ => json!(BEST),
        }
    });
    hashes.unwrap();
    let last = module.register_method("chain_getFinalizedHead", |_, _, _| json!(FINAL));
    last.unwrap();
    let headers = module.register_method("chain_getHeader", |_, _, _| {
        json!({
            "parentHash": GENESIS, "number": "0x9", "stateRoot": GENESIS, "extrinsicsRoot": GENESIS, "digest": { "logs": [] },
        })
    });
    headers.unwrap();
    let storage = module.register_method("state_getStorage", |params, chain, _| {
        let of: Vec<Value> = params.parse().unwrap_or_default();
        let key = [twox_128(b"Inference"), twox_128(b"OpenBatches")].concat();
        let is_asked = of.first() == Some(&json!(hex_of(&key)));
        is_asked.then(|| hex_of(&open(&chain.lock().unwrap().at(of.get(1)).batches)))
    });
    storage.unwrap();
    let calls = module.register_method("state_call", |params, chain, _| {
        let of: Vec<Value> = params.parse()?;
        let text = |index: usize| of.get(index).and_then(Value::as_str).unwrap_or_default();
        let arguments = hex::decode(text(1).trim_start_matches("0x")).unwrap();
        let chain = chain.lock().unwrap();
        let block = chain.at(of.get(2));
        let known = match text(0) {
            "InferenceApi_batch" => {
                let id = BatchId::decode(&mut &arguments[..]).unwrap();
                block.batches.iter().find(|known| known.id == id).encode()
            }
            "InferenceApi_request" => {
                let id = RequestId::decode(&mut &arguments[..]).unwrap();
                block.requests.iter().find(|known| known.id == id).encode()
            }
            _ => None::<()>.encode(),
        };
        Ok::<_, ErrorObjectOwned>(hex_of(&known))
    });
    calls.unwrap();
    module
}

/// Entries of the batches that have not ended: whose they are, whether they are shared, and their blocks.
fn open(batches: &[BatchView]) -> Vec<u8> {
    let open = batches.iter().filter(|batch| batch.ended_at.is_none());
    let entries: Vec<_> = open.map(|batch| (batch.id, 3u32, false, 5u32)).collect();
    entries.encode()
}

fn hex_of(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

//! A node that answers by a script: the best block and the final one know what a test says, whatever their numbers.

use codec::{Decode, Encode};
use jsonrpsee::{
    server::{Server, ServerHandle},
    types::ErrorObjectOwned,
    RpcModule, SubscriptionMessage,
};
use quorate_ask::stages::Tell;
use quorate_client::connection::Options;
use quorate_contribute::node::Node;
use quorate_primitives::{
    views::{inference::RequestView, EvaluationView},
    BlockNumber, EvaluationId, Hash, ModelId, OrganisationId, RequestId, VersionIndex,
};
use serde_json::{json, Value};
use std::{collections::VecDeque, sync::Mutex};
use tokio::sync::watch;

const GENESIS: Hash = Hash::repeat_byte(0);
const FINAL: Hash = Hash::repeat_byte(1);
const BEST: Hash = Hash::repeat_byte(2);

/// What a block knows.
#[derive(Clone, Default)]
pub struct Block {
    pub number: BlockNumber,
    pub requests: Vec<RequestView>,
    pub evaluations: Vec<EvaluationView>,
}

/// The final and the best block.
#[derive(Clone, Default)]
pub struct Chain {
    pub last: Block,
    pub best: Block,
}

impl Chain {
    fn at(&self, hash: &Value) -> &Block {
        match *hash == json!(FINAL) {
            true => &self.last,
            false => &self.best,
        }
    }
}

pub struct Scripted {
    chain: watch::Sender<Chain>,
    url: String,
    _server: ServerHandle,
}

impl Scripted {
    pub async fn start(chain: Chain) -> Self {
        let server = Server::builder().build("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", server.local_addr().unwrap());
        let chain = watch::Sender::new(chain);
        let server = server.start(module(chain.clone()));
        Self {
            chain,
            url,
            _server: server,
        }
    }

    pub fn node(&self) -> Node {
        Node::new(self.url.clone(), Options::default())
    }

    /// A new head, after which blocks know this.
    pub fn head(&self, chain: Chain) {
        self.chain.send_replace(chain);
    }
}

/// Hears what is told, and goes on with the script whenever it is what is waited for.
pub struct Following<'a> {
    node: &'a Scripted,
    script: Mutex<VecDeque<(&'static str, Chain)>>,
    heard: Mutex<Vec<String>>,
}

impl<'a> Following<'a> {
    pub fn new(node: &'a Scripted, script: impl IntoIterator<Item = (&'static str, Chain)>) -> Self {
        Self {
            node,
            script: Mutex::new(script.into_iter().collect()),
            heard: Mutex::default(),
        }
    }

    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// That the whole script was gone through.
    pub fn is_over(&self) -> bool {
        self.script.lock().unwrap().is_empty()
    }
}

impl Tell for Following<'_> {
    fn stage(&self, text: &str) {
        self.heard.lock().unwrap().push(text.into());
        let mut script = self.script.lock().unwrap();
        if script.front().is_some_and(|(awaited, _)| text.contains(awaited)) {
            let (_, chain) = script.pop_front().unwrap();
            self.node.head(chain);
        }
    }

    fn far(&self, text: &str) {
        self.heard.lock().unwrap().push(text.into());
    }
}

fn module(chain: watch::Sender<Chain>) -> RpcModule<watch::Sender<Chain>> {
    let mut module = RpcModule::new(chain);
    module
        .register_method("chain_getBlockHash", |params, _, _| {
            let of: Vec<Value> = params.parse().unwrap_or_default();
            match of.first().and_then(Value::as_u64) {
                Some(0) => json!(GENESIS),
                _ => json!(BEST),
            }
        })
        .unwrap();
    module
        .register_method("chain_getFinalizedHead", |_, _, _| json!(FINAL))
        .unwrap();
    module
        .register_method("chain_getHeader", |params, chain, _| {
            let of: Vec<Value> = params.parse().unwrap_or_default();
            let number = chain.borrow().at(of.first().unwrap_or(&Value::Null)).number;
            header(number)
        })
        .unwrap();
    module
        .register_method("state_getStorage", |params, chain, _| {
            // The next number: of requests here, as no test asks for another one.
            let of: Vec<Value> = params.parse().unwrap_or_default();
            let chain = chain.borrow();
            let block = chain.at(of.get(1).unwrap_or(&Value::Null));
            let next = block.requests.iter().map(|known| known.id + 1).max();
            next.map(|next| format!("0x{}", hex::encode(next.encode())))
        })
        .unwrap();
    module
        .register_method("state_call", |params, chain, _| {
            let of: Vec<Value> = params.parse()?;
            let text = |index: usize| of.get(index).and_then(Value::as_str).unwrap_or_default();
            let arguments = hex::decode(text(1).trim_start_matches("0x")).unwrap();
            let chain = chain.borrow();
            let block = chain.at(of.get(2).unwrap_or(&Value::Null));
            Ok::<_, ErrorObjectOwned>(format!("0x{}", hex::encode(call(block, text(0), &arguments))))
        })
        .unwrap();
    module
        .register_subscription(
            "chain_subscribeNewHeads",
            "chain_newHead",
            "chain_unsubscribeNewHeads",
            |_, pending, chain, _| async move {
                let Ok(sink) = pending.accept().await else { return };
                let mut changes = chain.subscribe();
                changes.mark_changed();
                while changes.changed().await.is_ok() {
                    let head = header(changes.borrow_and_update().best.number);
                    let head = SubscriptionMessage::from_json(&head).unwrap();
                    if sink.send(head).await.is_err() {
                        return;
                    }
                }
            },
        )
        .unwrap();
    module
}

fn header(number: BlockNumber) -> Value {
    json!({
        "parentHash": GENESIS, "number": format!("{number:#x}"), "stateRoot": GENESIS, "extrinsicsRoot": GENESIS,
        "digest": { "logs": [] },
    })
}

fn call(block: &Block, name: &str, mut arguments: &[u8]) -> Vec<u8> {
    match name {
        "InferenceApi_request" => {
            let id = RequestId::decode(&mut arguments).unwrap();
            block.requests.iter().find(|known| known.id == id).encode()
        }
        "InferenceApi_requests_of" => {
            let (of, from, _) = <(OrganisationId, RequestId, u32)>::decode(&mut arguments).unwrap();
            let all = block.requests.iter();
            let own: Vec<_> = all
                .filter(|known| known.organisation == of && known.id >= from)
                .collect();
            own.encode()
        }
        "EvaluationsApi_evaluation" => {
            let id = EvaluationId::decode(&mut arguments).unwrap();
            block.evaluations.iter().find(|known| known.id == id).encode()
        }
        "EvaluationsApi_evaluations_of" => {
            let (model, version, from, _) =
                <(ModelId, VersionIndex, EvaluationId, u32)>::decode(&mut arguments).unwrap();
            let all = block.evaluations.iter();
            let own: Vec<_> = all
                .filter(|known| (known.work.model, known.work.version) == (model, version) && known.id >= from)
                .collect();
            own.encode()
        }
        // Of jobs and batches nothing is known.
        _ => None::<()>.encode(),
    }
}

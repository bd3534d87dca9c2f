//! Methods that may take long run on threads aside: what runs the runtime only when the [`Gate`] lets it in.
//!
//! Which methods exist and how they are written is Substrate's choice, too, so the rule is made here for all of them: a method that is not
//! named below waits for its turn and gets a thread that may be blocked.

use super::{
    entries::few,
    gate::{Caller, Gate},
    server::Making,
    submissions,
};
use futures::FutureExt;
use jsonrpsee::{
    core::RegisterMethodError,
    server::ConnectionId,
    types::{ErrorCode, ErrorObject, Id, Params},
    Extensions, MethodCallback, MethodResponse, Methods,
};
use std::{num::NonZeroU32, sync::Arc};
use tokio::{runtime::Handle, task::spawn_blocking};

/// What answers from memory: so that health is told however many queries wait.
#[rustfmt::skip]
pub const AT_ONCE: &[&str] = &[
    "author_removeExtrinsic",
    "chainSpec_v1_chainName", "chainSpec_v1_genesisHash", "chainSpec_v1_properties",
    "grandpa_roundState",
    "quorate_ready", "quorate_workerStatus",
    "rpc_methods",
    "system_addLogFilter", "system_addReservedPeer", "system_chain", "system_chainType", "system_health", "system_localListenAddresses",
    "system_localPeerId", "system_name", "system_nodeRoles", "system_peers", "system_properties", "system_removeReservedPeer",
    "system_reservedPeers", "system_resetLogFilter", "system_syncState", "system_unstable_networkState", "system_version",
];

/// What reads the database, a small piece of it, and runs no Wasm: these have turns of their own, of which there are many. Those of them that
/// are asynchronous go to a thread by themselves.
#[rustfmt::skip]
pub const READS: &[&str] = &[
    "author_hasKey", "author_insertKey",
    "chain_getBlock", "chain_getBlockHash", "chain_getFinalisedHead", "chain_getFinalizedHead", "chain_getHead", "chain_getHeader",
    "childstate_getKeysPaged", "childstate_getKeysPagedAt", "childstate_getStorage",
    "childstate_getStorageHash", "childstate_getStorageSize",
    "offchain_localStorageClear", "offchain_localStorageGet", "offchain_localStorageSet",
    "state_getKeysPaged", "state_getKeysPagedAt", "state_getStorage", "state_getStorageAt",
    "state_getStorageHash", "state_getStorageHashAt",
];

/// How many read at a time: what they read is counted only then.
const READ_AT_A_TIME: NonZeroU32 = match NonZeroU32::new(16) {
    Some(number) => number,
    None => NonZeroU32::MIN,
};
/// Subscriptions that read much first, and the messages after which they did.
const READ_FIRST: [(&str, u32); 3] = [
    ("chain_subscribeRuntimeVersion", 2),
    ("state_subscribeRuntimeVersion", 2),
    ("state_subscribeStorage", 2),
];

/// The same methods, those that may take long on threads aside.
///
/// # Errors
/// Never in fact: names are unique already.
pub fn aside(methods: &Methods, gate: &Gate) -> Result<Methods, RegisterMethodError> {
    let mut all = Methods::new();
    let transactions = Gate::of_transactions(submissions::AT_A_TIME);
    let reads = Gate::of_reads(READ_AT_A_TIME);
    for name in methods.method_names() {
        let Some(callback) = methods.method(name).cloned() else {
            continue;
        };
        if let Some(messages) = submissions::spoken_after(name) {
            all.verify_and_insert(name, submissions::in_turn(callback, &transactions, messages))?;
            continue;
        }
        let turns = if READS.contains(&name) { &reads } else { gate }.clone();
        let first = READ_FIRST.iter().find(|(other, _)| *other == name);
        let callback = match callback {
            callback if AT_ONCE.contains(&name) => callback,
            // On a thread of ours each would wait for one of its own: many at once would wait for each other.
            callback @ MethodCallback::Async(_) if READS.contains(&name) => submissions::in_turn(callback, &turns, 1),
            MethodCallback::Sync(method) => on_thread(turns, move |call, _| {
                method(call.id, call.params, call.max_len, call.extensions)
            }),
            // Whether it waits or computes is not to be seen: it may do either. It may also take a further thread, which is there: few
            // are let in at a time.
            MethodCallback::Async(method) => on_thread(turns, move |call, runtime| {
                runtime.block_on(method(
                    call.id,
                    call.params,
                    call.connection,
                    call.max_len,
                    call.extensions,
                ))
            }),
            // They wait for what happens.
            MethodCallback::Subscription(method) => {
                let callback = MethodCallback::Subscription(Arc::new(move |id, params, sink, state, extensions| {
                    match few(&params) {
                        Ok(()) => method(id, params, sink, state, extensions),
                        Err(many) => {
                            let answer = MethodResponse::subscription_error(id, many).with_extensions(extensions);
                            // Whoever answers a subscription sends the answer, too.
                            async move {
                                let _gone = sink.send(answer.to_result()).await;
                                answer
                            }
                            .boxed()
                        }
                    }
                }));
                match first {
                    Some((_, messages)) => submissions::in_turn(callback, &turns, *messages),
                    None => callback,
                }
            }
            callback @ MethodCallback::Unsubscription(_) => callback,
        };
        all.verify_and_insert(name, callback)?;
    }
    Ok(all)
}

/// One request.
struct Call {
    id: Id<'static>,
    params: Params<'static>,
    connection: ConnectionId,
    max_len: usize,
    extensions: Extensions,
}

fn on_thread(gate: Gate, method: impl Fn(Call, &Handle) -> MethodResponse + Send + Sync + 'static) -> MethodCallback {
    let method = Arc::new(method);
    MethodCallback::Async(Arc::new(move |id, params, connection, max_len, extensions| {
        let (gate, method) = (gate.clone(), method.clone());
        let few = few(&params);
        async move {
            if let Err(many) = few {
                return MethodResponse::error(id, many).with_extensions(extensions);
            }
            let pass = match gate.enter(Caller::of(&extensions, connection)).await {
                Ok(pass) => pass,
                Err(busy) => return MethodResponse::error(id, busy).with_extensions(extensions),
            };
            let making = extensions.get::<Making>().cloned();
            let (runtime, same_id, same_extensions) = (Handle::current(), id.clone(), extensions.clone());
            let answer = spawn_blocking(move || {
                // It is in until it is done, even when nobody waits for the answer any more.
                let _pass = pass;
                let call = Call {
                    id,
                    params,
                    connection,
                    max_len,
                    extensions,
                };
                let answer = method(call, &runtime);
                if let Some(making) = making {
                    making.count(answer.as_result().len());
                }
                answer
            });
            answer.await.unwrap_or_else(|error| {
                log::error!(target: "quorate", "A JSON-RPC method failed: {error}");
                MethodResponse::error(same_id, ErrorObject::from(ErrorCode::InternalError))
                    .with_extensions(same_extensions)
            })
        }
        .boxed()
    }))
}

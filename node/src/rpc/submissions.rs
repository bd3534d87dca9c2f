//! Transactions that are handed in get their turn as queries do, but at a gate of their own: they are taken however many queries wait, and
//! nobody who hands in many keeps the others waiting.

use super::{
    gate::{Caller, Gate, Pass},
    server::Making,
};
use futures::FutureExt;
use jsonrpsee::{
    server::{IdProvider, MethodSink, SubscriptionState},
    types::SubscriptionId,
    MethodCallback, MethodResponse,
};
use std::{num::NonZeroU32, sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::sleep};

/// What hands a transaction in, and after how many messages the pool has spoken: one of them accepts whatever comes first.
const NAMES: [(&str, u32); 3] = [
    ("author_submitExtrinsic", 1),
    ("author_submitAndWatchExtrinsic", 1),
    ("transactionWatch_v1_submitAndWatch", 2),
];
/// More than the pool's own threads, so that they never wait for a turn.
pub const AT_A_TIME: NonZeroU32 = match NonZeroU32::new(16) {
    Some(number) => number,
    None => NonZeroU32::MIN,
};
/// How long a turn lasts when the pool says nothing.
const LONGEST: Duration = Duration::from_secs(10);

/// After how many messages the pool has spoken, of a method that hands a transaction in.
pub fn spoken_after(name: &str) -> Option<u32> {
    NAMES
        .iter()
        .find(|(other, _)| *other == name)
        .map(|(_, messages)| *messages)
}

/// The same method, which holds its turn until it is done, or a subscription until so many messages were sent.
pub fn in_turn(callback: MethodCallback, turns: &Gate, spoken_after: u32) -> MethodCallback {
    let turns = turns.clone();
    match callback {
        MethodCallback::Async(method) => {
            MethodCallback::Async(Arc::new(move |id, params, connection, max_len, extensions| {
                let (turns, method) = (turns.clone(), method.clone());
                async move {
                    let _pass = match turns.enter(Caller::of(&extensions, connection)).await {
                        Ok(pass) => pass,
                        Err(busy) => return MethodResponse::error(id, busy).with_extensions(extensions),
                    };
                    let making = extensions.get::<Making>().cloned();
                    let answer = method(id, params, connection, max_len, extensions).await;
                    if let Some(making) = making {
                        making.count(answer.as_result().len());
                    }
                    answer
                }
                .boxed()
            }))
        }
        MethodCallback::Subscription(method) => {
            MethodCallback::Subscription(Arc::new(move |id, params, sink, state, extensions| {
                let (turns, method) = (turns.clone(), method.clone());
                // Without a key there is nothing to read first, and nothing is told.
                let named = params.as_str().is_some_and(|params| params.contains('"'));
                let spoken_after = if named { spoken_after } else { 1 };
                let (id, params) = (id.into_owned(), params.into_owned());
                let given = Given(state.id_provider.next_id());
                let (conn_id, subscription_permit) = (state.conn_id, state.subscription_permit);
                async move {
                    let pass = match turns.enter(Caller::of(&extensions, conn_id)).await {
                        Ok(pass) => pass,
                        Err(busy) => {
                            let answer = MethodResponse::subscription_error(id, busy).with_extensions(extensions);
                            // Whoever answers a subscription sends the answer, too.
                            let _gone = sink.send(answer.to_result()).await;
                            return answer;
                        }
                    };
                    let state = SubscriptionState {
                        conn_id,
                        id_provider: &given,
                        subscription_permit,
                    };
                    method(id, params, until_told(sink, pass, spoken_after), state, extensions).await
                }
                .boxed()
            }))
        }
        callback @ (MethodCallback::Sync(_) | MethodCallback::Unsubscription(_)) => callback,
    }
}

/// The same sink; the turn ends after so many messages, or with the subscription.
fn until_told(sink: MethodSink, pass: Pass, messages: u32) -> MethodSink {
    let (inner, mut told) = mpsc::channel(1);
    tokio::spawn(async move {
        let (mut pass, mut left) = (Some(pass), messages);
        let longest = sleep(LONGEST);
        tokio::pin!(longest);
        loop {
            let message = tokio::select! {
                message = told.recv() => message,
                () = sink.closed() => None,
                () = &mut longest, if pass.is_some() => {
                    pass = None;
                    continue;
                }
            };
            let Some(message) = message else { return };
            if sink.send(message).await.is_err() {
                return;
            }
            left = left.saturating_sub(1);
            if left == 0 {
                pass = None;
            }
        }
    });
    MethodSink::new(inner)
}

/// A number that was drawn before.
#[derive(Debug)]
struct Given(SubscriptionId<'static>);

impl IdProvider for Given {
    fn next_id(&self) -> SubscriptionId<'static> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::gate::Site;
    use jsonrpsee::{
        server::{BoundedSubscriptions, ConnectionId},
        types::{Id, Params},
        Extensions, Methods, RpcModule,
    };
    use std::net::IpAddr;
    use tokio::{sync::Notify, task::JoinHandle};

    /// A pool that takes a transaction whenever it is told to, and says whose it began with.
    fn pool() -> (Methods, Arc<Notify>, mpsc::UnboundedReceiver<u64>) {
        let mut module = RpcModule::new(());
        let (release, (begin, began)) = (Arc::new(Notify::new()), mpsc::unbounded_channel());
        let wait = release.clone();
        module
            .register_async_method("author_submitExtrinsic", move |_, _, extensions| {
                let (wait, begin) = (wait.clone(), begin.clone());
                async move {
                    let caller = extensions.get::<Caller>().copied().expect("given");
                    begin.send(caller.connection).expect("somebody listens");
                    wait.notified().await;
                }
            })
            .unwrap();
        module
            .register_subscription(
                "author_submitAndWatchExtrinsic",
                "news",
                "stop",
                |_, pending, _, _| async move {
                    let _sink = pending.accept().await?;
                    std::future::pending::<()>().await;
                    Ok(())
                },
            )
            .unwrap();
        let (mut methods, turns) = (Methods::new(), Gate::of_transactions(AT_A_TIME));
        for name in module.method_names() {
            let (Some(callback), Some(messages)) = (module.method(name).cloned(), spoken_after(name)) else {
                continue;
            };
            methods
                .verify_and_insert(name, in_turn(callback, &turns, messages))
                .unwrap();
        }
        (methods, release, began)
    }

    fn extensions(address: u8, connection: u64) -> Extensions {
        let mut extensions = Extensions::new();
        extensions.insert(Caller {
            address: Some(Site::from(IpAddr::from([10, 0, 0, address]))),
            connection,
        });
        extensions
    }

    fn hand_in(methods: &Methods, address: u8, connection: u64) -> JoinHandle<MethodResponse> {
        let Some(MethodCallback::Async(method)) = methods.method("author_submitExtrinsic").cloned() else {
            panic!("it is asynchronous");
        };
        let from = extensions(address, connection);
        tokio::spawn(method(
            Id::Number(1),
            Params::new(None),
            ConnectionId(connection as usize),
            1_024,
            from,
        ))
    }

    #[tokio::test]
    async fn address_that_hands_in_many_transactions_should_not_keep_another_waiting() {
        let (methods, release, mut began) = pool();
        let most = u64::from(AT_A_TIME.get());
        let _flood: Vec<_> = (0..100).map(|_| hand_in(&methods, 1, 1)).collect();
        for _ in 0..most {
            assert_eq!(began.recv().await, Some(1));
        }
        // All hundred wait by now: each of them came to the gate before the last was let in.
        let others = hand_in(&methods, 2, 2);
        tokio::task::yield_now().await;
        let mut turns = 0;
        loop {
            release.notify_one();
            turns += 1;
            if began.recv().await == Some(2) {
                break;
            }
            assert!(turns < 3, "another address waits for the flood");
        }
        release.notify_waiters();
        assert!(others.await.unwrap().is_success());
    }

    #[tokio::test]
    async fn turn_should_end_when_the_pool_has_spoken() {
        let (methods, _, _) = pool();
        let Some(MethodCallback::Subscription(method)) = methods.method("author_submitAndWatchExtrinsic").cloned()
        else {
            panic!("it is a subscription");
        };
        let (sink, mut messages) = mpsc::channel(1);
        let places = BoundedSubscriptions::new(1_000);
        // Far more than have a turn at a time, and all of them go on.
        for number in 0..100 {
            let state = SubscriptionState {
                conn_id: ConnectionId(1),
                id_provider: &Given(SubscriptionId::Num(number)),
                subscription_permit: places.acquire().unwrap(),
            };
            let params = Params::new(None);
            let answer = method(
                Id::Number(number),
                params,
                MethodSink::new(sink.clone()),
                state,
                extensions(1, 1),
            );
            let (answer, message) = tokio::join!(answer, messages.recv());
            assert!(answer.is_success() && message.is_some());
        }
    }
}

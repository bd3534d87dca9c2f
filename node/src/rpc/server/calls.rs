//! Methods as a service, as jsonrpsee's server has one for itself: with subscriptions over a WebSocket, without over HTTP.

use futures::{future::BoxFuture, FutureExt};
use jsonrpsee::{
    server::{
        middleware::rpc::RpcServiceT, BoundedSubscriptions, ConnectionId, IdProvider, MethodSink, SubscriptionState,
    },
    types::{error::reject_too_many_subscriptions, ErrorCode, ErrorObject, Params, Request},
    MethodCallback, MethodResponse, Methods,
};
use std::{
    fmt,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
};

/// Calls the methods.
#[derive(Clone, Debug)]
pub struct Calls {
    pub methods: Methods,
    pub connection: ConnectionId,
    pub max_answer: u32,
    pub subscriptions: Option<Subscriptions>,
}

/// Where a connection's subscriptions write.
#[derive(Clone)]
pub struct Subscriptions {
    pub sink: MethodSink,
    pub places: BoundedSubscriptions,
    pub ids: Arc<dyn IdProvider>,
    /// Set once a subscription was made, which has written its answer itself.
    pub answered: Arc<AtomicBool>,
}

impl fmt::Debug for Subscriptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriptions").finish_non_exhaustive()
    }
}

impl<'a> RpcServiceT<'a> for Calls {
    type Future = BoxFuture<'a, MethodResponse>;

    fn call(&self, request: Request<'a>) -> Self::Future {
        let Request {
            id,
            method,
            params,
            extensions,
            ..
        } = request;
        let refused = |error: ErrorObject<'_>, id, extensions| {
            let answer = MethodResponse::error(id, error).with_extensions(extensions);
            async move { answer }.boxed()
        };
        let Some(callback) = self.methods.method(&method) else {
            return refused(ErrorCode::MethodNotFound.into(), id, extensions);
        };
        let max_answer = self.max_answer as usize;
        let params = Params::new(params.as_ref().map(|params| params.get()));
        match callback {
            MethodCallback::Async(method) => method(
                id.into_owned(),
                params.into_owned(),
                self.connection,
                max_answer,
                extensions,
            ),
            MethodCallback::Sync(method) => {
                let answer = method(id, params, max_answer, extensions);
                async move { answer }.boxed()
            }
            MethodCallback::Unsubscription(method) if self.subscriptions.is_some() => {
                let answer = method(id, params, self.connection, max_answer, extensions);
                async move { answer }.boxed()
            }
            MethodCallback::Subscription(method) => {
                let Some(subscriptions) = self.subscriptions.clone() else {
                    return refused(ErrorCode::InternalError.into(), id, extensions);
                };
                let Some(place) = subscriptions.places.acquire() else {
                    let many = reject_too_many_subscriptions(subscriptions.places.max());
                    return refused(many, id, extensions);
                };
                let state = SubscriptionState {
                    conn_id: self.connection,
                    id_provider: &*subscriptions.ids,
                    subscription_permit: place,
                };
                let answer = method(id, params, subscriptions.sink, state, extensions);
                let answered = subscriptions.answered;
                async move {
                    let answer = answer.await;
                    if answer.is_subscription() {
                        answered.store(true, Ordering::Relaxed);
                    }
                    answer
                }
                .boxed()
            }
            MethodCallback::Unsubscription(_) => refused(ErrorCode::InternalError.into(), id, extensions),
        }
    }
}

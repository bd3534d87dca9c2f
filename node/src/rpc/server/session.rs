//! What one request gets that passed the layers for HTTP: an answer, or a WebSocket.

use super::{
    calls::{Calls, Subscriptions},
    memory::{Account, Held, Making, Memory},
    places::{From, Place, Running},
    rules::Rules,
    websocket::{self, Answer},
};
use crate::rpc::gate::Site;
use futures::FutureExt;
use http_body_util::{BodyExt, Full};
use hyper::{body::Bytes, StatusCode};
use jsonrpsee::{
    core::BoxError,
    server::{
        http::call_with_service, middleware::rpc::RpcLoggerLayer, BoundedSubscriptions, ConnectionId, HttpBody,
        HttpRequest, HttpResponse, IdProvider, RandomStringIdProvider, StopHandle,
    },
    Extensions, Methods,
};
use sc_rpc_server::MiddlewareLayer;
use soketto::handshake::http::{is_upgrade_request, Server as Handshake};
use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tower::Layer;

/// One request, and whose it is.
#[derive(Clone)]
pub struct Session {
    pub methods: Methods,
    pub rules: Rules,
    /// Rates and metrics.
    pub layer: MiddlewareLayer,
    pub memory: Memory,
    pub site: Site,
    pub from: From,
    pub number: u64,
    /// Closes the WebSocket, or the socket of whatever else this is.
    pub close: CancellationToken,
    pub stop: StopHandle,
}

/// Bytes of an answer, which count until they are written.
struct Kept {
    bytes: Box<[u8]>,
    _held: Held,
    _running: Running,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Session {
    pub async fn serve(
        self,
        request: HttpRequest,
        seat: Arc<Place>,
        running: Running,
    ) -> Result<HttpResponse, BoxError> {
        if is_upgrade_request(&request) {
            return Ok(self.upgrade(request, seat));
        }
        let account = self.memory.account(self.site, self.from, self.close.clone());
        let answer = tokio::select! {
            () = account.closed() => return Err("too much is asked at once".into()),
            answer = self.answer(request, &account) => answer?,
        };
        drop(seat);
        keep(answer, &account, running).await
    }

    async fn answer(&self, request: HttpRequest, account: &Arc<Account>) -> Result<HttpResponse, BoxError> {
        let making = Making::new(account.hold(0).ok_or("too much is asked at once")?);
        let of_body = making.clone();
        let mut request = request.map(|body| {
            HttpBody::new(body.map_frame(move |frame| {
                of_body.count(frame.data_ref().map_or(0, Bytes::len));
                frame
            }))
        });
        request.extensions_mut().insert(making.clone());
        let answer = self.call(request, None).await;
        making.end();
        Ok(answer)
    }

    async fn call(&self, request: HttpRequest, subscriptions: Option<Subscriptions>) -> HttpResponse {
        let calls = Calls {
            methods: self.methods.clone(),
            connection: ConnectionId(self.number as usize),
            max_answer: self.rules.max_answer,
            subscriptions,
        };
        let service = RpcLoggerLayer::new(self.rules.log_capacity).layer(self.layer.layer(calls));
        let Rules {
            max_request,
            max_answer,
            batches,
            ..
        } = self.rules;
        call_with_service(request, batches, max_request, service, max_answer).await
    }

    fn upgrade(self, request: HttpRequest, seat: Arc<Place>) -> HttpResponse {
        let mut handshake = Handshake::new();
        let accepted = match handshake.receive_request(&request) {
            Ok(accepted) => accepted.map(|()| HttpBody::empty()),
            Err(error) => {
                let mut refused = HttpResponse::new(HttpBody::from(format!("no WebSocket: {error}\n")));
                *refused.status_mut() = StatusCode::BAD_REQUEST;
                return refused;
            }
        };
        tokio::spawn(async move {
            let account = self.memory.account(self.site, self.from, self.close.clone());
            let answer = self.answers(request.extensions().clone(), seat, account.clone());
            let Ok(socket) = hyper::upgrade::on(request).await else {
                return;
            };
            let since = Instant::now();
            self.layer.ws_connect();
            tokio::select! {
                () = websocket::serve(socket, handshake, account, self.rules, answer) => {}
                () = self.stop.clone().shutdown() => {}
            }
            self.layer.ws_disconnect(since);
        });
        accepted
    }

    /// Answers the messages of one WebSocket, which has this place.
    fn answers(&self, extensions: Extensions, seat: Arc<Place>, account: Arc<Account>) -> Answer {
        let session = self.clone();
        let places = BoundedSubscriptions::new(self.rules.max_subscriptions);
        let ids: Arc<dyn IdProvider> = Arc::new(RandomStringIdProvider::new(16));
        Arc::new(move |message, sink, unread| {
            let session = session.clone();
            let answered = Arc::new(AtomicBool::new(false));
            let subscriptions = Subscriptions {
                sink,
                places: places.clone(),
                ids: ids.clone(),
                answered: answered.clone(),
            };
            let mut extensions = extensions.clone();
            extensions.insert(unread);
            let running = seat.run();
            let account = account.clone();
            async move {
                let making = Making::new(account.hold(0)?);
                extensions.insert(making.clone());
                let _running = running;
                let is_single = message.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
                let request = HttpRequest::post("/").header("content-type", "application/json");
                let mut request = request.body(HttpBody::from(message)).ok()?;
                *request.extensions_mut() = extensions;
                let answer = session.call(request, Some(subscriptions)).await;
                if is_single && answered.load(Ordering::Relaxed) {
                    return None;
                }
                let bytes = answer.into_body().collect().await.ok()?.to_bytes();
                making.end();
                let text = String::from_utf8(bytes.into()).ok()?;
                // What asks for no answer.
                Some(text).filter(|text| !text.is_empty())
            }
            .boxed()
        })
    }
}

/// The same answer, which counts until it is written.
async fn keep(answer: HttpResponse, account: &Arc<Account>, running: Running) -> Result<HttpResponse, BoxError> {
    let (parts, body) = answer.into_parts();
    // As it is kept: it may have room for twice as much.
    let bytes: Box<[u8]> = body.collect().await?.to_bytes().as_ref().into();
    let held = account.hold(bytes.len() as u64).ok_or("too much is unread")?;
    let kept = Kept {
        bytes,
        _held: held,
        _running: running,
    };
    let body = Full::new(Bytes::from_owner(kept));
    Ok(HttpResponse::from_parts(parts, HttpBody::new(body)))
}

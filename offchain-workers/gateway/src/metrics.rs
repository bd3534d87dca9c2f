//! What is counted of a gateway, for Prometheus. Labels are of few values, none of which an outsider chooses.

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use prometheus::{core::Collector, Counter, CounterVec, Gauge, GaugeVec, Opts, Registry};

/// A metric that was made just now, shown in a registry.
///
/// # Errors
/// If it could not be made, or there is such a metric already.
pub fn shown<M: Collector + Clone + 'static>(
    registry: &Registry,
    metric: prometheus::Result<M>,
) -> prometheus::Result<M> {
    let metric = metric?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

/// What is counted of a gateway; nothing by default. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Option<Counts>);

#[derive(Clone, Debug)]
struct Counts {
    served: Counter,
    taken: Counter,
    requests: CounterVec,
    refused_uploads: CounterVec,
    refused_connections: CounterVec,
    connections: GaugeVec,
    uploads: Gauge,
}

/// Why an upload is refused or ends early.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RefusedUpload {
    /// The account is uploading the same blob.
    Same,
    Account,
    Organisation,
    All,
    /// A slow one gave way to another.
    GaveWay,
    /// It stood still, or broke off.
    Broken,
    /// The bytes are others.
    Wrong,
    NoRoom,
    /// The rest of the room is for other organisations.
    Share,
}

impl RefusedUpload {
    fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Account => "account",
            Self::Organisation => "organisation",
            Self::All => "all",
            Self::GaveWay => "gave_way",
            Self::Broken => "broken",
            Self::Wrong => "wrong",
            Self::NoRoom => "no_room",
            Self::Share => "share",
        }
    }
}

/// Why a connection is closed without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TurnedAway {
    Address,
    /// The rest is for validators.
    Strangers,
    All,
    /// An error of this side.
    Failed,
}

impl TurnedAway {
    fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Strangers => "strangers",
            Self::All => "all",
            Self::Failed => "failed",
        }
    }

    /// In words, for the log.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Address => "the address has as many as one may have: --max-connections-per-address",
            Self::Strangers => "the last ones are for validators",
            Self::All => "there are as many as there may be",
            Self::Failed => "the gateway failed",
        }
    }
}

/// Counts as an upload under way, until it is dropped.
pub(crate) struct UnderWay(Option<Gauge>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(uploads) = &self.0 {
            uploads.dec();
        }
    }
}

impl Metrics {
    /// Counts, and shows it in a registry.
    ///
    /// # Errors
    /// If there are such metrics already.
    pub fn register(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str| shown(registry, Counter::new(name, help));
        let counters =
            |name: &str, help: &str, labels: &[&str]| shown(registry, CounterVec::new(Opts::new(name, help), labels));
        let connections = Opts::new("gateway_connections", "Open connections, by whose they are");
        Ok(Self(Some(Counts {
            served: counter("gateway_served_bytes_total", "Bytes of blobs sent, with their proofs")?,
            taken: counter("gateway_taken_bytes_total", "Bytes of uploads taken")?,
            requests: counters(
                "gateway_requests_total",
                "Requests answered, by kind and class of the answer",
                &["request", "answer"],
            )?,
            refused_uploads: counters(
                "gateway_refused_uploads_total",
                "Uploads refused or ended early, by reason",
                &["reason"],
            )?,
            refused_connections: counters(
                "gateway_refused_connections_total",
                "Connections closed without an answer, by the limit that was met",
                &["limit"],
            )?,
            connections: shown(registry, GaugeVec::new(connections, &["of"]))?,
            uploads: shown(registry, Gauge::new("gateway_uploads", "Uploads under way"))?,
        })))
    }

    pub(crate) fn served(&self, bytes: usize) {
        if let Some(counts) = &self.0 {
            counts.served.inc_by(bytes as f64);
        }
    }

    pub(crate) fn taken(&self, bytes: usize) {
        if let Some(counts) = &self.0 {
            counts.taken.inc_by(bytes as f64);
        }
    }

    fn answered(&self, request: &str, answer: &str) {
        if let Some(counts) = &self.0 {
            counts.requests.with_label_values(&[request, answer]).inc();
        }
    }

    pub(crate) fn refuse(&self, reason: RefusedUpload) {
        if let Some(counts) = &self.0 {
            counts.refused_uploads.with_label_values(&[reason.name()]).inc();
        }
    }

    pub(crate) fn turn_away(&self, limit: TurnedAway) {
        if let Some(counts) = &self.0 {
            counts.refused_connections.with_label_values(&[limit.name()]).inc();
        }
    }

    /// A connection is of one of these now, or no longer.
    pub(crate) fn connection(&self, of: &str, is: bool) {
        if let Some(counts) = &self.0 {
            let gauge = counts.connections.with_label_values(&[of]);
            gauge.add(if is { 1.0 } else { -1.0 });
        }
    }

    pub(crate) fn upload(&self) -> UnderWay {
        let uploads = self.0.as_ref().map(|counts| counts.uploads.clone());
        if let Some(uploads) = &uploads {
            uploads.inc();
        }
        UnderWay(uploads)
    }
}

/// Counts a request when its answer begins.
pub(crate) async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    // Of paths that are none, and methods that are none, there is no end.
    let path = request.uri().path();
    let kind = match (request.method(), path.starts_with("/v1/blobs/")) {
        (&Method::GET, true) => "get",
        (&Method::HEAD, true) => "head",
        (&Method::PUT, true) => "put",
        (&Method::GET, false) if path.starts_with("/v1/streams/") => "stream",
        _ => "other",
    };
    let response = next.run(request).await;
    let class = match response.status().as_u16() {
        ..400 => "ok",
        429 | 503 => "busy",
        401 | 403 => "denied",
        404 => "missing",
        507 => "no_room",
        400..500 => "wrong",
        _ => "failed",
    };
    metrics.answered(kind, class);
    response
}

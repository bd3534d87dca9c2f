//! What is counted of a worker, for Prometheus. All names begin with `quorate_worker_`; offchain-workers/README.md lists them.

use prometheus::{
    core::Collector, exponential_buckets, Counter, CounterVec, Encoder, Gauge, GaugeVec, HistogramOpts, HistogramVec,
    Opts, Registry, TextEncoder,
};
use quorate_blobs::transfer::{Source, TransferError};
use quorate_gateway::metrics::shown;
use quorate_protocol::{Failure, Output, Task};
use std::time::Duration;

/// Gateways whose failures are counted apart.
const SOURCES: usize = 256;

/// Counters that are counted where things happen, and gauges that are set when somebody asks.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    tasks: CounterVec,
    seconds: HistogramVec,
    fetched_blobs: Counter,
    fetched_bytes: Counter,
    fetch_failures: CounterVec,
    /// Blobs that the disk had changed.
    pub damaged: Counter,
    pub removed: Counter,
    pub running: Gauge,
    pub queued: Gauge,
    pub blobs: Gauge,
    pub blob_bytes: Gauge,
    pub disk_free: Gauge,
    pub store_answers: Gauge,
    pub disk_limit: Gauge,
    pub keep_free: Gauge,
    pub overdue: Gauge,
    pub connected: Gauge,
    pub best: Gauge,
    pub finalized: Gauge,
    /// Blobs that are fetched just now.
    pub fetching: Gauge,
    /// What the gateway counts.
    pub gateway: quorate_gateway::Metrics,
    device: Gauge,
    backend: GaugeVec,
}

impl Metrics {
    /// # Errors
    /// None, as every name is used once and well formed.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new_custom(Some("quorate_worker".into()), None)?;
        let counter = |name: &str, help: &str| shown(&registry, Counter::new(name, help));
        let counters =
            |name: &str, help: &str, labels: &[&str]| shown(&registry, CounterVec::new(Opts::new(name, help), labels));
        let gauge = |name: &str, help: &str| shown(&registry, Gauge::new(name, help));
        // From 10 ms to about three hours.
        let buckets = exponential_buckets(0.01, 4.0, 11)?;
        let seconds = HistogramOpts::new("task_seconds", "How long tasks took, by kind").buckets(buckets);
        let backend = Opts::new("backend_info", "1 for the backend that does the arithmetic");
        Ok(Self {
            tasks: counters(
                "tasks_total",
                "Tasks that ended, by kind and result",
                &["kind", "result"],
            )?,
            seconds: shown(&registry, HistogramVec::new(seconds, &["kind"]))?,
            fetched_blobs: counter("fetched_blobs_total", "Blobs fetched from peers")?,
            fetched_bytes: counter("fetched_bytes_total", "Bytes of the blobs that were fetched from peers")?,
            fetch_failures: counters(
                "fetch_failures_total",
                "Fetches that failed, by the gateway that failed",
                &["source"],
            )?,
            damaged: counter("damaged_blobs_total", "Blobs whose bytes the disk had changed")?,
            removed: counter("removed_blobs_total", "Blobs removed when their retention had ended")?,
            running: gauge("tasks_running", "Tasks that run or wait for their turn")?,
            queued: gauge("computations_queued", "Computations that wait for the one that runs")?,
            blobs: gauge("blobs", "Blobs in the store")?,
            blob_bytes: gauge("blob_bytes", "Bytes of the blobs in the store")?,
            disk_free: gauge("disk_free_bytes", "Bytes that are free on the store's disk")?,
            store_answers: gauge(
                "store_answers",
                "1 while the store of the blobs can be listed; 0 while the bucket is away",
            )?,
            disk_limit: gauge("disk_limit_bytes", "What --max-disk allows; 0 without a limit")?,
            keep_free: gauge("disk_keep_free_bytes", "What --keep-free reserves")?,
            overdue: gauge("overdue_seconds", "By how long the oldest computation is overdue")?,
            connected: gauge("node_connected", "1 while a node is connected")?,
            best: gauge("view_best_block", "Block of the newest view")?,
            finalized: gauge("view_finalized_block", "Last final block of the newest view")?,
            fetching: gauge("fetches_running", "Blobs that are fetched from peers just now")?,
            gateway: quorate_gateway::Metrics::register(&registry)?,
            device: gauge("gpu_up", "1 while a GPU does the arithmetic")?,
            backend: shown(&registry, GaugeVec::new(backend, &["backend", "version"]))?,
            registry,
        })
    }

    /// A task has ended.
    pub fn task(&self, kind: &str, result: &Result<Output, Failure>, took: Duration) {
        self.tasks.with_label_values(&[kind, result_name(result)]).inc();
        self.seconds.with_label_values(&[kind]).observe(took.as_secs_f64());
    }

    /// A blob of `len` bytes has come.
    pub fn fetched(&self, len: u64) {
        self.fetched_blobs.inc();
        self.fetched_bytes.inc_by(len as f64);
    }

    /// A blob has not come from these sources. Each cause begins with the URL of its gateway.
    pub fn failed(&self, sources: &[Source], error: &TransferError) {
        let causes = match error {
            TransferError::Nowhere { causes, .. } => causes.clone(),
            other => vec![other.to_string()],
        };
        let urls: Vec<&str> = sources.iter().map(|source| source.gateway.url.as_str()).collect();
        for cause in &causes {
            let of = urls
                .iter()
                .filter(|url| cause.starts_with(**url))
                .max_by_key(|url| url.len());
            let source = of.copied().unwrap_or("unknown");
            // A peer may register one address after the other.
            let known = self.fetch_failures.collect();
            let known = known.first().map_or(0, |family| family.get_metric().len());
            let source = if known < SOURCES { source } else { "others" };
            self.fetch_failures.with_label_values(&[source]).inc();
        }
    }

    /// Everything, as Prometheus reads it.
    ///
    /// # Errors
    /// When it cannot be written as text.
    pub fn text(&self) -> prometheus::Result<Vec<u8>> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }

    /// What does the arithmetic.
    pub fn set_backend(&self, name: &str) {
        self.device.set(f64::from(u8::from(!name.starts_with("CPU"))));
        self.backend.reset();
        let version = env!("CARGO_PKG_VERSION");
        self.backend.with_label_values(&[name, version]).set(1.0);
    }
}

/// Name of a task's kind.
pub(crate) fn kind_of(task: &Task) -> &'static str {
    match task {
        Task::Check { .. } => "check",
        Task::Compute { .. } => "compute",
        Task::ScoreRows { .. } => "score_rows",
        Task::AnswerRows { .. } => "answer_rows",
        Task::SpotCheck { .. } => "spot_check",
    }
}

fn result_name(result: &Result<Output, Failure>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(Failure::Missing(_)) => "missing",
        Err(Failure::Deadline) => "deadline",
        Err(Failure::Cancelled) => "cancelled",
        Err(Failure::UnknownWork { .. }) => "unknown_work",
        Err(Failure::Local(_)) => "local",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_should_be_counted_by_the_gateway_that_failed() {
        let metrics = Metrics::new().unwrap();
        let sources = ["http://127.0.0.1:1", "http://127.0.0.1:12"].map(Source::public);
        let causes = [
            "http://127.0.0.1:12: closed",
            "http://127.0.0.1:1 refuses (404): none",
            "none",
        ];
        let nowhere = TransferError::Nowhere {
            name: "x".into(),
            causes: causes.map(String::from).to_vec(),
            denied: false,
        };
        metrics.failed(&sources, &nowhere);
        metrics.failed(&sources, &nowhere);
        let of = |source| metrics.fetch_failures.with_label_values(&[source]).get();
        assert_eq!(
            [of("http://127.0.0.1:1"), of("http://127.0.0.1:12"), of("unknown")],
            [2.0; 3]
        );
    }
}

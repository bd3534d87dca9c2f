//! What this node tells Prometheus beyond Substrate's own metrics; listed in the crate's README.

use super::readiness::{Probe, State};
use quorate_gadget::{Report, ReportHandle};
use quorate_primitives::{
    views::{RoundPhase, RoundView},
    BlockNumber,
};
use std::{collections::BTreeMap, time::Duration};
use substrate_prometheus_endpoint::{
    register, CounterVec, Gauge, GaugeVec, HistogramOpts, HistogramVec, Opts, PrometheusError, Registry, F64, U64,
};

/// How often what is not told by an event is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// Upper ends, in blocks, of the classes of a phase's length.
const LENGTHS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 150.0, 600.0, 3_600.0];

fn gauge(registry: &Registry, name: &str, help: &str) -> Result<Gauge<F64>, PrometheusError> {
    register(Gauge::new(name, help)?, registry)
}

fn gauges(registry: &Registry, name: &str, help: &str, label: &str) -> Result<GaugeVec<F64>, PrometheusError> {
    register(GaugeVec::new(Opts::new(name, help), &[label])?, registry)
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<CounterVec<U64>, PrometheusError> {
    register(CounterVec::new(Opts::new(name, help), labels)?, registry)
}

/// Rounds as the best chain shows them.
#[derive(Clone)]
pub struct Rounds {
    open: GaugeVec<F64>,
    lengths: HistogramVec,
    ended: CounterVec<U64>,
    verdicts: CounterVec<U64>,
}

impl Rounds {
    /// # Errors
    /// A name is taken.
    pub fn register(registry: &Registry) -> Result<Self, PrometheusError> {
        let lengths = HistogramOpts::new("quorate_round_phase_blocks", "Blocks that a round's phase took")
            .buckets(LENGTHS.to_vec());
        Ok(Self {
            open: gauges(
                registry,
                "quorate_rounds",
                "Rounds that are not over, by phase",
                "phase",
            )?,
            lengths: register(HistogramVec::new(lengths, &["phase"])?, registry)?,
            ended: counters(
                registry,
                "quorate_rounds_ended_total",
                "Rounds that are over, by their end",
                &["end"],
            )?,
            verdicts: counters(
                registry,
                "quorate_verdicts_total",
                "Verdicts in closed jobs, by validator",
                &["validator", "verdict"],
            )?,
        })
    }

    /// A round left a phase for another.
    pub fn moved(&self, from: &RoundPhase, to: &RoundPhase, blocks: BlockNumber) {
        self.lengths.with_label_values(&[phase(from)]).observe(blocks.into());
        if matches!(to, RoundPhase::Settled | RoundPhase::Aborted | RoundPhase::Failed) {
            self.ended.with_label_values(&[phase(to)]).inc();
        }
    }

    /// All rounds that are not over.
    pub fn open<'a>(&self, rounds: impl Iterator<Item = &'a RoundView>) {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for round in rounds {
            *counts.entry(phase(&round.phase)).or_default() += 1;
        }
        for name in ["collecting", "revealing", "computing", "scoring", "vesting", "paying"] {
            let count = counts.get(name).copied().unwrap_or_default();
            self.open.with_label_values(&[name]).set(count.into());
        }
    }

    /// A member of a job's committee was judged.
    pub fn judged(&self, validator: &str, verdict: &str) {
        self.verdicts.with_label_values(&[validator, verdict]).inc();
    }
}

fn phase(phase: &RoundPhase) -> &'static str {
    match phase {
        RoundPhase::Collecting { .. } => "collecting",
        RoundPhase::Revealing { .. } => "revealing",
        RoundPhase::Computing => "computing",
        RoundPhase::Assessing => "assessing",
        RoundPhase::Scoring { .. } => "scoring",
        RoundPhase::Vesting { .. } => "vesting",
        RoundPhase::Paying { .. } => "paying",
        RoundPhase::Settled => "settled",
        RoundPhase::Aborted => "aborted",
        RoundPhase::Failed => "failed",
    }
}

/// This node, its validator and its worker.
struct Node {
    ready: Gauge<F64>,
    lag: Gauge<F64>,
    released: Gauge<F64>,
    lost: Gauge<F64>,
    connected: Gauge<F64>,
    restarts: CounterVec<U64>,
    tasks: Gauge<F64>,
    failures: CounterVec<U64>,
    latency: Gauge<F64>,
    jobs: GaugeVec<F64>,
    sealed: Gauge<F64>,
    outbox: Gauge<F64>,
    submitted: CounterVec<U64>,
    refused: CounterVec<U64>,
    abstained: CounterVec<U64>,
    spot_checks: CounterVec<U64>,
    verdicts: CounterVec<U64>,
}

impl Node {
    fn register(to: &Registry) -> Result<Self, PrometheusError> {
        Ok(Self {
            ready: gauge(
                to,
                "quorate_ready",
                "1: the node does what it is there for; quorate_ready tells the rest",
            )?,
            lag: gauge(
                to,
                "quorate_finality_lag_blocks",
                "Blocks of the best chain that are not final",
            )?,
            released: gauge(to, "quorate_keys_released", "1: this validator's keys may sign")?,
            lost: gauge(
                to,
                "quorate_own_blocks_lost",
                "Blocks of this validator in a row, up to the last, that did not become final",
            )?,
            connected: gauge(to, "quorate_worker_connected", "1: the worker is there")?,
            restarts: counters(
                to,
                "quorate_worker_restarts_total",
                "Times that the worker was started again",
                &[],
            )?,
            tasks: gauge(to, "quorate_worker_tasks", "Tasks that the worker has not answered")?,
            failures: counters(
                to,
                "quorate_worker_task_failures_total",
                "Tasks that yielded nothing",
                &[],
            )?,
            latency: gauge(
                to,
                "quorate_worker_link_seconds",
                "Time the worker took to answer the last greeting",
            )?,
            jobs: gauges(
                to,
                "quorate_jobs",
                "Jobs of this validator, by what it does about them",
                "doing",
            )?,
            sealed: gauge(to, "quorate_journal_entries", "Sealed outcomes on disk")?,
            outbox: gauge(to, "quorate_outbox_statements", "Statements that wait for the pool")?,
            submitted: counters(
                to,
                "quorate_statements_total",
                "Statements given to the pool",
                &["kind"],
            )?,
            refused: counters(
                to,
                "quorate_statements_refused_total",
                "Statements that the pool did not take",
                &["kind"],
            )?,
            abstained: counters(
                to,
                "quorate_abstentions_total",
                "Duties that went by without a statement",
                &["kind"],
            )?,
            spot_checks: counters(
                to,
                "quorate_spot_checks_total",
                "Batches of others that the worker was given to compute again, by what it found",
                &["found"],
            )?,
            verdicts: counters(
                to,
                "quorate_own_verdicts_total",
                "Final verdicts on this validator",
                &["verdict"],
            )?,
        })
    }

    fn set(&self, report: &Report, state: &State) {
        let truth = |is: bool| f64::from(u8::from(is));
        self.ready.set(truth(state.problems().is_empty()));
        self.lag.set(state.finality_lag.into());
        self.released.set(truth(
            state.validator.as_ref().is_some_and(|validator| validator.released),
        ));
        self.lost
            .set(state.validator.as_ref().map_or(0, |validator| validator.lost).into());
        self.connected.set(truth(report.connected));
        raise(&self.restarts, &[], report.restarts.into());
        self.tasks.set(report.waiting.into());
        raise(&self.failures, &[], report.failures);
        self.latency
            .set(report.latency.map_or(0.0, |latency| latency.as_secs_f64()));
        for doing in ["waiting", "computing", "committing", "revealing"] {
            let count = report.jobs.get(doing).copied().unwrap_or_default();
            self.jobs.with_label_values(&[doing]).set(count.into());
        }
        self.sealed.set(report.sealed.into());
        self.outbox.set(report.outbox.into());
        for (counters, counts) in [
            (&self.submitted, &report.submitted),
            (&self.refused, &report.refused),
            (&self.abstained, &report.abstained),
            (&self.spot_checks, &report.spot_checks),
        ] {
            counts.iter().for_each(|(kind, count)| raise(counters, &[kind], *count));
        }
        report
            .verdicts
            .iter()
            .for_each(|(verdict, count)| raise(&self.verdicts, &[verdict], *count));
    }
}

/// Raises a counter to what was counted elsewhere.
fn raise(counters: &CounterVec<U64>, labels: &[&str], to: u64) {
    let counter = counters.with_label_values(labels);
    counter.inc_by(to.saturating_sub(counter.get()));
}

/// Tell what the gadget reports, for as long as the node runs.
pub async fn follow(registry: Registry, report: ReportHandle, probe: Probe) {
    let node = match Node::register(&registry) {
        Ok(node) => node,
        Err(error) => {
            log::warn!(target: "quorate", "No metrics of this node: {error}");
            return;
        }
    };
    let mut look = tokio::time::interval(LOOK);
    loop {
        look.tick().await;
        node.set(&report.read(), &probe.state());
    }
}

#[cfg(test)]
mod tests;

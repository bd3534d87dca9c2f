//! Watches rounds at the best block: logs what happens to them, and feeds the RPC subscription.

use super::metrics;
use futures::{FutureExt, StreamExt};
use quorate_primitives::{
    views::{RoundPhase, RoundView},
    BlockNumber, Hash, RoundId,
};
use quorate_runtime::opaque::Block;
use quorate_runtime_api::{JobsApi, RoundsApi};
use sc_client_api::{BlockchainEvents, HeaderBackend};
use sp_api::{ApiError, ProvideRuntimeApi};
use std::{collections::BTreeMap, future::Future, sync::Arc};
use tokio::sync::broadcast;

const LOG: &str = "quorate";
/// Changes that a slow subscriber may lag behind before it misses some.
const BACKLOG: usize = 1_024;
/// Rounds asked for at once, which is what the runtime gives at most.
const PAGE: u32 = 64;
/// A round that ended is looked at for this many blocks more: a fork may take the end back.
const LINGER: BlockNumber = 64;

/// Where changed rounds can be listened to.
#[derive(Clone)]
pub struct Feed(broadcast::Sender<Arc<RoundView>>);

impl Feed {
    /// Every change from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<RoundView>> {
        self.0.subscribe()
    }

    /// Tell all subscribers. That there is none is no error.
    pub fn publish(&self, round: Arc<RoundView>) {
        let _ = self.0.send(round);
    }
}

impl Default for Feed {
    fn default() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }
}

/// The watch, to be run, and its feed.
pub fn watch<C>(client: Arc<C>, metrics: Option<metrics::Rounds>) -> (impl Future<Output = ()>, Feed)
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + BlockchainEvents<Block> + Send + Sync + 'static,
    C::Api: RoundsApi<Block> + JobsApi<Block>,
{
    let feed = Feed::default();
    let watch = Watch {
        client,
        metrics,
        feed: feed.clone(),
        known: BTreeMap::new(),
        next: 0,
        started: false,
    };
    (watch.run(), feed)
}

struct Known {
    view: Arc<RoundView>,
    changed_at: BlockNumber,
    /// Since when it is in this phase; `None`: since before it was first looked at.
    phase_since: Option<BlockNumber>,
}

struct Watch<C> {
    client: Arc<C>,
    metrics: Option<metrics::Rounds>,
    feed: Feed,
    known: BTreeMap<RoundId, Known>,
    /// Rounds below it were looked at.
    next: RoundId,
    started: bool,
}

impl<C> Watch<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + BlockchainEvents<Block> + Send + Sync + 'static,
    C::Api: RoundsApi<Block> + JobsApi<Block>,
{
    async fn run(mut self) {
        let mut imports = self.client.import_notification_stream();
        while let Some(import) = imports.next().await {
            let mut is_new_best = import.is_new_best;
            while let Some(Some(next)) = imports.next().now_or_never() {
                is_new_best |= next.is_new_best;
            }
            if is_new_best {
                let info = self.client.info();
                if let Err(error) = self.look(info.best_hash, info.best_number) {
                    log::debug!(target: LOG, "rounds at block {}: {error}", info.best_number);
                }
            }
        }
    }

    fn look(&mut self, at: Hash, number: BlockNumber) -> Result<(), ApiError> {
        let client = self.client.clone();
        let api = client.runtime_api();
        if !self.started {
            self.next = self.first(at)?;
            self.started = true;
        }
        let mut views = Vec::new();
        loop {
            let page = api.rounds(at, self.next, PAGE)?;
            let Some(last) = page.last() else { break };
            self.next = last.id.saturating_add(1);
            views.extend(page);
        }
        for id in self.known.keys() {
            views.extend(api.round(at, *id)?);
        }
        for view in views {
            self.note(view, at, number);
        }
        if let Some(metrics) = &self.metrics {
            let open = self.known.values().map(|known| &*known.view);
            metrics.open(open.filter(|round| !is_over(&round.phase)));
        }
        self.known
            .retain(|_, known| !is_over(&known.view.phase) || number.saturating_sub(known.changed_at) < LINGER);
        Ok(())
    }

    /// The first round that is worth a look when the node starts: one page before the end.
    fn first(&self, at: Hash) -> Result<RoundId, ApiError> {
        let api = self.client.runtime_api();
        let there = |id: RoundId| Ok::<_, ApiError>(!api.rounds(at, id, PAGE)?.is_empty());
        let (mut low, mut high) = (0u32, PAGE);
        while high < RoundId::MAX / 2 && there(high)? {
            (low, high) = (high, high * 2);
        }
        while high - low > PAGE {
            let middle = low + (high - low) / 2;
            (low, high) = if there(middle)? { (middle, high) } else { (low, middle) };
        }
        Ok(low.saturating_sub(PAGE))
    }

    fn note(&mut self, view: RoundView, at: Hash, number: BlockNumber) {
        let known = self.known.get(&view.id);
        let (before, since) = (
            known.map(|known| known.view.clone()),
            known.and_then(|known| known.phase_since),
        );
        if before.as_deref() == Some(&view) {
            return;
        }
        if let Some(line) = describe(before.as_deref(), &view) {
            log::info!(target: LOG, "{line} (block {number})");
        }
        let moved = before
            .as_ref()
            .is_some_and(|before| is_another(&before.phase, &view.phase));
        if let (Some(before), true) = (&before, moved) {
            self.measure(before, &view, since, at, number);
        }
        let phase_since = match (&before, moved) {
            (Some(_), false) => since,
            (Some(_), true) => Some(number),
            // One that has just been opened, or one from before the start.
            (None, _) => (view.opened_at.saturating_add(1) >= number).then_some(number),
        };
        let view = Arc::new(view);
        self.feed.publish(view.clone());
        self.known.insert(
            view.id,
            Known {
                view,
                changed_at: number,
                phase_since,
            },
        );
    }

    /// A round went on to another phase: how long the one before took, and how the members of its job were judged.
    fn measure(&self, before: &RoundView, now: &RoundView, since: Option<BlockNumber>, at: Hash, number: BlockNumber) {
        let Some(metrics) = &self.metrics else { return };
        if let Some(since) = since {
            metrics.moved(&before.phase, &now.phase, number.saturating_sub(since));
        }
        let computed = matches!(before.phase, RoundPhase::Computing)
            .then_some(before.job)
            .flatten();
        let Some(Ok(Some(job))) = computed.map(|job| self.client.runtime_api().job(at, job)) else {
            return;
        };
        for (member, statement) in job.job.committee.iter().zip(job.job.statements.iter()) {
            if let Some(verdict) = statement.verdict {
                metrics.judged(&member.validator.to_string(), &format!("{verdict:?}").to_lowercase());
            }
        }
    }
}

fn is_over(phase: &RoundPhase) -> bool {
    matches!(phase, RoundPhase::Settled | RoundPhase::Aborted | RoundPhase::Failed)
}

fn is_another(before: &RoundPhase, now: &RoundPhase) -> bool {
    std::mem::discriminant(before) != std::mem::discriminant(now)
}

/// What a person wants to read of a change, if it is more than a deadline or a vote.
fn describe(before: Option<&RoundView>, now: &RoundView) -> Option<String> {
    let (id, model, updates) = (now.id, now.model, now.updates.len());
    let same_phase = before.is_some_and(|before| !is_another(&before.phase, &now.phase));
    if same_phase {
        let more = before.is_some_and(|before| before.updates.len() < updates);
        return more.then(|| format!("Round {id}: {updates} updates submitted"));
    }
    let available = now.updates.iter().filter(|update| update.index.is_some()).count();
    Some(match now.phase {
        RoundPhase::Collecting { until } => {
            format!("Round {id} of model {model}: collects updates before block {until}")
        }
        RoundPhase::Revealing { vote_until, .. } => {
            format!("Round {id}: {updates} updates are revealed and voted on, before block {vote_until}")
        }
        RoundPhase::Computing => {
            let next = match now.job {
                Some(_) => "the job runs",
                None => "its seed is drawn from the next blocks",
            };
            format!("Round {id}: sealed with {available} of {updates} updates, {next}")
        }
        RoundPhase::Assessing => format!("Round {id}: its version and updates are assessed"),
        RoundPhase::Scoring { .. } => format!(
            "Round {id}: version {} of model {model} is recorded, scores are awaited",
            now.version
                .map_or_else(|| "?".to_owned(), |version| version.to_string())
        ),
        RoundPhase::Vesting { until } => {
            format!("Round {id}: all scores are in, updates are paid from block {until} on")
        }
        RoundPhase::Paying { .. } => format!("Round {id}: updates are paid"),
        RoundPhase::Settled => format!("Round {id}: settled"),
        RoundPhase::Aborted => format!("Round {id}: aborted; everything is refunded"),
        RoundPhase::Failed => format!("Round {id}: failed, no quorum in two attempts; everything is refunded"),
    })
}

//! Taking part in rounds: an update is made, committed to, uploaded and revealed, round after round.
//!
//! What must outlive the process lies in the state folder: salts in the journal, updates in a folder for each round, and a lock, so
//! that no two processes take part for one account in one model. Where a round stands is read from the chain.

mod log;
mod make;

use crate::{
    commands::{
        round::status_of,
        stop::Stop,
        update::{fate, state_folder},
        version,
    },
    context::Context,
    failure::Result,
    output::{json_of, ppm},
};
use log::Log;
use make::Maker;
use quorate_client::{
    calls::incentives,
    contribution::{is_decided, update_of},
    journal::Journal,
    link::{same_chain, Link},
    submission::{self, Note, Observer, Plan},
    watch::Limit,
    words, Account, Client, Error, Until,
};
use quorate_contribute::{
    forgetting::forget_earlier,
    place::{Made, Place},
    words::refund as why,
};
use quorate_primitives::{
    refund::RefundReason,
    update::Update,
    views::{RoundPhase, RoundView},
    Hash, ModelId, RoundId,
};
use serde_json::json;
use std::{cell::Cell, path::PathBuf, time::Duration};

pub use make::{Source, Way};

/// First and longest pause after an error that may pass.
const PAUSES: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(300));

/// How to take part.
pub struct Wanted {
    pub model: ModelId,
    pub watch: bool,
    pub source: Source,
    pub claim: bool,
    pub copies: usize,
    pub state: Option<PathBuf>,
}

/// Take part in one round, or in all until the process is told to end.
pub async fn run(context: &Context, wanted: Wanted) -> Result {
    let mut stop = Stop::new().map_err(Error::io("signals"))?;
    let (account, state) = (context.account()?, state_folder(wanted.state.clone())?);
    let client = context.client().await?;
    let journal = Journal::open(state)?;
    let place = Place::open(journal.folder(), (client.genesis(), wanted.model, account.id()))?;
    let service = Service {
        context,
        wanted,
        account,
        journal,
        place,
        genesis: client.genesis(),
    };
    drop(client);
    // What runs is dropped at any of its waits, with the command that it started; all that is needed to go on is on disk.
    tokio::select! {
        biased;
        signal = stop.told() => {
            service.log(None).say(&format!("{signal}: ending; run this again to go on"));
            Ok(())
        }
        done = service.serve() => done,
    }
}

struct Service<'a> {
    context: &'a Context,
    wanted: Wanted,
    account: Account,
    journal: Journal,
    place: Place,
    genesis: Hash,
}

impl Service<'_> {
    /// Round after round. With `--watch` an error that may pass ends nothing.
    async fn serve(&self) -> Result {
        let (mut last, mut pause) = (None, PAUSES.0);
        loop {
            let done = self.next(&mut last).await;
            match done {
                Ok(update) if !self.wanted.watch => return update.map_or(Ok(()), |update| fate(&update)),
                Ok(_) => pause = PAUSES.0,
                Err(failure) if self.wanted.watch && failure.may_pass() => {
                    let text = format!("{}; trying again in {} s", failure.text(), pause.as_secs());
                    self.log(last).say(&text);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSES.1);
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Take part in the next round after `last`, which becomes it when it is over for this account.
    async fn next(&self, last: &mut Option<RoundId>) -> Result<Option<Update>> {
        let link = Link::new(async || self.context.connect().await).await?;
        same_chain(self.genesis, link.client().genesis())?;
        self.claim(&link.client()).await;
        let log = self.log(*last);
        let again = |error: &Error| log.note(Note::Reconnecting(error));
        let round = link
            .keep(again, async |client| self.await_round(&client, *last).await)
            .await?;
        let earlier = async |client: Client| {
            forget_earlier(&self.place, &self.journal, &client, &self.account.id(), round.id).await
        };
        link.keep(again, earlier).await?;
        let took_part = self.take_part(&link, &round).await;
        match took_part {
            Err(failure) if failure.may_pass() => Err(failure),
            // The next round may go better: a file that is malformed, a round that was aborted.
            Err(failure) if self.wanted.watch => {
                self.log(Some(round.id)).say(&failure.text());
                if !self.comes_after_all(&link, round.id).await? {
                    *last = Some(round.id);
                }
                Ok(None)
            }
            other => {
                *last = Some(round.id);
                other
            }
        }
    }

    /// Whether a commitment that was sent comes on chain, whatever was said of it: a pool may drop a transaction that another one has, and a
    /// fork may take one that the best chain refused.
    async fn comes_after_all<F: AsyncFn() -> quorate_client::Result<Client>>(
        &self,
        link: &Link<Client, F>,
        round: RoundId,
    ) -> Result<bool> {
        let account = self.account.id();
        let genesis = link.client().genesis();
        if self.journal.entries(genesis, round, &account)?.is_empty() {
            return Ok(false);
        }
        let again = |error: &Error| self.log(Some(round)).note(Note::Reconnecting(error));
        let what = format!("round {round} is still collecting");
        let came = link.keep(again, async |client| {
            client
                .until(&what, Limit::WhileBlocksCome, || async {
                    let view = client.own_round(round, &account).await?;
                    Ok(match (update_of(&view, &account), view.phase) {
                        (Some(update), _) => Some(!is_decided(update)),
                        (None, RoundPhase::Collecting { .. }) => None,
                        (None, _) => Some(false),
                    })
                })
                .await
        });
        Ok(came.await?)
    }

    /// The model's open round, unless it is `last`; meanwhile, what became of that one.
    async fn await_round(&self, client: &Client, last: Option<RoundId>) -> quorate_client::Result<RoundView> {
        let model = self.wanted.model;
        let untold = Cell::new(last);
        client
            .until(
                &format!("model {model} has no new round"),
                Limit::WhileBlocksCome,
                || async {
                    if let Some(round) = untold.get() {
                        untold.set((!self.tell_end(client, round).await?).then_some(round));
                    }
                    let open = client.model(model).await?.open_round.filter(|open| Some(*open) != last);
                    match open {
                        Some(open) => client.round(open).await.map(Some),
                        None => Ok(None),
                    }
                },
            )
            .await
    }

    /// Whether a round has ended; says how, if it has.
    async fn tell_end(&self, client: &Client, round: RoundId) -> quorate_client::Result<bool> {
        let (view, account) = (client.own_round(round, &self.account.id()).await?, self.account.id());
        let Some(text) = end_of(&view, update_of(&view, &account)) else {
            return Ok(false);
        };
        let more = json!({ "phase": view.phase, "refund": view.refund, "update": update_of(&view, &account) });
        self.log(Some(round)).say_with(&text, more);
        Ok(true)
    }

    async fn take_part<F: AsyncFn() -> quorate_client::Result<Client>>(
        &self,
        link: &Link<Client, F>,
        round: &RoundView,
    ) -> Result<Option<Update>> {
        let log = self.log(Some(round.id));
        let made = match update_of(round, &self.account.id()) {
            Some(update) if is_decided(update) => return Ok(Some(update.clone())),
            Some(update) => {
                log.say("going on with what was committed");
                self.place.made(round.id, update.weight)?
            }
            None if !matches!(round.phase, RoundPhase::Collecting { .. }) => {
                log.say(&format!(
                    "is {}: too late to take part",
                    words::round_phase(round.phase)
                ));
                return Ok(None);
            }
            None => match self.make(link, round).await? {
                Some(made) => made,
                None => return Ok(None),
            },
        };
        let plan = Plan {
            round: round.id,
            file: &made.file,
            hashed: made.hashed.as_ref(),
            weight: made.weight,
            gateway: None,
            copies: self.wanted.copies,
            wait: true,
        };
        let update = submission::submit(link, &self.journal, &self.account, plan, &log).await?;
        let text = format!("the update is {}", status_of(&update));
        log.say_with(&text, json!({ "update": json_of(&update) }));
        self.claim(&link.client()).await;
        Ok(Some(update))
    }

    /// Make an update, as long as the round takes commitments; `None` when it does not any more.
    async fn make<F: AsyncFn() -> quorate_client::Result<Client>>(
        &self,
        link: &Link<Client, F>,
        round: &RoundView,
    ) -> Result<Option<Made>> {
        let client = &link.client();
        let record = client.version(round.model, round.base).await?.record;
        let base = version::cached_record(self.context, client, &record).await?;
        let text = format!("on {}@{}: making an update", round.model, round.base);
        let log = self.log(Some(round.id));
        log.say_with(&text, json!({ "base": round.base }));
        let maker = Maker {
            source: &self.wanted.source,
            folder: self.place.folder(round.id)?,
            base: &base,
            contributor: quorate_exact::Account(*self.account.id().as_ref()),
            round,
        };
        let again = |error: &Error| log.note(Note::Reconnecting(error));
        let collected = async |client: Client| {
            let what = format!("round {} is still collecting", round.id);
            let step = client.until(&what, Limit::WhileBlocksCome, || async {
                let phase = client.round(round.id).await?.phase;
                Ok((!matches!(phase, RoundPhase::Collecting { .. })).then_some(phase))
            });
            step.await
        };
        // However long the node is away: what is being made may still be in time.
        let over = async {
            loop {
                match link.keep(again, &collected).await {
                    Ok(phase) => break phase,
                    Err(error) => log.say(&error.to_string()),
                }
                tokio::time::sleep(PAUSES.0).await;
            }
        };
        let told = |text: &str| log.say(text);
        tokio::select! {
            biased;
            made = maker.make(&told) => made.map(Some),
            over = over => {
                log.say(&format!("is {}, and no update was ready in time", words::round_phase(over)));
                Ok(None)
            }
        }
    }

    /// Claim what there is. It can be claimed the next time as well.
    async fn claim(&self, client: &Client) {
        if !self.wanted.claim {
            return;
        }
        let claimed = async {
            match client.standing(&self.account.id()).await?.claimable {
                0 => Ok(None),
                _ => client
                    .submit(&self.account, &incentives::claim(), Until::InBlock)
                    .await
                    .map(Some),
            }
        };
        match claimed.await {
            Ok(None) => (),
            Ok(Some(done)) => self.log(None).say(&format!("claimed in block {}", done.number())),
            Err(error) => self.log(None).say(&format!("nothing was claimed: {error}")),
        }
    }

    fn log(&self, round: Option<RoundId>) -> Log<'_> {
        Log {
            context: self.context,
            model: self.wanted.model,
            round,
        }
    }
}

/// How a round has ended for an update of it; None: it has not.
fn end_of(round: &RoundView, update: Option<&Update>) -> Option<String> {
    match round.phase {
        RoundPhase::Settled => Some(match update.and_then(|update| update.score) {
            Some(score) => format!("is settled: the update has a score of {}", ppm(score)),
            None => "is settled: the update has no score".into(),
        }),
        RoundPhase::Aborted | RoundPhase::Failed => {
            let mut text = format!("was refunded: {}", why(round));
            if round.refund == Some(RefundReason::Held) {
                text += &format!(
                    "; bonds return, and the next round stands on version {} again",
                    round.base
                );
            }
            Some(text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_client::fixtures::collecting;

    fn round(phase: RoundPhase, refund: Option<RefundReason>) -> RoundView {
        RoundView {
            phase,
            refund,
            ..collecting(7, (0, 3))
        }
    }

    #[test]
    fn end_of_a_round_should_say_what_becomes_of_its_work() {
        let said = |phase, refund| end_of(&round(phase, refund), None);
        assert_eq!(said(RoundPhase::Collecting { until: 9 }, None), None);
        let settled = said(RoundPhase::Settled, None).unwrap();
        assert!(settled.contains("no score"), "{settled}");
        let aborted = said(RoundPhase::Aborted, Some(RefundReason::Owner)).unwrap();
        assert!(
            aborted.contains("its owner aborted it") && !aborted.contains("bonds return"),
            "{aborted}"
        );
        let held = said(RoundPhase::Failed, Some(RefundReason::Held)).unwrap();
        for part in ["did not pass the gate", "bonds return", "stands on version 3 again"] {
            assert!(held.contains(part), "{held} does not say {part}");
        }
    }
}

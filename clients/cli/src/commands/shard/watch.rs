//! Revealing every shard when it is due, until the process is told to end.
//!
//! What is to be done is read from the chain at each block, so that a process that was ended goes on where it was. Reveals have deadlines,
//! and uploads take their time: both go on side by side.

use super::{
    in_rounds,
    opened::Opened,
    reveal::{due, name, Due, Supplier},
    show,
};
use crate::{
    commands::stop::Stop,
    context::Context,
    failure::{usage, Failure, Result},
    output::json_of,
};
use quorate_client::{link::Link, watch::Limit, Client, Error};
use quorate_primitives::{
    views::assessments::{ShardState, ShardView},
    RoundId,
};
use serde_json::{json, Value};
use std::{cell::RefCell, collections::BTreeMap, path::PathBuf, time::Duration};
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver, UnboundedSender};

/// First and longest pause after an error that may pass.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));
/// Between two uploads of a file that no gateway took.
const AGAIN: Duration = Duration::from_secs(3);

/// Reveal each of the organisation's shards in time.
pub async fn watch(context: &Context, state: Option<PathBuf>) -> Result {
    if context.is_dry_run() {
        return Err(usage("--dry-run tries one transaction; --watch sends many"));
    }
    let mut stop = Stop::new().map_err(Error::io("signals"))?;
    let client = context.client().await?;
    let supplier = Supplier::new(context, &client, state).await?;
    let service = Service {
        context,
        supplier,
        seen: RefCell::default(),
    };
    service.look_ahead(&client).await?;
    drop(client);
    let (uploads, awaited) = unbounded_channel();
    let serve = async { tokio::join!(service.follow(uploads), service.bring(awaited)).0 };
    tokio::select! {
        biased;
        signal = stop.told() => {
            service.say(&format!("{signal}: ending; run this again before a shard is due"));
            Ok(())
        }
        ended = serve => ended,
    }
}

/// What this process knows of a round's shard.
#[derive(Default)]
struct Seen {
    /// As it was printed last.
    state: String,
    /// An error that was printed.
    complaint: String,
    /// Whether its file is being brought, or is there.
    brought: bool,
}

struct Service<'a> {
    context: &'a Context,
    supplier: Supplier,
    seen: RefCell<BTreeMap<RoundId, Seen>>,
}

impl Service<'_> {
    /// Says of each shard that waits, or that a round has taken, whether it could be revealed here: there is time to mend it.
    async fn look_ahead(&self, client: &Client) -> Result {
        let organisation = self.supplier.organisation;
        let mut own = in_rounds(client, organisation).await?;
        own.retain(|shard| shard.state == ShardState::Sealed);
        for model in client.models().await? {
            own.extend(client.waiting_shards(model.id).await?);
        }
        own.retain(|shard| shard.supplier == organisation);
        for shard in &own {
            let found = Opened::find(&self.supplier.journal, shard, None);
            let text = match found.and_then(|opened| opened.name().map(drop)) {
                Ok(()) => "its salt and its file are here".into(),
                Err(failure) => failure.text(),
            };
            self.say_of(shard, &text);
        }
        if own.is_empty() {
            self.say(&format!("no shard of organisation {organisation} waits or is sealed"));
        }
        Ok(())
    }

    /// Look at every block, for ever.
    async fn follow(&self, uploads: UnboundedSender<ShardView>) -> Result {
        let mut pause = PAUSES.0;
        loop {
            let failure = match self.follow_one(&uploads, &mut pause).await {
                Ok(()) => continue,
                Err(failure) if failure.may_pass() => failure,
                Err(failure) => return Err(failure),
            };
            self.say(&format!("{}; trying again in {} s", failure.text(), pause.as_secs()));
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Over one connection, and those that are made in its place.
    async fn follow_one(&self, uploads: &UnboundedSender<ShardView>, pause: &mut Duration) -> Result {
        let link = Link::new(async || self.context.connect().await).await?;
        let pause = RefCell::new(pause);
        let again = |error: &Error| self.say(&format!("connecting again: {error}"));
        let look = async |client: Client| {
            let what = "no shard is due";
            let step = client.until(what, Limit::WhileBlocksCome, || async {
                self.look(&client, uploads).await?;
                **pause.borrow_mut() = PAUSES.0;
                Ok(None)
            });
            step.await
        };
        Ok(link.keep(again, look).await?)
    }

    /// Do what is due at this block.
    async fn look(&self, client: &Client, uploads: &UnboundedSender<ShardView>) -> quorate_client::Result<()> {
        let own = in_rounds(client, self.supplier.organisation).await?;
        let now = client.best().await?.number;
        for shard in &own {
            let Some(round) = shard.round else { continue };
            self.tell(round, shard);
            match due(shard, now) {
                Due::Reveal => match self.supplier.reveal(client, shard, None).await {
                    Ok(block) => self.say_of(shard, &format!("revealed in block {block}")),
                    Err(Failure::Client(error @ (Error::Network(_) | Error::Timeout(_)))) => return Err(error),
                    // It is tried again at the next block.
                    Err(failure) => self.complain(round, shard, &failure),
                },
                Due::Upload if self.takes_up(round) => {
                    // Its receiver lives as long as this.
                    let _ = uploads.send(shard.clone());
                }
                Due::Upload | Due::Nothing => (),
            }
        }
        let gone: Vec<RoundId> = self.seen.borrow().keys().copied().collect();
        for round in gone {
            if !own.iter().any(|shard| shard.round == Some(round)) {
                self.tell_end(client, round).await?;
                self.seen.borrow_mut().remove(&round);
            }
        }
        Ok(())
    }

    /// Bring files, one after another, for ever. One that no gateway took is brought again at a later block, as long as it is awaited.
    async fn bring(&self, mut awaited: UnboundedReceiver<ShardView>) {
        while let Some(shard) = awaited.recv().await {
            let Some(round) = shard.round else { continue };
            let brought = async {
                let client = self.context.client().await?;
                self.supplier.upload(&client, &shard, None).await
            };
            match brought.await {
                Ok(()) => self.say_of(&shard, "uploaded"),
                Err(failure) => {
                    self.complain(round, &shard, &failure);
                    tokio::time::sleep(AGAIN).await;
                    if let Some(seen) = self.seen.borrow_mut().get_mut(&round) {
                        seen.brought = false;
                    }
                }
            }
        }
    }

    /// Whether the file of a round's shard is still to be brought; from now on it is not.
    fn takes_up(&self, round: RoundId) -> bool {
        let mut all = self.seen.borrow_mut();
        !std::mem::replace(&mut all.entry(round).or_default().brought, true)
    }

    /// Says where a shard stands, when that has changed.
    fn tell(&self, round: RoundId, shard: &ShardView) {
        let state = show::state(shard);
        let before = std::mem::replace(
            &mut self.seen.borrow_mut().entry(round).or_default().state,
            state.clone(),
        );
        if before != state {
            self.say_of(shard, &state);
        }
    }

    /// Says what went wrong, once.
    fn complain(&self, round: RoundId, shard: &ShardView, failure: &Failure) {
        let text = failure.text();
        let before = std::mem::replace(
            &mut self.seen.borrow_mut().entry(round).or_default().complaint,
            text.clone(),
        );
        if before != text {
            self.say_of(shard, &text);
        }
    }

    async fn tell_end(&self, client: &Client, round: RoundId) -> quorate_client::Result<()> {
        let mut shards = client.round_shards(round).await?.into_iter();
        let own = shards.find(|shard| shard.supplier == self.supplier.organisation);
        let view = client.own_round(round, &self.supplier.account.id()).await?;
        let withheld = view.assessment.as_ref().map(|assessment| &assessment.withheld);
        let lost = withheld.is_some_and(|withheld| withheld.contains(&self.supplier.organisation));
        let text = end_of(own.as_ref(), lost);
        self.line(
            &json!({ "model": view.model, "round": round, "event": text, "shard": own.as_ref().map(json_of) }),
            &format!("round {round} of model {}: {text}", view.model),
        );
        Ok(())
    }

    fn say_of(&self, shard: &ShardView, text: &str) {
        let value = json!({ "model": shard.model, "round": shard.round, "event": text, "shard": json_of(shard) });
        self.line(&value, &format!("{}: {text}", name(shard)));
    }

    fn say(&self, text: &str) {
        self.line(&json!({ "model": null, "round": null, "event": text }), text);
    }

    fn line(&self, value: &Value, text: &str) {
        self.context.print_line(value, text);
    }
}

/// What became of a shard whose round is over. `own`: what the round keeps of it, once it is assessed; `lost`: whether its bond is.
fn end_of(own: Option<&ShardView>, lost: bool) -> &'static str {
    match (own.map(|own| &own.state), lost) {
        (None, _) => {
            "is over, and was not assessed: a shard that was not revealed waits for the model's next round, the bond of one that a quorum held \
             returned (`quorate shard list`)"
        }
        (Some(ShardState::Held(_)), true) => "is assessed: too few rows of the shard counted, and its bond is lost",
        (Some(_), true) => "is assessed: the shard was withheld, or is not what it has to be, and its bond is lost",
        (Some(ShardState::Held(_)), false) => "is assessed: the shard's bond returned, and its data set is public",
        (Some(_), false) => "is assessed without the shard, and its bond returned",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::{views::BlobRef, Hash, Root};

    #[test]
    fn end_of_a_round_should_say_what_became_of_the_bond() {
        let blob = || BlobRef {
            root: Root::zero(),
            len: 1,
        };
        let shard = |state| ShardView {
            model: 0,
            supplier: 1,
            commitment: Hash::zero(),
            rows: 1_000,
            round: Some(3),
            state,
            bond: 0,
            committed_at: 1,
            reveal_until: None,
        };
        for (own, lost, said) in [
            (None, false, "was not assessed"),
            (Some(shard(ShardState::Held(blob()))), false, "bond returned"),
            (Some(shard(ShardState::Held(blob()))), true, "too few rows"),
            (Some(shard(ShardState::Sealed)), true, "withheld"),
            (Some(shard(ShardState::Rejected(blob()))), true, "is lost"),
            (Some(shard(ShardState::Rejected(blob()))), false, "without the shard"),
        ] {
            let text = end_of(own.as_ref(), lost);
            assert!(text.contains(said), "{text} does not say {said}");
        }
    }
}

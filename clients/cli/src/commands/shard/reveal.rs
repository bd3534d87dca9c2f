//! Revealing shards that are due, and bringing their files.

use super::{in_rounds, journal, opened::Opened, show};
use crate::{
    commands::{model::upload, preflight},
    context::Context,
    failure::{usage, Failure, Result},
    output::{json_of, spinner},
};
use quorate_ask::paying::paying;
use quorate_client::{
    calls::shards as calls, link::Link, shard_journal::ShardJournal, watch::Limit, Account, Client, Error, Until,
};
use quorate_primitives::{
    views::assessments::{ShardState, ShardView},
    BlockNumber, OrganisationId, RoundId,
};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What a supplier has to do for a shard now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    Reveal,
    /// Its file is awaited.
    Upload,
    Nothing,
}

/// `now`: the best block.
pub fn due(shard: &ShardView, now: BlockNumber) -> Due {
    match (&shard.state, shard.reveal_until) {
        // A transaction comes into the next block.
        (ShardState::Sealed, Some(until)) if now.saturating_add(1) < until => Due::Reveal,
        (ShardState::Revealed(_), Some(_)) => Due::Upload,
        _ => Due::Nothing,
    }
}

/// Who reveals, and with what.
pub struct Supplier {
    pub account: Account,
    pub organisation: OrganisationId,
    pub journal: ShardJournal,
}

impl Supplier {
    pub async fn new(context: &Context, client: &Client, state: Option<PathBuf>) -> Result<Self> {
        let account = context.account()?;
        // Known now, and not when a shard is due.
        preflight::fees(client, &account.id()).await?;
        Ok(Self {
            organisation: paying(client, &account.id()).await?,
            journal: journal(state)?,
            account,
        })
    }

    /// Send the reveal, once it is known that the chain takes it; returns its block.
    ///
    /// # Errors
    /// Usage when salt or file are not those of the commitment, or the round takes no such shard.
    pub async fn reveal(&self, client: &Client, shard: &ShardView, moved: Option<&Path>) -> Result<BlockNumber> {
        let round = shard.round.ok_or_else(|| usage("the shard waits for a round"))?;
        let opened = Opened::find(&self.journal, shard, moved)?;
        let named = opened.name()?;
        let policy = client.own_round(round, &self.account.id()).await?.policy;
        let rules = policy.assessment.and_then(|assessment| assessment.contribution);
        let (len, most) = (opened.sealed.len, rules.map_or(0, |rules| rules.max_len));
        if len > most {
            return Err(usage(format!(
                "{} has {len} bytes, and the policy of round {round} takes shards of at most {most}",
                opened.path.display()
            )));
        }
        if client.is_used(shard.model, named.root).await? {
            return Err(usage(format!(
                "{} was revealed for model {} before, and is public: round {round} does not take it",
                opened.path.display(),
                shard.model
            )));
        }
        let call = calls::reveal(round, named, len, opened.sealed.salt);
        let done = client.submit(&self.account, &call, Until::InBlock).await?;
        Ok(done.number())
    }

    /// Bring the file of a revealed shard to the gateways.
    pub async fn upload(&self, client: &Client, shard: &ShardView, moved: Option<&Path>) -> Result {
        let ShardState::Revealed(blob) = &shard.state else {
            return Ok(());
        };
        let opened = Opened::find(&self.journal, shard, moved)?;
        upload(client, &self.account, (blob.root, &opened.path), blob.len).await
    }
}

/// Reveal what is due, of all rounds or of one; upload it, and wait for the votes.
pub async fn reveal(
    context: &Context,
    round: Option<RoundId>,
    moved: Option<PathBuf>,
    state: Option<PathBuf>,
) -> Result {
    let link = Link::new(async || context.connect().await).await?;
    let client = link.client();
    let supplier = Supplier::new(context, &client, state).await?;
    let own = of_round(&client, &supplier, round).await?;
    let now = client.best().await?.number;
    let awaited: Vec<&ShardView> = own.iter().filter(|shard| due(shard, now) != Due::Nothing).collect();
    if awaited.is_empty() {
        return nothing_due(context, &supplier, &own, now);
    }
    // An upload takes its time: first all that has a deadline.
    let (mut rounds, mut failed) = (Vec::new(), None);
    for &shard in &awaited {
        let revealed = match due(shard, now) {
            Due::Reveal => supplier.reveal(&client, shard, moved.as_deref()).await.map(Some),
            _ => Ok(None),
        };
        match revealed {
            Ok(block) => {
                rounds.extend(shard.round);
                if let (Some(block), false) = (block, context.is_json()) {
                    eprintln!("{}: revealed in block {block}", name(shard));
                }
            }
            Err(failure) if context.is_dry_run() => return Err(failure),
            Err(failure) if awaited.len() == 1 => return Err(failure),
            // The others are due all the same.
            Err(failure) => {
                eprintln!("{}: {}", name(shard), failure.text());
                failed = Some(failure);
            }
        }
    }
    for shard in of_round(&client, &supplier, round).await? {
        let is_awaited = shard.round.is_some_and(|round| rounds.contains(&round));
        if is_awaited && due(&shard, now) == Due::Upload {
            supplier.upload(&client, &shard, moved.as_deref()).await?;
        }
    }
    let decided = decided(&link, &supplier, &rounds).await?;
    context.print(&json!({ "shards": json_of(&decided) }), || {
        for shard in &decided {
            println!("{}: {}", name(shard), show::state(shard));
        }
    });
    let held = decided.iter().all(|shard| matches!(shard.state, ShardState::Held(_)));
    match (failed, held && decided.len() == rounds.len()) {
        (Some(failure), _) => Err(failure),
        (None, true) => Ok(()),
        (None, false) => Err(Failure::Check(
            "not every shard is held by a quorum of validators: one that is not what it has to be, or that they could not get in time, loses its \
             bond"
                .into(),
        )),
    }
}

/// The organisation's shards in rounds that are not assessed, or in this one.
async fn of_round(client: &Client, supplier: &Supplier, round: Option<RoundId>) -> Result<Vec<ShardView>> {
    let Some(round) = round else {
        return Ok(in_rounds(client, supplier.organisation).await?);
    };
    let mut own = client.round_shards(round).await?;
    own.retain(|shard| shard.supplier == supplier.organisation);
    match own.is_empty() {
        false => Ok(own),
        true => Err(usage(format!(
            "round {round} has no shard of organisation {}",
            supplier.organisation
        ))),
    }
}

fn nothing_due(context: &Context, supplier: &Supplier, own: &[ShardView], now: BlockNumber) -> Result {
    let held = own.iter().filter(|shard| matches!(shard.state, ShardState::Held(_)));
    if held.count() == own.len() && !own.is_empty() {
        context.print(&json!({ "shards": json_of(&own) }), || {
            println!("held by a quorum already")
        });
        return Ok(());
    }
    Err(usage(format!(
        "no shard of organisation {} is to be revealed now: {}",
        supplier.organisation,
        why_nothing(own, now)
    )))
}

/// Why none of an organisation's shards is due. `now`: the best block.
fn why_nothing(own: &[ShardView], now: BlockNumber) -> String {
    if own.is_empty() {
        return "no round has taken one; --watch waits for it".into();
    }
    let each = own.iter().map(|shard| {
        let state = match (&shard.state, shard.reveal_until) {
            (ShardState::Sealed, None) if !show::is_over(shard) => {
                "its updates are not sealed yet; --watch waits for it".into()
            }
            (ShardState::Sealed, Some(until)) => {
                format!("it had to be revealed before block {until}, and this is {now}")
            }
            _ => show::state(shard),
        };
        format!("{}: {state}", name(shard))
    });
    each.collect::<Vec<_>>().join("; ")
}

/// A round's shard.
pub fn name(shard: &ShardView) -> String {
    match shard.round {
        Some(round) => format!("round {round} of model {}", shard.model),
        None => format!("model {}", shard.model),
    }
}

/// The shards, once the validators have decided. The chain itself ends the votes; until then the connection may break.
async fn decided<F: AsyncFn() -> quorate_client::Result<Client>>(
    link: &Link<Client, F>,
    supplier: &Supplier,
    rounds: &[RoundId],
) -> Result<Vec<ShardView>> {
    let bar = spinner("waiting for the validators' votes on the shards");
    let what = "the validators have not decided on the shards";
    let again = |error: &Error| bar.suspend(|| eprintln!("connecting again: {error}"));
    let wait = async |client: Client| {
        let step = client.until(what, Limit::WhileBlocksCome, || async {
            let mut own = Vec::new();
            for round in rounds {
                let shards = client.round_shards(*round).await?.into_iter();
                own.extend(shards.filter(|shard| shard.supplier == supplier.organisation));
            }
            let is_open = |shard: &ShardView| matches!(shard.state, ShardState::Sealed | ShardState::Revealed(_));
            Ok((!own.iter().any(is_open)).then_some(own))
        });
        step.await
    };
    let decided = link.keep(again, wait).await;
    bar.finish_and_clear();
    Ok(decided?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::{views::BlobRef, Hash, Root};

    fn shard(state: ShardState, reveal_until: Option<BlockNumber>) -> ShardView {
        ShardView {
            model: 0,
            supplier: 1,
            commitment: Hash::zero(),
            rows: 1_000,
            round: Some(3),
            state,
            bond: 1,
            committed_at: 1,
            reveal_until,
        }
    }

    #[test]
    fn what_is_due_should_follow_from_state_and_block() {
        let blob = BlobRef {
            root: Root::repeat_byte(1),
            len: 2,
        };
        for (state, until, expected) in [
            (ShardState::Sealed, None, Due::Nothing),
            (ShardState::Sealed, Some(12), Due::Reveal),
            (ShardState::Sealed, Some(11), Due::Nothing),
            (ShardState::Revealed(blob.clone()), Some(11), Due::Upload),
            // No votes are awaited any more.
            (ShardState::Revealed(blob.clone()), None, Due::Nothing),
            (ShardState::Held(blob.clone()), Some(12), Due::Nothing),
            (ShardState::Rejected(blob), Some(12), Due::Nothing),
        ] {
            assert_eq!(due(&shard(state.clone(), until), 10), expected, "{state:?} {until:?}");
        }
    }

    #[test]
    fn shard_that_is_not_due_should_be_waited_for_only_where_there_is_something_to_wait_for() {
        let sealed = |until| shard(ShardState::Sealed, until);
        let over = ShardView {
            bond: 0,
            ..sealed(None)
        };
        for (own, said, waits) in [
            (vec![], "no round has taken one", true),
            (vec![sealed(None)], "not sealed yet", true),
            // A transaction would come into block 11.
            (vec![sealed(Some(11))], "before block 11, and this is 10", false),
            (
                vec![over.clone()],
                "round 3 of model 0: was not revealed in time",
                false,
            ),
            (vec![over, sealed(None)], "was not revealed in time; round 3", true),
        ] {
            let text = why_nothing(&own, 10);
            assert!(text.contains(said), "{text} does not say {said}");
            assert_eq!(text.contains("--watch"), waits, "{text}");
        }
    }
}

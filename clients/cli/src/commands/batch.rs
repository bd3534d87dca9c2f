//! Batches of requests: who computes them, and the call of all.

mod bonds;
mod disputed;
mod identity;
mod watch;

pub use disputed::disputed;
pub use watch::watch;

use crate::{
    commands::preflight,
    context::Context,
    failure::{nothing_sent, usage, Result},
    output::{json_of, optional, table, tokens},
};
use quorate_client::{calls::inference as calls, words, Until};
use quorate_primitives::{
    views::inference::{BatchState, BatchView, Escalation},
    Balance, BatchId,
};
use serde_json::json;

/// The newest batches.
pub async fn list(context: &Context) -> Result {
    let all = context.client().await?.batches().await?;
    context.print(&json_of(&all), || {
        let rows: Vec<_> = all.iter().map(row).collect();
        let heads = [
            "batch",
            "version",
            "program",
            "requests",
            "state",
            "committee",
            "provisional until",
            "since block",
        ];
        table(heads, &rows);
    });
    Ok(())
}

fn row(batch: &BatchView) -> [String; 8] {
    let provisional = match batch.state {
        BatchState::Provisional { until } => Some(until),
        _ => None,
    };
    [
        batch.id.to_string(),
        format!("{}@{}", batch.model, batch.version),
        batch.program.to_string(),
        batch.requests.len().to_string(),
        short(&batch.state).into(),
        committee(batch),
        optional(provisional, |block| format!("block {block}")),
        batch.created_at.to_string(),
    ]
}

/// How many compute it, and of these how many have to agree. Who they were is known as long as the job is kept.
fn committee(batch: &BatchView) -> String {
    match (batch.members.len(), &batch.escalation) {
        (0, _) => "-".into(),
        (members, None) => format!("{} of {members}", batch.quorum),
        (members, Some(_)) => format!("{} of {members}, asked again", batch.quorum),
    }
}

/// One batch.
pub async fn show(context: &Context, id: BatchId) -> Result {
    let batch = context.client().await?.batch(id).await?;
    context.print(&json_of(&batch), || {
        println!("batch {id} of version {}@{}", batch.model, batch.version);
        let numbers: Vec<String> = batch.requests.iter().map(u64::to_string).collect();
        println!("  requests      {}", numbers.join(" "));
        print(&batch);
    });
    Ok(())
}

/// Have all validators compute a batch anew, for a bond of at most `max_bond`.
pub async fn call_all(context: &Context, id: BatchId, max_bond: Option<Balance>) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let batch = client.batch(id).await?;
    let bond = bond(&batch)?;
    identity::must_be_final(&client, id, identity::drawn(&batch)).await?;
    if client.organisation_of(&account.id()).await?.is_none() {
        return Err(usage(format!(
            "{} is no organisation's account: one that runs a validator can call all",
            account.id()
        )));
    }
    if !context.is_dry_run() {
        within(bond, max_bond)?;
        preflight::fund(&client, &account.id(), bond).await?;
    }
    context.print(&json!({ "batch": id, "bond": bond.to_string() }), || {
        eprintln!(
            "batch {id} of version {}@{}, job {:?}: a bond of {} from {}, lost unless all validators agree on something else than the seven",
            batch.model,
            batch.version,
            identity::drawn(&batch),
            tokens(bond),
            account.id()
        );
    });
    let done = client.submit(&account, &calls::call_all(id), Until::InBlock).await?;
    let block = done.number();
    context.print(&json!({ "block": block }), || {
        println!("all validators that can compute batch {id} are asked from block {block} on");
    });
    Ok(())
}

/// What a call of all sets aside.
fn bond(batch: &BatchView) -> Result<Balance> {
    batch.call_bond.ok_or_else(|| {
        let why = match batch.state {
            BatchState::Computing if batch.escalation.is_some() => "all validators compute it already",
            BatchState::Computing => {
                "those that were asked are still computing it; all can be called when seven that were drawn have agreed"
            }
            BatchState::Provisional { .. } => {
                "all are asked in a moment, or the time in which they could be called is over"
            }
            BatchState::Settling { .. } | BatchState::Ended { .. } => {
                "its outcome counts: all were asked, or the time in which they could be called is over"
            }
            BatchState::Failing(_) => "it comes to nothing",
        };
        nothing_sent(format!("all validators cannot be called for batch {}: {why}", batch.id))
    })
}

/// A bond is set aside by whoever said how much.
fn within(bond: Balance, most: Option<Balance>) -> Result {
    let bond_text = tokens(bond);
    match most {
        None => Err(nothing_sent(format!(
            "the call sets aside a bond of {bond_text}, which may be lost: --max-bond {bond_text} allows it"
        ))),
        Some(most) if bond > most => Err(nothing_sent(format!(
            "the call sets aside a bond of {bond_text}, more than {}",
            tokens(most)
        ))),
        Some(_) => Ok(()),
    }
}

/// The lines of a batch in the record of a request.
pub fn print(batch: &BatchView) {
    println!("  state         {}", state(&batch.state));
    println!("  version       {:?}", batch.file.root);
    if let Some(base) = &batch.frozen_base {
        println!("  frozen base   {:?}", base.root);
    }
    println!("  program       {:?}", batch.program_file.root);
    println!("  job           {:?}", batch.job);
    if !batch.members.is_empty() {
        let members = batch.members.len();
        println!("  members       {members}, of which {} have to agree", batch.quorum);
        for member in &batch.members {
            println!("                {member}");
        }
    }
    if let Some(why) = &batch.escalation {
        println!("  asked again   of all that can: {}", escalation(why));
    }
}

fn state(state: &BatchState) -> String {
    match state {
        BatchState::Computing => "its job runs".into(),
        BatchState::Provisional { until } => {
            format!("provisional: all that were drawn agree; their outcome counts from block {until} on")
        }
        BatchState::Settling { until } => format!("a quorum agreed; rows are taken before block {until}"),
        BatchState::Failing(why) => format!("it comes to nothing: {}", words::request_failure(*why)),
        BatchState::Ended { at } => format!("ended in block {at}"),
    }
}

/// The same in a word.
fn short(state: &BatchState) -> &'static str {
    match state {
        BatchState::Computing => "computing",
        BatchState::Provisional { .. } => "provisional",
        BatchState::Settling { .. } => "settling",
        BatchState::Failing(_) => "failing",
        BatchState::Ended { .. } => "ended",
    }
}

fn escalation(why: &Escalation) -> String {
    match why {
        Escalation::Dissent => "those that were drawn did not all agree".into(),
        Escalation::Drawn => "one of sixteen batches is, and this one was drawn".into(),
        Escalation::Called { organisation, by, bond } => {
            format!(
                "{by} of organisation {organisation} called them, with a bond of {}",
                tokens(*bond)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_client::policy::UNIT;
    use quorate_primitives::{views::BlobRef, AccountId, Hash, Root};

    fn batch(state: BatchState) -> BatchView {
        let file = BlobRef {
            root: Root::zero(),
            len: 1,
        };
        BatchView {
            id: 6,
            model: 0,
            version: 1,
            file: file.clone(),
            frozen_base: None,
            program: 2,
            program_file: file,
            requests: vec![4, 5],
            requests_root: Hash::zero(),
            seed: Hash::zero(),
            job: Hash::zero(),
            first_job: None,
            state,
            members: vec![AccountId::new([1; 32]); 7],
            quorum: 7,
            escalation: None,
            call_bond: None,
            provisional: None,
            outcome: None,
            statements_root: None,
            created_at: 8,
            ended_at: None,
        }
    }

    #[test]
    fn provisional_batch_should_be_listed_with_its_committee_and_its_end() {
        let provisional = batch(BatchState::Provisional { until: 40 });
        let expected = ["6", "0@1", "2", "2", "provisional", "7 of 7", "block 40", "8"];
        assert_eq!(row(&provisional), expected);
        let pruned = BatchView {
            members: vec![],
            ..batch(BatchState::Ended { at: 50 })
        };
        assert_eq!(row(&pruned)[4..7], ["ended", "-", "-"]);
    }

    #[test]
    fn batch_for_which_all_cannot_be_called_should_say_why() {
        for (state, named) in [
            (BatchState::Computing, "still computing"),
            (BatchState::Ended { at: 9 }, "outcome counts"),
            (BatchState::Provisional { until: 9 }, "in a moment"),
        ] {
            let error = bond(&batch(state)).unwrap_err().text();
            assert!(
                error.starts_with("nothing was sent") && error.contains(named),
                "{error}"
            );
        }
    }

    #[test]
    fn bond_should_be_set_aside_only_where_somebody_allowed_as_much() {
        assert!(within(2 * UNIT, Some(2 * UNIT)).is_ok());
        let none = within(2 * UNIT, None).unwrap_err().text();
        assert!(none.contains("--max-bond 2"), "{none}");
        let less = within(2 * UNIT, Some(UNIT)).unwrap_err().text();
        assert!(less.contains("a bond of 2, more than 1"), "{less}");
    }
}

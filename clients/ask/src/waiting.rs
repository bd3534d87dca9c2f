//! Waiting until the chain has ended what was asked. The connection may break meanwhile, and a fork give it another number.

use crate::{
    own::{Own, OwnEvaluation, OwnRequest},
    stages::{Said, Tell},
};
use quorate_client::{link::Link, watch::Limit, Client, Error, Result};
use quorate_contribute::node::Node;
use quorate_primitives::{
    views::{inference::RequestView, EvaluationView},
    BlockNumber, EvaluationId, RequestId,
};
use std::cell::{Cell, RefCell};

/// What was in no block for so long comes into none: a transaction is valid for as many, unless finality has stalled for longer.
const LOST: BlockNumber = 128;

/// Wait until what was asked is in the best block, and `there` says that it is as it should be; `tell` is told each stage once.
///
/// # Errors
/// `NotFound` when it is in no block for a while; `Network` or `Timeout` when nobody answers for a quarter of an hour, or the chain stands still.
pub async fn until<A: Own>(
    node: &Node,
    own: &A,
    tell: &dyn Tell,
    there: impl Fn(&A::View) -> bool,
) -> Result<A::View> {
    let (said, seen, absent) = (Said::new(tell), RefCell::new(None), Absent::default());
    let wait = async |client: Client| {
        let step = client.until("the chain has not gone on with it", Limit::WhileBlocksCome, || async {
            let Some(known) = own.find(&client, None).await? else {
                absent.look(client.best().await?.number)?;
                said.text(match *seen.borrow() {
                    None => "waiting for its block",
                    Some(_) => "a fork took its block back: it comes into another one",
                });
                return Ok(None);
            };
            absent.end();
            let name = A::name(&known);
            let before = seen.replace(Some(name.clone())).filter(|before| *before != name);
            if let Some(before) = before {
                said.text(&format!("after a fork what was {before} is {name}"));
            }
            said.stage(&A::stage(&client, &known).await);
            Ok(there(&known).then_some(known))
        });
        step.await
    };
    keep(node, &said, wait).await
}

/// Wait for the end of what was asked.
///
/// # Errors
/// As those of [`until`].
pub async fn ended<A: Own>(node: &Node, own: &A, tell: &dyn Tell) -> Result<A::View> {
    until(node, own, tell, A::is_over).await
}

/// Wait until a final block has the end of what was asked, and return it as it is there.
///
/// # Errors
/// As those of [`until`].
pub async fn final_end<A: Own>(node: &Node, own: &A, tell: &dyn Tell) -> Result<A::View> {
    let (said, absent) = (Said::new(tell), Absent::default());
    let wait = async |client: Client| {
        said.text("waiting for finality");
        let step = client.until("no final block has its end", Limit::WhileBlocksCome, || async {
            let block = client.finalized().await?;
            match own.find(&client, Some(block.hash)).await? {
                None => absent.look(block.number)?,
                Some(known) if A::is_over(&known) => return Ok(Some(known)),
                Some(_) => absent.end(),
            }
            Ok(None)
        });
        step.await
    };
    keep(node, &said, wait).await
}

/// Wait for the end of the request that has this number now.
///
/// # Errors
/// As those of [`until`].
pub async fn request(node: &Node, id: RequestId, tell: &dyn Tell) -> Result<RequestView> {
    let known = node.connect().await?.inference_request(id).await?;
    ended(node, &OwnRequest::of(&known), tell).await
}

/// Wait for the end of the evaluation that has this number.
///
/// # Errors
/// As those of [`until`].
pub async fn evaluation(node: &Node, id: EvaluationId, tell: &dyn Tell) -> Result<EvaluationView> {
    let known = node.connect().await?.evaluation(id).await?;
    ended(node, &OwnEvaluation::of(&known), tell).await
}

async fn keep<T>(node: &Node, said: &Said<'_>, step: impl AsyncFnMut(Client) -> Result<T>) -> Result<T> {
    let link = Link::new(async || node.connect().await).await?;
    let again = |error: &Error| said.text(&format!("connecting again: {error}"));
    link.keep(again, step).await
}

/// Since when something is in no block.
#[derive(Default)]
struct Absent(Cell<Option<BlockNumber>>);

impl Absent {
    /// It is not there in this block.
    ///
    /// # Errors
    /// `NotFound` when that has lasted too long.
    fn look(&self, now: BlockNumber) -> Result<()> {
        let since = self.0.get().unwrap_or(now);
        self.0.set(Some(since));
        match now.saturating_sub(since) < LOST {
            true => Ok(()),
            false => Err(Error::NotFound(format!(
                "what was asked is in no block since block {since}: nothing was paid for it; ask again"
            ))),
        }
    }

    fn end(&self) {
        self.0.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_no_block_should_be_given_up_when_it_can_come_into_none_any_more() {
        let absent = Absent::default();
        assert!(absent.look(10).is_ok() && absent.look(9 + LOST).is_ok());
        absent.end();
        assert!(absent.look(10 + LOST).is_ok(), "it was there in between");
        assert!(absent.look(10 + 2 * LOST).unwrap_err().to_string().contains("138"));
    }
}

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
pub(crate) const LOST: BlockNumber = 128;

/// Waits for something that was asked; who is told hears each stage once.
pub struct Waiting<'a, A> {
    node: &'a Node,
    own: &'a A,
    said: Said<'a>,
    /// What it was called last.
    seen: RefCell<Option<String>>,
}

impl<'a, A: Own> Waiting<'a, A> {
    pub fn new(node: &'a Node, own: &'a A, tell: &'a dyn Tell) -> Self {
        Self {
            node,
            own,
            said: Said::new(tell),
            seen: RefCell::default(),
        }
    }

    /// Wait until it is in the best block, and as it should be.
    ///
    /// # Errors
    /// `NotFound` when it is in no block for a while; `Network` or `Timeout` when nobody answers for a quarter of an hour, or the chain stands still.
    pub async fn until(&self, there: impl Fn(&A::View) -> bool) -> Result<A::View> {
        let absent = Absent::default();
        let wait = async |client: Client| {
            let what = "the chain has not gone on with what was asked";
            let step = client.until(what, Limit::WhileBlocksCome, || async {
                let Some(known) = self.own.find(&client, None).await? else {
                    absent.look(client.best().await?.number)?;
                    self.absent();
                    return Ok(None);
                };
                absent.end();
                self.see(&known);
                self.said.stage(&A::stage(&client, &known).await);
                Ok(there(&known).then_some(known))
            });
            step.await
        };
        self.keep(wait).await
    }

    /// Wait until it is in a final block, and as it should be there.
    ///
    /// # Errors
    /// As those of [`Waiting::until`].
    pub async fn finally(&self, there: impl Fn(&A::View) -> bool) -> Result<A::View> {
        let absent = Absent::default();
        let wait = async |client: Client| {
            let what = "no final block has what was asked";
            let step = client.until(what, Limit::WhileBlocksCome, || async {
                let block = client.finalized().await?;
                let Some(known) = self.own.find(&client, Some(block.hash)).await? else {
                    absent.look(block.number)?;
                    return Ok(None);
                };
                absent.end();
                self.see(&known);
                Ok(there(&known).then_some(known))
            });
            step.await
        };
        self.keep(wait).await
    }

    fn absent(&self) {
        self.said.text(match *self.seen.borrow() {
            None => "waiting for its block",
            Some(_) => "a fork took its block back: it comes into another one",
        });
    }

    fn see(&self, known: &A::View) {
        let name = A::name(known);
        match self.seen.replace(Some(name.clone())) {
            None => self.said.text(&format!("{name} is in block {}", A::block(known))),
            Some(before) if before != name => self.said.text(&format!("after a fork {before} is {name}")),
            Some(_) => (),
        }
    }

    async fn keep<T>(&self, step: impl AsyncFnMut(Client) -> Result<T>) -> Result<T> {
        let link = Link::new(async || self.node.connect().await).await?;
        let again = |error: &Error| self.said.text(&format!("connecting again: {error}"));
        link.keep(again, step).await
    }
}

/// Wait for the end of what was asked.
///
/// # Errors
/// As those of [`Waiting::until`].
pub async fn ended<A: Own>(node: &Node, own: &A, tell: &dyn Tell) -> Result<A::View> {
    Waiting::new(node, own, tell).until(A::is_over).await
}

/// Wait for the end of the request that has this number now.
///
/// # Errors
/// As those of [`Waiting::until`].
pub async fn request(node: &Node, id: RequestId, say: &dyn Fn(&str)) -> Result<RequestView> {
    let known = node.connect().await?.inference_request(id).await?;
    ended(node, &OwnRequest::of(&known), &|text: &str| say(text)).await
}

/// Wait for the end of the evaluation that has this number.
///
/// # Errors
/// As those of [`Waiting::until`].
pub async fn evaluation(node: &Node, id: EvaluationId, say: &dyn Fn(&str)) -> Result<EvaluationView> {
    let known = node.connect().await?.evaluation(id).await?;
    ended(node, &OwnEvaluation::of(&known), &|text: &str| say(text)).await
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
                "what was asked is in no block since block {since}, and nothing was paid for it up to now"
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

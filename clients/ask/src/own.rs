//! What was asked, known by what it is and by who asked. Until its block is final a fork may give its number to somebody else's, and it
//! another one.

use crate::stages::{self, Stage};
use quorate_client::{evaluations::Wanted, Client, Result};
use quorate_primitives::{
    job::Evaluate,
    views::{
        inference::{RequestState, RequestView},
        EvaluationState, EvaluationView,
    },
    AccountId, BlockNumber, EvaluationId, Hash, OrganisationId, RequestId, Root,
};
use std::{
    future::Future,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

/// Something that was asked of the validators.
pub trait Own {
    /// As the chain has it.
    type View;

    /// As it is at `at`, or at the best block, under whatever number; `None` where it is in no block there.
    fn find(&self, client: &Client, at: Option<Hash>) -> impl Future<Output = Result<Option<Self::View>>>;

    /// Such as `request 4`.
    fn name(view: &Self::View) -> String;

    /// In which it was asked for.
    fn block(view: &Self::View) -> BlockNumber;

    /// Whether it has come to its end.
    fn is_over(view: &Self::View) -> bool;

    /// What is going on.
    fn stage(client: &Client, view: &Self::View) -> impl Future<Output = Stage>;
}

/// A request, by the root of its input: that begins with 32 random bytes, and so no other request of the account has it.
#[derive(Debug)]
pub struct OwnRequest {
    /// Anybody of the organisation unless given.
    pub asked_by: Option<AccountId>,
    pub organisation: OrganisationId,
    /// Of its input.
    pub root: Root,
    /// It has no smaller number in any chain.
    from: RequestId,
    /// The number that it had last.
    last: AtomicU64,
    /// Whether it was in a block.
    seen: AtomicBool,
}

impl OwnRequest {
    /// One that is about to be sent.
    pub async fn next(client: &Client, asked_by: AccountId, organisation: OrganisationId, root: Root) -> Result<Self> {
        // Every chain has this block, and the request comes after it.
        let from = client.next_request(client.finalized().await?.hash).await?;
        Ok(Self {
            asked_by: Some(asked_by),
            from,
            last: from.into(),
            ..Self::with_input(organisation, root)
        })
    }

    /// One of which nothing else is known: all that the organisation asked are looked through.
    pub fn with_input(organisation: OrganisationId, root: Root) -> Self {
        Self {
            asked_by: None,
            organisation,
            root,
            from: 0,
            last: 0.into(),
            seen: false.into(),
        }
    }

    /// The same, which may have any number: it was sent before.
    pub fn anywhere(self) -> Self {
        Self { from: 0, ..self }
    }

    /// The one that has this number now.
    pub fn of(known: &RequestView) -> Self {
        Self {
            asked_by: Some(known.asked_by.clone()),
            last: known.id.into(),
            seen: true.into(),
            ..Self::with_input(known.organisation, known.input.root)
        }
    }

    /// The number that it was found under last.
    pub fn number(&self) -> Option<RequestId> {
        self.seen.load(Relaxed).then(|| self.last.load(Relaxed))
    }

    fn is(&self, known: &RequestView) -> bool {
        (known.organisation, known.input.root) == (self.organisation, self.root)
            && self.asked_by.as_ref().is_none_or(|who| *who == known.asked_by)
    }
}

impl Own for OwnRequest {
    type View = RequestView;

    async fn find(&self, client: &Client, at: Option<Hash>) -> Result<Option<RequestView>> {
        let known = client.inference_request_at(self.last.load(Relaxed), at).await?;
        if let Some(known) = known.filter(|known| self.is(known)) {
            self.seen.store(true, Relaxed);
            return Ok(Some(known));
        }
        let mut from = self.from;
        loop {
            let page = client.requests_from(self.organisation, from, at).await?;
            // A node whose pages do not go on holds up nobody.
            let Some(end) = page.last().filter(|end| end.id >= from) else {
                return Ok(None);
            };
            from = end.id.saturating_add(1);
            if let Some(known) = page.into_iter().find(|known| self.is(known)) {
                self.last.store(known.id, Relaxed);
                self.seen.store(true, Relaxed);
                return Ok(Some(known));
            }
        }
    }

    fn name(view: &RequestView) -> String {
        format!("request {}", view.id)
    }

    fn block(view: &RequestView) -> BlockNumber {
        view.requested_at
    }

    fn is_over(view: &RequestView) -> bool {
        matches!(view.state, RequestState::Answered { .. } | RequestState::Failed(_))
    }

    async fn stage(client: &Client, view: &RequestView) -> Stage {
        stages::of_request(client, view).await
    }
}

/// An evaluation, by what is evaluated on what: the same one of the same account finds the same.
#[derive(Debug)]
pub struct OwnEvaluation {
    pub asked_by: AccountId,
    wanted: Wanted,
    /// It has no smaller number in any chain.
    from: EvaluationId,
}

impl OwnEvaluation {
    /// One that is about to be sent.
    pub async fn next(client: &Client, asked_by: AccountId, wanted: Wanted) -> Result<Self> {
        let from = client.next_evaluation(client.finalized().await?.hash).await?;
        Ok(Self { asked_by, wanted, from })
    }

    /// One that has this number, which is final.
    pub fn of(known: &EvaluationView) -> Self {
        Self {
            asked_by: known.asked_by.clone(),
            wanted: wanted(&known.work),
            from: known.id,
        }
    }

    fn is(&self, known: &EvaluationView) -> bool {
        known.asked_by == self.asked_by && wanted(&known.work) == self.wanted
    }
}

fn wanted(work: &Evaluate) -> Wanted {
    Wanted {
        model: work.model,
        version: work.version,
        program: work.program,
        data: work.data,
        operations: work.operations,
    }
}

impl Own for OwnEvaluation {
    type View = EvaluationView;

    async fn find(&self, client: &Client, at: Option<Hash>) -> Result<Option<EvaluationView>> {
        let mut from = self.from;
        loop {
            let version = (self.wanted.model, self.wanted.version);
            let page = client.evaluations_from(version, from, at).await?;
            // A node whose pages do not go on holds up nobody.
            let Some(end) = page.last().filter(|end| end.id >= from) else {
                return Ok(None);
            };
            from = end.id.saturating_add(1);
            let own = page.into_iter().find(|known| self.is(known));
            if own.is_some() {
                return Ok(own);
            }
        }
    }

    fn name(view: &EvaluationView) -> String {
        format!("evaluation {}", view.id)
    }

    fn block(view: &EvaluationView) -> BlockNumber {
        view.requested_at
    }

    fn is_over(view: &EvaluationView) -> bool {
        view.state != EvaluationState::Computing
    }

    async fn stage(client: &Client, view: &EvaluationView) -> Stage {
        stages::of_evaluation(client, view).await
    }
}

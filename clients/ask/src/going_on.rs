//! From a request's block to its answer.

use crate::{
    answer,
    own::{Own, OwnRequest},
    request,
    stages::Tell,
    waiting::Waiting,
    Asker,
};
use quorate_client::{inputs::Inputs, Account, Client, Error, Result};
use quorate_contribute::node::Node;
use quorate_inference::Answer;
use quorate_primitives::{
    views::inference::{RequestState, RequestView},
    RequestId,
};

/// Goes on with a request.
pub struct GoingOn<'a> {
    node: &'a Node,
    account: &'a Account,
    inputs: &'a Inputs,
    own: &'a OwnRequest,
    waiting: Waiting<'a, OwnRequest>,
    tell: &'a dyn Tell,
}

impl<'a> GoingOn<'a> {
    /// In the name of an account that may read the answer. `inputs`: where the request's input is, unless it was asked on another machine.
    pub fn new(
        node: &'a Node,
        account: &'a Account,
        inputs: &'a Inputs,
        own: &'a OwnRequest,
        tell: &'a dyn Tell,
    ) -> Self {
        Self {
            node,
            account,
            inputs,
            own,
            waiting: Waiting::new(node, own, tell),
            tell,
        }
    }

    /// Wait for the request's block, and bring its input to gateways.
    ///
    /// # Errors
    /// Those of [`Waiting::until`]; `NotUploaded` where no gateway takes the input.
    pub async fn brought(&self) -> Result<RequestView> {
        let known = self.waiting.until(|_| true).await?;
        self.bring(&known).await?;
        Ok(known)
    }

    /// Wait until the request, of which the input was brought when it was `before`, is in a final block. Its number there is the one that it has
    /// for good. Its input is brought once more where that is another one: gateways may have dropped what they no longer waited for.
    ///
    /// # Errors
    /// As those of [`GoingOn::brought`].
    pub async fn numbered(&self, before: RequestId) -> Result<RequestView> {
        let known = self.waiting.finally(|_| true).await?;
        if known.id != before {
            self.bring(&known).await?;
        }
        Ok(known)
    }

    /// Wait for the request's end. Its input is brought where validators may lack it, and once more after a fork as in [`GoingOn::numbered`].
    ///
    /// # Errors
    /// As those of [`GoingOn::brought`].
    pub async fn ended(&self) -> Result<RequestView> {
        let mut brought: Option<RequestId> = None;
        loop {
            let there = |known: &RequestView| OwnRequest::is_over(known) || Some(known.id) != brought;
            let known = self.waiting.until(there).await?;
            if OwnRequest::is_over(&known) {
                return Ok(known);
            }
            self.bring(&known).await?;
            brought = Some(known.id);
        }
    }

    /// Wait for the request's end, and fetch the answer, if it has one.
    ///
    /// # Errors
    /// As those of [`GoingOn::brought`], and of [`answer::fetch`].
    pub async fn answered(&self) -> Result<(RequestView, Option<Answer>)> {
        loop {
            let known = self.ended().await?;
            // The line may have broken meanwhile.
            let client = self.node.connect().await?;
            match self.fetch(&client, &known).await {
                Ok(answer) => return Ok((known, answer)),
                // A fork took that answer back, and gateways do not show it any more.
                Err(_) if self.is_gone(&client, &known).await? => (),
                Err(error) => return Err(error),
            }
        }
    }

    /// Wait until a final block has the request's end, and fetch the answer of that.
    ///
    /// # Errors
    /// As those of [`GoingOn::answered`].
    pub async fn finally(&self) -> Result<(RequestView, Option<Answer>)> {
        self.ended().await?;
        self.tell.stage("waiting for finality");
        let known = self.waiting.finally(OwnRequest::is_over).await?;
        let answer = self.fetch(&self.node.connect().await?, &known).await?;
        Ok((known, answer))
    }

    async fn fetch(&self, client: &Client, known: &RequestView) -> Result<Option<Answer>> {
        let (RequestState::Answered { .. }, account) = (&known.state, self.account) else {
            return Ok(None);
        };
        let answer = answer::fetch(Asker { client, account }, self.inputs, known).await?;
        Ok(Some(answer))
    }

    async fn is_gone(&self, client: &Client, known: &RequestView) -> Result<bool> {
        let now = self.own.find(client, None).await?;
        Ok(now.is_none_or(|now| (now.id, &now.state) != (known.id, &known.state)))
    }

    /// Bring the input, where validators vote on it and it is kept here.
    async fn bring(&self, known: &RequestView) -> Result<()> {
        let is_kept = || self.inputs.read(known.input.root).map(|input| input.is_some());
        if !matches!(known.state, RequestState::Pending { .. }) || !is_kept()? {
            return Ok(());
        }
        self.tell.far("bringing the input to gateways");
        let (client, account) = (&self.node.connect().await?, self.account);
        let brought = request::upload(Asker { client, account }, self.inputs, known).await;
        brought.map_err(|error| Error::NotUploaded {
            request: known.id,
            root: known.input.root,
            why: error.to_string(),
        })
    }
}

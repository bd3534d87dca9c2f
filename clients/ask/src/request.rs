//! A request: what it costs, sent, and its input brought to gateways.

use crate::{
    amount::tokens,
    asked::{Mark, Marks, Same},
    capable,
    fits::{self, Allowed},
    own::{Own, OwnRequest},
    paying,
    question::Question,
    Asker,
};
use quorate_client::{
    calls::inference as calls,
    gateways::{no_progress, Gateways},
    inference::Asking,
    inputs::Inputs,
    Account, Call, Client, Error, Result, Until,
};
use quorate_contribute::folders;
use quorate_primitives::{
    availability::Named,
    views::{
        inference::{RequestQuote, RequestState, RequestView},
        ArtifactView, CapableCount,
    },
    AccountId, ArtifactId, Balance, ModelId, OrganisationId, RequestId, Root, VersionIndex,
};
use quorate_program::Program;
use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

/// What is asked, of what, and what it costs now.
#[derive(Clone, Debug)]
pub struct Priced {
    pub asking: Asking,
    /// Whose fund pays.
    pub organisation: OrganisationId,
    pub quote: RequestQuote,
    /// How many validators have the memory.
    pub count: CapableCount,
}

/// What a question costs, of a version that may be asked and has the program's tensors.
///
/// # Errors
/// `NotFound`; `Input`, `Unavailable` for what cannot be asked, saying why.
pub async fn price(
    asker: Asker<'_>,
    version: (ModelId, Option<VersionIndex>),
    (known, program): (&ArtifactView, &Program),
    question: &Question,
    say: &dyn Fn(&str),
) -> Result<Priced> {
    let allowed = fits::allowed(asker, version, &[known.id]).await?;
    price_of(asker, (version, &allowed), (known.id, program), question, say).await
}

/// The same of what was found to be allowed.
///
/// # Errors
/// `Input`, `Unavailable` for what cannot be asked, saying why.
pub async fn price_of(
    asker: Asker<'_>,
    ((model, version), allowed): ((ModelId, Option<VersionIndex>), &Allowed),
    (id, program): (ArtifactId, &Program),
    question: &Question,
    say: &dyn Fn(&str),
) -> Result<Priced> {
    let client = asker.client;
    allowed.served.check(asker, program, say).await?;
    let asking = Asking {
        model,
        version,
        program: id,
        task: question.task,
        len: question.input.len() as u64,
        operations: question.operations,
        memory: question.memory,
    };
    Ok(Priced {
        quote: client.inference_quote(&asking).await?,
        count: client.capable(question.memory).await?,
        asking,
        organisation: allowed.organisation,
    })
}

/// A question that was asked before by a call whose answer nobody was given.
#[derive(Debug)]
pub enum Earlier {
    /// There is none, or it came to nothing.
    None,
    Asked(OwnRequest, Mark),
    /// It is in no block: it may come into one, or was never sent. Its input, which the chain takes once, is to be sent again.
    Unknown(Vec<u8>, Mark),
}

/// What became of the same question of an account, for which an organisation pays, if it was asked before.
///
/// # Errors
/// `Input` where its input is damaged; `Io`; those of the chain.
pub async fn earlier(
    client: &Client,
    (account, organisation): (AccountId, OrganisationId),
    (inputs, marks): (&Inputs, &Marks),
    same: Same,
) -> Result<Earlier> {
    while let Some(mark) = marks.left(same)? {
        let mut own = OwnRequest::with_input(organisation, mark.root);
        own.asked_by = Some(account.clone());
        match (own.find(client, None).await?, inputs.read(mark.root)?) {
            (Some(known), _) if !matches!(known.state, RequestState::Failed(_)) => {
                return Ok(Earlier::Asked(own, mark))
            }
            (None, Some(input)) => return Ok(Earlier::Unknown(input, mark)),
            _ => mark.end()?,
        }
    }
    Ok(Earlier::None)
}

/// A request that can be paid and answered, and whose input is on disk.
#[derive(Debug)]
pub struct Ready {
    pub own: OwnRequest,
    call: Call,
    /// Whether it may have been sent before.
    repeats: AtomicBool,
    /// Whether it will never be on chain.
    refused: AtomicBool,
}

/// Look whether a question can be paid and answered, and keep its input. `max_fee`: what it costs now unless given, and at most
/// [`paying::MOST`].
///
/// # Errors
/// `Input` where it costs more; `Unavailable` where the fund has not as much, or too few validators can answer; nothing is kept then.
pub async fn ready(
    asker: Asker<'_>,
    inputs: &Inputs,
    question: &Question,
    priced: &Priced,
    max_fee: Option<Balance>,
) -> Result<Ready> {
    let (client, fee, payer) = (asker.client, priced.quote.fee, priced.organisation);
    let max_fee = paying::most(("the answer", fee), max_fee)?;
    paying::fund_of(client, payer, ("the answer", fee)).await?;
    capable::check(client, priced.count, question.memory).await?;
    let named = Named::new(client.genesis(), payer, &question.input);
    let own = OwnRequest::next(client, asker.account.id(), payer, named.root).await?;
    // Nothing goes out in a dry run.
    if !client.options().dry_run {
        inputs.keep(&question.input)?;
    }
    Ok(Ready {
        own,
        call: calls::request(&priced.asking, named, max_fee),
        repeats: false.into(),
        refused: false.into(),
    })
}

impl Ready {
    /// The same of what may have been sent before.
    pub fn again(self) -> Self {
        Self {
            own: self.own.anywhere(),
            repeats: true.into(),
            ..self
        }
    }

    /// Send it: its number, when that is final. The input of a request that the chain refuses is not kept, unless it may have been sent before.
    /// After a broken line nobody knows whether the request is on chain, and its input stays.
    ///
    /// # Errors
    /// Those of the chain; `Timeout` where it is on chain already.
    pub async fn send(&self, asker: Asker<'_>, inputs: &Inputs) -> Result<RequestId> {
        let (repeats, mut is_over) = (self.repeats.swap(true, Relaxed), false);
        let (client, until) = (asker.client, Until::Finalized);
        let sent = client
            .submit_or(asker.account, &self.call, until, || is_over = true)
            .await;
        match sent {
            // Nobody else has an input with this root.
            Err(error) if error.is_refused("Inference", "InputAskedAlready") => Err(Error::Timeout(
                "the chain had the request already, and took it once".into(),
            )),
            // What was sent before may be on chain, whatever this one was refused for.
            Err(error) if is_over && !repeats => {
                self.refused.store(true, Relaxed);
                // One that stays takes room, and nothing else.
                let _ = inputs.forget(self.own.root);
                Err(error)
            }
            sent => sent?.number_in("Inference.Requested"),
        }
    }

    /// Whether the chain refused it, so that it will never be there.
    pub fn is_refused(&self) -> bool {
        self.refused.load(Relaxed)
    }
}

/// Bring a request's input to every gateway that takes it.
///
/// # Errors
/// The last gateway's, where none took it; `Input` where the input is not kept here.
pub async fn upload(asker: Asker<'_>, inputs: &Inputs, known: &RequestView) -> Result<()> {
    let (id, root) = (known.id, known.input.root);
    if inputs.read(root)?.is_none() {
        return Err(Error::Input(format!(
            "the input of request {id} is not on this machine: where it was asked from goes on with it"
        )));
    }
    let gateways = asker.client.open_gateways(None).await?;
    to_all(&gateways, (root, &inputs.path(root)), asker.account).await
}

/// Upload to every gateway; one is enough.
async fn to_all(gateways: &Gateways, blob: (Root, &Path), account: &Account) -> Result<()> {
    let mut last = Error::NotFound("a gateway: no validator is registered".into());
    let mut taken = false;
    for index in 0..gateways.count() {
        match gateways.upload(index, blob, account, None, no_progress()).await {
            Ok(()) => taken = true,
            Err(error) => last = error,
        }
    }
    match taken {
        true => Ok(()),
        false => Err(last),
    }
}

/// Where inputs are kept unless a folder is named.
///
/// # Errors
/// `Input`; `instead` names what helps.
pub fn folder(instead: &str) -> Result<PathBuf> {
    Ok(folders::folder("XDG_STATE_HOME", ".local/state", instead)?.join("requests"))
}

/// What a request may cost, and who can answer it, in words.
pub fn words(priced: &Priced) -> String {
    let Priced {
        asking, quote, count, ..
    } = priced;
    format!(
        "{} million operations at most: {} at most, of which the requests of its batch share {}, and at most {} blocks to compute; {} MiB, which {} \
         of {} validators have",
        asking.operations,
        tokens(quote.fee),
        tokens(quote.reading),
        quote.commit,
        asking.memory,
        count.capable,
        count.validators
    )
}
